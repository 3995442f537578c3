import pytest

from simulation.planted import TWO_TRANSACTIONS
from simulation.torture import Disturb, fail, kill, ordeal

pytestmark = pytest.mark.usefixtures("untraced")
UNDISTURBED = ordeal(kill, 0)


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("disturb", [kill, fail])
def test_an_import_survives_a_disturbance_at_every_call(disturb: Disturb, part: int):
    """Killed or answered with an error at its n-th call, on the way out or back, for every n: the same rows."""
    assert UNDISTURBED.crossings > 100
    for crossing in range(1 + part, UNDISTURBED.crossings + 1, 4):
        result = ordeal(disturb, crossing)
        assert not result.outcome.violations, f"crossing {crossing}\n{result.outcome.report()}"
        assert result.rows == UNDISTURBED.rows, f"crossing {crossing}"


def test_torture_sees_rows_and_checkpoint_in_two_transactions():
    """A kill between the two loses rows that the checkpoint says are there."""
    for crossing in range(UNDISTURBED.crossings, 0, -1):
        outcome = ordeal(kill, crossing, planted=TWO_TRANSACTIONS.planted).outcome
        if TWO_TRANSACTIONS.hurts in {violation.split(":")[0] for violation in outcome.violations}:
            return
    pytest.fail("no crossing showed it")
