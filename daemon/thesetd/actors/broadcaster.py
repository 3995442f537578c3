"""The broadcaster: publishes every committed event, in order, whichever node committed it.

Event numbers have no gaps, so the publisher sees which are missing and reads them from the database. Subscribers in
this process are notified at once. A separate task publishes to Redis and continues from the position stored there: a
slow Redis delays nothing else, and events committed while it was unavailable, or while no daemon ran, are published
when it is back.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

import trio

from thesetd.actors.control.subscribers import Subscribers
from thesetd.actors.messages import Committed, Publish, ToBroadcaster
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.domain.errors import BusUnavailable, StoreUnavailable
from thesetd.domain.facts import BusWaited, EventsPublished, StoreWaited
from thesetd.domain.ids import Seq
from thesetd.domain.work.progress import CommittedEvent
from thesetd.ports.bus import Position, Publisher
from thesetd.ports.observer import Observer
from thesetd.ports.pulse import busy, idle
from thesetd.ports.store import OutboxStore, StatusStore

PAGE = 200  # events read or published at a time
RECENT = 1024  # events kept for Redis; older ones are read from the database
GATHER_S = 0.005  # before news is published to Redis: events come in bursts
RETRY_S = 1.0
LOOK_S = 300.0  # a node may have crashed between a commit and its publication: others check that all was published
MARK_S = 5.0  # how often the database records the published position: in case Redis loses it, and for operators
LAST_WORDS_S = 1.0
CALL_S = 60.0  # of Redis or the database: both have far shorter timeouts

T = TypeVar("T")


class Broadcaster:
    """Passes committed events to the subscribers and to Redis."""

    def __init__(
        self,
        mailbox: trio.MemoryReceiveChannel[ToBroadcaster],
        *,
        subscribers: Subscribers,
        publisher: Publisher,
        statuses: StatusStore,
        outbox: OutboxStore,
        guard: BreakerGuard,
        observer: Observer,
    ) -> None:
        """Take the receiving end of the mailbox; the broadcaster works on a clone of it."""
        self._mailbox = mailbox
        self._subscribers = subscribers
        self._publisher = publisher
        self._statuses = statuses
        self._outbox = outbox
        self._guard = guard
        self._observer = observer
        self._seen: Seq | None = None
        self._recent = deque[CommittedEvent](maxlen=RECENT)
        self._news = trio.Event()
        self._published_before: Seq | None = None  # before this run
        self._position: Seq | None = None  # the position of Redis, None if it is not one of ours
        self._marked: Seq | None = None

    async def run(self) -> None:
        """Work until cancelled; messages already in the mailbox are still published then."""
        async with self._mailbox.clone() as mailbox:
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._subscribers.spread)
                    nursery.start_soon(self._publish_forever)
                    async for message in mailbox:
                        with busy("tells subscribers", CALL_S):
                            await self._tell(message)
            finally:
                await self._last_words(mailbox)

    async def _last_words(self, mailbox: trio.MemoryReceiveChannel[ToBroadcaster]) -> None:
        with trio.move_on_after(LAST_WORDS_S, shield=True):
            with suppress(trio.WouldBlock, trio.EndOfChannel):
                while True:
                    await self._tell(mailbox.receive_nowait())
            with suppress(BusUnavailable, StoreUnavailable):
                if self._position is not None:
                    await self._publish_recent(self._position)
                    await self._mark()

    # -- subscribers here ----------------------------------------------------------------------------------------------

    async def _tell(self, message: ToBroadcaster) -> None:
        match message:
            case Publish(events=events):
                await self._fill_in(before=events[0].seq)
                self._pass_on(events)
            case Committed(seq=seq):
                if self._seen is None:  # a hint may precede the events of this node's own commit: these are news, too
                    self._seen = Seq(
                        seq - 1 if self._published_before is None else min(seq - 1, self._published_before)
                    )
                await self._fill_in(before=Seq(seq + 1))

    async def _fill_in(self, *, before: Seq) -> None:
        """Notify subscribers of events before this number that they have not received yet."""
        if self._seen is None:  # the first event of this process: subscribers that want earlier ones replay them
            self._seen = Seq(before - 1)
        while self._seen + 1 < before:
            try:
                events = await self._statuses.events(after=self._seen, job_id=None, limit=PAGE)
            except StoreUnavailable as error:
                self._observer.notify(StoreWaited(error=str(error), retry_in_s=RETRY_S))
                with idle():
                    await trio.sleep(RETRY_S)
                continue
            if not events:
                return
            self._pass_on(events)

    def _pass_on(self, events: Sequence[CommittedEvent]) -> None:
        for event in events:
            if self._seen is None or event.seq > self._seen:
                self._subscribers.tell(event)
                self._recent.append(event)
                self._seen = event.seq
        self._news.set()

    # -- Redis ---------------------------------------------------------------------------------------------------------

    async def _publish_forever(self) -> None:
        while True:
            try:
                with busy("catches up", CALL_S):
                    await self._catch_up()
                await self._follow()
            except BusUnavailable as error:
                self._observer.notify(BusWaited(error=str(error), retry_in_s=RETRY_S))
                await trio.sleep(RETRY_S)
            except StoreUnavailable as error:
                self._observer.notify(StoreWaited(error=str(error), retry_in_s=RETRY_S))
                await trio.sleep(RETRY_S)

    async def _catch_up(self) -> None:
        """Publish the events in the database that are missing in Redis, from its position on.

        A position beyond the last event, or whose event differs from the one with its number here, belongs to another
        history: the database was restored from a backup. Then, and if there is no position, publication begins after
        the last event that this database knows to be published.
        """
        after = await self._place(await self._ask(self._publisher.position))
        last_seq = await self._outbox.published_seq() if after is None else after
        while events := await self._statuses.events(after=last_seq, job_id=None, limit=PAGE):
            now = await self._ask(partial(self._publisher.publish, events, after=after))
            if now is None or now < events[-1].seq:
                raise BusUnavailable("Redis lost the number of the last published event")
            self._observer.notify(EventsPublished(count=len(events), upto=now))
            last_seq = after = self._position = now
        self._published_before, self._position = last_seq, after  # if nothing was published, the position is unchanged
        await self._mark()

    async def _place(self, stands: Position | None) -> Seq | None:
        """Return the number of Redis's position, None if that is not part of this database's history."""
        if stands is None or stands.seq > await self._outbox.last_seq():
            return None
        found = await self._statuses.events(after=Seq(stands.seq - 1), job_id=None, limit=1)
        if found and found[0].seq == stands.seq and stands.event not in {"", found[0].identity}:
            return None
        return stands.seq

    async def _follow(self) -> None:
        """Publish events as they arrive.

        Return if the position of Redis is unexpected, and now and then to check the database.
        """
        marked = trio.current_time()
        look_at = marked + LOOK_S
        while trio.current_time() < look_at:
            with trio.move_on_at(look_at if self._position == self._marked else min(look_at, marked + MARK_S)):
                await self._news.wait()
                await trio.sleep(GATHER_S)
            self._news = trio.Event()
            if self._position is None or not await self._publish_recent(self._position):
                return
            if trio.current_time() >= marked + MARK_S:  # the deadline above, exactly
                marked = trio.current_time()
                await self._mark()

    async def _publish_recent(self, position: Seq) -> bool:
        """Publish the events that arrived here since; return whether Redis has caught up with this process."""
        while self._recent and self._recent[0].seq <= position:
            self._recent.popleft()
        events = tuple(self._recent)
        if not events:
            return True
        if events[0].seq != position + 1:
            return False
        now = await self._ask(partial(self._publisher.publish, events, after=position))
        if now is None or now < events[-1].seq:
            return False
        self._position = now
        self._observer.notify(EventsPublished(count=len(events), upto=now))
        return True

    async def _ask(self, call: Callable[[], Awaitable[T]]) -> T:
        while (rest := self._guard.admit()) > 0:
            with idle():
                await trio.sleep(rest)
        with self._guard.judge(), busy("publishes events", CALL_S):
            return await call()

    async def _mark(self) -> None:
        if self._position is not None and self._position != self._marked:
            with busy("marks published events", CALL_S):
                await self._outbox.mark_published(self._position)
            self._marked = self._position
