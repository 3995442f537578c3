"""The circuit breaker's table, walked."""

from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.gate.breaker import FAILURES_TO_OPEN, LONGEST_REST_S, RAMP, REST_S, Breaker, BreakerState


def opened(at: float = 0.0) -> Breaker:
    """Make a breaker that has just opened."""
    breaker = Breaker(name="b")
    for _ in range(FAILURES_TO_OPEN):
        assert breaker.admit(at) == 0.0
        breaker.failed(at)
    return breaker


def test_five_failures_in_a_row_open() -> None:
    """The fifth failure opens, the fourth does not."""
    breaker = Breaker(name="b")
    for _ in range(FAILURES_TO_OPEN - 1):
        breaker.admit(0.0)
        breaker.failed(0.0)
    assert breaker.state is BreakerState.CLOSED
    breaker.admit(0.0)
    breaker.failed(0.0)
    assert breaker.state is BreakerState.OPEN
    assert breaker.admit(1.0) == REST_S - 1.0
    assert breaker.retry_in_s(1.0) == REST_S - 1.0


def test_a_success_forgets_the_failures_before_it() -> None:
    """Failures count in a row only."""
    breaker = Breaker(name="b")
    for _ in range(3 * FAILURES_TO_OPEN):
        for _ in range(FAILURES_TO_OPEN - 1):
            breaker.admit(0.0)
            breaker.failed(0.0)
        breaker.admit(0.0)
        breaker.succeeded()
    assert breaker.state is BreakerState.CLOSED


def test_half_open_lets_one_probe_through_then_ramps_up() -> None:
    """After the rest there is one permit, then two, then four, then the breaker is closed."""
    breaker = opened()
    for permits in RAMP:
        admitted = 0
        while breaker.admit(REST_S) == 0.0:
            admitted += 1
        assert breaker.state is BreakerState.HALF_OPEN
        assert admitted == permits
        breaker.succeeded()
        for _ in range(admitted - 1):
            breaker.abandoned()
    assert breaker.state is BreakerState.CLOSED
    assert breaker.failures == 0


def test_a_failed_probe_doubles_the_rest_up_to_the_longest() -> None:
    """Each reopening rests twice as long, never longer than the bound; closing starts over."""
    breaker, now, rest = opened(), 0.0, REST_S
    for _ in range(8):
        now += rest
        assert breaker.admit(now) == 0.0
        breaker.failed(now)
        rest = min(2 * rest, LONGEST_REST_S)
        assert breaker.retry_in_s(now) == rest
    breaker.reset()
    assert breaker.admit(now) == 0.0


def test_late_answers_change_nothing_while_open() -> None:
    """A call admitted before the breaker opened and answered after does not close or prolong it."""
    breaker = Breaker(name="b")
    for _ in range(FAILURES_TO_OPEN + 2):
        breaker.admit(0.0)
    for _ in range(FAILURES_TO_OPEN):
        breaker.failed(0.0)
    breaker.failed(10.0)
    breaker.succeeded()
    assert breaker.state is BreakerState.OPEN
    assert breaker.retry_in_s(10.0) == REST_S - 10.0


@given(st.lists(st.tuples(st.sampled_from(["ok", "bad", "gone"]), st.floats(0, 100)), max_size=60))
def test_never_more_in_flight_than_the_permits_while_half_open(steps: list[tuple[str, float]]) -> None:
    """Whatever the outcomes and pauses, a half-open breaker holds back all but its permits, and never deadlocks."""
    breaker, now, in_flight = Breaker(name="b"), 0.0, 0
    for outcome, pause in steps:
        now += pause
        wait = breaker.admit(now)
        assert wait >= 0.0
        if wait == 0.0:
            in_flight += 1
            if breaker.state is BreakerState.HALF_OPEN:
                assert in_flight <= max(RAMP)
        if in_flight:
            in_flight -= 1
            if outcome == "bad":
                breaker.failed(now)
            else:
                {"ok": breaker.succeeded, "gone": breaker.abandoned}[outcome]()
    while in_flight:
        breaker.abandoned()
        in_flight -= 1
    assert breaker.admit(now + LONGEST_REST_S + 1.0) == 0.0
