"""Sends progress as server-sent events: missed events are replayed from the database, then live ones follow.

The stream subscribes first and reads the database afterwards, so that no event is missed in between; sequence numbers
only rise within a stream, so that none is sent twice. All events waiting for a reader are sent in one write, which the
publisher makes itself while the reader's task sleeps: hundreds of readers are not woken for each event, and share the
bytes. The task is woken for what the socket did not take. If the bounded queue of a slow reader overflows, the dropped
events are read from the database; a reader that does not read at all is disconnected by the write deadline, and
reconnects with Last-Event-ID.

While the database is unavailable a stream stays open and says so in comments, since an EventSource never reconnects
after a 503. A Last-Event-ID beyond the database's last number is from before a backup was restored: its reader gets all
events, since otherwise later numbers would not be new to it.

Format: WHATWG HTML, "Server-sent events" (https://html.spec.whatwg.org/multipage/server-sent-events.html): a 204 tells
an EventSource not to reconnect.
"""

from functools import partial

import trio

from thesetd.adapters.web.listener.push import Push
from thesetd.adapters.web.streams.live_frames import LiveFrames
from thesetd.adapters.web.streams.replays import Replays, to_the_end
from thesetd.adapters.web.streams.response import AWAY, AWAY_PING_S, HEAD, PING, PING_S, SseResponse
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.progress import CommittedEvent
from thesetd.ports.control import Lagged, Live, Subscription


class EventStream(SseResponse):
    """A response that sends one job's events until its final one, or all jobs' events until the client disconnects.

    It also ends when the daemon stops: the reader reconnects with Last-Event-ID.
    """

    def __init__(
        self,
        live: Live,
        replays: Replays,
        *,
        job_id: JobId | None,
        after: Seq | None,
        frames: LiveFrames | None = None,
        ping_s: float = PING_S,
    ) -> None:
        """Send the events after `after`; None sends only new ones. Streams that get the same `frames` share them."""
        super().__init__()
        self._live = live
        self._replays = replays
        self._frames = frames or LiveFrames()
        self._job_id = job_id
        self._after = after
        self._ping_s = ping_s
        self._behind = after is not None
        self._placed = not after  # whether the database is known to have reached `after`
        self._over = False
        self._unsent = b""  # the rest of a marked piece
        self._wrote_at = trio.current_time()

    async def tell(self, push: Push) -> None:
        """Write missed events, then live ones."""
        async with self._live.subscribe(self._job_id) as subscription:
            await push(HEAD)
            while not self._over:
                try:
                    await (self._catch_up(push) if self._behind else self._hear(subscription, push))
                except StoreUnavailable:
                    self._behind = True
                    await push(AWAY)
                    await self._sit_out(subscription)

    async def _sit_out(self, subscription: Subscription) -> None:
        """Wait until the database may be back; events in the meantime are read there."""
        with trio.move_on_after(AWAY_PING_S):
            while not self._over:
                try:
                    await subscription.receive_all()
                except Lagged:
                    pass
                except trio.EndOfChannel:
                    self._over = True

    async def _catch_up(self, push: Push) -> None:
        self._behind = False
        # Read before the events: a job that has ended already has all of its events in the database.
        ended = self._job_id is not None and await self._replays.ended(self._job_id)
        first = more = True
        while more and not self._over:
            page = await self._replays.page(self._after or Seq(0), self._job_id, first=first)
            if page is None and not self._placed and not await self._replays.reach(self._after or Seq(0)):
                self._after, self._placed = Seq(0), True
                continue
            self._placed = True
            if page is None:
                break
            await push(page.data)
            self._after, first, more = page.last, False, page.more
            self._over = self._job_id is not None and page.final
        self._over = self._over or ended

    async def _hear(self, subscription: Subscription, push: Push) -> None:
        """Let the publisher write events until something else is due: a rest, a ping, a gap to fill."""
        write = partial(self._write_now, push)
        try:
            with trio.move_on_at(self._wrote_at + self._ping_s):
                await subscription.hand_to(write)
                if not (self._unsent or self._over):
                    write(await subscription.receive_all())  # or it says why no more events were handed over
        except Lagged as lagged:
            self._after = Seq(lagged.first - 1) if self._after is None else self._after
            self._behind = True
        except trio.EndOfChannel:
            self._over = True
        if self._unsent:
            rest, self._unsent = self._unsent, b""
            await push.write(rest)
        elif trio.current_time() >= self._wrote_at + self._ping_s and not self._over:
            self._wrote_at = trio.current_time()
            await push(PING)
            self._behind = self._behind or self._job_id is not None

    def _write_now(self, push: Push, events: tuple[CommittedEvent, ...]) -> bool:
        """Write events as far as the socket takes them; return whether the reader's task may sleep on."""
        fresh = self._fresh(events)
        if fresh:
            data = self._frames.of(fresh, self._job_id, push.mark)
            self._unsent = data[push.write_now(data) :]
            self._wrote_at = trio.current_time()
        return not (self._unsent or self._over)

    def _fresh(self, events: tuple[CommittedEvent, ...]) -> tuple[CommittedEvent, ...]:
        """Return the events that were not sent yet, up to the one that ends the stream's job."""
        if self._after is not None and events[0].seq <= self._after:
            events = tuple(event for event in events if event.seq > self._after)
        if self._job_id is not None and events:
            events = tuple(to_the_end(events))
            self._over = events[-1].progress.stage.final
        if events:
            self._after = events[-1].seq
        return events
