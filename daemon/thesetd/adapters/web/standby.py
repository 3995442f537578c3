"""The answers of both listeners while the daemon waits for its servers: it is running, but not ready.

Streams stay open meanwhile, since an EventSource never reconnects after a 503. They end with the wait, and their
readers reconnect.
"""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Protocol

import trio
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from thesetd import __version__
from thesetd.adapters.metrics.exposition import Exposition
from thesetd.adapters.web.listener.doors import Doors
from thesetd.adapters.web.page.answers import ASSETS, asset, for_a_person, notice
from thesetd.adapters.web.problems import Problem
from thesetd.adapters.web.streams.response import HEAD, STREAM_HEADERS
from thesetd.adapters.web.table import Handlers
from thesetd.domain.documents import written
from thesetd.ports.surface import routes
from thesetd.ports.surface.daemon import Health

RETRY_S = 5.0


class StandbyView(Protocol):
    """Something that knows what the start waits for."""

    def readiness(self) -> dict[str, str]:
        """Return the reason for each missing item."""
        ...


def standby_app(registry: CollectorRegistry, view: StandbyView) -> Starlette:
    """Make the application for both listeners."""
    standby = _Standby(registry, view)
    answers: Handlers = {
        routes.PROBE_LIFE: standby.alive,
        routes.SHOW_METRICS: standby.exposition.answer,
        routes.PROBE_READINESS: standby.ready,
        routes.SHOW_HEALTH: standby.ready,
        routes.FOLLOW_ALL: standby.follow,
        routes.FOLLOW_IMPORT: standby.follow,
    }
    assets = [Route(f"/{name}", asset) for name in ASSETS]
    methods = ["GET", "HEAD", "POST", "PUT", "DELETE"]
    rest = Route("/{path:path}", standby.busy, methods=methods)
    return Starlette(
        routes=Doors().guard([*(Route(row.path, answer) for row, answer in answers.items()), *assets, rest])
    )


class _Standby:
    def __init__(self, registry: CollectorRegistry, view: StandbyView) -> None:
        self.exposition = Exposition(registry)
        self._view = view

    async def alive(self, _: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(self, _: Request) -> Response:
        health = Health(ready=False, version=__version__, checks=self._view.readiness())
        return JSONResponse(written(health), HTTPStatus.SERVICE_UNAVAILABLE)

    async def follow(self, request: Request) -> Response:
        if request.method == "HEAD":
            return Response(media_type="text/event-stream", headers=STREAM_HEADERS)
        return StreamingResponse(self._comments(), media_type="text/event-stream", headers=STREAM_HEADERS)

    async def _comments(self) -> AsyncIterator[bytes]:
        yield HEAD
        while True:
            yield b": the daemon is starting and waits for %b\n\n" % ", ".join(self._view.readiness()).encode()
            await trio.sleep(RETRY_S)

    async def busy(self, request: Request) -> Response:
        missing = "; ".join(f"{name}: {reason}" for name, reason in self._view.readiness().items())
        detail = f"the daemon is starting and waits for what it needs ({missing}): try again in a few seconds"
        problem = Problem(status=HTTPStatus.SERVICE_UNAVAILABLE, kind="starting", detail=detail, retry_after_s=RETRY_S)
        if for_a_person(request):
            return notice("thesetd is starting", detail, problem.status, headers=problem.sent_headers(), live=True)
        return problem.response()
