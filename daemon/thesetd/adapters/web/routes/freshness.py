"""The control socket's view of freshness: runs of schedules, pins, and interest that the application tells."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from thesetd.adapters.web.problems import RequestProblem, bad_request, not_found
from thesetd.adapters.web.requests import by_method, json_object, members, number
from thesetd.domain.freshness.interest import EXAMPLE
from thesetd.ports.control import Overview
from thesetd.ports.freshness import FreshnessDesk

MOST_RUNS, USUAL_RUNS = 200, 10
PIN = '{"artist": "...", "ages": "shows=1h", "why": "...", "until": "2026-12-24"}'


class FreshnessRoutes:
    """The routes about freshness."""

    def __init__(self, desk: FreshnessDesk, overview: Overview) -> None:
        """Take who knows, and what there is."""
        self._desk = desk
        self._overview = overview

    def routes(self) -> Sequence[Route]:
        """Return them."""
        return [
            Route("/schedules/{name:path}", self._show_schedule),
            Route("/pins", by_method(GET=self._list_pins, POST=self._pin), methods=["GET", "POST"]),
            Route("/pins/{artist:path}", self._unpin, methods=["DELETE"]),
            Route("/interest", self._interest, methods=["POST"]),
        ]

    async def _show_schedule(self, request: Request) -> Response:
        name = request.path_params["name"]
        limit = number(request.query_params.get("limit", str(USUAL_RUNS)))
        if limit is None or not 1 <= limit <= MOST_RUNS:
            raise bad_request("bad-limit", f"the limit must be a number from 1 to {MOST_RUNS}")
        views = {view.name: view for view in await self._overview.schedules()}
        if name not in views:
            raise unknown_schedule(name, list(views))
        runs = [run.as_json() for run in await self._desk.runs(name, limit)]
        return JSONResponse(views[name].as_json() | {"runs": runs})

    async def _list_pins(self, _: Request) -> Response:
        return JSONResponse({"pins": [view.as_json() for view in await self._desk.pins()]})

    async def _pin(self, request: Request) -> Response:
        body = await members(request, PIN, {"artist", "ages", "why"}, frozenset({"until"}))
        try:
            views = await self._desk.pin(body["artist"], body["ages"].split(), body["why"], body.get("until"))
        except ValueError as error:
            raise bad_request("bad-pin", str(error)) from None
        return JSONResponse({"pins": [view.as_json() for view in views]})

    async def _unpin(self, request: Request) -> Response:
        aspects = [name for value in request.query_params.getlist("aspect") for name in value.split(",")]
        try:
            count = await self._desk.unpin(request.path_params["artist"], aspects)
        except ValueError as error:
            raise bad_request("bad-pin", str(error)) from None
        return JSONResponse({"unpinned": count})

    async def _interest(self, request: Request) -> Response:
        try:
            unknown = await self._desk.interest(await json_object(request, EXAMPLE))
        except ValueError as error:
            raise bad_request("bad-interest", str(error)) from None
        return JSONResponse({"unknown": unknown})


def unknown_schedule(name: str, names: Sequence[str]) -> RequestProblem:
    """Make the 404 of a schedule that there is not."""
    detail = f"no schedule is called {name[:40]!r}: there are {', '.join(names)}"
    return not_found("unknown-schedule", detail, schedules=list(names))
