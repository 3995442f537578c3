"""Scores how well a night described by pages fits a show: by place, day, hour and size."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, time, timedelta

from thesetd.domain.setlists.clusters import Cluster
from thesetd.domain.setlists.hints import HintTurn, NightHint
from thesetd.domain.setlists.kinds import SHORT, PageKind, usual_length
from thesetd.domain.setlists.pages import KnownShow, SetlistPage
from thesetd.domain.setlists.proximity import Proximity, proximity
from thesetd.domain.shows.listings import minutes_apart

PLACE = {Proximity.SAME: 100.0, Proximity.CITY: 60.0, Proximity.UNKNOWN: 30.0}
SPAN = -10.0  # an event of several days, compared with one on the day itself
ACROSS_MIDNIGHT = -40.0  # a page of the next day, or of the day before a show in the early hours
# The same if that day has such a show in the same hall too: in a run of late nights whose pages are all a day off,
# every page moves, since one would be left over otherwise. A show that begins just before midnight may have either
# date.
IN_A_RUN, AT_MIDNIGHT = -11.0, -1.0
LATE_START, VERY_LATE = time(21), time(23)  # start times from which a show may end, or is mostly played, after midnight
DAWN = time(5)  # a show that starts earlier belongs to the night of the day before
HOUR_FITS, HOUR_DIFFERS = 30.0, -30.0
DAY_MINUTES = 24 * 60
CLOCK_MINUTES = 90  # between the time in a note and the start of the show
EVENING = time(20)  # a lone show that starts before this counts as the early one
SONG, MOST_SONGS = 0.1, 30  # if two pages fit equally, the fuller one is joined
AFTERNOON, EVENING_TOO = time(17), 6.0  # a small set before this is an addition to the evening's concert
CANCELLED = -20.0  # a cancelled show, if another one in that hall on that day took place
MANY = 99  # more than the number of shows in a day
LONGEST_DAYS = 60  # events are not searched on later days than this


class Fits:
    """The pages and concerts of one act by day, and how well they fit."""

    def __init__(self, pages: Sequence[SetlistPage], shows: Sequence[KnownShow]) -> None:
        self._pages: dict[date, list[SetlistPage]] = defaultdict(list)
        for page in pages:
            self._pages[page.day].append(page)
        self._usual = usual_length(len(page.songs) for page in pages if page.kind is PageKind.CONCERT)
        self._shows: dict[date, list[KnownShow]] = defaultdict(list)
        for show in shows:
            for day in _days(show):
                self._shows[day].append(show)

    def around(self, day: date) -> Sequence[KnownShow]:
        """Return the shows that take place on a day, end on the day before, or begin in the night that follows."""
        return self._shows.get(day, ())

    def on(self, day: date) -> list[KnownShow]:
        """Return the shows that take place on a day."""
        return [show for show in self.around(day) if show.holds(day)]

    def evening_after(self, page: SetlistPage) -> list[KnownShow]:
        """Return the shows of the next day in a page's hall."""
        if page.day == date.max:
            return []
        there = self._shows.get(page.day + timedelta(days=1), ())
        return [
            show
            for show in there
            if show.day is not None and show.day > page.day and proximity(page.place, show.place) is Proximity.SAME
        ]

    def is_small(self, page: SetlistPage) -> bool:
        """Return whether a page has clearly fewer songs than the act's concerts."""
        return 0 < len(page.songs) < SHORT * (self._usual or 0)

    def very_late(self, page: SetlistPage) -> list[KnownShow]:
        """Return the shows in a page's hall that were mostly played on the page's day, though dated otherwise."""
        return [
            show
            for show in self.around(page.day)
            if not show.holds(page.day) and show.day_before(page.day) and (show.start or time.min) >= VERY_LATE
            if proximity(page.place, show.place) is Proximity.SAME
        ]

    def weight(self, cluster: Cluster, show: KnownShow) -> float:
        """Return how well a night fits a show; 0 if it does not fit."""
        page = cluster.leader
        close = proximity(page.place, show.place)
        if close is Proximity.FAR:
            return 0.0
        if show.holds(page.day):
            day = SPAN if show.end_day not in {None, show.day} else 0.0
        elif (across := self._across_midnight(cluster, show)) is not None:
            day = across
        else:
            return 0.0
        size = self._size(page, show) + min(len(page.songs), MOST_SONGS) * SONG
        day += CANCELLED if show.cancelled else 0.0
        return PLACE[close] + day + self._hour(cluster, show) + size

    def _across_midnight(self, cluster: Cluster, show: KnownShow) -> float | None:
        """Return the penalty for a midnight between page and show, None if they are further apart.

        They must be in the same hall, and on that day the act must have no page elsewhere, and no show except the next
        of a run.
        """
        page = cluster.leader
        after = show.day_before(page.day)
        late = show.start is None or show.start >= LATE_START if after else _in_small_hours(show)
        if not late or proximity(page.place, show.place) is not Proximity.SAME:
            return None
        if any(proximity(one.place, page.place) is not Proximity.SAME for one in self._pages[page.day]):
            return None
        next_ones = self.on(page.day)
        if not next_ones:
            return ACROSS_MIDNIGHT
        if cluster.hint or not all(_in_a_run(show, other) for other in next_ones):
            return None
        return AT_MIDNIGHT if not after or (show.start or time.min) >= VERY_LATE else IN_A_RUN

    def _size(self, page: SetlistPage, show: KnownShow) -> float:
        """Return what the number of songs adds if a hall has an afternoon show and an evening show."""
        if show.start is None or not DAWN <= show.start < AFTERNOON:
            return 0.0
        beside = (
            other
            for other in self.on(page.day)
            if other.start is not None and other.start >= AFTERNOON
            if proximity(other.place, show.place) is Proximity.SAME
        )
        if not any(beside):
            return 0.0
        return EVENING_TOO if self.is_small(page) else -EVENING_TOO

    def _hour(self, cluster: Cluster, show: KnownShow) -> float:
        """Return what the page's note about the hour adds to the score."""
        hint = cluster.hint
        if hint.clock is not None and show.start is not None:
            apart = minutes_apart(hint.clock, show.start)
            if hint.clock < DAWN and show.start >= LATE_START:
                apart = DAY_MINUTES - apart
            return HOUR_FITS if apart <= CLOCK_MINUTES else HOUR_DIFFERS
        if hint.turn is None:
            return 0.0
        there = [
            other
            for other in self.on(cluster.leader.day)
            if other.key == show.key or proximity(other.place, show.place) is Proximity.SAME
        ]
        if len(there) > 1:
            wanted = there[min(_place_of(hint), len(there)) - 1]
            return HOUR_FITS if wanted.key == show.key else HOUR_DIFFERS
        if show.start is None:
            return 0.0
        return HOUR_FITS if (show.start < EVENING) is (hint.turn is HintTurn.EARLY) else 0.0


def _in_small_hours(show: KnownShow) -> bool:
    return show.start is not None and show.start < DAWN


def _place_of(hint: NightHint) -> int:
    """Return which show of a day a note means, counted from 1; a number beyond the last means the last."""
    if hint.turn is HintTurn.EARLY:
        return 1
    return 2 if hint.counted else MANY


def _in_a_run(show: KnownShow, other: KnownShow) -> bool:
    """Return whether two shows are late nights of one kind in one hall."""
    if show.start is None or other.start is None or proximity(show.place, other.place) is not Proximity.SAME:
        return False
    return _in_small_hours(other) if _in_small_hours(show) else other.start >= LATE_START


def _days(show: KnownShow) -> list[date]:
    """Return the days that a show's page may be dated: its own and, across a midnight, the adjacent ones."""
    if show.day is None:
        return []
    length = min(max(((show.end_day or show.day) - show.day).days, 0), LONGEST_DAYS) + 1
    room = (date.max - show.day).days
    first = -1 if _in_small_hours(show) and show.day > date.min else 0
    return [show.day + timedelta(days=number) for number in range(first, min(length, room) + 1)]
