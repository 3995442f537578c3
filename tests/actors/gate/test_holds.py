"""A provider that refuses us as a whole is left alone, looked at again by one call, and used again."""

import pytest
import trio

from fake_providers import World
from recorder import Recorder
from scene import ANNA, SELDOM, Scene, running
from thesetd.actors.gate.holds import PROBE_S, Hold
from thesetd.domain.errors import NotFound, RateLimited, Suspended, Unauthorized, Unavailable
from thesetd.domain.facts import JobEnded, ProviderHeld, ProviderReleased
from thesetd.domain.ids import SPOTIFY, TICKETMASTER
from thesetd.domain.work.jobs import JobKind, JobState
from thesetd.ports.surface.jobs import ImportStatus

LAPSED = Suspended(SPOTIFY, "no active subscription", 3600.0)


def held() -> tuple[Hold, Recorder]:
    """Return a hold that has just begun."""
    recorder = Recorder()
    hold = Hold(SPOTIFY, recorder)
    hold.admit()
    hold.record(LAPSED)
    return hold, recorder


async def test_nobody_asks_before_it_is_over(autojump_clock: trio.testing.MockClock) -> None:
    """Every call gets the refusal with the time that is left; then one goes ahead, and the others wait for it."""
    hold, recorder = held()
    await trio.sleep(600)
    with pytest.raises(Suspended, match="no active subscription") as caught:
        hold.admit()
    assert caught.value.retry_after_s == 3000.0
    await trio.sleep(3000)
    hold.admit()
    with pytest.raises(Suspended) as caught:
        hold.admit()
    assert caught.value.retry_after_s == PROBE_S
    hold.record(None)
    hold.admit()
    assert (hold.reason, hold.left_s) == (None, 0.0)
    assert [type(fact) for fact in recorder.facts] == [ProviderHeld, ProviderReleased]


async def test_a_probe_that_is_refused_prolongs_it(autojump_clock: trio.testing.MockClock) -> None:
    """For as long as the new refusal says."""
    hold, _ = held()
    await trio.sleep(3600)
    hold.admit()
    hold.record(Unauthorized(SPOTIFY, "wrong key", 60.0))
    assert (hold.reason, hold.left_s) == ("wrong key", 60.0)


@pytest.mark.parametrize("error", [RateLimited(SPOTIFY, "429"), Unavailable(SPOTIFY, "502"), None])
async def test_a_probe_without_an_answer_is_made_again(
    autojump_clock: trio.testing.MockClock, error: Unavailable | None
) -> None:
    """What says nothing about us, or never came back, lets the next call look."""
    hold, _ = held()
    await trio.sleep(3600)
    hold.admit()
    if error is not None:
        hold.record(error)
    assert hold.reason == "no active subscription"
    await trio.sleep(PROBE_S)
    hold.admit()
    hold.record(NotFound(SPOTIFY, "no such id"))
    assert hold.reason is None


@pytest.mark.untraced
async def test_a_lapsed_subscription_holds_imports_until_it_is_back(autojump_clock: trio.testing.MockClock) -> None:
    """Imports are accepted and wait with a plain sentence; one call an hour looks; all complete by themselves."""
    world = World(artists=[ANNA], always={"albums": LAPSED, "search": LAPSED})
    async with running(world, polls=SELDOM) as s:
        accepted = await s.daemon.submit("Anna")
        assert accepted.artist_id is None
        status = await first_end(s)
        assert (status.state, status.attempts) == (JobState.READY, 0)
        assert status.message.startswith("Waiting until ")
        assert "no active subscription" in status.message
        assert "no active subscription" in s.daemon.readiness()["provider spotify"]
        (view,) = [v for v in await s.daemon.gatekeeper.limits() if v.provider == SPOTIFY]
        assert (view.blocked_until is not None, view.reason) == (True, "no active subscription")
        asked = len(s.world.asked)
        await trio.sleep(10 * 3600)
        assert len(s.world.asked) - asked <= 10
        assert (await s.status(accepted.job_id)).attempts == 0
        world.always.clear()
        while (await s.status(accepted.job_id)).state is not JobState.DONE:
            await trio.sleep(60)
        assert s.daemon.readiness()["provider spotify"] == "ok, proved just now"
        assert (await s.status(accepted.job_id)).message == "Import complete!"


@pytest.mark.untraced
async def test_refused_credentials_hold_what_runs_and_refuse_what_is_new(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """The running import waits and completes after; a new one is refused at once, without a call."""
    world = World(artists=[ANNA], always={"albums": Unauthorized(SPOTIFY, "invalid_client")})
    async with running(world) as s:
        accepted = await s.daemon.submit("Anna")
        assert (await first_end(s)).state is JobState.READY
        asked = [path for path in world.asked if not path.startswith(("events", "setlists", "act"))]
        with pytest.raises(Unauthorized, match="invalid_client"):
            await s.daemon.submit("Hanna")
        assert [path for path in world.asked if not path.startswith(("events", "setlists", "act"))] == asked
        world.always.clear()
        while (await s.status(accepted.job_id)).state is not JobState.DONE:
            await trio.sleep(60)


@pytest.mark.untraced
async def test_a_refused_key_of_another_provider_costs_its_part_until_it_is_right(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """The import completes without the shows; the job for later waits, and brings them when the key is accepted."""
    world = World(artists=[ANNA], always={"events": Unauthorized(TICKETMASTER, "the key is refused")})
    async with running(world) as s:
        _, events = await s.imported("Anna")
        assert "ticketmaster is asked again at" in events[-1].progress.message
        assert "the key is refused" in events[-1].progress.message
        later = await s.ended(JobKind.REFRESH_SHOWS)
        assert (later.state, later.attempts) == (JobState.READY, 0)
        world.always.clear()
        while (await s.status(later.job_id)).state is not JobState.DONE:
            await trio.sleep(60)
        assert len(s.store.world.records["shows"]) == 6


async def first_end(s: Scene) -> ImportStatus:
    """Wait until a run of the first job has ended, and give the job."""
    await s.recorder.until(lambda r: bool(r.of(JobEnded)))
    return await s.status(s.recorder.of(JobEnded)[0].job_id)
