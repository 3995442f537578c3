"""What an operator does at the gate goes on at once: calls that wait, and jobs that were put off, do not sit it out."""

import pytest
import trio
from trio.testing import MockClock

from scene import Scene, running
from thesetd.domain.gate.breaker import FAILURES_TO_OPEN
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SPOTIFY, JobId
from thesetd.domain.work.diagnosis import Cause
from thesetd.domain.work.jobs import JobState


async def waiting(s: Scene, cause: Cause) -> JobId:
    """Ask for an import, and wait until it waits for this."""
    job_id = (await s.daemon.submit("Anna")).job_id
    while (found := await s.daemon.operator.why(job_id)) is None or found.cause is not cause:
        await trio.sleep(0.1)
    return job_id


async def completed(s: Scene, job_id: JobId) -> None:
    """Wait until an import is complete, which takes a few seconds where nothing holds it up."""
    with trio.fail_after(5.0):
        while (await s.status(job_id)).state is not JobState.DONE:
            await trio.sleep(0.1)


@pytest.mark.parametrize("rest_s", [50.0, 600.0])
async def test_a_breaker_that_is_closed_by_hand_lets_all_go_on(autojump_clock: MockClock, rest_s: float) -> None:
    """The call that waits for a short rest, and the job that was put off for a long one."""
    async with running() as s:
        breaker = next(one for one in s.daemon.breaker_table if one.name == SPOTIFY)
        breaker._next_rest_s = rest_s
        for _ in range(FAILURES_TO_OPEN):
            breaker.admit(trio.current_time())
            breaker.failed(trio.current_time())
        job_id = await waiting(s, Cause.BREAKER)
        await s.daemon.gatekeeper.reset_breaker(SPOTIFY)
        await completed(s, job_id)


@pytest.mark.parametrize("for_s", [None, 3600.0])
@pytest.mark.parametrize(("length_s", "cause"), [(50.0, Cause.SLOT), (7200.0, Cause.QUOTA)])
async def test_higher_limits_let_all_go_on(
    autojump_clock: MockClock, length_s: float, cause: Cause, for_s: float | None
) -> None:
    """The call that waits for its slot, and the job that was put off until there is one."""
    async with running(windows={SPOTIFY: (Window(1, length_s),)}) as s:
        job_id = await waiting(s, cause)
        await s.daemon.gatekeeper.set_limits(SPOTIFY, "1000/1s", for_s)
        await completed(s, job_id)


async def test_a_days_quota_is_shown_with_when_it_runs_out(autojump_clock: MockClock) -> None:
    """By the ledger; while the database is away without a forecast."""
    async with running(windows={SPOTIFY: (Window(9, 86_400.0), Window(100, 60.0))}) as s:
        job_id = await waiting(s, Cause.QUOTA)
        spotify = (await s.daemon.gatekeeper.limits())[0]
        day, minute = spotify.windows
        assert day.full_at is not None
        assert day.full_at < (day.room_at or "")
        assert (minute.full_at, minute.room_at) == (None, None)
        await s.daemon.gatekeeper.set_limits(SPOTIFY, "9/1d", 60.0)
        temporary = (await s.daemon.gatekeeper.limits())[0]
        assert temporary.windows[0].full_at is not None, "it is full until its end"
        assert temporary.windows[0].room_at is None, "it ends before a call leaves it"
        assert [one.limit for one in temporary.then] == ["9/1d", "100/60s"]
        assert temporary.then[0].full_at == temporary.temporary_until
        assert temporary.then[0].room_at == day.room_at
        s.store.down = True
        assert (await s.daemon.gatekeeper.limits())[0].windows[0].full_at is None
        s.store.down = False
        assert (await s.status(job_id)).state is JobState.READY
