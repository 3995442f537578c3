import pytest

from exploring import sample
from simulation.planted import TWO_TRANSACTIONS
from simulation.torture import Disturb, Ordeal, fail, kill, ordeal

ONE_IN = 15  # odd: calls go out and come back in turn
SHOWN = 235  # a crossing that showed lately what is planted; then others are tried, from there on


@pytest.fixture(scope="module")
def undisturbed() -> Ordeal:
    """Return what the import leaves when nothing happens to it."""
    return ordeal(kill, 0)


@pytest.mark.parametrize("part", range(2))
@pytest.mark.parametrize("disturb", [kill, fail])
def test_an_import_survives_a_disturbance_at_any_call(disturb: Disturb, part: int, undisturbed: Ordeal):
    """Killed or answered with an error at its n-th call, on the way out or back, for one n in fifteen: the same rows.

    Where tests explore, for every n.
    """
    assert undisturbed.crossings > 100
    for crossing in sample(range(1, undisturbed.crossings + 1), ONE_IN)[part::2]:
        result = ordeal(disturb, crossing)
        assert not result.outcome.violations, f"crossing {crossing}\n{result.outcome.report()}"
        assert result.rows == undisturbed.rows, f"crossing {crossing}"


def test_torture_sees_rows_and_checkpoint_in_two_transactions(undisturbed: Ordeal):
    """A kill between the two loses rows that the checkpoint says are there."""
    for crossing in sorted(range(1, undisturbed.crossings + 1), key=lambda number: abs(number - SHOWN)):
        outcome = ordeal(kill, crossing, planted=TWO_TRANSACTIONS.planted).outcome
        if TWO_TRANSACTIONS.hurts in {violation.split(":")[0] for violation in outcome.violations}:
            return
    pytest.fail("no crossing showed it")
