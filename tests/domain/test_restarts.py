"""The restart budget's arithmetic."""

from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.restarts import LONGEST_DELAY_S, RestartBudget


def test_the_first_crash_is_free_and_the_sixth_at_once_is_too_many() -> None:
    """Five crashes at once are within the budget, the sixth is not; the delays grow from nothing."""
    budget = RestartBudget()
    delays = [budget.spend(100.0) for _ in range(6)]
    assert delays[0] == 0.0
    assert delays[-1] is None
    kept = [delay for delay in delays if delay is not None]
    assert kept == sorted(kept)
    assert len(kept) == 5


def test_a_crash_each_half_life_never_adds_up() -> None:
    """The weight stays below two for ever: the actor is always restarted."""
    budget = RestartBudget(half_life_s=30.0)
    assert all(budget.spend(30.0 * n) is not None for n in range(1000))


@given(st.lists(st.floats(0, 1000), max_size=100))
def test_delays_are_bounded(pauses: list[float]) -> None:
    """A delay is never negative nor above the bound, whatever the times of the crashes."""
    budget, now = RestartBudget(), 0.0
    for pause in pauses:
        now += pause
        delay = budget.spend(now)
        assert delay is None or 0.0 <= delay <= LONGEST_DELAY_S
