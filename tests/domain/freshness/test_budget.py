"""A day's calls over the day."""

import math
from collections import deque
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.freshness.budget import MORE, Budget, spread

DAY = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@given(st.integers(min_value=24, max_value=100_000), st.sampled_from([1.0, 2.0, 4.0]), st.booleans())
def test_hourly_orders_fill_a_rolling_day_and_keep_it_full(calls: int, cost: float, cached: bool) -> None:  # noqa: FBT001
    """After a day and a half it is full; looks that are too many wait, and are counted with the next order."""
    hours, waiting = deque[float](), 0.0
    for hour in range(60):
        if len(hours) == 24:
            hours.popleft()
        used = sum(hours)
        looks = Budget(calls=calls, used=int(used)).looks_for(DAY + hour * HOUR, DAY + (hour + 1) * HOUR, cost)
        assert looks * cost <= calls * MORE / 24 + 2 * cost
        waiting += max(0.0, looks * cost * (0.8 if cached else 1.0) - waiting)
        hours.append(min(waiting, calls - used))
        waiting -= hours[-1]
    assert sum(hours) >= 0.98 * calls - 2 * cost


def test_an_order_for_longer_than_the_window_takes_no_more_than_it_holds() -> None:
    """A weekly schedule orders a day's quota at most, and nothing where that is used already."""
    assert Budget(calls=1000, used=0).looks_for(DAY, DAY + 7 * 24 * HOUR, 2.0) == 500
    assert Budget(calls=1000, used=1000).looks_for(DAY, DAY + HOUR, 1.0) == math.ceil(1000 / 24)
    assert Budget(calls=900, used=1000).looks_for(DAY, DAY + timedelta(minutes=1), 1.0) == 0


def test_a_quota_of_thirty_days_is_shared_out_over_thirty_days() -> None:
    """Its hour is a thirtieth of a day's."""
    assert Budget(calls=72_000, used=0, days=30.0).looks_for(DAY, DAY + HOUR, 1.0) == 100 * MORE


def test_shares_of_less_than_a_look_add_up() -> None:
    """Thirty calls a day are ordered within a day also where each hour's share is two looks and a half."""
    budget = Budget(calls=30, used=0)
    hours = [budget.looks_for(DAY + hour * HOUR, DAY + (hour + 1) * HOUR, 1.0) for hour in range(24)]
    assert set(hours) == {2, 3}
    assert abs(sum(hours) - MORE * 30) <= 1


def test_looks_are_spread_until_the_next_order() -> None:
    """The first at once, the others at equal distances, none after the next order; by hand all are at once."""
    moments = spread(4, DAY, DAY + HOUR)
    assert moments == [DAY + n * timedelta(minutes=15) for n in range(4)]
    assert spread(2, DAY, None) == [None, None]
    assert spread(0, DAY, DAY + HOUR) == []
