"""Rates of change learned from looks."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.freshness.rate import HALF_LIFE_DAYS, PRIOR_CHANGES, ChangeRate, expected_changes

ages = st.floats(min_value=0.01, max_value=30.0)


def watched(per_day: float, *, every_days: float, looks: int, seed: int = 1) -> ChangeRate:
    """Look at a copy that changes at random, so often and so many times."""
    rng, rate = random.Random(seed), ChangeRate(1 / 14)
    for _ in range(looks):
        rate = rate.after(every_days, changed=rng.random() < -math.expm1(-per_day * every_days))
    return rate


def test_nothing_seen_is_the_usual_rate() -> None:
    """A copy that nobody looked at changes as copies of its kind do."""
    assert ChangeRate(0.25).per_day == pytest.approx(0.25)


@pytest.mark.parametrize(("per_day", "every_days"), [(0.1, 2.0), (1.0, 0.5), (4.0, 0.2)])
def test_a_rate_is_learned_from_whether_there_was_a_change(per_day: float, every_days: float) -> None:
    """Within a hundred days the mean of forty copies comes from the usual rate to within a third of the truth."""
    learned = [watched(per_day, every_days=every_days, looks=int(100 / every_days), seed=s).per_day for s in range(40)]
    assert sum(learned) / len(learned) == pytest.approx(per_day, rel=1 / 3)


def test_a_copy_that_hardly_changes_is_told_from_a_usual_one() -> None:
    """One change in fifty days, where one in fourteen is usual: within a hundred days it counts as less than half."""
    learned = [watched(0.02, every_days=5.0, looks=20, seed=s).per_day for s in range(40)]
    assert 0.02 < sum(learned) / len(learned) < 1 / 28


@given(ages)
def test_a_change_raises_the_rate_and_none_lowers_it(age: float) -> None:
    """Whatever the age: a look that found something makes the copy quicker, one that found nothing slower."""
    before = ChangeRate(1 / 14, changes=2.0, days=40.0)
    assert before.after(age, changed=False).per_day < before.per_day
    assert before.after(age, changed=True).per_day > before.after(age, changed=False).per_day


def test_what_was_learned_fades_by_half_in_thirty_days() -> None:
    """After a half-life of looks that found nothing a burst counts half."""
    burst = ChangeRate(1 / 14, changes=8.0, days=2.0)
    assert burst.after(HALF_LIFE_DAYS, changed=False).changes == pytest.approx(4.0)


def test_a_certain_change_counts_at_least_once() -> None:
    """One change or more were seen: the expectation is never below one, and grows with the time in which it was."""
    assert expected_changes(0.0) == 1.0
    assert 1.0 < expected_changes(0.5) < expected_changes(3.0) < 3.2


@pytest.mark.parametrize("every_days", [2.0, 10.0])
def test_the_estimated_share_of_stale_copies_is_the_true_one(every_days: float) -> None:
    """Of 2,000 copies whose true rates are spread as usual, within a tenth of what really differs at that moment."""
    rng, usual = random.Random(7), 1 / 14
    truth = estimate = 0.0
    for _ in range(2_000):
        per_day = rng.gammavariate(PRIOR_CHANGES, usual / PRIOR_CHANGES)
        rate = ChangeRate(usual)
        for _ in range(12):
            rate = rate.after(every_days, changed=rng.random() < -math.expm1(-per_day * every_days))
        age = rng.uniform(0.0, every_days)
        truth += rng.random() < -math.expm1(-per_day * age)
        estimate += rate.stale_at(age)
    assert estimate == pytest.approx(truth, rel=0.1)
