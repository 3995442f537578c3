"""The routes for orders: cancelling and retrying jobs, explaining why one waits, pausing and resuming."""

from collections.abc import Mapping

from starlette.requests import Request

from thesetd.adapters.web.problems import RequestProblem, conflict, not_found
from thesetd.adapters.web.requests import number
from thesetd.adapters.web.table import Handlers
from thesetd.domain.ids import JobId
from thesetd.domain.work.deferrals import EVERYTHING
from thesetd.domain.work.diagnosis import Diagnosis
from thesetd.domain.work.jobs import Action, JobState, Ordered
from thesetd.ports.control import Gatekeeper, Operator, Overview
from thesetd.ports.store import StatusStore
from thesetd.ports.surface import routes
from thesetd.ports.surface.daemon import Pauses, PauseView, Resumed
from thesetd.ports.surface.jobs import ImportStatus, JobOrdered

_STATE_AFTER: Mapping[Action, JobState] = {Action.CANCEL: JobState.CANCELLED, Action.RETRY: JobState.READY}


class WorkRoutes:
    """The routes about orders and pauses."""

    def __init__(self, operator: Operator, gatekeeper: Gatekeeper, overview: Overview, statuses: StatusStore) -> None:
        """Take the parts that carry out orders, and the overview."""
        self._operator = operator
        self._gatekeeper = gatekeeper
        self._overview = overview
        self._statuses = statuses

    def handlers(self) -> Handlers:
        """Return them."""
        return {
            routes.CANCEL_JOB: self._cancel,
            routes.RETRY_JOB: self._retry,
            routes.EXPLAIN_JOB: self._why,
            routes.LIST_PAUSES: self._list_pauses,
            routes.PAUSE: self._pause,
            routes.RESUME: self._resume,
        }

    async def _cancel(self, request: Request) -> JobOrdered:
        return await self._order(request, Action.CANCEL)

    async def _retry(self, request: Request) -> JobOrdered:
        return await self._order(request, Action.RETRY)

    async def _order(self, request: Request, action: Action) -> JobOrdered:
        ordered = await self._operator.order(job_id(request), action)
        if ordered.before is None:
            raise unknown_job(request)
        if not ordered.obeyed and ordered.joined is None:
            raise refused(ordered, action, ordered.before)
        return JobOrdered(
            job_id=ordered.job_id,
            before=ordered.before,
            state=_STATE_AFTER[action] if ordered.obeyed else ordered.before,
            joined=ordered.joined,
        )

    async def _why(self, request: Request) -> Diagnosis:
        found = await self._operator.why(job_id(request))
        if found is None:
            raise unknown_job(request)
        return found

    async def _list_pauses(self, _: Request) -> Pauses:
        return Pauses(pauses=await self._operator.pauses())

    async def _pause(self, request: Request) -> PauseView:
        what = request.path_params["what"]
        try:
            return await self._operator.pause(what)
        except KeyError:
            raise await self._unknown_pause(what) from None

    async def _resume(self, request: Request) -> Resumed:
        what = request.path_params["what"]
        try:
            return Resumed(what=what, resumed=await self._operator.resume(what))
        except KeyError:
            raise await self._unknown_pause(what) from None

    async def _unknown_pause(self, what: str) -> RequestProblem:
        providers = [view.provider for view in await self._gatekeeper.limits()]
        names = [*providers, *(view.name for view in await self._overview.schedules()), EVERYTHING]
        detail = f"nothing that can be paused is called {what[:40]!r}: expected one of {', '.join(names)}"
        return not_found("unknown-pause", detail, names=names)


def refused(ordered: Ordered, action: Action, state: JobState) -> RequestProblem:
    """Return why an order was not carried out, by the state of its job."""
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
        RequestProblem: it is not a job's id.
    """
    value = number(request.path_params["job_id"])
    if value is None:
        raise unknown_job(request)
    return JobId(value)


async def known_job(statuses: StatusStore, request: Request) -> ImportStatus:
    """Return the job in a path.

    Raises:
        RequestProblem: there is no such job.
    """
    status = await statuses.status(job_id(request))
    if status is None:
        raise unknown_job(request)
    return status


def unknown_job(request: Request) -> RequestProblem:
    """Return a 404."""
    typed = request.path_params["job_id"]
    return not_found("unknown-job", f"no job {typed[:40]!r}: `thesetctl jobs` lists them")
