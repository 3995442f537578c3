"""The control surface's HTTP interface: imports, jobs, schedules, and the state of the actors.

The routes are listed in `thesetd.ports.surface.routes`; this module connects the rows with the parts of the daemon that
answer. The socket's mode and group decide which clients may connect, `access` what each may do.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import Enum
from typing import Any, TypeVar

import attrs
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from thesetd.adapters.web.access.policy import Access, Everybody
from thesetd.adapters.web.listener.doors import Doors
from thesetd.adapters.web.listener.request_ids import request_id_of
from thesetd.adapters.web.openapi import openapi_document
from thesetd.adapters.web.page.glance import Glances
from thesetd.adapters.web.problems import HANDLERS, bad_request, conflict
from thesetd.adapters.web.readiness import readiness_response
from thesetd.adapters.web.requests import limit_of, number, sent
from thesetd.adapters.web.routes.advice import AdviceRoutes
from thesetd.adapters.web.routes.changes import ChangeRoutes
from thesetd.adapters.web.routes.freshness import FreshnessRoutes
from thesetd.adapters.web.routes.gate import GateRoutes, duration
from thesetd.adapters.web.routes.identity import IdentityRoutes
from thesetd.adapters.web.routes.refreshing import RefreshRoutes
from thesetd.adapters.web.routes.schedules import ScheduleRoutes
from thesetd.adapters.web.routes.setlists import SetlistRoutes
from thesetd.adapters.web.routes.songs import SongRoutes
from thesetd.adapters.web.routes.streams import StreamRoutes
from thesetd.adapters.web.routes.tap import TapRoutes
from thesetd.adapters.web.routes.venues import VenueRoutes
from thesetd.adapters.web.routes.webhooks import WebhookRoutes
from thesetd.adapters.web.routes.work import WorkRoutes, known_job
from thesetd.adapters.web.streams.replays import Replays
from thesetd.adapters.web.streams.tap import Tap
from thesetd.adapters.web.table import Handlers, routes_of
from thesetd.domain.documents import written
from thesetd.domain.errors import ConfigError
from thesetd.domain.ids import JobId
from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.jobs import JobKind, JobState
from thesetd.ports.clock import Clock
from thesetd.ports.control import (
    Advisor,
    CacheKeeper,
    Curator,
    Feed,
    Gatekeeper,
    Intake,
    Live,
    Operator,
    Overview,
    Refresher,
    Reloader,
    ScheduleDesk,
    WebhookDesk,
)
from thesetd.ports.freshness import FreshnessDesk, Planner
from thesetd.ports.songs import SongDesk
from thesetd.ports.store import StatusStore
from thesetd.ports.surface import routes
from thesetd.ports.surface.daemon import Actors, Configuration
from thesetd.ports.surface.jobs import MOST_JOBS, Imports, ImportStatus, Jobs, JobsWanted, NewImport
from thesetd.ports.surface.status import Status
from thesetd.ports.venues import VenueDesk

E = TypeVar("E", bound=Enum)


@attrs.frozen(kw_only=True)
class Surface:
    """Everything that the routes need from a daemon; each part implements the port of its name."""

    intake: Intake
    live: Live
    overview: Overview
    statuses: StatusStore
    gatekeeper: Gatekeeper
    cache: CacheKeeper
    operator: Operator
    reloader: Reloader
    clock: Clock
    songs: SongDesk
    venues: VenueDesk
    curator: Curator
    freshness: FreshnessDesk
    glances: Glances
    refresher: Refresher
    advisor: Advisor
    planner: Planner
    schedule_desk: ScheduleDesk
    feed: Feed
    webhooks: WebhookDesk
    tap: Tap


def control_app(
    surface: Surface,
    *,
    access: Access | None = None,
    origins: Sequence[str] = (),
    replays: Replays | None = None,
    doors: Doors | None = None,
) -> Starlette:
    """Make the application that listens on the control socket and, for other hosts, on TCP.

    Args:
        surface: the parts of the daemon.
        access: identifies its callers; without it every caller may do everything.
        origins: the origins of web pages that may use it.
        replays: shared with other listeners.
        doors: how many requests of each kind are served at once.
    """
    parts = (
        _Control(surface),
        StreamRoutes(surface.live, surface.statuses, replays or Replays(surface.statuses)),
        GateRoutes(surface.gatekeeper, surface.cache, surface.overview, surface.clock),
        WorkRoutes(surface.operator, surface.gatekeeper, surface.overview, surface.statuses),
        SongRoutes(surface.songs),
        SetlistRoutes(surface.songs),
        VenueRoutes(surface.venues),
        IdentityRoutes(surface.curator),
        RefreshRoutes(surface.refresher),
        AdviceRoutes(surface.advisor),
        FreshnessRoutes(surface.freshness, surface.planner),
        ScheduleRoutes(
            overview=surface.overview, intake=surface.intake, desk=surface.schedule_desk, freshness=surface.freshness
        ),
        ChangeRoutes(surface.feed),
        WebhookRoutes(surface.webhooks),
        TapRoutes(surface.tap, surface.gatekeeper),
    )
    handlers = {row: handler for part in parts for row, handler in part.handlers().items()}
    served = (doors or Doors()).guard(routes_of("control", handlers, access or Everybody()))
    app = Starlette(routes=served, exception_handlers=HANDLERS, middleware=_for_browsers(origins))
    app.router.redirect_slashes = False
    return app


def _for_browsers(origins: Sequence[str]) -> list[Middleware]:
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["authorization", "content-type", "last-event-id", "traceparent", "x-request-id"],
            expose_headers=["location", "retry-after", "www-authenticate", "x-request-id"],
        )
    ]


class _Control:
    def __init__(self, surface: Surface) -> None:
        self._intake = surface.intake
        self._overview = surface.overview
        self._statuses = surface.statuses
        self._reloader = surface.reloader
        self._glances = surface.glances
        self._clock = surface.clock

    def handlers(self) -> Handlers:
        return {
            routes.LIST_IMPORTS: self._list_imports,
            routes.SUBMIT_IMPORT: self._submit,
            routes.SHOW_IMPORT: self._show_job,
            routes.LIST_JOBS: self._list_jobs,
            routes.SHOW_JOB: self._show_job,
            routes.LIST_ACTORS: self._list_actors,
            routes.SHOW_HEALTH: self._health,
            routes.SHOW_STATUS: self._status,
            routes.RELOAD: self._reload,
            routes.SHOW_CONFIG: self._show_config,
            routes.DESCRIBE: self._describe,
        }

    async def _submit(self, request: Request) -> Accepted:
        return await self._intake.submit((await sent(request, NewImport)).artist, request_id_of(request.scope))

    async def _show_job(self, request: Request) -> ImportStatus:
        return await known_job(self._statuses, request)

    async def _list_imports(self, request: Request) -> Imports:
        return Imports(imports=await self._matching(request, JobKind.IMPORT_ARTIST))

    async def _list_jobs(self, request: Request) -> Jobs:
        return Jobs(jobs=await self._matching(request, *_kinds(request)))

    async def _matching(self, request: Request, *kinds: JobKind) -> tuple[ImportStatus, ...]:
        since = request.query_params.get("since")
        return await self._statuses.listed(
            states=_states(request),
            kinds=kinds,
            artist=request.query_params.get("artist"),
            since=self._clock.now() - timedelta(seconds=duration(since)) if since is not None else None,
            request=request.query_params.get("request"),
            before=_before(request),
            limit=limit_of(request, usual=JobsWanted().limit, most=MOST_JOBS),
        )

    async def _list_actors(self, _: Request) -> Actors:
        return Actors(actors=self._overview.actors())

    async def _health(self, _: Request) -> Response:
        return readiness_response(self._overview)

    async def _status(self, _: Request) -> Status:
        return await self._glances.take()

    async def _reload(self, _: Request) -> Response:
        try:
            done = await self._reloader.reload()
        except ConfigError as error:
            detail = "the configuration is refused, the former one stays in force"
            raise conflict("configuration-refused", detail, faults=list(error.faults)) from None
        return JSONResponse(written(done), background=BackgroundTask(self._renew))

    async def _show_config(self, _: Request) -> Configuration:
        return self._reloader.describe()

    async def _renew(self) -> None:
        self._reloader.renew()

    async def _describe(self, _: Request) -> Mapping[str, Any]:
        return openapi_document()


def _states(request: Request) -> tuple[JobState, ...]:
    return _named(request, "state", JobState)


def _kinds(request: Request) -> tuple[JobKind, ...]:
    return _named(request, "kind", JobKind)


def _named(request: Request, what: str, all_of: type[E]) -> tuple[E, ...]:
    """Read the values of a parameter that may be repeated, or hold several values."""
    typed = [name for value in request.query_params.getlist(what) for name in value.split(",")]
    known = {one.value: one for one in all_of}
    if unknown := [name for name in typed if name not in known]:
        detail = f"unknown {what} {unknown[0][:40]!r}: expected one of {', '.join(known)}"
        raise bad_request(f"unknown-{what}", detail, **{f"{what}s": list(known)})
    return tuple(known[name] for name in typed)


def _before(request: Request) -> JobId | None:
    typed = request.query_params.get("before")
    if not typed:
        return None
    value = number(typed)
    if value is None:
        raise bad_request(
            "bad-before", f"invalid job {typed[:40]!r}: expected the number of the last job of the page before"
        )
    return JobId(value)
