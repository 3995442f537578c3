"""Plans of schedules that were set at run time, one suite over the fake and over PostgreSQL."""

from datetime import datetime
from typing import Any

from sample_rows import NOW, moment
from thesetd.domain.work.schedules import PlanOverride

NAME = "sync-trending"
HOURLY = PlanOverride(cron="0 * * * *", zone="Europe/Berlin", until=moment(600))


async def seen(store: Any) -> tuple[datetime, PlanOverride | None]:
    """Return when the schedule is due, and the plan that was set."""
    (row,) = await store.schedules.rows()
    return row.next_due, row.override


async def test_a_plan_is_set_and_reset(store: Any) -> None:
    """It comes with the moment at which the schedule is due by it, and so does the configured one."""
    await store.schedules.plan(NAME, moment(240))
    assert await seen(store) == (moment(240), None)
    await store.schedule_plans.set_plan(NAME, HOURLY, next_due=moment(60), now=NOW)
    assert await seen(store) == (moment(60), HOURLY)
    forever = PlanOverride(cron="5 * * * *", zone="UTC")
    await store.schedule_plans.set_plan(NAME, forever, next_due=moment(65), now=moment(1))
    assert await seen(store) == (moment(65), forever)
    await store.schedule_plans.set_plan(NAME, None, next_due=moment(240), now=moment(2))
    assert await seen(store) == (moment(240), None)


async def test_a_firing_that_is_due_is_not_lost(store: Any) -> None:
    """A scheduler that is late still finds it after the plan has changed."""
    await store.schedules.plan(NAME, moment(10))
    await store.schedule_plans.set_plan(NAME, HOURLY, next_due=moment(60), now=moment(11))
    assert await seen(store) == (moment(10), HOURLY)


async def test_a_plan_may_be_set_before_the_first_look(store: Any) -> None:
    """A schedule that was never planned gets its row."""
    await store.schedule_plans.set_plan(NAME, HOURLY, next_due=moment(60), now=NOW)
    assert await seen(store) == (moment(60), HOURLY)
