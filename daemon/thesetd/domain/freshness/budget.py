"""Spreads a quota over time: evenly, and completely.

A quota is a rolling window: a call's place is free again when the window's length has passed, and only then. So the
pattern in which a quota is used repeats from window to window: a quota that was used up in half of a day leaves the
other half without a call, every day, and copies that change several times a day are stale for that long. Therefore
what is free is ordered at little more than the even pace, and no more of it than leaves enough for later: until more
becomes free, at every later moment, for nearly the even pace, or for the highest pace that lasts.

Only what an even pace spends within `SHORTEST` is ordered at once. Users' imports come in bursts, and so do their calls
return a day later: spent at the even pace, each burst would be free for hours, and a part of every day with it.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import attrs

_DAY = timedelta(days=1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# Of the even pace: at which much is ordered, and what is left for later. Both are judgements between full days and even
# ones, by simulated days of 200 calls; `config/developing.md` has what happens at other values.
FASTEST, SLOWEST = 1.1, 0.75
SHORTEST = 1 / 24  # of the window: what is free for this time or becomes free in it may be ordered now
BRIEF = SHORTEST / 4  # of the window: of the time of such an order many have no refresh


@attrs.frozen(kw_only=True)
class Budget:
    """The calls that background work may make in any `days`, and how much of the quota is used at present.

    Attributes:
        calls: how many may be used now.
        used: how many are used.
        days: the length of the quota's window.
        whole: how many may be used once it is known what users need; `calls` if None.
        people: how many calls users make in such a time, on average.
        leaving: in how many days how many used calls become free, the soonest first; evenly if None.
    """

    calls: int
    used: int
    days: float = 1.0
    whole: int | None = None
    leaving: Sequence[tuple[float, float]] | None = None
    people: float = 0.0

    def looks_for(self, now: datetime, until: datetime, calls_per_look: float) -> int:
        """Return how many refreshes, each costing `calls_per_look`, may be ordered now for the time until then.

        These are no more than are free now or become free in that time, less what later moments need; if much is free,
        no more than users leave of `FASTEST` times the even share of the time. Surplus refreshes wait at the gate. A
        part of a refresh counts as one, so that one waits whenever there is room. Only shares of `BRIEF` times are
        counted from a fixed moment, and those of successive times add up.
        """
        days = (until - now) / _DAY
        spare = max(0, math.ceil(self._spare(days) / calls_per_look))
        if self._whole - self.used <= SHORTEST * self._whole:
            return spare
        per_day = max(0.0, FASTEST * self._even - self.people / self.days) / calls_per_look
        if days > BRIEF * self.days:
            return min(spare, math.ceil(per_day * days))
        return min(spare, int(per_day * ((until - _EPOCH) / _DAY)) - int(per_day * ((now - _EPOCH) / _DAY)))

    def _spare(self, days: float) -> float:
        """Return the calls that may be made in this time: those that are free, and that no later moment needs."""
        free, later = float(self._whole - self.used), list[tuple[float, float]]()
        soon = max(days, SHORTEST * self.days)
        spare = free + self._free_within(days)
        for in_days, calls in self.leaving or ():
            if soon < in_days < self.days:
                later.append((in_days, free))
            free += calls
        lasting = min([SLOWEST * self._even, *(calls / in_days for in_days, calls in later)])
        return min([spare, *(calls - lasting * (in_days - days) for in_days, calls in later)])

    @property
    def _even(self) -> float:
        return self._whole / self.days

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
