"""Sets and resets the plans of schedules at run time; implements `thesetd.ports.control.ScheduleDesk`."""

from datetime import datetime, timedelta

import attrs

from thesetd.actors.scheduler import Scheduler
from thesetd.domain.cron import check_cron, next_due
from thesetd.domain.work.schedules import PlanOverride, Schedule, check_zone, overridden
from thesetd.ports.clock import Clock
from thesetd.ports.store import PlanStore
from thesetd.ports.surface.daemon import ScheduleView


@attrs.frozen(kw_only=True)
class ScheduleControl:
    """Checks plans and stores them in the database, where the schedulers of all nodes find them."""

    scheduler: Scheduler
    store: PlanStore
    clock: Clock

    async def set_plan(self, name: str, cron: str, zone: str | None, for_s: float | None) -> ScheduleView:
        """Set the plan of a schedule; see `ScheduleDesk`."""
        configured, now = self.scheduler.configured(name), self.clock.now()
        if not configured.enabled:
            raise ValueError(f"{name} is disabled: set `schedules.{name}.enabled` in the configuration first")
        zone = configured.zone if zone is None else zone
        check_cron(cron)
        check_zone(zone)
        until = None if for_s is None else now + timedelta(seconds=for_s)
        return await self._store(configured, PlanOverride(cron=" ".join(cron.split()), zone=zone, until=until), now)

    async def reset_plan(self, name: str) -> ScheduleView:
        """Return to the configured plan; see `ScheduleDesk`."""
        return await self._store(self.scheduler.configured(name), None, self.clock.now())

    async def _store(self, configured: Schedule, override: PlanOverride | None, now: datetime) -> ScheduleView:
        schedule = overridden(configured, override, now)
        upcoming = next_due(schedule.cron, now, schedule.zone)
        await self.store.set_plan(schedule.name, override, next_due=upcoming, now=now)
        self.scheduler.look()
        return next(view for view in await self.scheduler.overview() if view.name == schedule.name)
