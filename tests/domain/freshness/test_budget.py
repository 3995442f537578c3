"""A day's calls over the day."""

from collections import deque
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.freshness.budget import Budget, spread

DAY = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@given(st.integers(min_value=24, max_value=100_000), st.sampled_from([1.0, 2.0, 4.0]), st.booleans())
def test_hourly_orders_fill_a_rolling_day_and_keep_it_full(calls: int, cost: float, cached: bool) -> None:  # noqa: FBT001
    """After a day and a half it is used but for a look an hour, also where a fifth of the looks needs no call."""
    hours = deque[float]()
    for _ in range(60):
        if len(hours) == 24:
            hours.popleft()
        looks = Budget(calls=calls, used=int(sum(hours))).looks_for(HOUR, cost)
        hours.append(looks * cost * (0.8 if cached else 1.0))
        assert hours[-1] <= calls * 1.25 / 24 + 1
        assert sum(hours) <= 1.06 * calls + 1  # the gate keeps the limit; this is what is ordered
    assert sum(hours) >= calls - 24 * cost - 0.02 * calls


def test_an_order_for_longer_than_the_window_takes_no_more_than_it_holds() -> None:
    """A weekly schedule orders a day's quota at most, and nothing where that is used already."""
    assert Budget(calls=1000, used=0).looks_for(7 * 24 * HOUR, 2.0) == 500
    assert Budget(calls=1000, used=1000).looks_for(HOUR, 1.0) == int(1000 / 24)
    assert Budget(calls=900, used=1000).looks_for(timedelta(minutes=1), 1.0) == 0


def test_a_quota_of_thirty_days_is_shared_out_over_thirty_days() -> None:
    """Its hour is a thirtieth of a day's."""
    assert Budget(calls=72_000, used=0, days=30.0).looks_for(HOUR, 1.0) == 125


def test_looks_are_spread_until_the_next_order() -> None:
    """The first at once, the others at equal distances, none after the next order; by hand all are at once."""
    moments = spread(4, DAY, DAY + HOUR)
    assert moments == [DAY + n * timedelta(minutes=15) for n in range(4)]
    assert spread(2, DAY, None) == [None, None]
    assert spread(0, DAY, DAY + HOUR) == []
