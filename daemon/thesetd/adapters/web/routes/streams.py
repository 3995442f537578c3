"""The routes of progress streams, the same on both listeners."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from thesetd.adapters.web.problems import bad_request
from thesetd.adapters.web.requests import number
from thesetd.adapters.web.routes.work import job_id, known_job
from thesetd.adapters.web.streams.live_frames import LiveFrames
from thesetd.adapters.web.streams.replays import Replays
from thesetd.adapters.web.streams.response import STREAM_HEADERS
from thesetd.adapters.web.streams.sse import EventStream
from thesetd.adapters.web.table import Handlers
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.ids import JobId, Seq
from thesetd.ports.control import Live
from thesetd.ports.store import StatusStore
from thesetd.ports.surface import routes


class StreamRoutes:
    """Follow one job, or all."""

    def __init__(self, live: Live, statuses: StatusStore, replays: Replays) -> None:
        """Take the sources of live and stored events."""
        self._live = live
        self._statuses = statuses
        self._replays = replays
        self._frames = LiveFrames()

    def handlers(self) -> Handlers:
        """Return them."""
        return {routes.FOLLOW_ALL: self._follow_all, routes.FOLLOW_IMPORT: self._follow_job}

    async def _follow_all(self, request: Request) -> Response:
        return self._stream(None, last_event_id(request))

    async def _follow_job(self, request: Request) -> Response:
        after = last_event_id(request) or Seq(0)
        try:
            if await self._nothing_follows(request, after):
                return Response(status_code=HTTPStatus.NO_CONTENT, headers=STREAM_HEADERS)
        except StoreUnavailable:
            pass  # the stream waits for the database, because an EventSource never reconnects after a 503
        return self._stream(job_id(request), after)

    def _stream(self, job: JobId | None, after: Seq | None) -> EventStream:
        return EventStream(self._live, self._replays, frames=self._frames, job_id=job, after=after)

    async def _nothing_follows(self, request: Request, after: Seq) -> bool:
        job = await known_job(self._statuses, request)
        if not job.state.final or await self._replays.page(after, job.job_id) is not None:
            return False
        return not after or await self._replays.reach(after)


def last_event_id(request: Request) -> Seq | None:
    """Read where a stream should continue: the header that browsers send, else `?after=`; None without either.

    Raises:
        RequestProblem: it is not a sequence number.
    """
    typed = request.headers.get("last-event-id") or request.query_params.get("after")
    if not typed:
        return None
    value = number(typed)
    if value is None:
        raise bad_request("bad-event-id", f"invalid event id {typed[:40]!r}: expected the id of an event")
    return Seq(value)
