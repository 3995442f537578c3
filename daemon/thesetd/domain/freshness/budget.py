"""Spreads a quota over time: evenly, and completely."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

_DAY = timedelta(days=1)
MORE = 2.0  # refreshes ordered per refresh in the budget: surplus ones wait, and no call stays unused


@attrs.frozen(kw_only=True)
class Budget:
    """The calls that background work may make in any `days`, and how much of the quota is used at present."""

    calls: int
    used: int
    days: float = 1.0

    def looks_for(self, now: datetime, until: datetime, calls_per_look: float) -> int:
        """Return how many refreshes, each costing `calls_per_look`, may be ordered now for the time until then.

        This is about the time's even share, so that a free quota is not used at once, and no more than there is room
        for: what is free now, and what leaves the rolling window in that time. Surplus refreshes wait at the gate.
        Shares are counted from a fixed moment and those of successive times add up, so nothing is lost if each is less
        than one refresh.
        """
        share = (until - now) / (_DAY * self.days)
        room = self.calls - self.used + self.used * min(1.0, share)
        per_s = MORE * self.calls / (self.days * _DAY.total_seconds() * calls_per_look)
        looks = int(per_s * until.timestamp()) - int(per_s * now.timestamp())
        return max(0, min(looks, math.ceil(room / calls_per_look)))


def spread(count: int, now: datetime, until: datetime | None) -> Sequence[datetime | None]:
    """Return the moments of this many refreshes, evenly until then, the first at once.

    None for all if `until` is None.
    """
    if until is None:
        return [None] * count
    return [now + (until - now) * number / count for number in range(count)]
