"""The worth of a refresh, and the age at which it is due."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.freshness.rate import ChangeRate
from thesetd.domain.freshness.worth import due_age_days, value

rates = st.builds(
    ChangeRate,
    st.floats(min_value=0.001, max_value=10.0),
    changes=st.floats(min_value=0.0, max_value=50.0),
    days=st.floats(min_value=0.0, max_value=200.0),
)


def known_rate_value(per_day: float, age: float) -> float:
    """Compute (1 - (1 + r t) exp(-r t)) / r."""
    return (1.0 - (1.0 + per_day * age) * math.exp(-per_day * age)) / per_day


def test_a_well_known_rate_gives_the_published_value() -> None:
    """A rate that was watched for long is a number: the closed form equals the formula of the papers."""
    for per_day, age in [(0.05, 3.0), (0.5, 2.0), (3.0, 1.0)]:
        known = ChangeRate(per_day, changes=1e7, days=1e7 / per_day)
        assert value(known, age) == pytest.approx(known_rate_value(per_day, age), rel=1e-4)


@pytest.mark.untraced
def test_an_uncertain_rate_gives_the_mean_over_what_it_may_be() -> None:
    """The closed form is the average of the papers' formula over the Gamma distribution, by 200,000 draws."""
    rate, rng = ChangeRate(0.2, changes=1.7, days=6.0), random.Random(3)
    draws = (rng.gammavariate(rate.shape, 1.0 / rate.exposure_days) for _ in range(200_000))
    mean = sum(known_rate_value(draw, 4.0) for draw in draws if draw > 1e-6) / 200_000
    assert value(rate, 4.0) == pytest.approx(mean, rel=0.01)


def test_a_shape_of_one_is_no_gap() -> None:
    """Where the closed form would divide by zero its limit is taken, on both sides of which it is nearly the same."""
    at, beside = ChangeRate(0.1, changes=0.5), ChangeRate(0.1, changes=0.50001)
    assert value(at, 5.0) == pytest.approx(value(beside, 5.0), rel=1e-3)


@given(rates, st.floats(min_value=0.001, max_value=30.0), st.floats(min_value=0.01, max_value=30.0))
def test_value_grows_with_age(rate: ChangeRate, age: float, more: float) -> None:
    """An older copy is never worth less, and a fresh one is worth nothing."""
    assert value(rate, 0.0) == pytest.approx(0.0, abs=1e-12)
    assert value(rate, age) <= value(rate, age + more) * (1 + 1e-9)


@given(rates, st.floats(min_value=1e-6, max_value=10.0))
def test_the_due_age_is_where_the_value_meets_the_threshold(rate: ChangeRate, threshold: float) -> None:
    """Just before it the refresh is not worth a call; the floor bounds it."""
    age = due_age_days(rate, 1.0, threshold, oldest_days=30.0)
    assert 0.0 <= age <= 30.0
    if age < 30.0:
        assert value(rate, age) >= threshold * (1 - 1e-5)
        assert value(rate, age * 0.99) < threshold or age < 1e-6


@given(rates, st.floats(min_value=0.001, max_value=1.0), st.floats(min_value=1.1, max_value=20.0))
def test_what_matters_more_is_due_sooner(rate: ChangeRate, threshold: float, times: float) -> None:
    """More importance, or fewer calls for the same, never makes a copy wait longer."""
    light = due_age_days(rate, 1.0, threshold, oldest_days=30.0)
    assert due_age_days(rate, times, threshold, oldest_days=30.0) <= light


def test_a_copy_that_changes_all_the_time_is_not_chased() -> None:
    """Ten changes a day cannot be followed at a price that suits one a week: the slower copy gets the call."""
    hectic, usual = ChangeRate(10.0, changes=1e4, days=1e3), ChangeRate(1 / 7, changes=1e4, days=7e4)
    assert due_age_days(hectic, 1.0, 0.5, oldest_days=30.0) == 30.0
    assert due_age_days(usual, 1.0, 0.5, oldest_days=30.0) < 5.0


@given(rates, st.floats(min_value=0.001, max_value=30.0))
def test_a_hint_is_worth_more_than_age(rate: ChangeRate, age: float) -> None:
    """A well-known copy that is known to be stale is worth at least what its age alone says."""
    known = ChangeRate(rate.per_day, changes=1e6, days=1e6 / rate.per_day)
    assert 1.0 / known.per_day >= value(known, age) * (1 - 1e-4)
