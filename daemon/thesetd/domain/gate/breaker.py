"""A circuit breaker: stop calling a target that keeps failing, probe it after a rest, then ramp up step by step.

    state      calls allowed             success                       failure
    closed     always                    forget the failures           count; the fifth opens (or `failures_to_open`)
    open       no, until the rest is over, then half-open               (a late answer changes nothing)
    half-open  as many at once as the    double the permits; past      open, with twice the rest
               permits say: 1, 2, 4      the last step closed

Only errors that mean "unavailable" are failures; the breaker's caller decides that. Times are monotonic seconds.
"""

from enum import Enum

import attrs

FAILURES_TO_OPEN = 5
REST_S = 30.0  # about 30 calls to a provider that allows one a second
LONGEST_REST_S = 600.0
RAMP = (1, 2, 4)


class BreakerState(Enum):
    """The three states of a breaker."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@attrs.define(kw_only=True)
class Breaker:
    """The state of one breaker. Each `admit` that returned 0 must be followed by one of the three outcomes."""

    name: str
    rest_s: float = REST_S
    longest_rest_s: float = LONGEST_REST_S
    failures_to_open: int = FAILURES_TO_OPEN
    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    _open_until: float = 0.0
    _next_rest_s: float = 0.0
    _step: int = 0
    _in_flight: int = 0

    def __attrs_post_init__(self) -> None:
        self._next_rest_s = self.rest_s

    def admit(self, now: float) -> float:
        """Return 0.0 to let a call through, or the seconds to wait before asking again."""
        if self.state is BreakerState.OPEN:
            if now < self._open_until:
                return self._open_until - now
            self.state, self._step = BreakerState.HALF_OPEN, 0
        if self.state is BreakerState.HALF_OPEN and self._in_flight >= RAMP[self._step]:
            return min(1.0, self.rest_s)
        self._in_flight += 1
        return 0.0

    def succeeded(self) -> None:
        """Note that an admitted call was answered."""
        self._in_flight -= 1
        if self.state is BreakerState.HALF_OPEN:
            self._step += 1
            if self._step == len(RAMP):
                self.reset()
        elif self.state is BreakerState.CLOSED:
            self.failures = 0

    def failed(self, now: float) -> None:
        """Note that an admitted call found its target unavailable."""
        self._in_flight -= 1
        self.failures += 1
        if self.state is BreakerState.HALF_OPEN:
            self._next_rest_s = min(2 * self._next_rest_s, self.longest_rest_s)
            self._open(now)
        elif self.state is BreakerState.CLOSED and self.failures >= self.failures_to_open:
            self._open(now)

    def abandoned(self) -> None:
        """Note that an admitted call ended without revealing the target's health."""
        self._in_flight -= 1

    def reset(self) -> None:
        """Close, as if nothing had ever failed."""
        self.state, self.failures, self._step, self._next_rest_s = BreakerState.CLOSED, 0, 0, self.rest_s

    def retry_in_s(self, now: float) -> float:
        """Return how long an open breaker still rests, 0 otherwise."""
        return max(0.0, self._open_until - now) if self.state is BreakerState.OPEN else 0.0

    def _open(self, now: float) -> None:
        self.state, self._open_until = BreakerState.OPEN, now + self._next_rest_s
