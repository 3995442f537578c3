"""Counting arrivals."""

from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.windows import Window
from thesetd.sandbox.limits import Meter


@given(
    st.lists(st.floats(0, 0.9, allow_nan=False), max_size=80),
    st.integers(1, 6),
    st.floats(0.1, 3, allow_nan=False),
)
def test_no_sliding_window_holds_more_than_its_count(steps: list[float], count: int, seconds: float) -> None:
    """Accepted arrivals never exceed the limit in any stretch of its length, and each refused one is a violation."""
    meter, now, accepted, refused = Meter([Window(count, seconds)]), 0.0, [], 0
    for step in steps:
        now += step
        if meter.arrive(now) is None:
            accepted.append(now)
        else:
            refused += 1
    # an arrival exactly `seconds` before has left the window
    assert all(place + 1 - bisect_right(accepted, at - seconds) <= count for place, at in enumerate(accepted))
    assert sum(meter.violations().values()) == refused


def test_a_refusal_says_when_there_is_room() -> None:
    """An arrival after exactly the stated wait is accepted, a little before it is not."""
    meter = Meter([Window(2, 10.0)])
    assert [meter.arrive(0.0), meter.arrive(4.0)] == [None, None]
    refusal = meter.arrive(5.0)
    assert refusal is not None
    assert refusal.retry_after_s == 5.0
    assert meter.arrive(9.9) is not None
    assert meter.arrive(10.0) is None
    assert meter.violations() == {"2/10s": 2}


def test_a_used_up_quota_is_told_from_a_rate() -> None:
    """Of several limits the one that holds longest is named; a day's window is a quota and tells its rest."""
    meter = Meter([Window(1, 1.0), Window(2, 86400.0)])
    assert meter.arrive(0.0) is None
    rate = meter.arrive(0.5)
    assert rate is not None
    assert not rate.quota
    assert meter.quota(0.5) == (2, 1, 86399.5)
    assert meter.arrive(2.0) is None
    quota = meter.arrive(4.0)
    assert quota is not None
    assert quota.quota
    meter.reset()
    assert meter.arrive(4.0) is None
    assert meter.violations() == {"1/1s": 0, "2/1d": 0}


def test_no_window_refuses_nothing() -> None:
    """Without limits every arrival is accepted and no quota is told."""
    meter = Meter([])
    assert all(meter.arrive(0.0) is None for _ in range(1000))
    assert meter.quota(0.0) is None
