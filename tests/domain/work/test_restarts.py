"""The restart budget's arithmetic."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.work.restarts import ALONE, FIRST_DELAY_S, LONGEST_DELAY_S, RestartBudget

RNG = random.Random(1)


def test_the_first_crash_is_free_and_the_sixth_at_once_is_too_many() -> None:
    """Five crashes at once are within the budget, the sixth is not; only the first restart has no delay."""
    budget = RestartBudget()
    delays = [budget.spend(100.0, RNG) for _ in range(6)]
    assert delays[0] == 0.0
    assert delays[-1] is None
    kept = [delay for delay in delays if delay is not None]
    assert len(kept) == 5
    assert all(FIRST_DELAY_S <= delay <= LONGEST_DELAY_S for delay in kept[1:])


def test_a_crash_each_half_life_never_adds_up() -> None:
    """The weight stays below two for ever: the actor is always restarted."""
    budget = RestartBudget(half_life_s=30.0)
    assert all(budget.spend(30.0 * n, RNG) is not None for n in range(1000))


def test_delays_differ_by_chance() -> None:
    """Two actors that crash together twice come back at different moments; equal seeds give equal delays."""
    delays = []
    for seed in (1, 2, 1):
        budget, rng = RestartBudget(), random.Random(seed)
        delays.append([budget.spend(0.0, rng) for _ in range(3)])
    assert delays[0] != delays[1]
    assert delays[0] == delays[2]


def keeps_the_rules(pauses: Iterable[float], seed: int) -> bool:
    """Crash after each pause and compare with the plain sum over all crashes; say whether it went over the budget."""
    budget, rng, now, crashes = RestartBudget(), random.Random(seed), 0.0, []
    for pause in pauses:
        now += pause
        crashes.append(now)
        weight = sum(0.5 ** ((now - at) / budget.half_life_s) for at in crashes)
        delay = budget.spend(now, rng)
        if abs(weight - budget.most) > 1e-9:
            assert (delay is None) == (weight > budget.most)
        if delay is None:
            return True
        assert 0.0 <= delay <= LONGEST_DELAY_S
        if abs(weight - ALONE) > 1e-9:
            assert (delay == 0.0) == (weight < ALONE)
    return False


@given(st.lists(st.one_of(st.floats(0, 1), st.floats(0, 30), st.floats(0, 1000)), max_size=30), st.integers(0, 2**32))
def test_any_schedule_of_crashes_keeps_the_rules(pauses: list[float], seed: int) -> None:
    """It is over exactly when the decayed count of all crashes exceeds the budget; the first in a long time is free."""
    keeps_the_rules(pauses, seed)


@pytest.mark.untraced
def test_ten_thousand_schedules_of_crashes_keep_the_rules() -> None:
    """The same over 10,000 random schedules, from crash loops to a crash a day; both ends are among them often."""
    over = 0
    for seed in range(10_000):
        rng = random.Random(seed)
        mean_s = 10 ** rng.uniform(-2, 3)
        over += keeps_the_rules([rng.expovariate(1 / mean_s) for _ in range(rng.randint(1, 30))], seed)
    assert 2_000 < over < 8_000


@given(st.integers(1, 200), st.floats(0, 1e6))
def test_a_quiet_time_forgives_everything(crashes: int, start: float) -> None:
    """After ten half-lives without a crash the budget is as good as new, whatever was before."""
    budget = RestartBudget()
    for _ in range(crashes):
        budget.spend(start, RNG)
    later = start + 10 * budget.half_life_s
    assert [budget.spend(later, RNG) is None for _ in range(6)] == [False] * 4 + [crashes > 0, True]
