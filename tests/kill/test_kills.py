"""Daemons that are killed: small versions of the campaigns that `make prove` runs at length."""

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager

import kills
import outages
import poison
import pytest
import restarts
import silences
import storm
import trio
import zombies
from ground import Ground, artists

from exploring import EXPLORE
from thesetd.domain.work.jobs import REST_S

pytestmark = pytest.mark.real
Fresh = Callable[[], AbstractContextManager[Ground]]
NAMES = artists(3)


@pytest.fixture(scope="module")
def undisturbed(fresh: Fresh) -> kills.Undisturbed:
    """Return what importing those artists leaves when nobody dies."""
    with fresh() as ground:
        return kills.undisturbed(ground, NAMES)


def test_random_kills_leave_what_no_kill_leaves(ground: Ground, undisturbed: kills.Undisturbed) -> None:
    """Every promised import is done, rows are the same, no event is missing or told never, few calls are repeated."""
    outcome = kills.campaign(ground, NAMES, undisturbed, kills=3, seed=1)
    assert (outcome.jobs, list(outcome.faults)) == (len(NAMES), [])
    assert outcome.rescues > 0


def test_kills_beside_a_redis_that_refuses_now_and_then(ground: Ground, undisturbed: kills.Undisturbed) -> None:
    """The same while scripts and publishing are refused every other moment."""
    outcome = kills.campaign(ground, NAMES, undisturbed, kills=2, seed=3, flap=True)
    assert (outcome.jobs, list(outcome.faults)) == (len(NAMES), [])


def test_the_program_itself_is_killed(ground: Ground, undisturbed: kills.Undisturbed) -> None:
    """The same for the command as anybody starts it."""
    outcome = kills.campaign(ground, NAMES, undisturbed, kills=1, seed=2, real=True)
    assert (outcome.jobs, list(outcome.faults)) == (len(NAMES), [])


def test_rows_and_checkpoint_in_two_transactions_are_found(ground: Ground, undisturbed: kills.Undisturbed) -> None:
    """The auditor can fail: what was planted loses rows, and the comparison says of which table."""
    life = ground.forker.start(plants={"two_transactions": {}})
    life.ready()
    promised = [life.accept(name) for name in NAMES]
    assert life.wait() == -signal.SIGKILL
    heir = ground.forker.start()
    heir.ready()
    promised += [heir.accept(name) for name, job in zip(NAMES, promised, strict=True) if job is None]
    ground.faults([job for job in promised if job is not None])
    lost = [fault.partition(":")[0] for fault in ground.auditor.different(undisturbed.rows)]
    assert "songs" in lost
    heir.end()


def test_everything_runs_again_after_a_kill(ground: Ground) -> None:
    """All of many running imports are running again in the next life, and end."""
    outcome = restarts.Outcome()
    restarts.campaign(ground, artists(4), outcome, after_s=0.0)
    assert (len(outcome.running_s), outcome.faults) == (1, [])


def test_a_zombie_stores_nothing(ground: Ground) -> None:
    """Woken after another node, or its own name, took over, it gives its jobs up; the one without a name ends."""
    outcome = zombies.campaign(ground, artists(2), rounds=2, each=1)
    assert outcome.faults == []
    assert outcome.given_up > 0


def test_a_zombie_without_a_fence_is_found(ground: Ground) -> None:
    """The auditor can fail: it names the job and who wrote what was not its own any more."""
    outcome = zombies.campaign(ground, artists(6), rounds=3, each=2, plants={"no_fence": {}})
    assert "was written by one-" in "\n".join(outcome.faults)


def test_committed_events_are_told_after_a_death(ground: Ground) -> None:
    """Whoever dies between commit and publication, of the first event or a later one, the next life tells it once."""
    outcome = silences.campaign(ground, artists(2), [1, 5])
    assert (outcome.faults, outcome.told_twice) == ([], 0)


def test_a_poisonous_job_dies_alone(ground: Ground) -> None:
    """It is isolated after three deaths, after rests, and dead after five; everybody else's work is done."""
    outcome = poison.campaign(ground, artists(2), rest_s=REST_S if EXPLORE else 1.0)
    assert (outcome.faults, outcome.lives) == ([], 6)


def test_servers_may_come_and_go(ground: Ground) -> None:
    """PostgreSQL restarts, gracefully and not, and Redis forgets: the daemon goes on and loses nothing."""
    outcome = outages.campaign(ground, artists(2), restarts=2, wipes=2, rate=100, rest_s=1.0, margin_s=3.0)
    assert (outcome.faults, outcome.restarts) == ([], 2)


@pytest.mark.parametrize("terminations", [0, 50])
def test_what_was_acknowledged_is_stored(ground: Ground, terminations: int) -> None:
    """Of writes cancelled at random, under backends ended at random, none is missing; one error says it all."""

    async def run() -> storm.Outcome:
        return await storm.campaign(ground.auditor.dsn, writes=300, terminations=terminations, seed=1)

    outcome = trio.run(run)
    storm.settle(outcome, {int(key) for (key,) in ground.auditor.look("select unique_key from thesetd.jobs")})
    assert outcome.faults() == []
    assert outcome.terminated >= terminations
    assert outcome.acknowledged
