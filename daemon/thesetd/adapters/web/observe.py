"""The read-only listener on loopback: metrics, health, progress, and the status page."""

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from thesetd.adapters.metrics.exposition import Exposition
from thesetd.adapters.web.access.policy import Everybody
from thesetd.adapters.web.listener.doors import Doors
from thesetd.adapters.web.page.answers import StatusPage, asset
from thesetd.adapters.web.page.glance import Glances
from thesetd.adapters.web.problems import HANDLERS
from thesetd.adapters.web.readiness import readiness_response
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
    glances: Glances,
    *,
    replays: Replays | None = None,
    doors: Doors | None = None,
) -> Starlette:
    """Make the application that listens on loopback TCP; see `control_app` for `replays` and `doors`."""
    observed = _Observed(registry, overview, StatusPage(glances))
    streams = StreamRoutes(live, statuses, replays or Replays(statuses))
    handlers = {**observed.handlers(), **streams.handlers()}
    routes = (doors or Doors()).guard(routes_of("http", handlers, Everybody()))
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    app.router.redirect_slashes = False
    return app


class _Observed:
    def __init__(self, registry: CollectorRegistry, overview: Overview, page: StatusPage) -> None:
        self._exposition = Exposition(registry)
        self._page = page
        self._overview = overview

    def handlers(self) -> Handlers:
        return {
            table.SHOW_PAGE: self._page.page,
            table.SHOW_STATUS: self._page.status,
            table.SHOW_STYLE: asset,
            table.SHOW_SCRIPT: asset,
            table.SHOW_ICON: asset,
            table.SHOW_METRICS: self._exposition.answer,
            table.PROBE_LIFE: self._alive,
            table.PROBE_READINESS: self._ready,
        }

    async def _alive(self, _: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def _ready(self, _: Request) -> Response:
        return readiness_response(self._overview)
