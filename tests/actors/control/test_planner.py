"""What an import would take, told by the daemon from those that it made."""

from datetime import timedelta

import attrs
import pytest
import trio
from trio.testing import MockClock

from fake_providers import World
from fakes import FakeStore
from scene import ANNA, ANNA_ID, SELDOM, running
from thesetd.domain.errors import BadReference
from thesetd.domain.freshness.weeks import DISTANCES
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER
from thesetd.ports.gate import CallRecord

DAY = Window(40, 86_400.0)


async def called(store: FakeStore, count: int) -> None:
    """Record calls of Spotify that were made just now."""
    now = next(iter(store.calls.values())).at
    record = CallRecord(key="", at=now, provider=SPOTIFY, endpoint="e", lane="low", purpose="p", cost=1, outcome="ok")
    await store.ledger.record([attrs.evolve(record, key=f"more {number}") for number in range(count)])


async def test_a_plan_tells_what_the_next_import_takes(autojump_clock: MockClock) -> None:
    """Imports of an artist teach the next: its job's calls are within a tenth, and nothing is asked for the plan."""
    async with running(polls=SELDOM) as s:
        first = await s.daemon.planner.plan_import("Anna")
        assert "no import is recorded yet" in first.remarks[0]
        assert (first.duration, {(one.calls, one.wait) for one in first.providers}) == (None, {(None, None)})
        for _ in range(4):
            await s.imported(ANNA_ID)
        await trio.sleep(10.0)
        before = len(s.store.calls)
        plan = await s.daemon.planner.plan_import("Anna")
        assert (plan.what, plan.basis) == ("import Anna", "the last imports of this artist")
        assert len(s.store.calls) == before
        await s.imported(ANNA_ID)
        await trio.sleep(10.0)
        for one in plan.providers:
            calls = list(s.store.calls.values())[before:]
            made = sum(call.provider == one.provider and call.job_id is not None for call in calls)
            assert one.calls.middle == pytest.approx(made, rel=0.1)


async def test_a_plan_tells_how_long_quota_is_waited_for(autojump_clock: MockClock) -> None:
    """Once a day's quota is used, the next import waits until the calls of the first leave it."""
    async with running(windows={SPOTIFY: (DAY,)}, polls=SELDOM) as s:
        await s.imported(ANNA_ID)
        await trio.sleep(10.0)
        (free,) = [one for one in (await s.daemon.planner.plan_import("Hanna")).providers if one.provider == SPOTIFY]
        made = sum(call.provider == SPOTIFY for call in s.store.calls.values())
        assert (free.wait.total_seconds(), free.room) == (0.0, 40 - made)
        await called(s.store, free.room or 0)
        (full,) = [one for one in (await s.daemon.planner.plan_import("Hanna")).providers if one.provider == SPOTIFY]
        assert full.room == 0
        assert 86_300.0 < full.wait.total_seconds() < 86_400.0


@pytest.mark.untraced
async def test_the_pace_of_a_short_window_is_part_of_what_imports_took(autojump_clock: MockClock) -> None:
    """With a call each two seconds the next import takes as long as the last: no wait comes on top of its duration."""
    async with running(windows={SPOTIFY: (Window(1, 2.0),)}, polls=SELDOM) as s:
        for _ in range(3):
            began = trio.current_time()
            await s.imported(ANNA_ID)
            took_s = trio.current_time() - began
            await trio.sleep(600.0)
        plan = await s.daemon.planner.plan_import("Anna")
        assert plan.duration.middle == pytest.approx(took_s, rel=0.2)
        assert {one.wait for one in plan.providers} == {timedelta(0)}


@pytest.mark.untraced
async def test_weeks_that_are_due_are_told_with_their_calls(autojump_clock: MockClock) -> None:
    """Nothing was read yet: about a call for each distance in each country, and less once a day has passed."""
    async with running(
        World(artists=[ANNA], countries=("DE", "FR")), windows={TICKETMASTER: (DAY,)}, polls=SELDOM
    ) as s:
        first = await s.daemon.planner.plan_refresh(timedelta(0))
        (plan,) = [one for one in first.providers if one.provider == TICKETMASTER]
        assert plan.kinds["weeks"] == 2 * len(DISTANCES)
        await trio.sleep(86_400.0)
        after = await s.daemon.planner.plan_refresh(timedelta(0))
        (plan,) = [one for one in after.providers if one.provider == TICKETMASTER]
        assert plan.kinds.get("weeks", 0.0) < 2 * len(DISTANCES)


async def test_what_is_due_is_told_with_its_calls(autojump_clock: MockClock) -> None:
    """After an import an act that it met and nobody looked at; within a month each aspect is looked at once."""
    async with running(windows={TICKETMASTER: (DAY,)}, polls=SELDOM) as s:
        await s.imported(ANNA_ID)
        plan = await s.daemon.planner.plan_refresh(timedelta(0))
        assert plan.what == "refresh what is due: 1 shows, 0 setlists, 0 catalog, 0 profile"
        later = await s.daemon.planner.plan_refresh(timedelta(days=31))
        assert later.what == "refresh what is due within 31d: 1 shows, 1 setlists, 1 catalog, 1 profile"
        assert {one.provider: one.calls.middle for one in later.providers}[TICKETMASTER] >= 1.0
        kinds = {one.provider: set(one.kinds) for one in later.providers}
        assert (kinds[TICKETMASTER], kinds[SETLISTFM], kinds[SPOTIFY]) == (
            {"shows"},
            {"setlists"},
            {"catalog", "profile"},
        )


@pytest.mark.parametrize("reference", ["", " ", "x" * 2000])
async def test_a_plan_of_nothing_is_refused(reference: str) -> None:
    """As an import of it would be."""
    async with running() as s:
        with pytest.raises(BadReference):
            await s.daemon.planner.plan_import(reference)
