"""How a quota is shared out over time: evenly, and to its end."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

_DAY = timedelta(days=1)
MORE = 2.0  # looks ordered for each that the budget has calls for: those that are too many wait, and no call is unused


@attrs.frozen(kw_only=True)
class Budget:
    """Calls that the background may make in any stretch of this many days, and what is used of the quota at present."""

    calls: int
    used: int
    days: float = 1.0

    def looks_for(self, now: datetime, until: datetime, calls_per_look: float) -> int:
        """Return how many looks may be ordered now for the time until then, of what costs this many calls each.

        About the time's even share, so that a quota that is free is not used at once; and about what there is room for:
        what is free now, and what leaves the rolling window in that time. Looks that are too many wait at the gate.
        Shares are counted from a fixed moment on and those of neighbouring times add up, so that nothing is lost where
        each is less than a whole look.
        """
        share = (until - now) / (_DAY * self.days)
        room = self.calls - self.used + self.used * min(1.0, share)
        per_s = MORE * self.calls / (self.days * _DAY.total_seconds() * calls_per_look)
        looks = int(per_s * until.timestamp()) - int(per_s * now.timestamp())
        return max(0, min(looks, math.ceil(room / calls_per_look)))


def spread(count: int, now: datetime, until: datetime | None) -> Sequence[datetime | None]:
    """Return the moments of this many looks, evenly until then, the first at once; None if all are at once."""
    if until is None:
        return [None] * count
    return [now + (until - now) * number / count for number in range(count)]
