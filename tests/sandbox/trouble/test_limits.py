"""Counting arrivals."""

from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.gate.windows import Window
from thesetd.sandbox.trouble.limits import Meter


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


WINDOWS = st.builds(Window, st.integers(1, 6), st.floats(0.1, 5, allow_nan=False))
STEPS = st.lists(st.floats(0, 0.9, allow_nan=False), max_size=80)


@given(STEPS, st.lists(WINDOWS, min_size=1, max_size=3))
def test_an_arrival_is_refused_exactly_when_a_window_is_full(steps: list[float], windows: list[Window]) -> None:
    """Of several windows each counts the accepted arrivals of its own length, and names how long it stays full."""
    meter, now, accepted = Meter(windows), 0.0, list[float]()
    for step in steps:
        now += step
        within = {window: [at for at in accepted if at > now - window.seconds] for window in windows}
        full = [window for window in windows if len(within[window]) >= window.count]
        refusal = meter.arrive(now)
        assert (refusal is not None) == bool(full)
        if refusal is None:
            accepted.append(now)
        else:
            waits = [within[window][-window.count] + window.seconds - now for window in full]
            assert refusal.retry_after_s == pytest.approx(max(waits))


@given(STEPS, WINDOWS)
def test_no_violations_exactly_when_no_window_anywhere_holds_too_many(steps: list[float], window: Window) -> None:
    """The count is zero if and only if every stretch of the window's length holds at most its count of arrivals."""
    meter, now, arrivals = Meter([window]), 0.0, list[float]()
    for step in steps:
        now += step
        arrivals.append(now)
        meter.arrive(now)
    held = all(
        late > early + window.seconds or early <= late - window.seconds
        for early, late in zip(arrivals, arrivals[window.count :], strict=False)
    )
    assert (sum(meter.violations().values()) == 0) == held


@given(STEPS, STEPS, WINDOWS, WINDOWS)
def test_other_limits_count_what_arrived_before(
    before: list[float], after: list[float], old: Window, new: Window
) -> None:
    """After a change the new window counts the arrivals that the old one held, and old violations are kept."""
    meter, now, accepted = Meter([old]), 0.0, list[float]()
    for step in before:
        now += step
        if meter.arrive(now) is None:
            accepted.append(now)
    violations = sum(meter.violations().values())
    known = [at for at in accepted if at > now - old.seconds]
    meter.change([new])
    for step in after:
        now += step
        crowd = [at for at in known if at > now - new.seconds]
        refused = meter.arrive(now)
        assert (refused is not None) == (len(crowd) >= new.count)
        if refused is None:
            known.append(now)
        else:
            violations += 1
            assert refused.retry_after_s == pytest.approx(crowd[-new.count] + new.seconds - now)
    assert sum(meter.violations().values()) == violations
    assert meter.windows == (new,)
    meter.reset()
    assert meter.windows == (old,)


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
