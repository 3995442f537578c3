"""The sliding log is exact over every window."""

from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.limiter import SlidingLog, guarded_s
from thesetd.domain.windows import Window

windows = st.lists(st.builds(Window, st.integers(1, 8), st.floats(0.5, 60.0, allow_nan=False)), min_size=1, max_size=3)


@given(windows, st.lists(st.floats(0, 20), min_size=1, max_size=80))
def test_no_stretch_of_a_windows_length_ever_holds_more_than_its_count(
    limits: list[Window], pauses: list[float]
) -> None:
    """For every window, starts that are `count` apart are further apart than the window is long, guard included."""
    log, now, starts = SlidingLog(limits), 0.0, []
    for pause in pauses:
        now += pause
        starts.append(now + log.reserve(now))
    assert starts == sorted(starts)
    for window in limits:
        for early, late in zip(starts, starts[window.count :], strict=False):
            assert late - early >= guarded_s(window) - 1e-6


def test_nothing_waits_below_the_limit_and_the_budget_is_used_up() -> None:
    """100 calls of 100/60s start at once, the 101st when the first has left the window."""
    log = SlidingLog([Window(100, 60.0)])
    assert [log.reserve(5.0) for _ in range(100)] == [0.0] * 100
    assert abs(log.reserve(5.0) - guarded_s(Window(100, 60.0))) < 1e-9


def test_a_call_may_cost_more_than_one() -> None:
    """A call of cost 3 takes three places of the window."""
    log = SlidingLog([Window(4, 10.0)])
    assert log.reserve(0.0, cost=3) == 0.0
    assert log.reserve(0.0, cost=1) == 0.0
    assert log.reserve(0.0, cost=1) == guarded_s(Window(4, 10.0))


def test_without_limits_nothing_waits() -> None:
    """No window, no wait."""
    log = SlidingLog([])
    assert [log.reserve(0.0) for _ in range(1000)] == [0.0] * 1000
