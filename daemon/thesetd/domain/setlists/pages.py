"""Defines the two sides of the assignment: an act's pages at setlist.fm, and its shows known from other providers."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import Enum

import attrs

from thesetd.domain.setlists.kinds import PageKind
from thesetd.domain.setlists.proximity import NOWHERE, Place, Proximity, proximity
from thesetd.domain.shows.listings import starts_together


@attrs.frozen(kw_only=True)
class SetlistPage:
    """A page of one act. `songs` are the keys of the performed songs, in order; an empty page completes no show.

    `kind` is what `kinds.kind_of` says about it.
    """

    id: str
    day: date
    place: Place = NOWHERE
    songs: tuple[str, ...] = ()
    kind: PageKind = PageKind.CONCERT
    info: str = ""
    set_names: tuple[str, ...] = ()
    last_updated: datetime | None = None

    @property
    def fullness(self) -> tuple[int, float, str]:
        """The sort key of pages of one night: the fullest last; then the one edited last, then by id."""
        return len(self.songs), self.last_updated.timestamp() if self.last_updated else 0.0, self.id


@attrs.frozen(kw_only=True)
class KnownShow:
    """A show that does not come from a page. `day` is None while it is postponed without a new date.

    `end_day` is the last day of a festival. `vacated` are days from which it was moved. Of two events that are one
    concert (a resale, an upgrade), the one with the lower `rank`, then key, represents both.
    """

    key: str
    day: date | None
    end_day: date | None = None
    start: time | None = None
    place: Place = NOWHERE
    cancelled: bool = False
    vacated: frozenset[date] = frozenset()
    rank: int = 0

    def holds(self, day: date) -> bool:
        """Return whether it takes place on a day."""
        return self.day is not None and self.day <= day <= max(self.end_day or self.day, self.day)

    def day_before(self, day: date) -> bool:
        """Return whether its last day is the one before."""
        last = None if self.day is None else max(self.end_day or self.day, self.day)
        return last is not None and last < date.max and last + timedelta(days=1) == day


class PageVerdict(Enum):
    """The verdict on a page."""

    JOINED = "joined"  # the setlist of a show
    ALIAS = "alias"  # a duplicate: another page of the same night leads
    BESIDE = "beside"  # a VIP set, session or street set attached to a show
    OWN = "own"  # a show of its own, of its own kind
    WAITING = "waiting"  # an empty page of a day from which its show was moved: it is ignored


@attrs.frozen(kw_only=True)
class Ruling:
    """An operator's decision: this page belongs to this show, or to none."""

    page: str
    show: str | None


@attrs.frozen(kw_only=True)
class Decision:
    """Where a page belongs, and why. `review` says what an operator should check, None if nothing."""

    page: str
    verdict: PageVerdict
    kind: PageKind
    show: str | None = None
    leader: str | None = None
    day: date | None = None
    completes: bool = False
    ruled: bool = False
    evidence: tuple[str, ...] = ()
    review: str | None = None


def concerts_of(events: Iterable[KnownShow]) -> dict[str, KnownShow]:
    """Return, for each event's key, the event that represents its concert.

    Those with the same day, hall and start are one.
    """
    chosen: dict[date | None, list[KnownShow]] = {}
    stands_for: dict[str, KnownShow] = {}
    for event in sorted(events, key=lambda one: (one.start is None, one.rank, one.key)):
        that_day = chosen.setdefault(event.day, [])
        same = next((other for other in that_day if _same_concert(event, other)), None)
        stands_for[event.key] = same or event
        if same is None:
            that_day.append(event)
    return stands_for


def _same_concert(one: KnownShow, other: KnownShow) -> bool:
    if one.day is None or one.day != other.day or one.end_day != other.end_day:
        return False
    if proximity(one.place, other.place) is not Proximity.SAME:
        return False
    return starts_together(one.start, other.start)
