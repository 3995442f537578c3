"""Plans of schedules that are set at run time: when they fire, where they hold, and how they end."""

from datetime import timedelta

import pytest
import trio
from trio.testing import MockClock

from fakes import EPOCH, FakeStore
from scene import SELDOM, Scene, running
from thesetd.ports.surface.daemon import ScheduleView

NAME = "cleanup-old-data"  # monthly, unless another plan is set
MONTHLY, NEXT = "0 5 1 * *", EPOCH + timedelta(hours=5)
HOUR_S = 3_600.0


def firings(store: FakeStore) -> int:
    """Return how often the schedule has fired."""
    return sum(job.new.args.get("schedule") == NAME for job in store.world.jobs.values())


async def view(s: Scene) -> ScheduleView:
    """Return the schedule as operators see it."""
    return next(one for one in await s.daemon.schedules() if one.name == NAME)


async def test_a_plan_that_was_set_holds_for_its_time(autojump_clock: MockClock) -> None:
    """The schedule fires by it, is shown with both plans, and returns to the configured one at that moment."""
    store = FakeStore()
    async with running(store=store, polls=SELDOM) as s:
        await trio.sleep(6 * HOUR_S)  # the month's firing is over
        shown = await s.daemon.schedule_desk.set_plan(NAME, "30 *  * * *", "Asia/Kolkata", 4.5 * HOUR_S)
        assert (shown.cron, shown.zone, shown.configured) == ("30 * * * *", "Asia/Kolkata", MONTHLY)
        assert (shown.next_due, shown.set_until) == (EPOCH + timedelta(hours=7), EPOCH + timedelta(hours=10.5))
        await trio.sleep(7 * HOUR_S)
        assert firings(store) == 1 + 4  # at 7, 8, 9 and 10, no more until 13
        after = await view(s)
        assert (after.cron, after.zone, after.configured, after.set_until) == (MONTHLY, "UTC", None, None)
        assert after.next_due == NEXT + timedelta(days=31)


@pytest.mark.untraced
async def test_a_plan_holds_over_a_restart_until_it_is_reset(autojump_clock: MockClock) -> None:
    """Without a time it stays; resetting it twice is no fault."""
    store = FakeStore()
    async with running(store=store, polls=SELDOM) as s:
        await trio.sleep(6 * HOUR_S)
        await s.daemon.schedule_desk.set_plan(NAME, "0 * * * *", None, None)
    async with running(store=store, polls=SELDOM) as s:
        await trio.sleep(9.5 * HOUR_S)  # its day begins again, and what was answered at 5 is answered
        assert firings(store) == 1 + 4
        for _ in range(2):
            shown = await s.daemon.schedule_desk.reset_plan(NAME)
            assert (shown.cron, shown.configured) == (MONTHLY, None)
        await trio.sleep(3 * HOUR_S)
        assert firings(store) == 1 + 4


@pytest.mark.untraced
async def test_a_plan_reaches_a_scheduler_that_sleeps(autojump_clock: MockClock) -> None:
    """It fires at the first moment of the new plan, although the former one was far away."""
    store = FakeStore()
    async with running(store=store, polls=SELDOM) as s:
        await trio.sleep(6 * HOUR_S)
        await s.daemon.schedule_desk.set_plan(NAME, "1 * * * *", None, None)
        await trio.sleep(61)
        assert firings(store) == 2


@pytest.mark.parametrize(
    ("cron", "zone", "words"),
    [
        ("61 * * * *", None, "invalid minute '61'"),
        ("0 4 * *", None, "expected five fields"),
        ("0 4 31 2 *", None, "never fires"),
        ("0 4 * * *", "Europe/Berln", "unknown time zone 'Europe/Berln'"),
        ("0 4 * * *", "", "unknown time zone ''"),
        ("0 4 * * *", "EST", "EST has no daylight saving time"),
    ],
)
async def test_an_invalid_plan_changes_nothing(
    autojump_clock: MockClock, cron: str, zone: str | None, words: str
) -> None:
    """The message says what is wrong, and the former plan holds."""
    async with running(polls=SELDOM) as s:
        before = await view(s)
        with pytest.raises(ValueError, match=words):
            await s.daemon.schedule_desk.set_plan(NAME, cron, zone, None)
        with pytest.raises(KeyError):
            await s.daemon.schedule_desk.set_plan("sync-everything", "0 4 * * *", None, None)
        assert await view(s) == before
