"""Sends progress as server-sent events: missed events are replayed from the database, then live ones follow.

The stream subscribes first and reads the database afterwards, so that no event is missed in between; sequence numbers
only rise within a stream, so that none is sent twice. All events waiting for a reader are sent in one write. If the
bounded queue of a slow reader overflows, the dropped events are read from the database; a reader that does not read at
all is disconnected by the write deadline, and reconnects with Last-Event-ID.

While the database is unavailable a stream stays open and says so in comments, since an EventSource never reconnects
after a 503. A Last-Event-ID beyond the database's last number is from before a backup was restored: its reader gets all
events, since otherwise later numbers would not be new to it.

Format: WHATWG HTML, "Server-sent events" (https://html.spec.whatwg.org/multipage/server-sent-events.html): a 204 tells
an EventSource not to reconnect.
"""

import trio

from thesetd.adapters.web.listener.connection import Push
from thesetd.adapters.web.streams.replays import Replays, frame
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
        self, live: Live, replays: Replays, *, job_id: JobId | None, after: Seq | None, ping_s: float = PING_S
    ) -> None:
        """Send the events after `after`; None sends only new ones."""
        super().__init__()
        self._live = live
        self._replays = replays
        self._job_id = job_id
        self._after = after
        self._ping_s = ping_s
        self._behind = after is not None
        self._placed = not after  # whether the database is known to have reached `after`
        self._over = False

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
        # Read before the events: a job that has ended by now has all of its events in the database.
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
        try:
            with trio.fail_after(self._ping_s):
                events = await subscription.receive_all()
        except trio.TooSlowError:
            await push(PING)
            self._behind = self._job_id is not None
        except Lagged as lagged:
            self._after = Seq(lagged.first - 1) if self._after is None else self._after
            self._behind = True
        except trio.EndOfChannel:
            self._over = True
        else:
            await self._send_new(push, events)

    async def _send_new(self, push: Push, events: tuple[CommittedEvent, ...]) -> None:
        chunk = bytearray()
        for event in events:
            if (self._after is None or event.seq > self._after) and not self._over:
                chunk += frame(event)
                self._after = event.seq
                self._over = self._job_id is not None and event.progress.stage.final
        if chunk:
            await push(bytes(chunk))
