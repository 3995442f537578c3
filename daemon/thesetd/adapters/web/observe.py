"""The read-only listener on loopback: metrics, health, progress, and a line for whoever looks in with a browser."""

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from thesetd import __version__
from thesetd.adapters.metrics.exposition import Exposition
from thesetd.adapters.web.listener.doors import Doors
from thesetd.adapters.web.problems import HANDLERS
from thesetd.adapters.web.readiness import is_ready, readiness_response
from thesetd.adapters.web.routes.streams import StreamRoutes
from thesetd.adapters.web.streams.replays import Replays
from thesetd.adapters.web.table import Handlers, routes_of
from thesetd.ports.control import Live, Overview
from thesetd.ports.store import StatusStore
from thesetd.ports.surface import routes as table


def observe_app(
    registry: CollectorRegistry,
    live: Live,
    statuses: StatusStore,
    overview: Overview,
    *,
    replays: Replays | None = None,
    doors: Doors | None = None,
) -> Starlette:
    """Make the application that listens on loopback TCP; see `control_app` for `replays` and `doors`."""
    observed = _Observed(registry, overview)
    streams = StreamRoutes(live, statuses, replays or Replays(statuses))
    handlers = {**observed.handlers(), **streams.handlers()}
    routes = (doors or Doors()).guard(routes_of("http", handlers))
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    app.router.redirect_slashes = False
    return app


class _Observed:
    def __init__(self, registry: CollectorRegistry, overview: Overview) -> None:
        self._exposition = Exposition(registry)
        self._overview = overview

    def handlers(self) -> Handlers:
        return {
            table.SHOW_PAGE: self._page,
            table.SHOW_METRICS: self._exposition.answer,
            table.PROBE_LIFE: self._alive,
            table.PROBE_READINESS: self._ready,
        }

    async def _page(self, _: Request) -> Response:
        checks = self._overview.readiness()
        lines = [f"thesetd {__version__}: {'ready' if is_ready(checks) else 'not ready'}", ""]
        lines += [f"{name}: {result}" for name, result in checks.items()]
        lines += [f"{actor.name}: {actor.state}" for actor in self._overview.actors()]
        lines += ["", "/metrics /healthz /readyz /events /imports/<job_id>/events", ""]
        return PlainTextResponse("\n".join(lines))

    async def _alive(self, _: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def _ready(self, _: Request) -> Response:
        return readiness_response(self._overview)
