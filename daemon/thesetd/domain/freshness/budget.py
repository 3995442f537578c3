"""Spreads a quota over time: evenly, and completely.

A quota is a rolling window: a call's place is free again when the window's length has passed, and only then. So the
pattern in which a quota is used repeats from window to window: a quota that was used up in half of a day leaves the
other half without a call, every day, and copies that change several times a day are stale for that long. Therefore
what is free is spent at the highest even pace that lasts until more becomes free, at every later moment.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import attrs

_DAY = timedelta(days=1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# Refreshes ordered per refresh in the budget, since some make fewer calls than most. Surplus ones wait at the gate, and
# are counted with the next order; the pace falls as they are made, so a quota is never used up long before its end.
MORE = 1.1
SHORTEST = 1 / 24  # of the window: calls that become free within this time may be ordered now
BRIEF = SHORTEST / 4  # of the window: of the time of such an order many have no refresh


@attrs.frozen(kw_only=True)
class Budget:
    """The calls that background work may make in any `days`, and how much of the quota is used at present.

    Attributes:
        calls: how many may be used now.
        used: how many are used.
        days: the length of the quota's window.
        whole: how many may be used once it is known what users need; `calls` if None.
        leaving: in how many days how many used calls become free, the soonest first; evenly if None.
    """

    calls: int
    used: int
    days: float = 1.0
    whole: int | None = None
    leaving: Sequence[tuple[float, float]] | None = None

    def looks_for(self, now: datetime, until: datetime, calls_per_look: float) -> int:
        """Return how many refreshes, each costing `calls_per_look`, may be ordered now for the time until then.

        This is about the time's even share, so that a free quota is not used at once, and no more than there is room
        for: what is free now, and what becomes free in that time. Surplus refreshes wait at the gate. A part of a
        refresh counts as one, so that one waits whenever there is room. Only shares of `BRIEF` times are counted from a
        fixed moment, and those of successive times add up.
        """
        days = (until - now) / _DAY
        room = self._whole - self.used + self._free_within(days)
        per_day = MORE * self._pace(days) / calls_per_look
        if days > BRIEF * self.days:
            looks = math.ceil(per_day * days)
        else:
            looks = int(per_day * (until - _EPOCH) / _DAY) - int(per_day * (now - _EPOCH) / _DAY)
        return max(0, min(looks, math.ceil(room / calls_per_look)))

    def _pace(self, days: float) -> float:
        """Return the calls per day that can be made evenly, from now until a window's length has passed."""
        free, pace = float(self._whole - self.used), self._whole / self.days
        soon = max(days, SHORTEST * self.days)
        for in_days, calls in self.leaving or ():
            if soon < in_days < self.days:
                pace = min(pace, free / in_days)
            free += calls
        return max(0.0, pace)

    @property
    def _whole(self) -> int:
        return self.calls if self.whole is None else self.whole

    def _free_within(self, days: float) -> float:
        if self.leaving is None:
            return self.used * min(1.0, days / self.days)
        return sum(calls for in_days, calls in self.leaving if in_days <= days)


def spread(count: int, now: datetime, until: datetime | None) -> Sequence[datetime | None]:
    """Return the moments of this many refreshes, evenly until then, the first at once.

    None for all if `until` is None.
    """
    if until is None:
        return [None] * count
    return [now + (until - now) * number / count for number in range(count)]
