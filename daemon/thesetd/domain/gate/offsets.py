"""Relates another machine's clock to ours, from the round trips that asked it for the time.

An answer that says `theirs`, sent for at `sent` and here at `received`, proves that our clock is ahead of theirs by no
less than `sent - theirs` and no more than `received - theirs`. The narrowest of these over the last seconds tells when
a moment of theirs has surely come here, whatever a single answer took; an answer outside of them, that their clock was
set.
"""

import math

import attrs

MEMORY_S = 10.0  # an answer counts for this to twice this long: clocks drift apart by up to 500 ppm while being slewed
STEP_S = 0.02  # twice the drift over that time: what is more was a step


@attrs.define
class _Bounds:
    low: float = -math.inf
    high: float = math.inf

    def narrow(self, low: float, high: float) -> None:
        self.low, self.high = max(self.low, low), min(self.high, high)


class Offset:
    """How far our monotonic clock is ahead of another machine's clock, in seconds."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.forget()

    def forget(self) -> None:
        """Know nothing any more: their clock was set, or it is another clock."""
        self._older, self._newer = _Bounds(), _Bounds()
        self._turned = -math.inf

    def observe(self, sent: float, received: float, theirs: float) -> bool:
        """Learn from an answer; False, and nothing learned, if it proves that their clock was set forward."""
        self._age(received)
        if received - theirs < max(self._older.low, self._newer.low) - STEP_S:
            return False
        self._newer.narrow(sent - theirs, received - theirs)
        return True

    @property
    def most(self) -> float:
        """Return the upper bound: added to a moment of theirs, it gives one of ours that is not earlier.

        Infinity before the first answer.
        """
        return min(self._older.high, self._newer.high)

    def _age(self, now: float) -> None:
        if now - self._turned < MEMORY_S:
            return
        self._older = self._newer if now - self._turned < 2 * MEMORY_S else _Bounds()
        self._newer, self._turned = _Bounds(), now
