"""Progress as server-sent events: what a reader missed is replayed from the database, then it hears live.

The stream subscribes first and reads the database afterwards, so that nothing falls between the two; sequence numbers
only rise within a stream, so that nothing comes twice. Live events wait in a bounded channel; where the reader is so
slow that it is full, they are dropped and the stream goes back to the database for them.

Format: WHATWG HTML, "Server-sent events" (https://html.spec.whatwg.org/multipage/server-sent-events.html).
"""

import json
from contextlib import suppress

import trio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from thesetd.adapters.web.connection import until_gone
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.progress import CommittedEvent
from thesetd.ports.control import Live, Subscription
from thesetd.ports.store import StatusStore

PING_S = 15.0  # shorter than the idle timeouts of common proxies (60 s), and how often an ended job is noticed at worst
_BUFFER = 64  # events: more than one import has stages, so only a reader that stands still falls back to the database
_PAGE = 500
_HEAD = b"retry: 1000\n\n"
_PING = b":\n\n"


def frame(event: CommittedEvent) -> bytes:
    """Give an event as it stands in a stream; its id is what Last-Event-ID gives back."""
    data = json.dumps(event.as_json(), ensure_ascii=False, separators=(",", ":"))
    return f"id: {event.seq}\nevent: progress\ndata: {data}\n\n".encode()


class EventStream(Response):
    """A response that tells one job's events until its final one, or all jobs' events for as long as someone listens.

    It also ends when the daemon stops and when the database cannot be asked: the reader comes back with Last-Event-ID.
    """

    media_type = "text/event-stream"

    def __init__(
        self, live: Live, statuses: StatusStore, *, job_id: JobId | None, after: Seq | None, ping_s: float = PING_S
    ) -> None:
        """Tell what comes after `after`; None begins with what happens from now on."""
        self.status_code = 200
        self.background = None
        self.init_headers({"cache-control": "no-store"})
        self._live = live
        self._statuses = statuses
        self._job_id = job_id
        self._after = after
        self._ping_s = ping_s
        self._behind = after is not None
        self._over = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the end, or until the reader is gone."""
        async with trio.open_nursery() as nursery, self._live.subscribe(self._job_id) as subscription:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if scope["method"] != "HEAD":
                nursery.start_soon(_stop_when_gone, receive, nursery.cancel_scope)
                await _send_chunk(send, _HEAD)
                with suppress(StoreUnavailable):
                    await self._tell(subscription, send, nursery)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            nursery.cancel_scope.cancel()

    async def _tell(self, subscription: Subscription, send: Send, nursery: trio.Nursery) -> None:
        into, events = trio.open_memory_channel[CommittedEvent](_BUFFER)
        nursery.start_soon(self._listen, subscription, into)
        while not self._over:
            if self._behind:
                await self._catch_up(send)
            else:
                await self._hear(events, send)

    async def _listen(self, subscription: Subscription, into: trio.MemorySendChannel[CommittedEvent]) -> None:
        with into, suppress(trio.EndOfChannel):
            while True:
                event = await subscription.receive()
                if self._after is None:
                    self._after = Seq(event.seq - 1)
                try:
                    into.send_nowait(event)
                except trio.WouldBlock:
                    self._behind = True

    async def _catch_up(self, send: Send) -> None:
        self._behind = False
        # Asked before the events are read: a job that has ended by now has all its events in the database.
        ended = await self._job_ended()
        while page := await self._statuses.events(after=self._after or Seq(0), job_id=self._job_id, limit=_PAGE):
            for event in page:
                await self._send_event(send, event)
        self._over = self._over or ended

    async def _hear(self, events: trio.MemoryReceiveChannel[CommittedEvent], send: Send) -> None:
        try:
            with trio.fail_after(self._ping_s):
                event = await events.receive()
        except trio.TooSlowError:
            await _send_chunk(send, _PING)
            self._behind = self._behind or self._job_id is not None
        except trio.EndOfChannel:
            self._over = True
        else:
            await self._send_event(send, event)

    async def _send_event(self, send: Send, event: CommittedEvent) -> None:
        if self._after is not None and event.seq <= self._after:
            return
        await _send_chunk(send, frame(event))
        self._after = event.seq
        self._over = self._job_id is not None and event.progress.stage.final

    async def _job_ended(self) -> bool:
        if self._job_id is None:
            return False
        status = await self._statuses.status(self._job_id)
        return status is None or status.state.final


async def _send_chunk(send: Send, chunk: bytes) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _stop_when_gone(receive: Receive, scope: trio.CancelScope) -> None:
    await until_gone(receive)
    scope.cancel()
