"""The routes about schedules: their plans and last runs, and running one now."""

import attrs
from starlette.requests import Request

from thesetd.adapters.web.problems import RequestProblem, bad_request, not_found
from thesetd.adapters.web.requests import limit_of, sent
from thesetd.adapters.web.routes.gate import duration
from thesetd.adapters.web.table import Handlers
from thesetd.domain.durations import duration_text
from thesetd.domain.freshness.runs import PastRun
from thesetd.ports.control import Intake, Overview, ScheduleDesk
from thesetd.ports.freshness import FreshnessDesk
from thesetd.ports.surface import routes
from thesetd.ports.surface.daemon import NewPlan, Schedules, ScheduleView
from thesetd.ports.surface.freshness import MOST_RUNS, RunsWanted, ScheduleDetails, ScheduleRun
from thesetd.ports.surface.jobs import ScheduleFired


@attrs.frozen(kw_only=True)
class ScheduleRoutes:
    """The routes about schedules."""

    overview: Overview
    intake: Intake
    desk: ScheduleDesk
    freshness: FreshnessDesk

    def handlers(self) -> Handlers:
        """Return them."""
        return {
            routes.LIST_SCHEDULES: self._list_schedules,
            routes.RUN_SCHEDULE: self._run_schedule,
            routes.SHOW_SCHEDULE: self._show_schedule,
            routes.SET_PLAN: self._set_plan,
            routes.RESET_PLAN: self._reset_plan,
        }

    async def _list_schedules(self, _: Request) -> Schedules:
        return Schedules(schedules=await self.overview.schedules())

    async def _run_schedule(self, request: Request) -> ScheduleFired:
        name = request.path_params["name"]
        try:
            return ScheduleFired(job_id=await self.intake.run_schedule(name), schedule=name)
        except KeyError:
            raise await self._unknown(name) from None

    async def _show_schedule(self, request: Request) -> ScheduleDetails:
        name = request.path_params["name"]
        limit = limit_of(request, usual=RunsWanted().limit, most=MOST_RUNS)
        views = {view.name: view for view in await self.overview.schedules()}
        if name not in views:
            raise await self._unknown(name)
        runs = tuple(map(_run, await self.freshness.runs(name, limit)))
        return ScheduleDetails(**attrs.asdict(views[name]), runs=runs)

    async def _set_plan(self, request: Request) -> ScheduleView:
        name, wish = request.path_params["name"], await sent(request, NewPlan)
        for_s = None if wish.for_ is None else duration(wish.for_)
        try:
            return await self.desk.set_plan(name, wish.cron, wish.zone, for_s)
        except KeyError:
            raise await self._unknown(name) from None
        except ValueError as error:
            raise bad_request("bad-plan", str(error)) from None

    async def _reset_plan(self, request: Request) -> ScheduleView:
        name = request.path_params["name"]
        try:
            return await self.desk.reset_plan(name)
        except KeyError:
            raise await self._unknown(name) from None

    async def _unknown(self, name: str) -> RequestProblem:
        names = [view.name for view in await self.overview.schedules()]
        detail = f"no schedule is called {name[:40]!r}: expected one of {', '.join(names)}"
        return not_found("unknown-schedule", detail, schedules=names)


def _run(past: PastRun) -> ScheduleRun:
    return ScheduleRun(
        job_id=past.job_id,
        at=past.at,
        state=past.state,
        by_hand=past.run.by_hand,
        target=duration_text(past.run.target) if past.run.target else None,
        artists=past.run.audience.artists,
        met=past.met,
        missed=past.missed,
        ordered=past.run.ordered,
        looked=past.looked,
        changed=past.changed,
        calls=past.calls,
        remarks=past.remarks,
    )
