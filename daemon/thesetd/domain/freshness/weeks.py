"""Decides which weeks of coming shows are read again, for providers that list the shows of a country by date.

What ages is a calendar week in one country. It keeps when it was read and how many shows it held, whatever the day is,
so nothing is forgotten or read twice as time passes. How often a show changes depends on how far ahead it is, though,
and not on the week: shows are cancelled, moved and filled up in their last weeks. A rate of the week's own would be
that of the distance at which it was learned, a month or two ago, and near weeks would be read as rarely as far ones.
So the rate is learned for each country and distance (`DISTANCES`), from the number of shows that changed between two
readings, per show and day; a week has the rate of the distance at which it is.

A week is due when a reading is worth its calls, by the threshold of the artists' copies of shows, with which it shares
a budget (`thesetd.domain.freshness.worth`): each of its shows counts like a copy. The ages between which this decides
are bounded: above, because what is withdrawn must be found however seldom that happens; below, because a large unused
quota is no reason to read the same pages all day. If the calls do not suffice, all weeks come late in proportion.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import attrs

from thesetd.domain.freshness.nights import DAY_S
from thesetd.domain.freshness.rate import ChangeRate
from thesetd.domain.freshness.worth import value
from thesetd.domain.ids import ProviderName
from thesetd.domain.shows.sweep import PAGE_SIZE

YEAR = timedelta(days=366)
WEEK = timedelta(days=7)
KEPT = 2 * WEEK  # until a past week is forgotten
PART = 0.5  # of a run's calls: weeks leave the others to artists, of whom users asked for each
UNDATED_AGE = timedelta(hours=23)  # the lists of shows without a date are read once a day: two calls or a few more
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_HOUR = timedelta(hours=1)
_NEVER = float("inf")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@attrs.frozen
class Distance:
    """How weeks are read that are at least so many weeks ahead: at ages from `least` to `most`.

    `per_day` is how often one of their shows usually changes; it only counts until rates are learned.
    """

    weeks: int
    least: timedelta
    most: timedelta
    per_day: float


# All of these are judgements. With calls to spare the year is read once a day, and the nearest week each hour. With a
# small quota the next four weeks are still read once a day, and the others every third or seventh day. The least ages
# are a little below whole hours, since runs are an hour apart.
DISTANCES = (
    Distance(0, 0.9 * _HOUR, _DAY, 1 / 20),
    Distance(1, 1.9 * _HOUR, _DAY, 1 / 30),
    Distance(2, 3.9 * _HOUR, _DAY, 1 / 40),
    Distance(4, 7.9 * _HOUR, 3 * _DAY, 1 / 60),
    Distance(8, 11.9 * _HOUR, 3 * _DAY, 1 / 80),
    Distance(13, 23.9 * _HOUR, 7 * _DAY, 1 / 150),
    Distance(26, 23.9 * _HOUR, 7 * _DAY, 1 / 300),
)


@attrs.frozen
class Week:
    """A calendar week in a country; it begins on a Monday (UTC)."""

    country: str
    begins: date

    @property
    def since(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.begins, time(), UTC)

    @property
    def until(self) -> datetime:
        """Its last second."""
        return self.since + WEEK - _SECOND


@attrs.frozen(kw_only=True)
class WeekCopy:
    """What is stored of a week: when it was last read, how many shows it held then, and how important they are.

    A week whose reading was interrupted was read up to `read_until`, since `begun_at`.
    """

    looked_at: datetime | None = None
    shows: int = 0
    importance: float = 0.0
    begun_at: datetime | None = None
    read_until: datetime | None = None


@attrs.frozen(kw_only=True)
class WeekLook:
    """A reading that has come to `reached`: weeks of one country and distance, in order, that were not read before.

    `changed` shows were found since it was last stored. An earlier run began with the first week at `first_begun_at`,
    unless that is None. Without weeks it is the reading of the shows that have no date.
    """

    provider: ProviderName
    country: str = ""
    weeks: tuple[date, ...] = ()
    begun_at: datetime
    first_begun_at: datetime | None = None
    reached: datetime
    changed: int = 0

    def begun_at_of(self, week: Week) -> datetime:
        """Return when the reading of a week began."""
        return self.first_begun_at if self.first_begun_at and week.begins == self.weeks[0] else self.begun_at

    def complete(self) -> tuple[Week, ...]:
        """Return the weeks that are read to their ends."""
        return tuple(week for week in self._weeks() if week.until <= self.reached)

    def current(self) -> Week | None:
        """Return the week in which the reading is."""
        return next((week for week in self._weeks() if week.since <= self.reached < week.until), None)

    def _weeks(self) -> Iterable[Week]:
        return (Week(self.country, begins) for begins in self.weeks)


@attrs.frozen(kw_only=True)
class DueWeek:
    """A week that is to be read. `late` is its age in proportion to the oldest that it may get."""

    week: Week
    copy: WeekCopy
    late: float
    worth: float
    pages: float

    @property
    def place(self) -> tuple[bool, float, float, date, str]:
        """Its place: weeks that were begun, then those that are too old, then by worth; of equals the nearest first."""
        begun, late = self.copy.read_until is not None, self.late if self.late >= 1.0 else 0.0
        return not begun, -late, -self.worth, self.week.begins, self.week.country


@attrs.frozen(kw_only=True)
class WeekIndex:
    """The weeks of one provider as they are stored, and the learned rates by country and distance.

    `threshold` is that of the copies of artists' shows, 0 while none of these needs calls.
    """

    weeks: Mapping[Week, WeekCopy] = attrs.field(factory=dict)
    rates: Mapping[tuple[str, int], ChangeRate] = attrs.field(factory=dict)
    threshold: float = 0.0
    undated_at: datetime | None = None

    def due(self, countries: Collection[str], now: datetime, *, before: datetime | None = None) -> list[DueWeek]:
        """Return the weeks of the year ahead that are due, in the order in which to read them.

        With `before`, all that were last read before that moment are.
        """
        found = (self._due(Week(country, begins), now) for country in countries for begins in mondays(now))
        if before is not None:
            due = (one for one in found if one.copy.looked_at is None or one.copy.looked_at < before)
        else:
            due = (one for one in found if self._is_due(one, now))
        return sorted(due, key=lambda one: one.place)

    def is_undated_due(self, now: datetime) -> bool:
        """Return whether the shows without a date are due."""
        return self.undated_at is None or now - self.undated_at >= UNDATED_AGE

    def _due(self, week: Week, now: datetime) -> DueWeek:
        copy, far = self.weeks.get(week, WeekCopy()), distance(week.begins, now)
        if copy.begun_at is not None and now - copy.begun_at >= WEEK:
            copy = attrs.evolve(copy, begun_at=None, read_until=None)  # what was read is now too old
        if copy.looked_at is None:
            pages = self._usual_shows(week.country) / PAGE_SIZE
            return DueWeek(week=week, copy=copy, late=_NEVER, worth=0.0, pages=pages)
        age, pages = now - copy.looked_at, copy.shows / PAGE_SIZE
        rate = self.rates.get((week.country, far.weeks), ChangeRate(far.per_day))
        worth = copy.importance / max(1.0, pages) * value(rate, max(0.0, age.total_seconds() / DAY_S))
        return DueWeek(week=week, copy=copy, late=age / far.most, worth=worth, pages=pages)

    def _is_due(self, one: DueWeek, now: datetime) -> bool:
        if one.late >= 1.0 or one.copy.read_until is not None:
            return True
        assert one.copy.looked_at is not None
        is_old = now - one.copy.looked_at >= distance(one.week.begins, now).least
        return is_old and one.worth > self.threshold

    def _usual_shows(self, country: str) -> float:
        known = [copy.shows for week, copy in self.weeks.items() if week.country == country and copy.looked_at]
        return sum(known) / len(known) if known else 0.0


@attrs.frozen(kw_only=True)
class Stretch:
    """Adjacent weeks of a country and a distance, which are read as one period; both ends are included.

    An earlier run began with the first of them, at `first_begun_at`, unless that is None.
    """

    weeks: tuple[Week, ...]
    since: datetime
    begun_at: datetime
    first_begun_at: datetime | None = None

    @property
    def country(self) -> str:
        """The country of all of them."""
        return self.weeks[0].country

    @property
    def until(self) -> datetime:
        """The last second of the last one."""
        return self.weeks[-1].until

    def look(self, provider: ProviderName, reached: datetime, changed: int) -> WeekLook:
        """Return the reading when it has come to `reached`."""
        begins = tuple(week.begins for week in self.weeks)
        return WeekLook(
            provider=provider,
            country=self.country,
            weeks=begins,
            begun_at=self.begun_at,
            first_begun_at=self.first_begun_at,
            reached=reached,
            changed=changed,
        )

    def after(self, look: WeekLook) -> "Stretch":
        """Return what is left of it when a reading has come so far."""
        weeks = tuple(week for week in self.weeks if week not in look.complete())
        same = weeks[:1] == self.weeks[:1]
        return attrs.evolve(self, weeks=weeks, first_begun_at=self.first_begun_at if same else None)


def next_stretch(due: Sequence[DueWeek], now: datetime) -> Stretch:
    """Return what to read first of the weeks that are due: the first one, and those that follow it at its distance.

    Few shows are left on the last page of a period, so weeks are read together. A week that was begun is continued.
    """
    first, others = due[0], {one.week: one for one in due}
    weeks, week = [first.week], first.week
    while (one := others.get(Week(week.country, week.begins + WEEK))) is not None and _are_alike(first, one, now):
        week = one.week
        weeks.append(week)
    read_until = first.copy.read_until
    since = max(first.week.since, _yesterday(now)) if read_until is None else read_until + _SECOND
    return Stretch(weeks=tuple(weeks), since=since, begun_at=now, first_begun_at=first.copy.begun_at)


def _are_alike(first: DueWeek, one: DueWeek, now: datetime) -> bool:
    """Return whether two weeks teach the same rate: one that was never read teaches none."""
    known = {due.copy.looked_at is not None for due in (first, one)}
    same = distance(first.week.begins, now) == distance(one.week.begins, now)
    return len(known) == 1 and same and one.copy.read_until is None


def calls_of(due: Iterable[DueWeek], now: datetime) -> float:
    """Return how many calls weeks take, about: those of one country and distance are read together."""
    pages: dict[tuple[str, Distance], float] = {}
    for one in due:
        key = one.week.country, distance(one.week.begins, now)
        pages[key] = pages.get(key, 0.0) + one.pages
    return sum(max(1.0, each) for each in pages.values())


def calls_of_run(calls: float, now: datetime, until: datetime) -> int:
    """Return how many whole calls a run has until the next one, if each has so many: parts add up from run to run."""
    number = (now - _EPOCH) / (until - now)
    return int(calls * (number + 1.0)) - int(calls * number)


def mondays(now: datetime) -> list[date]:
    """Return the beginnings of the weeks from yesterday to the end of the year ahead."""
    first, last = _monday(_yesterday(now).date()), (now + YEAR).date()
    return [first + number * WEEK for number in range((last - first) // WEEK + 1)]


def distance(begins: date, now: datetime) -> Distance:
    """Return how far ahead a week is."""
    ahead = (begins - _monday(now.astimezone(UTC).date())) // WEEK
    return next((far for far in reversed(DISTANCES) if far.weeks <= ahead), DISTANCES[0])


def learned(
    rate: ChangeRate, since: datetime | None, now: datetime, *, changed: int, ages: Iterable[tuple[int, float]]
) -> ChangeRate:
    """Return the rate of a distance after weeks at it were read.

    Args:
        rate: the rate so far.
        since: when it was learned last.
        now: the present moment.
        changed: the number of shows that had changed.
        ages: of each week that was read to its end: its number of shows, and its age in days.
    """
    seen = list(ages)
    shows, days = sum(count for count, _ in seen), sum(count * age for count, age in seen)
    passed = (now - since).total_seconds() / DAY_S if since is not None else 0.0
    return rate.after_many(passed, changed=changed, item_days=days, age_days=days / shows if shows else 0.0)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _yesterday(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - _DAY
