"""How a quota is shared out over time: evenly, and to its end."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

_DAY = timedelta(days=1)
MORE = 1.25  # looks ordered for each that the budget has calls for: some find their answer in the cache


@attrs.frozen(kw_only=True)
class Budget:
    """Calls that the background may make in any stretch of so many days, and what is used of the quota at present."""

    calls: int
    used: int
    days: float = 1.0

    def looks_for(self, time: timedelta, calls_per_look: float) -> int:
        """Return how many looks may be ordered now for a stretch of time, of what costs so many calls each.

        No more than the stretch's even share, so that a quota that is free is not used at once; and no more than there
        is room for: what is free now, and what leaves the rolling window in that time.
        """
        share = time / (_DAY * self.days)
        room = self.calls - self.used + self.used * min(1.0, share)
        return max(0, int(min(MORE * self.calls * share, room) / calls_per_look))


def spread(count: int, now: datetime, until: datetime | None) -> Sequence[datetime | None]:
    """Return the moments of so many looks, evenly until then, the first at once; None where all are at once."""
    if until is None:
        return [None] * count
    return [now + (until - now) * number / count for number in range(count)]
