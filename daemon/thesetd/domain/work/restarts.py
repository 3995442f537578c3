"""Decides how often a crashing actor may be restarted, and how soon.

The count of crashes decays by half every `half_life_s`; it may not exceed `most`. So occasional crashes never add up, a
single burst is tolerated, and a crash loop ends the process, which systemd then restarts. The first restart is
immediate; each further one within the decay waits about twice as long, with random jitter, so that actors that crashed
together do not restart together.
"""

import random

import attrs

FIRST_DELAY_S = 0.05
LONGEST_DELAY_S = 5.0
JITTER = 0.5  # a delay is 0.5 to 1.5 times its value without jitter
ALONE = 1.5  # if the weights of all crashes add up to less, this one is the first in a long time


@attrs.define(kw_only=True)
class RestartBudget:
    """The crashes of one child, weighted by age. The default allows five in half a minute (OTP's guide: 5 in 30 s)."""

    most: float = 5.0
    half_life_s: float = 30.0
    _weight: float = 0.0
    _last: float = 0.0

    def spend(self, now: float, rng: random.Random) -> float | None:
        """Count a crash at `now` (monotonic seconds); return the delay before the restart, or None if over budget."""
        self._weight = self._weight * 0.5 ** ((now - self._last) / self.half_life_s) + 1.0
        self._last = now
        if self._weight > self.most:
            return None
        if self._weight < ALONE:
            return 0.0
        delay: float = FIRST_DELAY_S * 2.0 ** (self._weight - 1.0) * rng.uniform(1.0 - JITTER, 1.0 + JITTER)
        return min(delay, LONGEST_DELAY_S)
