"""Decides which of the events at one place are concerts, which are add-ons, and which list the same concert again.

A shop lists a concert as several events: primary and resale, platinum, seated and standing, packages, parking, passes
of a festival. The record of an event (its type, its words) is one kind of evidence; the other events around it are the
second. So all events of a place and its days are judged together:

- an event whose record calls it an add-on is one, and belongs to the concert there on that day;
- a pass represents a festival until something else does, and then belongs to its days; so does a listing of several
  days, once all of its acts are listed by day;
- an event whose name continues another event's name, on the same day with the same acts, is an add-on of that event if
  it is cheap and early, at a part of the place, or has no hour of its own;
- events of one hour and the same acts are one concert; two hours are two.

Of several listings of one concert, the first known one represents it, so that its row stays the same. But a concert
that goes ahead is preferred to one that is postponed, cancelled, or no longer known to its provider, and one that names
the headliner to one of a support act. A resale follows its original: it represents the concert only if it was known
earlier and is on sale, and does not revive a cancelled one. When a concert moves to another day or hall, one listing
moves first: a resale and an event that continues the moved one's name stay attached to it at their old place.
"""

from collections.abc import Hashable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from enum import Enum, IntEnum
from typing import Generic, TypeVar

import attrs

from thesetd.domain.music.names import fold
from thesetd.domain.shows.addons import extends

K = TypeVar("K", bound=Hashable)

FESTIVAL_DAYS = 4  # between a pass and the days that it is valid for
CHEAP = 0.6  # share of the concert's price
EARLY = timedelta(hours=3)  # time before the concert
LATE = time(21)  # an event that begins after this hour and ends the next day is one night
# The times of doors, first act and resale of one show differ by up to this; two shows of a night are hours apart.
ONE_START_MINUTES = 45


class SoldAs(Enum):
    """The kind of an event, by the shop's record."""

    CONCERT = "concert"
    ADDON = "addon"
    PASS = "pass"  # noqa: S105 - a ticket for several days
    COPY = "copy"  # a record of the back office: no address, sales, classification or act
    RESALE = "resale"  # a resale of a concert's tickets


class Outlook(IntEnum):
    """The state of a concert by a listing; the listing with the first of these represents it."""

    GOES_AHEAD = 0
    POSTPONED = 1  # or has no date
    CANCELLED = 2
    WITHDRAWN = 3  # its provider no longer knows it


@attrs.frozen
class Stand:
    """The place and time of a listing before it moved; the hour is None if it was unknown."""

    place: str
    day: date
    hour: time | None = None


@attrs.frozen(kw_only=True)
class Listing(Generic[K]):
    """A stored event. `acts` are names, `lead` is the first, `price` the lowest; `left` is its former place and time.

    One without a date counts for its former day. `on_sale` is None if its seller does not say.
    """

    id: K
    name: str
    place: str
    day: date
    since: datetime
    last: date | None = None
    left: frozenset[Stand] = frozenset()
    hour: time | None = None
    acts: frozenset[str] = frozenset()
    lead: str | None = None
    price: float | None = None
    sold_as: SoldAs = SoldAs.CONCERT
    outlook: Outlook = Outlook.GOES_AHEAD
    on_sale: bool | None = None

    @property
    def is_concert(self) -> bool:
        """Return whether its own record calls it a concert."""
        return self.sold_as in {SoldAs.CONCERT, SoldAs.RESALE}

    @property
    def is_gone(self) -> bool:
        """Return whether its provider no longer knows it."""
        return self.outlook is Outlook.WITHDRAWN

    @property
    def is_whole(self) -> bool:
        """Return whether it is a listing of several days; a night that ends the next day does not count as several."""
        days = (self.last - self.day).days if self.last else 0
        return days > 1 or (days == 1 and (self.hour is None or self.hour < LATE))

    @property
    def since_when(self) -> tuple[datetime, int, str]:
        """The sort key of listings: the first known one first."""
        return self.since, len(self.name), str(self.id)


@attrs.frozen
class Standing(Generic[K]):
    """The verdict on an event: whether it is not a show of its own, and the show it belongs to, if known."""

    is_addon: bool
    concert: K | None = None


def standings(listings: Sequence[Listing[K]], elsewhere: Sequence[Listing[K]] = ()) -> dict[K, Standing[K]]:
    """Judge the events of one city and some days; `elsewhere` are shows that moved from there to another city."""
    order = sorted(listings, key=lambda one: (one.is_gone, one.since_when))
    concerts = [one for one in order if one.is_concert]
    found: dict[K, Standing[K]] = {}
    for one in sorted(concerts, key=lambda one: len(fold(one.name))):
        base = next((other for other in concerts if other is not one and _is_beside(one, other)), None)
        if base is not None:
            found[one.id] = Standing(is_addon=True, concert=base.id)
    for one in (one for one in concerts if one.id not in found and one.is_whole):
        if (first := _first_of_its_days(one, [other for other in concerts if other.id not in found])) is not None:
            found[one.id] = Standing(is_addon=True, concert=first.id)
    groups = _grouped([one for one in concerts if one.id not in found])
    shows = [_speaker(group) for group in groups]
    for show, group in zip(shows, groups, strict=True):
        found |= {one.id: Standing(is_addon=True, concert=show.id) for one in group}
        original = _moved_away(group, [*shows, *elsewhere])
        found[show.id] = Standing(is_addon=original is not None, concert=original.id if original else None)
    for one in (one for one in order if one.id not in found):
        near = _belongs_to(one, shows) or _left_by(one, [*shows, *elsewhere])
        stands = near is None and one.sold_as in {SoldAs.PASS, SoldAs.COPY}
        found[one.id] = Standing(is_addon=not stands, concert=near.id if near else None)
        shows += [one] if stands else []
    return {one: _to_the_end(standing, found) for one, standing in found.items()}


def starts_together(one: time | None, other: time | None) -> bool:
    """Return whether events that start at these times of one day may be one concert; an unknown time fits any."""
    return one is None or other is None or minutes_apart(one, other) <= ONE_START_MINUTES


def minutes_apart(one: time, other: time) -> int:
    """Return the minutes between two times of one day."""
    return abs(_since_midnight(one) - _since_midnight(other)) // timedelta(minutes=1)


def _grouped(concerts: Iterable[Listing[K]]) -> list[list[Listing[K]]]:
    """Group listings by concert.

    The most detailed ones come first: one without an hour would join a matinee with the evening show.
    """
    groups: list[list[Listing[K]]] = []
    for one in sorted(concerts, key=lambda one: (one.hour is None, -len(one.acts), one.since_when)):
        group = next((group for group in groups if _is_same(one, group[0])), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return groups


def _speaker(group: Sequence[Listing[K]]) -> Listing[K]:
    """Return the listing that represents a concert."""
    originals = [one for one in group if one.sold_as is not SoldAs.RESALE and not one.is_gone]
    called_off = bool(originals) and all(one.outlook is not Outlook.GOES_AHEAD for one in originals)

    def follows(one: Listing[K]) -> bool:
        if one.sold_as is SoldAs.RESALE:
            return one.on_sale is False or any(original.since <= one.since for original in originals)
        return any(one.acts < other.acts and other.lead not in {*one.acts, None} for other in originals)

    return min(
        originals if called_off else group,
        key=lambda one: (one.outlook, follows(one), not one.is_whole, one.since_when),
    )


def _first_of_its_days(whole: Listing[K], concerts: Iterable[Listing[K]]) -> Listing[K] | None:
    """Find the first of the days that list all acts of a listing of several days; None while an act has no day."""
    days = [
        one
        for one in concerts
        if not one.is_whole and not one.is_gone and fold(one.place) == fold(whole.place)
        if whole.day <= one.day <= (whole.last or whole.day) and _goes_with(one, whole)
    ]
    acts = frozenset[str]().union(*(one.acts for one in days))
    if not whole.acts <= acts or all(one.day == whole.day for one in days):
        return None
    return min(days, key=lambda one: (one.day, one.since_when))


def _moved_away(group: Sequence[Listing[K]], shows: Iterable[Listing[K]]) -> Listing[K] | None:
    """Find the show that was moved to another day or place and whose listings these are at the former one."""
    first = group[0]

    def is_left_of(show: Listing[K]) -> bool:
        return all(one.sold_as is SoldAs.RESALE or extends(one.name, [show.name]) for one in group)

    def stood_there(show: Listing[K]) -> bool:
        left = (attrs.evolve(show, place=one.place, day=one.day, hour=one.hour) for one in show.left)
        return any(_is_same(first, former) for former in left)

    moved = (show for show in shows if show.sold_as is not SoldAs.RESALE and not show.is_gone and show not in group)
    return next((show for show in moved if is_left_of(show) and stood_there(show)), None)


def _left_by(one: Listing[K], shows: Iterable[Listing[K]]) -> Listing[K] | None:
    """Find the moved show that an add-on at the old place belongs to."""
    here = fold(one.place), one.day
    moved = (show for show in shows if any((fold(left.place), left.day) == here for left in show.left))
    return next((show for show in moved if one.sold_as is SoldAs.ADDON and _goes_with(one, show)), None)


def _to_the_end(standing: Standing[K], found: dict[K, Standing[K]]) -> Standing[K]:
    """Resolve an event to its concert, not to another event that belongs to it."""
    while standing.concert in found and (above := found[standing.concert].concert) is not None:
        standing = Standing(standing.is_addon, above)
    return standing


def _is_beside(one: Listing[K], concert: Listing[K]) -> bool:
    """Return whether an event that claims to be a concert is an add-on of another one."""
    if one.day != concert.day or not _share_acts(one, concert) or not extends(one.name, [concert.name]):
        return False
    if any(of_concert and not of_one for of_concert, of_one in zip(_weak(concert), _weak(one), strict=True)):
        return False
    if fold(one.place) != fold(concert.place):
        return extends(one.place, [concert.place])
    if one.hour is None or concert.hour is None or one.hour == concert.hour:
        return True
    before = _since_midnight(concert.hour) - _since_midnight(one.hour)
    cheap = one.price is not None and concert.price is not None and one.price < CHEAP * concert.price
    return cheap and timedelta(0) < before <= EARLY


def _weak(one: Listing[K]) -> tuple[bool, bool, bool]:
    """Return in which ways a listing is weak; its add-ons must be weak in the same ways."""
    return one.is_gone, one.is_whole, one.sold_as is SoldAs.RESALE


def _is_same(one: Listing[K], other: Listing[K]) -> bool:
    """Return whether two events are one concert.

    An act plays once at a time: a listing that still has the former support is the concert, too.
    """
    if one.day != other.day or fold(one.place) != fold(other.place):
        return False
    if not starts_together(one.hour, other.hour):
        return False
    sure = None not in {one.hour, other.hour} or (one.lead is not None and one.lead == other.lead)
    if sure and _share_acts(one, other) and not (one.is_whole or other.is_whole):
        return True
    fewer, more = sorted((one.acts, other.acts), key=len)
    return fewer <= more if fewer else fold(one.name) == fold(other.name)


def _belongs_to(one: Listing[K], shows: Iterable[Listing[K]]) -> Listing[K] | None:
    """Find the show that an add-on, a pass or a copy belongs to."""
    if one.sold_as is SoldAs.COPY:
        return next((show for show in shows if _is_same(attrs.evolve(one, acts=frozenset()), _named(show))), None)
    days = FESTIVAL_DAYS if one.sold_as is SoldAs.PASS else 0
    near = [show for show in shows if abs((show.day - one.day).days) <= days and _goes_with(one, show)]
    return min(near, key=lambda show: (abs((show.day - one.day).days), show.since, str(show.id)), default=None)


def _goes_with(one: Listing[K], show: Listing[K]) -> bool:
    """Return whether an add-on goes with a show: by its acts, or by its name if it has none."""
    head, other = fold(one.name).split(), fold(show.name).split()
    return _share_acts(one, show) or bool(head and other and head[0] == other[0])


def _named(show: Listing[K]) -> Listing[K]:
    return attrs.evolve(show, acts=frozenset())


def _share_acts(one: Listing[K], other: Listing[K]) -> bool:
    return bool(one.acts & other.acts)


def _since_midnight(hour: time) -> timedelta:
    return timedelta(hours=hour.hour, minutes=hour.minute)
