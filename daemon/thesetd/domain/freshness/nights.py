"""Decides when setlists are worth a refresh: nothing changes before the show's end, most changes follow within hours.

How often a setlist changes depends not on its artist, but on the time since its show. So the staleness that a refresh
saves follows from two hazards instead of a rate:

- songs appear: for most shows during the night, for some days later, for one in five never;
- existing songs are corrected: at a rate that falls with their age, for years.

Let H be a hazard integrated since the last refresh. With P = 1 - exp(-H), the probability of a change after t days,

    t P(t) - integral of P from 0 to t

is the value of a refresh at that time. With a constant rate this is the expression of `thesetd.domain.freshness.worth`.
The values of an artist's shows add up, because one call reads all of them; the artist's learned rate covers all other
changes.

Source of the numbers: fact sheet of setlist.fm, section 6 (songs by 02:44 to 07:47 UTC of the same night; the last edit
of 22 % of the shows within a day, 36 % within a week, 49 % within a month, 69 % within a year) and section 7 (22.5 % of
1,295 shows have no setlist). `SPREAD`, `CORRECTION` and `FIRST_NIGHT` are judgements without a source.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import attrs

from thesetd.domain.freshness.rate import ChangeRate
from thesetd.domain.freshness.worth import value

DAY_S = 86_400.0
APPEARS = 0.775  # share of all shows that ever get songs
MEDIAN_DAYS, SPREAD = 4.0 / 24.0, 1.8  # for those: from the end of the show to the first songs, lognormal
EDITS, SOON_DAYS = 0.25, 2.0 / 24.0  # edits per e-fold of age; within the first hours songs are still being filled in
CORRECTION = 0.2  # value of an edit, relative to the first songs
FIRST_NIGHT = 3.0  # value of a tour's first night: its songs predict those of all nights that follow
LEAST = timedelta(minutes=20)  # between two refreshes; the provider itself caches answers for a minute
PAUSE = timedelta(days=30)  # a longer pause separates two tours
AHEAD = timedelta(days=45)  # coming shows within this time count for the due time, which lies within a month
AWAITED = timedelta(days=120)  # time after a show; later changes are covered by the learned rate
_STEP = 1.15  # ratio between two ages that are tested


@attrs.frozen(kw_only=True)
class Night:
    """A past or coming show: `written_at` is since when its songs are known, None while there are none."""

    over_at: datetime
    written_at: datetime | None = None
    first: bool = False

    @property
    def weight(self) -> float:
        """The value of a change to it, relative to the first songs of an ordinary show."""
        return (FIRST_NIGHT if self.first else 1.0) * (1.0 if self.written_at is None else CORRECTION)

    def hazard(self, at: datetime) -> float:
        """Return the expected number of changes up to a moment."""
        since = (at - (self.written_at or self.over_at)).total_seconds() / DAY_S
        if since <= 0.0:
            return 0.0
        if self.written_at is not None:
            return EDITS * math.log1p(since / SOON_DAYS)
        appeared = 0.5 * math.erfc(-math.log(since / MEDIAN_DAYS) / SPREAD / math.sqrt(2.0))
        return -math.log1p(-APPEARS * appeared)


def awaited_nights(shows: Iterable[tuple[datetime, datetime | None]]) -> tuple[Night, ...]:
    """Return an artist's nights, from the ends of its shows and the times since which their songs are known.

    The first one after a pause of a month is the first of a tour.
    """
    ranked = sorted(shows, key=lambda show: show[0])
    before = [None, *(over_at for over_at, _ in ranked)]
    return tuple(
        Night(over_at=over_at, written_at=written_at, first=last is None or over_at - last > PAUSE)
        for (over_at, written_at), last in zip(ranked, before, strict=False)
    )


def timed_age_days(
    nights: Sequence[Night],
    looked_at: datetime,
    rate: ChangeRate,
    weight: float,
    threshold: float,
    *,
    oldest_days: float,
) -> float:
    """Return the age at which a copy of an artist's setlists becomes worth a call.

    Args:
        nights: the artist's recent and coming shows.
        looked_at: the last refresh.
        rate: how often the artist's setlists change otherwise.
        weight: importance divided by cost in calls.
        threshold: the value, in that unit times days, from which a call is made.
        oldest_days: the age that no copy may exceed.
    """
    age = LEAST.total_seconds() / DAY_S
    before = [night.hazard(looked_at) for night in nights]
    news, areas, last = [0.0] * len(nights), [0.0] * len(nights), 0.0
    while age < oldest_days:
        at = looked_at + timedelta(days=age)
        found = [-math.expm1(seen - night.hazard(at)) for night, seen in zip(nights, before, strict=True)]
        areas = [area + (age - last) * (a + b) / 2.0 for area, a, b in zip(areas, news, found, strict=True)]
        worth = sum(night.weight * (age * one - area) for night, one, area in zip(nights, found, areas, strict=True))
        if weight * (worth + value(rate, age)) >= threshold:
            return age
        news, last = found, age
        age = min(age * _STEP, age + _longest_step(nights, at))
    return oldest_days


def _longest_step(nights: Sequence[Night], at: datetime) -> float:
    """Return the longest step to the next tested age: not far beyond the end of the next show."""
    ahead = [(night.over_at - at).total_seconds() / DAY_S for night in nights if night.over_at > at]
    return min(ahead, default=math.inf) + LEAST.total_seconds() / DAY_S
