"""The control socket's HTTP interface: imports, jobs, schedules, and a look at the actors.

`openapi.json` beside this module describes it; a test holds the two together. Who may connect is decided by the
socket's mode and group, so nothing here asks who it is.
"""

from http import HTTPStatus

import attrs
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from thesetd.adapters.web.listener.doors import Doors
from thesetd.adapters.web.openapi import document
from thesetd.adapters.web.problems import HANDLERS, bad_request, conflict
from thesetd.adapters.web.readiness import readiness_response
from thesetd.adapters.web.requests import ARTIST, by_method, members, number
from thesetd.adapters.web.routes.freshness import FreshnessRoutes, unknown_schedule
from thesetd.adapters.web.routes.gate import GateRoutes
from thesetd.adapters.web.routes.identity import IdentityRoutes
from thesetd.adapters.web.routes.setlists import SetlistRoutes
from thesetd.adapters.web.routes.songs import SongRoutes
from thesetd.adapters.web.routes.streams import StreamRoutes
from thesetd.adapters.web.routes.work import WorkRoutes, known_job
from thesetd.adapters.web.streams.replays import Replays
from thesetd.domain.errors import ConfigError
from thesetd.domain.ids import JobId
from thesetd.domain.work.jobs import JobKind, JobState
from thesetd.ports.clock import Clock
from thesetd.ports.control import CacheKeeper, Curator, Gatekeeper, Intake, Live, Operator, Overview, Reloader
from thesetd.ports.freshness import FreshnessDesk
from thesetd.ports.songs import SongDesk
from thesetd.ports.store import ImportStatus, StatusStore

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


def control_app(
    intake: Intake,
    live: Live,
    overview: Overview,
    statuses: StatusStore,
    gatekeeper: Gatekeeper,
    *,
    cache: CacheKeeper,
    operator: Operator,
    reloader: Reloader,
    clock: Clock,
    songs: SongDesk | None = None,
    curator: Curator | None = None,
    freshness: FreshnessDesk | None = None,
    replays: Replays | None = None,
    doors: Doors | None = None,
) -> Starlette:
    """Make the application that listens on the control socket.

    `replays` are shared with other listeners, `doors` say how many requests of each kind are served at once.
    """
    control = _Control(intake, overview, statuses, reloader)
    streams = StreamRoutes(live, statuses, replays or Replays(statuses))
    gate = GateRoutes(gatekeeper, cache, overview, clock)
    work = WorkRoutes(operator, gatekeeper, overview, statuses)
    about_songs = [*SongRoutes(songs).routes(), *SetlistRoutes(songs).routes()] if songs is not None else ()
    about_identity = IdentityRoutes(curator).routes() if curator is not None else ()
    about_freshness = FreshnessRoutes(freshness, overview).routes() if freshness is not None else ()
    about_artists = (*about_songs, *about_identity, *about_freshness)
    routes = (doors or Doors()).guard(
        [*control.routes(), *streams.routes(), *gate.routes(), *work.routes(), *about_artists]
    )
    app = Starlette(routes=routes, exception_handlers=HANDLERS)
    app.router.redirect_slashes = False
    return app


class _Control:
    def __init__(self, intake: Intake, overview: Overview, statuses: StatusStore, reloader: Reloader) -> None:
        self._intake = intake
        self._overview = overview
        self._statuses = statuses
        self._reloader = reloader

    def routes(self) -> list[Route]:
        return [
            Route("/imports", by_method(GET=self._list_imports, POST=self._submit), methods=["GET", "POST"]),
            Route("/imports/{job_id}", self._show_job),
            Route("/jobs", self._list_jobs),
            Route("/jobs/{job_id}", self._show_job),
            Route("/schedules", self._list_schedules),
            Route("/schedules/{name:path}/run", self._run_schedule, methods=["POST"]),
            Route("/actors", self._list_actors),
            Route("/breakers", self._list_breakers),
            Route("/health", self._health),
            Route("/reload", self._reload, methods=["POST"]),
            Route("/openapi.json", self._openapi),
        ]

    async def _submit(self, request: Request) -> Response:
        accepted = await self._intake.submit((await members(request, ARTIST, {"artist"}))["artist"])
        reply = attrs.asdict(accepted)
        reply["artist_id"] = str(accepted.artist_id) if accepted.artist_id else None
        return JSONResponse(reply, HTTPStatus.ACCEPTED, {"location": f"/imports/{accepted.job_id}"})

    async def _show_job(self, request: Request) -> Response:
        return JSONResponse((await known_job(self._statuses, request)).as_json())

    async def _list_imports(self, request: Request) -> Response:
        imports = await self._matching(request, JobKind.IMPORT_ARTIST)
        return JSONResponse({"imports": [status.as_json() for status in imports]})

    async def _list_jobs(self, request: Request) -> Response:
        return JSONResponse({"jobs": [status.as_json() for status in await self._matching(request)]})

    async def _matching(self, request: Request, *kinds: JobKind) -> tuple[ImportStatus, ...]:
        return await self._statuses.statuses(
            states=_states(request), kinds=kinds, before=_before(request), limit=_limit(request)
        )

    async def _list_schedules(self, _: Request) -> Response:
        return JSONResponse({"schedules": [view.as_json() for view in await self._overview.schedules()]})

    async def _run_schedule(self, request: Request) -> Response:
        name = request.path_params["name"]
        try:
            job_id = await self._intake.run_schedule(name)
        except KeyError:
            raise unknown_schedule(name, [view.name for view in await self._overview.schedules()]) from None
        reply = {"job_id": job_id, "schedule": name}
        return JSONResponse(reply, HTTPStatus.ACCEPTED, {"location": f"/jobs/{job_id}"})

    async def _list_actors(self, _: Request) -> Response:
        return JSONResponse({"actors": [view.as_json() for view in self._overview.actors()]})

    async def _list_breakers(self, _: Request) -> Response:
        return JSONResponse({"breakers": [attrs.asdict(view) for view in self._overview.breakers()]})

    async def _health(self, _: Request) -> Response:
        return readiness_response(self._overview)

    async def _reload(self, _: Request) -> Response:
        try:
            done = await self._reloader.reload()
        except ConfigError as error:
            detail = "the configuration is refused, the former one stays in force"
            raise conflict("configuration-refused", detail, faults=list(error.faults)) from None
        return JSONResponse(attrs.asdict(done), background=BackgroundTask(self._renew))

    async def _renew(self) -> None:
        self._reloader.renew()

    async def _openapi(self, _: Request) -> Response:
        return JSONResponse(document())


def _states(request: Request) -> tuple[JobState, ...]:
    typed = [name for value in request.query_params.getlist("state") for name in value.split(",")]
    known = {state.value: state for state in JobState}
    if unknown := [name for name in typed if name not in known]:
        detail = f"unknown state {unknown[0][:40]!r}: expected one of {', '.join(known)}"
        raise bad_request("unknown-state", detail, states=list(known))
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


def _limit(request: Request) -> int:
    typed = request.query_params.get("limit")
    if typed is None:
        return DEFAULT_LIMIT
    value = number(typed)
    if value is None or not 1 <= value <= MAX_LIMIT:
        raise bad_request("bad-limit", f"the limit must be a number from 1 to {MAX_LIMIT}")
    return value
