"""How well a night that pages tell of fits a show: by place, day, hour and size."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, time, timedelta

from thesetd.domain.setlists.clusters import Cluster
from thesetd.domain.setlists.hints import HintTurn
from thesetd.domain.setlists.pages import Event, Page, minutes_apart
from thesetd.domain.setlists.proximity import Proximity, proximity

PLACE = {Proximity.SAME: 100.0, Proximity.CITY: 60.0, Proximity.UNKNOWN: 30.0}
SPAN = -10.0  # an event of several days, beside one of the day itself
ACROSS_MIDNIGHT = -40.0  # a page of the next day, or of the day before a show in the small hours
LATE_START = time(21)  # from which a show may end after midnight
DAWN = time(5)  # before which a show belongs to the night of the day before
HOUR_FITS, HOUR_DIFFERS = 30.0, -30.0
CLOCK_MINUTES = 90  # between a note's clock and the start of the show
EVENING = time(20)  # before which a lone show counts as the early one
SONG, MOST_SONGS = 0.1, 30  # of two pages that fit alike the fuller one is joined
LONGEST_DAYS = 60  # no event is looked for on later days of its own


class Fits:
    """The pages and concerts of one act by day, and how they fit."""

    def __init__(self, pages: Sequence[Page], shows: Sequence[Event]) -> None:
        self._pages: dict[date, list[Page]] = defaultdict(list)
        for page in pages:
            self._pages[page.day].append(page)
        self._shows: dict[date, list[Event]] = defaultdict(list)
        for show in shows:
            for day in _days(show):
                self._shows[day].append(show)

    def around(self, day: date) -> Sequence[Event]:
        """Return the shows that take place on a day, end on the day before, or begin in the night that follows."""
        return self._shows.get(day, ())

    def on(self, day: date) -> list[Event]:
        """Return the shows that take place on a day."""
        return [show for show in self.around(day) if show.holds(day)]

    def weight(self, cluster: Cluster, show: Event) -> float:
        """Return how well a night fits a show, 0 if not at all."""
        page = cluster.leader
        close = proximity(page.place, show.place)
        if close is Proximity.FAR:
            return 0.0
        if show.holds(page.day):
            day = SPAN if show.end_day not in {None, show.day} else 0.0
        elif self._across_midnight(page, show):
            day = ACROSS_MIDNIGHT
        else:
            return 0.0
        return PLACE[close] + day + self._hour(cluster, show) + min(len(page.songs), MOST_SONGS) * SONG

    def _across_midnight(self, page: Page, show: Event) -> bool:
        """Whether only a midnight is between page and show: same hall, and nothing else of the act that day."""
        after = show.day_before(page.day) and (show.start is None or show.start >= LATE_START)
        return (
            (after or (_in_small_hours(show) and not show.day_before(page.day)))
            and proximity(page.place, show.place) is Proximity.SAME
            and not self.on(page.day)
            and all(proximity(one.place, page.place) is Proximity.SAME for one in self._pages[page.day])
        )

    def _hour(self, cluster: Cluster, show: Event) -> float:
        """Return what the page's note about the hour adds."""
        hint = cluster.hint
        if hint.clock is not None and show.start is not None:
            return HOUR_FITS if minutes_apart(hint.clock, show.start) <= CLOCK_MINUTES else HOUR_DIFFERS
        if hint.turn is None:
            return 0.0
        there = [
            other
            for other in self.on(cluster.leader.day)
            if other.key == show.key or proximity(other.place, show.place) is Proximity.SAME
        ]
        if len(there) > 1:
            wanted = there[0] if hint.turn is HintTurn.EARLY else there[-1]
            return HOUR_FITS if wanted.key == show.key else HOUR_DIFFERS
        if show.start is None:
            return 0.0
        return HOUR_FITS if (show.start < EVENING) is (hint.turn is HintTurn.EARLY) else 0.0


def _in_small_hours(show: Event) -> bool:
    return show.start is not None and show.start < DAWN


def _days(show: Event) -> list[date]:
    """Return the days of a show and those beside them on which its page may be dated, across a midnight."""
    if show.day is None:
        return []
    length = min(max(((show.end_day or show.day) - show.day).days, 0), LONGEST_DAYS) + 1
    room = (date.max - show.day).days
    first = -1 if _in_small_hours(show) and show.day > date.min else 0
    return [show.day + timedelta(days=number) for number in range(first, min(length, room) + 1)]
