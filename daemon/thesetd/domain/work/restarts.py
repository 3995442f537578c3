"""How often a crashing actor may be started again, and how soon.

The count of crashes decays by half every `half_life_s`; it may not exceed `most`. So a crash now and then never adds
up, a burst is forgiven once, and a crash loop ends the process, where systemd is the next supervisor. The first restart
is immediate; each further one within the decay waits about twice as long, by chance somewhat more or less, so that
actors which fell together over the same cause do not come back together.
"""

import random

import attrs

FIRST_DELAY_S = 0.05
LONGEST_DELAY_S = 5.0
JITTER = 0.5  # a delay is between half and one and a half times what it would be without
ALONE = 1.5  # a crash that weighs less, together with what is left of earlier ones, is the first in a long time


@attrs.define(kw_only=True)
class RestartBudget:
    """The crashes of one child, weighted by their age. Default: five in half a minute (OTP's guide: 5 in 30 s)."""

    most: float = 5.0
    half_life_s: float = 30.0
    _weight: float = 0.0
    _last: float = 0.0

    def spend(self, now: float, rng: random.Random) -> float | None:
        """Count a crash at `now` (monotonic seconds); give the delay before the restart, None when over budget."""
        self._weight = self._weight * 0.5 ** ((now - self._last) / self.half_life_s) + 1.0
        self._last = now
        if self._weight > self.most:
            return None
        if self._weight < ALONE:
            return 0.0
        delay: float = FIRST_DELAY_S * 2.0 ** (self._weight - 1.0) * rng.uniform(1.0 - JITTER, 1.0 + JITTER)
        return min(delay, LONGEST_DELAY_S)
