"""Who is refreshed when: the index of the daemon, and what it is compared with.

Each policy says when a copy is due after a look; the copy that has been due longest gets the next call. All make the
same number of calls. (The daemon compares ages in proportion to intervals, which is the same while its threshold fits
the budget, as it does here from the beginning.)
"""

import math
from collections.abc import Sequence
from typing import ClassVar, Protocol

import attrs

from bench.freshness_worlds import World
from thesetd.domain.freshness.copies import DUE_DAYS
from thesetd.domain.freshness.rate import ChangeRate
from thesetd.domain.freshness.threshold import first_threshold, moved
from thesetd.domain.freshness.worth import due_age_days

FLOOR_DAYS = 30.0  # of Nutch's intervals
USUAL_PER_DAY = 1 / 14  # what the index takes for usual; the worlds are made with other numbers
KNOWN_CHANGES = 1e6  # an oracle's rate is one that was watched this often


class Policy(Protocol):
    """How copies are chosen. Times are days."""

    floor: float  # age in days from which copies come before all that are due, the oldest first

    def due(self, copy: int, looked: float, now: float) -> float:
        """Return when a copy that was looked at then is due."""

    def hinted(self, copy: int, now: float) -> float | None:
        """Return when a copy is due that is known to be stale; None where hints change nothing."""

    def seen(self, copy: int, age: float, *, changed: bool) -> None:
        """Take what a look found."""

    def spent(self, lag: float, age: float) -> None:
        """Hear how long the copy that got a call had been due, and how old it was."""


class Fixed:
    """Each copy at an interval of its own, whatever is found."""

    floor = math.inf

    def __init__(self, intervals: Sequence[float]) -> None:
        self.intervals = list(intervals)

    def due(self, copy: int, looked: float, now: float) -> float:
        """Return the end of the interval."""
        return looked + self.intervals[copy]

    def hinted(self, copy: int, now: float) -> float | None:
        """Take no notice."""
        return None

    def seen(self, copy: int, age: float, *, changed: bool) -> None:
        """Learn nothing."""

    def spent(self, lag: float, age: float) -> None:
        """Adapt nothing."""


def documents_plan(world: World, per_day: float) -> Fixed:
    """The fixed cron plan: the same most popular copies at every run, eleven runs a day, the others never."""
    ranked = sorted(range(len(world.rates)), key=lambda copy: -world.popularity[copy])
    often = set(ranked[: max(1, int(per_day / 11))])
    return Fixed([1 / 11 if copy in often else 1e9 for copy in range(len(world.rates))])


def tiers(world: World, per_day: float) -> Fixed:
    """Cron with tiers by popularity: 2 % every six hours, 10 % daily, the others in turn with the calls left over."""
    copies = len(world.rates)
    ranked = sorted(range(copies), key=lambda copy: -world.popularity[copy])
    first, second = int(0.02 * copies), int(0.12 * copies)
    rest = (copies - second) / (per_day - 4 * first - (second - first))
    intervals = [rest] * copies
    for rank, copy in enumerate(ranked[:second]):
        intervals[copy] = 0.25 if rank < first else 1.0
    return Fixed(intervals)


class Adaptive(Fixed):
    """Nutch's AdaptiveFetchSchedule with its defaults: a fifth sooner after a change, two fifths later after none."""

    def seen(self, copy: int, age: float, *, changed: bool) -> None:
        """Shorten or lengthen the interval."""
        self.intervals[copy] = min(FLOOR_DAYS, max(1 / 24, self.intervals[copy] * (0.8 if changed else 1.4)))


@attrs.define
class Index:
    """The daemon's: rates learned from looks, a threshold that follows the budget."""

    floor: ClassVar[float] = DUE_DAYS

    world: World
    per_day: float
    rates: list[ChangeRate] = attrs.field(init=False)
    threshold: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        copies = len(self.world.rates)
        self.rates = [self.first_rate(copy) for copy in range(copies)]
        self.threshold = first_threshold(USUAL_PER_DAY, 1.0 / copies, copies / self.per_day)

    def first_rate(self, copy: int) -> ChangeRate:
        """Return what is assumed of a copy that nobody looked at."""
        return ChangeRate(USUAL_PER_DAY)

    def due(self, copy: int, looked: float, now: float) -> float:
        """Return when the value of a refresh meets the threshold."""
        weight = self.world.importance[copy]
        return looked + due_age_days(self.rates[copy], weight, self.threshold, oldest_days=DUE_DAYS)

    def hinted(self, copy: int, now: float) -> float | None:
        """Return now where a refresh of a stale copy is worth a call."""
        worth_it = self.world.importance[copy] / self.rates[copy].per_day >= self.threshold
        return now if worth_it else None

    def seen(self, copy: int, age: float, *, changed: bool) -> None:
        """Learn the rate."""
        self.rates[copy] = self.rates[copy].after(age, changed=changed)

    def spent(self, lag: float, age: float) -> None:
        """Move the threshold."""
        self.threshold = moved(self.threshold, lag_days=lag, age_days=age, copies=len(self.rates))


class Oracle(Index):
    """The index with the true mean rates."""

    def first_rate(self, copy: int) -> ChangeRate:
        """Return the truth."""
        return known(self.world.rates[copy])

    def seen(self, copy: int, age: float, *, changed: bool) -> None:
        """Know it already."""


class OracleOfPhases(Oracle):
    """The index with the rate that each copy has at the moment, told the moment a burst begins or ends."""

    def due(self, copy: int, looked: float, now: float) -> float:
        """Return when the value meets the threshold at the rate of the moment."""
        rate = next(rate for begin, rate in reversed(self.world.phases[copy]) if begin <= now)
        self.rates[copy] = known(rate)
        return max(now, super().due(copy, looked, now))


def known(per_day: float) -> ChangeRate:
    """Return a rate of which nothing is uncertain."""
    return ChangeRate(per_day, changes=KNOWN_CHANGES, days=KNOWN_CHANGES / per_day)
