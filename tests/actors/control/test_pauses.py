"""Pauses: what a provider, a schedule and everything do when an operator pauses them, and when they are resumed."""

import pytest
import trio
from trio.testing import MockClock

from breaking import break_in_part
from fake_providers import World
from fakes import FakeStore
from scene import ANNA, HANNA, PROVIDERS, SELDOM, Scene, running
from thesetd.actors.jobs.work import JobRun
from thesetd.actors.supervision.polls import POLLS
from thesetd.domain.errors import RateLimited
from thesetd.domain.facts import ActorCrashed, JobClaimed, JobEnded, PauseChanged, ScheduleFired
from thesetd.domain.gate.penalties import Penalty
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SETLISTFM, SPOTIFY, JobId
from thesetd.domain.work.deferrals import EVERYTHING
from thesetd.domain.work.jobs import SUSPECT, JobState
from thesetd.domain.work.progress import Stage
from thesetd.ports.surface.daemon import PauseView

SWEEP = "sync-upcoming-shows"  # each hour
HOUR_S = 3600.0


async def asked(s: Scene, path: str) -> None:
    """Wait until a provider is asked for something."""
    while not any(one.startswith(path) for one in s.world.asked):
        await trio.sleep(0.01)


async def drained(s: Scene, what: str) -> float:
    """Wait until nothing of what is paused is under way any more; give the seconds it took."""
    before = trio.current_time()
    while [view.waits_for for view in await s.daemon.operator.pauses() if view.what == what] != [""]:
        await trio.sleep(0.01)
    return trio.current_time() - before


async def completed(s: Scene, job_id: JobId) -> float:
    """Wait until an import is complete; give the seconds it took."""
    before = trio.current_time()
    while (await s.status(job_id)).state is not JobState.DONE:
        await trio.sleep(0.1)
    return trio.current_time() - before


@pytest.mark.untraced
async def test_a_paused_provider_ends_its_calls_and_begins_none(autojump_clock: MockClock) -> None:
    """The call that is made is answered, the job waits and says so, and goes on the moment it is resumed."""
    world = World(artists=[ANNA, HANNA], latency_s=5.0)
    async with running(world, polls=SELDOM) as s:
        job_id = (await s.daemon.submit("Anna")).job_id
        await asked(s, "setlists")
        view = await s.daemon.operator.pause(SETLISTFM)
        assert view == PauseView(what=SETLISTFM, kind="provider", since=view.since, waits_for="calls in flight on n")
        assert 0.0 < await drained(s, SETLISTFM) <= 5.1
        made = [path for path in world.asked if path.startswith("setlists")]
        await trio.sleep(3 * HOUR_S)
        status = await s.status(job_id)
        assert (status.state, status.message) == (JobState.READY, "Waiting: setlistfm is paused by an operator")
        assert status.attempts == 0
        assert [path for path in world.asked if path.startswith("setlists")] == made
        assert await s.daemon.operator.resume(SETLISTFM)
        await s.recorder.until(lambda r: len([f for f in r.of(JobClaimed) if f.job_id == job_id]) == 2)
        await completed(s, job_id)


@pytest.mark.untraced
@pytest.mark.parametrize("what", ["slot", "penalty", "lane"])
async def test_calls_that_wait_are_turned_back_at_once(autojump_clock: MockClock, what: str) -> None:
    """Wherever they wait: for a slot, for the end of a penalty, behind others in their lane."""
    windows = {SETLISTFM: (Window(1, 40.0),)} if what != "penalty" else {}
    async with running(windows=windows) as s:
        if what == "penalty":
            s.world.errors["setlists"] = [RateLimited(SETLISTFM, "slow down", 50.0)]
        jobs = [(await s.daemon.submit(name)).job_id for name in ("Anna", "Hanna")]
        if what == "lane":
            for n in range(5):
                s.world.artists.append(HANNA.__class__(name=f"X{n}", slug=f"x{n}", fetched_at=HANNA.fetched_at,
                                                       spotify_id=f"{n}" * 10 + "x" * 12))  # fmt: skip
                jobs.append((await s.daemon.submit(f"X{n}")).job_id)
        await trio.sleep(15.0)
        before = trio.current_time()
        await s.daemon.operator.pause(SETLISTFM)
        await drained(s, SETLISTFM)
        assert trio.current_time() - before < 1.0
        assert all(lane.waiting == 0 for view in await s.daemon.gatekeeper.limits() for lane in view.lanes)
        waiting = [await s.status(job_id) for job_id in jobs]
        assert "Waiting: setlistfm is paused by an operator" in {status.message for status in waiting}
        assert {status.state for status in waiting} <= {JobState.READY, JobState.DONE}


async def test_a_pause_outlives_the_daemon(autojump_clock: MockClock) -> None:
    """The next life makes no call of a paused provider, from its very first moment."""
    store = FakeStore()
    async with running(store=store) as s:
        await s.daemon.operator.pause(SPOTIFY)
    async with running(store=store) as s:
        accepted = await s.daemon.submit("Anna")
        await s.recorder.until(lambda r: bool(r.of(JobEnded)))
        assert s.world.asked == []
        assert (await s.status(accepted.job_id)).message == "Waiting: spotify is paused by an operator"
        await s.daemon.operator.resume(SPOTIFY)
        await completed(s, accepted.job_id)


@pytest.mark.untraced
async def test_a_pause_on_one_node_holds_on_all(autojump_clock: MockClock) -> None:
    """The other node turns its calls back, too, and the pause has drained when the last of its calls has ended."""
    store, world = FakeStore(), World(artists=[ANNA, HANNA], latency_s=3.0)
    async with running(world, store, name="one") as one, running(store=store, name="two") as two:
        await store.pauses.mark_drained(SETLISTFM, "one")  # of no pause: forgotten
        await one.daemon.submit("Anna")
        await asked(one, "setlists")
        view = await two.daemon.operator.pause(SETLISTFM)
        assert view.waits_for == "calls in flight on one, two"
        assert 1.0 < await drained(two, SETLISTFM) <= 3.1
        assert all(s.recorder.of(PauseChanged) == [PauseChanged(what=SETLISTFM, paused=True)] for s in (one, two))


async def test_a_lost_hint_costs_seconds(autojump_clock: MockClock) -> None:
    """A node that was told nothing looks by itself."""
    async with running() as s:
        await trio.sleep(1.0)
        s.store.listening.clear()
        await s.daemon.operator.pause(SPOTIFY)
        await s.recorder.until(lambda r: bool(r.of(PauseChanged)))
        assert trio.current_time() <= 1.0 + POLLS.pauses_s


@pytest.mark.untraced
async def test_a_paused_schedule_fires_once_when_it_is_resumed(autojump_clock: MockClock) -> None:
    """Three due times pass without it, and are made up for by one firing, at once; the others go on."""
    async with running(polls=SELDOM) as s:
        await trio.sleep(1.0)
        await s.daemon.operator.pause(SWEEP)
        await trio.sleep(3.5 * HOUR_S)
        assert [fact.schedule for fact in s.recorder.of(ScheduleFired)] == [
            "sync-popular-artists",
            "sync-past-setlists",
        ]
        assert [view.paused for view in await s.daemon.schedules() if view.name == SWEEP] == [True]
        before = trio.current_time()
        await s.daemon.operator.resume(SWEEP)
        await s.recorder.until(lambda r: SWEEP in {fact.schedule for fact in r.of(ScheduleFired)})
        assert trio.current_time() - before < 0.1
        await trio.sleep(60.0)
        assert [fact.schedule for fact in s.recorder.of(ScheduleFired)].count(SWEEP) == 1


async def test_a_paused_schedule_that_did_not_come_due_fires_as_planned(autojump_clock: MockClock) -> None:
    """Resuming it makes up for nothing."""
    async with running() as s:
        await trio.sleep(1.0)
        await s.daemon.operator.pause(SWEEP)
        await trio.sleep(600.0)
        await s.daemon.operator.resume(SWEEP)
        await trio.sleep(60.0)
        assert s.recorder.of(ScheduleFired) == []
        await s.daemon.operator.pause(SWEEP)
        assert (await s.daemon.run_schedule(SWEEP)) == 1  # by hand it runs nevertheless


@pytest.mark.untraced
async def test_everything_paused_gives_jobs_back_and_takes_no_more(autojump_clock: MockClock) -> None:
    """Running jobs go back and say so, what is asked for is accepted and says so, and all of it goes on together."""
    world = World(artists=[ANNA, HANNA], latency_s=2.0, albums=40)
    async with running(world, polls=SELDOM) as s:
        job_id = (await s.daemon.submit("Anna")).job_id
        while "shows" not in s.store.world.jobs[job_id].checkpoint.get("steps", ()):
            await trio.sleep(0.1)
        view = await s.daemon.operator.pause(EVERYTHING)
        assert view.waits_for == "1 running job"
        assert await drained(s, EVERYTHING) < 1.0
        status = await s.status(job_id)
        assert (status.state, status.message) == (JobState.READY, "Waiting: everything is paused by an operator")
        checkpoint = s.store.world.jobs[job_id].checkpoint
        assert "shows" in checkpoint["steps"]
        await trio.sleep(10.0)
        accepted = await s.daemon.submit("Hanna")
        assert accepted.name == "Hanna"
        await trio.sleep(2 * HOUR_S)
        assert (await s.status(accepted.job_id)).message == "Waiting: everything is paused by an operator"
        assert s.recorder.of(ScheduleFired) == []
        assert [fact.job_id for fact in s.recorder.of(JobClaimed)] == [job_id]
        await s.daemon.operator.resume(EVERYTHING)
        await completed(s, job_id)
        await completed(s, accepted.job_id)
    percents = [e.progress.percent for e in s.store.world.events if e.job_id == job_id]
    assert percents == sorted(percents)
    assert Stage.FAILED not in {e.progress.stage for e in s.store.world.events}


async def test_a_job_that_breaks_as_it_is_given_back_is_given_back(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a branch of it makes of being stopped, the others go on, and it runs again when it may."""

    async def perform(_: JobRun) -> None:
        await break_in_part(KeyError("on the way out"))

    async with running() as s:
        with monkeypatch.context() as patch:
            patch.setattr("thesetd.actors.importer.perform", perform)
            job_id = (await s.daemon.submit("Anna")).job_id
            await s.recorder.until(lambda r: bool(r.of(JobClaimed)))
            await s.daemon.operator.pause(EVERYTHING)
            await drained(s, EVERYTHING)
        assert (await s.status(job_id)).message == "Waiting: everything is paused by an operator"
        await s.daemon.operator.resume(EVERYTHING)
        await completed(s, job_id)
        assert s.recorder.of(ActorCrashed) == []


async def test_a_suspect_is_not_forgotten_over_a_pause(autojump_clock: MockClock) -> None:
    """What may not run while everything is paused runs when it is over, also what has to run alone."""
    async with running(polls=SELDOM) as s:
        await s.daemon.operator.pause(EVERYTHING)
        await trio.sleep(1.0)
        job_id = (await s.daemon.submit("Anna")).job_id
        s.store.world.jobs[job_id].rescues = SUSPECT
        await trio.sleep(HOUR_S)
        await s.daemon.operator.resume(EVERYTHING)
        with trio.fail_after(POLLS.pauses_s):
            await completed(s, job_id)


async def test_a_pause_ends_although_whoever_was_to_say_so_crashed(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next life of the pauser says it: no job is given back again and again that nothing holds up."""
    async with running() as s:
        await s.daemon.operator.pause(EVERYTHING)
        job_id = (await s.daemon.submit("Anna")).job_id
        await trio.sleep(1.0)

        def crash() -> None:
            monkeypatch.undo()
            raise KeyError("a defect")

        monkeypatch.setattr(s.daemon.pauser, "_on_change", crash)
        await s.daemon.operator.resume(EVERYTHING)
        with trio.fail_after(POLLS.pauses_s):
            await completed(s, job_id)
        assert [fact.actor for fact in s.recorder.of(ActorCrashed)] == ["pauser"]


async def test_a_job_that_is_claimed_as_the_pause_begins_is_given_back(autojump_clock: MockClock) -> None:
    """However the messages cross: nothing runs once it has drained."""
    async with running() as s:
        await trio.sleep(1.0)
        async with trio.open_nursery() as nursery:
            for name in ("Anna", "Hanna"):
                nursery.start_soon(s.daemon.submit, name)
            nursery.start_soon(s.daemon.operator.pause, EVERYTHING)
        await drained(s, EVERYTHING)
        await trio.sleep(30.0)
        assert {(await s.status(JobId(n))).state for n in (1, 2)} == {JobState.READY}


@pytest.mark.parametrize("what", ["moon", "", "Spotify"])
async def test_what_there_is_not_cannot_be_paused(autojump_clock: MockClock, what: str) -> None:
    """Neither paused nor resumed; what there is can be, and twice is once."""
    async with running() as s:
        for order in (s.daemon.operator.pause, s.daemon.operator.resume):
            with pytest.raises(KeyError):
                await order(what)
        for known in (*PROVIDERS, SWEEP, EVERYTHING):
            views = [await s.daemon.operator.pause(known) for _ in range(2)]
            assert views[0].since == views[1].since
        assert s.daemon.readiness()["pause of spotify"] == "since 2026-01-01 00:00:00 UTC"
        assert [await s.daemon.operator.resume(SWEEP) for _ in range(2)] == [True, False]


async def test_a_probe_that_is_turned_back_leaves_the_probe_to_another(autojump_clock: MockClock) -> None:
    """What waits at the gate gives its permissions back: after the pause the provider is asked as if nothing was."""
    async with running() as s:
        now = s.clock.now()
        order = Penalty(since=now, until=s.clock.now(), strikes=1, reason="slow down")
        gates = s.daemon.operator.gates  # type: ignore[attr-defined]
        await s.box.block(SETLISTFM, gates[SETLISTFM].penalties._credential, order)
        job_id = (await s.daemon.submit("Anna")).job_id
        await trio.sleep(0.1)
        await s.daemon.operator.pause(SETLISTFM)
        await trio.sleep(1.0)
        await s.daemon.operator.resume(SETLISTFM)
        assert await completed(s, job_id) < 60.0
