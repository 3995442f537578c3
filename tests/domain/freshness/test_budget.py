"""A day's calls over the day."""

import math
from collections.abc import Container
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.freshness.budget import FASTEST, Budget, spread
from thesetd.domain.freshness.plans import PRIOR_LOOKS

DAY = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def lived(calls: int, cost: float, *, hours: int, made: float = 1.0, down: Container[int] = ()) -> list[float]:
    """Order every hour, except while down; return the calls of each, of which no 24 have more than the quota.

    `made` is the part of the expected calls that a look makes, which is learned as the daemon does. What is ordered and
    not made waits for the next order.
    """
    told, waiting, looked = list[float](), 0.0, 0.0
    for hour in range(hours):
        now, last = DAY + hour * HOUR, told[-23:] if hour else []
        used = sum(last)
        leaving = [((24.0 - ago) / 24.0, each) for ago, each in zip(range(len(last), 0, -1), last, strict=True)]
        expected = cost * (PRIOR_LOOKS + made * looked) / (PRIOR_LOOKS + looked)
        budget = Budget(calls=calls, used=math.ceil(used), leaving=leaving)
        waiting = max(waiting, 0.0 if hour in down else budget.looks_for(now, now + HOUR, expected) * cost * made)
        told.append(0.0 if hour in down else min(waiting, calls - used))
        waiting -= told[-1]
        looked += told[-1] / (cost * made)
    return told


@given(st.integers(min_value=24, max_value=100_000), st.sampled_from([1.0, 2.0, 4.0]), st.sampled_from([0.8, 0.9, 1.0]))
def test_hourly_orders_fill_a_rolling_day_and_keep_it_full(calls: int, cost: float, made: float) -> None:
    """From the first day on; looks that are too many wait, and are counted with the next order."""
    hours = lived(calls, cost, hours=72, made=made)
    for begin in range(49):
        assert sum(hours[begin : begin + 24]) >= 0.98 * calls - 2 * cost


@given(st.integers(min_value=480, max_value=100_000), st.sampled_from([0.8, 0.9, 1.0]))
def test_no_part_of_a_day_is_left_without_calls(calls: int, made: float) -> None:
    """The calls of an hour are free again a day later, no sooner: who uses all in half of a day idles every other."""
    for hour in lived(calls, 1.0, hours=120, made=made)[24:]:
        assert 0.5 * calls / 24 <= hour <= 1.25 * calls / 24


def test_a_gap_is_not_repeated_every_day() -> None:
    """Six hours without the daemon leave six hours in which nothing becomes free, a day later and ever after."""
    hours = lived(4_800, 1.0, hours=240, down=range(30, 36))
    assert max(hours[36:]) <= 1.25 * 200
    assert min(hours[96:]) >= 0.5 * 200
    assert sum(hours[36:60]) >= 0.98 * 4_800


def test_an_order_for_longer_than_the_window_takes_no_more_than_it_holds() -> None:
    """A weekly schedule orders a day's quota at most, and nothing where that is used already."""
    assert Budget(calls=1000, used=0).looks_for(DAY, DAY + 7 * 24 * HOUR, 2.0) == 500
    assert Budget(calls=1000, used=1000).looks_for(DAY, DAY + HOUR, 1.0) == math.ceil(1000 / 24)
    assert Budget(calls=900, used=1000).looks_for(DAY, DAY + timedelta(minutes=1), 1.0) == 0


def test_a_quota_of_thirty_days_is_shared_out_over_thirty_days() -> None:
    """Its hour is a thirtieth of a day's."""
    month, day = Budget(calls=72_000, used=0, days=30.0), Budget(calls=2_400, used=0)
    for begin in range(24):
        orders = [one.looks_for(DAY + begin * HOUR, DAY + (begin + 1) * HOUR, 1.0) for one in (month, day)]
        assert orders == [pytest.approx(100 * FASTEST, abs=1)] * 2


def test_shares_of_less_than_a_look_add_up() -> None:
    """Thirty calls a day are ordered within a day even if the share of ten minutes is a quarter of a look."""
    budget, part = Budget(calls=30, used=0), HOUR / 6
    orders = [budget.looks_for(DAY + n * part, DAY + (n + 1) * part, 1.0) for n in range(144)]
    assert set(orders) == {0, 1}
    assert abs(sum(orders) - FASTEST * 30) <= 1


def test_where_there_is_room_a_look_is_ordered() -> None:
    """Of few calls an hour's share is a part of a look: it would be free for hours."""
    hour = [Budget(calls=30, used=used).looks_for(DAY, DAY + HOUR, 3.0) for used in (0, 20, 30)]
    assert hour == [1, 1, 1]
    assert Budget(calls=30, used=30, leaving=[(0.5, 30)]).looks_for(DAY, DAY + HOUR, 3.0) == 0


def test_looks_are_spread_until_the_next_order() -> None:
    """The first at once, the others at equal distances, none after the next order; by hand all are at once."""
    moments = spread(4, DAY, DAY + HOUR)
    assert moments == [DAY + n * timedelta(minutes=15) for n in range(4)]
    assert spread(2, DAY, None) == [None, None]
    assert spread(0, DAY, DAY + HOUR) == []


@pytest.mark.parametrize("calls", [100_000, 9_999_999, 999_999_999])
def test_a_great_quota_is_counted_like_any_other(calls: int) -> None:
    """An operator may set a limit of any size: ten minutes have their share of it."""
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    looks = Budget(calls=calls, used=0).looks_for(now, now + timedelta(minutes=10), 1.0)
    assert looks == pytest.approx(FASTEST * calls / 144, abs=1)
