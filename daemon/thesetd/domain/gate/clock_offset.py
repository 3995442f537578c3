"""Relates another machine's clock to ours, using the round trips that requested its time.

An answer with their time `theirs`, requested at `sent` and received at `received`, proves that our clock is ahead of
theirs by no less than `sent - theirs` and no more than `received - theirs`. The narrowest of these bounds over the last
seconds tell when a moment of theirs has certainly come here, however long a single answer took. An answer outside of
the bounds shows that their clock was set.
"""

import math

import attrs

MEMORY_S = 10.0  # an answer counts for one to two times this long: slewed clocks drift apart by up to 500 ppm
STEP_S = 0.02  # twice the drift over that time: a larger change was a step


@attrs.define
class _Bounds:
    low: float = -math.inf
    high: float = math.inf

    def narrow(self, low: float, high: float) -> None:
        self.low, self.high = max(self.low, low), min(self.high, high)


class Offset:
    """How far our monotonic clock is ahead of another machine's clock, in seconds."""

    def __init__(self) -> None:
        """Start without any answer."""
        self.forget()

    def forget(self) -> None:
        """Forget all answers: their clock was set, or it is another clock."""
        self._older, self._newer = _Bounds(), _Bounds()
        self._turned = -math.inf

    def observe(self, sent: float, received: float, theirs: float) -> bool:
        """Learn from an answer; return False, having learned nothing, if it proves that their clock was set forward."""
        self._age(received)
        if received - theirs < max(self._older.low, self._newer.low) - STEP_S:
            return False
        self._newer.narrow(sent - theirs, received - theirs)
        return True

    @property
    def most(self) -> float:
        """Return the upper bound: their moment plus this is never earlier than the same moment on our clock.

        It is infinity before the first answer.
        """
        return min(self._older.high, self._newer.high)

    def _age(self, now: float) -> None:
        if now - self._turned < MEMORY_S:
            return
        self._older = self._newer if now - self._turned < 2 * MEMORY_S else _Bounds()
        self._newer, self._turned = _Bounds(), now
