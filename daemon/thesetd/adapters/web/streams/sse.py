"""Progress as server-sent events: missed events are replayed from the database, then live ones follow.

The stream subscribes first and reads the database afterwards, so that nothing falls between the two; sequence numbers
only rise within a stream, so that nothing comes twice. All events that wait for a reader go out in one write. A reader
so slow that its bounded queue overflows is sent back to the database for what was dropped; one that does not read at
all is cut off by the connection's write deadline, and comes back with Last-Event-ID.

While the database is away a stream stays open and says so in comments, since an EventSource that is refused with a 503
never comes back. A Last-Event-ID beyond the database's last number is of a time before a dump was restored: its reader
gets everything, for no later number would be new to it otherwise.

Format: WHATWG HTML, "Server-sent events" (https://html.spec.whatwg.org/multipage/server-sent-events.html): a 204 tells
an EventSource not to come back.
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
    """A response that tells one job's events until its final one, or all jobs' events until the client disconnects.

    It also ends when the daemon stops: the reader comes back with Last-Event-ID.
    """

    def __init__(
        self, live: Live, replays: Replays, *, job_id: JobId | None, after: Seq | None, ping_s: float = PING_S
    ) -> None:
        """Send the events after `after`; None begins with those from now on."""
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
        # Asked before the events are read: a job that has ended by now has all its events in the database.
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
