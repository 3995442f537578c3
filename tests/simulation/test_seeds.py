import attrs
import pytest

from exploring import sample
from simulation.plans import SHORT
from simulation.whole import simulate

PARTS, SEEDS, ONE_IN = 8, 25, 25


@pytest.mark.parametrize("part", range(PARTS))
def test_short_runs_hurt_no_invariant(part: int):
    """Half an hour of imports and schedules, a fault every minute, and every promise kept, with each of 8 seeds.

    Where tests explore, with 200.
    """
    for seed in sample(range(part * SEEDS, (part + 1) * SEEDS), ONE_IN):
        outcome = simulate(attrs.evolve(SHORT, seed=seed))
        assert not outcome.violations, outcome.report()
        assert outcome.promised >= 2


def test_every_kind_of_fault_happens():
    """A day with a fault every ten minutes has seen each kind, has had many lives, and keeps every promise."""
    plan = attrs.evolve(SHORT, seed=7, days=1.0, imports_a_day=24.0, faults_a_day=144.0, poll_s=300.0)
    outcome = simulate(plan)
    assert not outcome.violations, outcome.report()
    assert len(outcome.happened) == 13
    assert outcome.lives > 20
