"""Which weeks of coming shows are read when: by what was learned of their distance, within bounds and calls."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_weeks import FakeWeeks
from thesetd.domain.freshness.rate import ChangeRate
from thesetd.domain.freshness.weeks import (
    DISTANCES,
    WEEK,
    Stretch,
    Week,
    WeekCopy,
    WeekIndex,
    calls_of_run,
    distance,
    learned,
    mondays,
    next_stretch,
)
from thesetd.domain.ids import TICKETMASTER

NOW = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THRESHOLD = 0.5


@attrs.define
class Reader:
    """Reads weeks hour by hour; each of their shows changes `per_day` times, by country and week."""

    per_day: Callable[[Week, datetime], float]
    shows: Callable[[Week], int] = lambda _: 100
    calls: float = 100.0
    countries: tuple[str, ...] = ("DE",)
    threshold: float = THRESHOLD
    now: datetime = NOW
    rng: random.Random = attrs.field(factory=lambda: random.Random(7))
    kept: FakeWeeks = attrs.field(factory=FakeWeeks)
    read: dict[Week, list[datetime]] = attrs.field(factory=lambda: defaultdict(list))
    spent: list[float] = attrs.field(factory=list)

    def index(self) -> WeekIndex:
        """Return what is stored."""
        return self.kept.index(TICKETMASTER, self.countries, self.threshold)

    def hour(self) -> None:
        """Read what is due with the calls of an hour."""
        left = self.calls
        while (due := self.index().due(self.countries, self.now)) and left > 0.0:
            stretch = next_stretch(due, self.now)
            stretch, cost = self.afford(stretch, left)
            left -= cost
            changed = sum(map(self.changed, stretch.weeks))
            look = stretch.look(TICKETMASTER, stretch.until, changed)
            self.kept.look(look, lambda week: (self.shows(week), float(self.shows(week))), self.now)
            for week in stretch.weeks:
                self.read[week].append(self.now)
        self.spent.append(self.calls - left)
        self.now += HOUR

    def afford(self, stretch: Stretch, left: float) -> tuple[Stretch, float]:
        """Return the weeks of a stretch that are read until the calls are spent, and what they cost."""
        count, pages = 0, 0.0
        while count < len(stretch.weeks) and pages < left:
            pages += self.shows(stretch.weeks[count]) / 200
            count += 1
        return attrs.evolve(stretch, weeks=stretch.weeks[:count]), max(1.0, pages)

    def changed(self, week: Week) -> int:
        """Draw how many shows of a week have changed since it was read."""
        if not self.read[week]:
            return self.shows(week)
        days = (self.now - self.read[week][-1]) / DAY
        mean = self.per_day(week, self.now) * days * self.shows(week)
        return min(self.shows(week), int(mean) + (self.rng.random() < mean % 1.0))

    def days(self, count: int) -> "Reader":
        """Let days pass."""
        for _ in range(24 * count):
            self.hour()
        return self

    def a_day(self, ahead: int, days: int, country: str = "DE") -> float:
        """Return how often a day a week was read while it was so many weeks ahead, lately."""
        since, count = self.now - days * DAY, 0
        for week, moments in self.read.items():
            if week.country == country:
                monday = [at - timedelta(days=at.weekday()) for at in moments if at >= since]
                count += sum((week.begins - at.date()) // WEEK == ahead for at in monday)
        return count / days


def by_distance(rates: Mapping[int, float]) -> Callable[[Week, datetime], float]:
    """Return rates that depend on the distance only."""
    return lambda week, now: rates.get(distance(week.begins, now).weeks, 0.0)


@pytest.mark.untraced
@settings(max_examples=4, deadline=None)
@given(st.floats(0.05, 0.3))
def test_weeks_that_change_are_read_more_often_than_those_that_never_do(per_day: float) -> None:
    """At each distance, in two countries of which only one has changes."""
    both = Reader(lambda week, _: per_day if week.country == "DE" else 0.0, countries=("DE", "FR")).days(8)
    for ahead in (0, 1, 3):
        busy, quiet = (both.a_day(ahead, 6, country) for country in ("DE", "FR"))
        assert busy > 1.5 * quiet, ahead


@pytest.mark.untraced
def test_near_weeks_are_read_several_times_a_day_and_far_ones_within_their_bounds() -> None:
    """What is near changes: the nearest week is read more than three times a day, the farthest once in seven."""
    reader = Reader(by_distance({0: 0.2, 1: 0.15, 2: 0.1, 4: 0.01})).days(28)
    assert reader.a_day(0, 7) > 3.0
    assert reader.a_day(0, 7) >= reader.a_day(1, 7) >= reader.a_day(3, 7) > 1.0
    assert reader.a_day(10, 14) < 0.4
    assert reader.a_day(40, 14) < 0.2


@pytest.mark.untraced
def test_no_week_gets_older_than_it_may_while_calls_suffice() -> None:
    """Nothing ever changes, and each week is nevertheless read within the oldest age of its distance."""
    reader = Reader(by_distance({}), calls=6.0).days(40)
    for begins in mondays(reader.now):
        moments = [*reader.read[Week("DE", begins)], reader.now]
        ages = [(after - at, distance(begins, at).most) for at, after in pairwise(moments)]
        assert all(age <= most + 2 * HOUR for age, most in ages), begins


@pytest.mark.untraced
def test_no_run_spends_more_than_its_calls_by_more_than_a_week() -> None:
    """Four calls an hour are not enough for the year; only what the last stretch takes is beyond them."""
    reader = Reader(by_distance({0: 0.3, 13: 0.1}), shows=lambda _: 500, calls=4.0).days(10)
    assert max(reader.spent) <= 4.0 + 2.5
    assert sum(reader.spent) / len(reader.spent) == pytest.approx(4.0, abs=1.0)


@pytest.mark.untraced
def test_with_too_few_calls_all_weeks_are_late_in_proportion() -> None:
    """A call an hour for a year of 130: after the first round near weeks are still read more often than far ones."""
    reader = Reader(by_distance({}), shows=lambda _: 500, calls=1.0).days(60)
    near, far = (reader.a_day(ahead, 30) for ahead in (1, 40))
    assert near > 4.0 * far > 0.0


@pytest.mark.untraced
def test_a_large_quota_does_not_read_the_same_weeks_all_day() -> None:
    """Whatever the threshold, a week is read again after its least age only: the nearest each hour, others less."""
    reader = Reader(by_distance({far.weeks: 1.0 for far in DISTANCES}), threshold=1e-9).days(4)
    for begins in mondays(reader.now):
        moments = reader.read[Week("DE", begins)]
        least = distance(begins, NOW).least if begins > NOW.date() + 4 * WEEK else DISTANCES[0].least
        assert all(after - at >= least for at, after in pairwise(moments))


def test_weeks_that_were_never_read_come_first_the_nearest_before_all() -> None:
    """A new database reads the year from today on, in stretches of one distance."""
    due = WeekIndex().due(("DE", "FR"), NOW)
    assert len(due) == 2 * len(mondays(NOW))
    assert [one.week for one in due[:3]] == [
        Week("DE", date(2026, 11, 23)),
        Week("FR", date(2026, 11, 23)),
        Week("DE", date(2026, 11, 30)),
    ]
    stretch = next_stretch(due, NOW)
    assert stretch.since == NOW - DAY  # of the first week only yesterday is left
    assert [week.begins for week in stretch.weeks] == [date(2026, 11, 23), date(2026, 11, 30)]


def test_a_begun_week_is_finished_first_with_those_that_follow_it() -> None:
    """It continues after the last second that was read; what was begun a week ago begins anew."""
    begun, other = Week("DE", date(2027, 2, 1)), Week("DE", date(2026, 11, 30))
    copy = WeekCopy(begun_at=NOW - HOUR, read_until=begun.since + HOUR)
    due = WeekIndex(weeks={begun: copy, other: WeekCopy(looked_at=NOW - 9 * DAY)}).due(("DE",), NOW)
    stretch = next_stretch(due, NOW)
    assert (stretch.weeks[0], stretch.since) == (begun, begun.since + HOUR + timedelta(seconds=1))
    assert [week.begins for week in stretch.weeks] == [date(2027, 2, 1) + n * WEEK for n in range(4)]
    look = stretch.look(TICKETMASTER, stretch.weeks[1].since, 0)
    assert [look.begun_at_of(week) for week in stretch.weeks[:2]] == [NOW - HOUR, NOW]
    assert (stretch.after(look).weeks, stretch.after(look).first_begun_at) == (stretch.weeks[1:], None)
    late = WeekIndex(weeks={begun: copy}).due(("DE",), NOW + 8 * DAY)
    assert next(one for one in late if one.week == begun).copy.read_until is None


def test_a_week_has_the_rate_of_its_distance_at_once() -> None:
    """What was learned of far weeks says nothing about the same week when it is near."""
    week = Week("DE", date(2027, 1, 18))
    index = WeekIndex(
        weeks={week: WeekCopy(looked_at=NOW - 12 * HOUR, shows=200, importance=200.0)},
        rates={("DE", 4): ChangeRate(1 / 60, changes=0.0, days=9e4), ("DE", 0): ChangeRate(1 / 20, 900.0, 9e3)},
        threshold=1.0,
    )
    assert week not in {one.week for one in index.due(("DE",), NOW)}
    later = attrs.evolve(index, weeks={week: attrs.evolve(index.weeks[week], looked_at=week.since - 12 * HOUR)})
    assert week in {one.week for one in later.due(("DE",), week.since)}


def test_rates_are_learned_from_counts_and_decay_by_half_in_a_month() -> None:
    """Ten of 1,000 shows changed in a day: one in a hundred; a month later that counts half."""
    rate = learned(ChangeRate(1 / 20), None, NOW, changed=10, ages=[(500, 1.0), (500, 1.0)])
    assert rate.per_day == pytest.approx(0.01, rel=0.05)
    after = learned(rate, NOW, NOW + 30 * DAY, changed=0, ages=[])
    assert (after.changes, after.days) == pytest.approx((rate.changes / 2, rate.days / 2))


@given(st.floats(0.0, 20.0))
def test_parts_of_a_call_add_up_from_run_to_run(calls: float) -> None:
    """Each run has the whole calls below or above its part, and a day of them as many as the parts."""
    runs = [calls_of_run(calls, NOW + hour * HOUR, NOW + (hour + 1) * HOUR) for hour in range(24)]
    assert all(abs(run - calls) < 1.0 + 1e-6 for run in runs)
    assert abs(sum(runs) - 24 * calls) < 1.0 + 1e-6


def test_a_reading_knows_which_weeks_it_has_read() -> None:
    """Those that end before it; it is in the next one, unless it is at the end of one."""
    due = WeekIndex().due(("DE",), NOW)
    stretch = next_stretch([one for one in due if one.week.begins > date(2027, 6, 1)], NOW)
    first, second = stretch.weeks[:2]
    inside = stretch.look(TICKETMASTER, second.since + HOUR, 0)
    assert (inside.complete(), inside.current()) == ((first,), second)
    at_end = stretch.look(TICKETMASTER, first.until, 0)
    assert (at_end.complete(), at_end.current()) == ((first,), None)


def test_hourly_runs_read_each_week_of_a_distance_together() -> None:
    """Few shows a week: the year takes a call for each stretch, and not one for each week."""
    reader = Reader(by_distance({}), shows=lambda _: 4).days(1)
    assert Counter(len(moments) for moments in reader.read.values())[0] == 0
    assert sum(reader.spent) < 2 * len(DISTANCES) + 4
