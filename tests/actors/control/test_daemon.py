"""The running daemon as its listeners see it, over fakes."""

import pytest
import trio
from trio.testing import MockClock

from fakes import EPOCH
from scene import ANNA, running
from thesetd.domain.errors import RateLimited, UnknownArtist
from thesetd.domain.ids import SPOTIFY, JobId
from thesetd.domain.work.jobs import Action, JobState, Ordered


async def test_a_daemon_at_rest_is_ready(autojump_clock: MockClock) -> None:
    """Every breaker is closed, each probe answers, and providers without a proof so far are told as such."""
    async with running() as s:
        await trio.sleep(2)
        assert {view.state for view in s.daemon.breakers()} == {"closed"}
        assert {name: s.daemon.readiness()[name] for name in s.daemon.dependencies()} == {
            "database": "ok",
            "redis publishing": "ok",
        }


async def test_a_pause_is_told_with_its_moment(autojump_clock: MockClock) -> None:
    """Readiness names what is paused, and since when."""
    async with running() as s:
        await s.daemon.operator.pause(SPOTIFY)
        await trio.sleep(31)
        assert s.daemon.readiness()["pause of spotify"] == "since 2026-01-01 00:00:00 UTC"


async def test_an_order_for_an_unknown_job_is_told_as_such(autojump_clock: MockClock) -> None:
    """Nothing is written."""
    async with running() as s:
        ordered = await s.daemon.operator.order(JobId(7), Action.CANCEL)
        assert ordered == Ordered(job_id=JobId(7), obeyed=False, before=None)
        assert s.store.written == []


async def test_a_schedule_is_fired_beside_its_plan(autojump_clock: MockClock) -> None:
    """Its job is queued at once and the plan stays."""
    async with running() as s:
        await trio.sleep(1)
        before = {view.name: view.next_due for view in await s.daemon.schedules()}
        job_id = await s.daemon.run_schedule("cleanup-old-data")
        assert (await s.status(job_id)).state in {JobState.READY, JobState.RUNNING, JobState.DONE}
        assert {view.name: view.next_due for view in await s.daemon.schedules()} == before


async def test_calls_are_counted_from_the_ledger(autojump_clock: MockClock) -> None:
    """Those of an import, by provider."""
    async with running() as s:
        await s.imported("Anna")
        await trio.sleep(5)
        rows = await s.daemon.gatekeeper.calls(by="provider", since=EPOCH)
        assert SPOTIFY in {row["provider"] for row in rows}


async def test_what_is_cached_of_an_artist_is_forgotten_by_name(autojump_clock: MockClock) -> None:
    """How many responses went is told (the scene's cache keeps none), and an unknown name is refused."""
    async with running() as s:
        await s.imported("Anna")
        assert await s.daemon.cache.invalidate(ANNA.name) == 0
        assert {"hit_rate", "misses", "memory_answers"} <= (await s.daemon.cache.cache()).keys()
        with pytest.raises(UnknownArtist):
            await s.daemon.cache.invalidate("Nobody")


async def test_a_penalty_stands_in_the_limits(autojump_clock: MockClock) -> None:
    """Until when, and what the provider said."""
    async with running() as s:
        gate = s.daemon.gatekeeper.gates[SPOTIFY]  # type: ignore[attr-defined]  # the real one
        await gate.penalties.obey(RateLimited(SPOTIFY, "too many requests", 60.0), EPOCH)
        (view,) = [one for one in await s.daemon.gatekeeper.limits() if one.provider == SPOTIFY]
        assert (view.blocked_until or "")[:17] == "2026-01-01T00:01:"  # and a jitter
        assert view.strikes == 1
