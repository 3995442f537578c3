"""The control socket's orders: cancelling and retrying jobs, why one is not further, pausing and resuming."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from thesetd.adapters.web.problems import RequestProblem, conflict, not_found
from thesetd.adapters.web.requests import by_method, number
from thesetd.domain.ids import JobId
from thesetd.domain.work.jobs import Action, JobState, Ordered
from thesetd.domain.work.waits import EVERYTHING
from thesetd.ports.control import Gatekeeper, Operator, Overview
from thesetd.ports.store import ImportStatus, StatusStore

_STATE_AFTER: Mapping[Action, JobState] = {Action.CANCEL: JobState.CANCELLED, Action.RETRY: JobState.READY}


class WorkRoutes:
    """The routes about orders and pauses."""

    def __init__(self, operator: Operator, gatekeeper: Gatekeeper, overview: Overview, statuses: StatusStore) -> None:
        """Take who obeys, and what there is."""
        self._operator = operator
        self._gatekeeper = gatekeeper
        self._overview = overview
        self._statuses = statuses

    def routes(self) -> Sequence[Route]:
        """Return them."""
        return [
            Route("/jobs/{job_id}/cancel", self._cancel, methods=["POST"]),
            Route("/jobs/{job_id}/retry", self._retry, methods=["POST"]),
            Route("/jobs/{job_id}/why", self._why),
            Route("/pauses", self._list_pauses),
            Route("/pauses/{what:path}", by_method(PUT=self._pause, DELETE=self._resume), methods=["PUT", "DELETE"]),
        ]

    async def _cancel(self, request: Request) -> Response:
        return await self._order(request, Action.CANCEL)

    async def _retry(self, request: Request) -> Response:
        return await self._order(request, Action.RETRY)

    async def _order(self, request: Request, action: Action) -> Response:
        ordered = await self._operator.order(job_id(request), action)
        if ordered.before is None:
            raise unknown_job(request)
        if not ordered.obeyed and ordered.joined is None:
            raise refused(ordered, action, ordered.before)
        reply = {
            "job_id": ordered.job_id,
            "before": ordered.before.value,
            "state": (_STATE_AFTER[action] if ordered.obeyed else ordered.before).value,
            "joined": ordered.joined,
        }
        return JSONResponse(reply)

    async def _why(self, request: Request) -> Response:
        found = await self._operator.why(job_id(request))
        if found is None:
            raise unknown_job(request)
        return JSONResponse(found.as_json())

    async def _list_pauses(self, _: Request) -> Response:
        return JSONResponse({"pauses": [view.as_json() for view in await self._operator.pauses()]})

    async def _pause(self, request: Request) -> Response:
        what = request.path_params["what"]
        try:
            view = await self._operator.pause(what)
        except KeyError:
            raise await self._unknown_pause(what) from None
        return JSONResponse(view.as_json())

    async def _resume(self, request: Request) -> Response:
        what = request.path_params["what"]
        try:
            return JSONResponse({"what": what, "resumed": await self._operator.resume(what)})
        except KeyError:
            raise await self._unknown_pause(what) from None

    async def _unknown_pause(self, what: str) -> RequestProblem:
        providers = [view.provider for view in await self._gatekeeper.limits()]
        names = [*providers, *(view.name for view in await self._overview.schedules()), EVERYTHING]
        detail = f"nothing that can be paused is called {what[:40]!r}: there are {', '.join(names)}"
        return not_found("unknown-pause", detail, names=names)


def refused(ordered: Ordered, action: Action, state: JobState) -> RequestProblem:
    """Return why an order was not carried out, which its job's state decides."""
    if action is Action.CANCEL or state is JobState.DONE:
        detail = f"job {ordered.job_id} is {state.value}: there is nothing to {action.value}"
    else:
        detail = (
            f"job {ordered.job_id} is {state.value}: it is not finished yet, `thesetctl why` says what it waits for"
        )
    return conflict("wrong-state", detail, job_id=ordered.job_id, state=state.value)


def job_id(request: Request) -> JobId:
    """Read the job in a path.

    Raises:
        RequestProblem: it is no job's id.
    """
    value = number(request.path_params["job_id"])
    if value is None:
        raise unknown_job(request)
    return JobId(value)


async def known_job(statuses: StatusStore, request: Request) -> ImportStatus:
    """Return the job in a path.

    Raises:
        RequestProblem: there is none.
    """
    status = await statuses.status(job_id(request))
    if status is None:
        raise unknown_job(request)
    return status


def unknown_job(request: Request) -> RequestProblem:
    """Make a 404."""
    typed = request.path_params["job_id"]
    return not_found("unknown-job", f"there is no job {typed[:40]!r}: see the list of jobs")
