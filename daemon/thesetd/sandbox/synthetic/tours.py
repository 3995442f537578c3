"""Makes tours and festivals: which artist plays where and when.

A tour belongs to the year in which it begins and depends on nothing but seed, artist and year. So the world is stable:
a coming show stays the same show when it is past.
"""

from datetime import date, time, timedelta
from enum import Enum
from random import Random

import attrs

from thesetd.sandbox.synthetic.chance import happens, stream
from thesetd.sandbox.synthetic.ids import MAX_OWNERS
from thesetd.sandbox.synthetic.names import album_title, festival_name
from thesetd.sandbox.synthetic.places import Venue
from thesetd.sandbox.synthetic.roster import Artist

FESTIVALS = 6
FIRST_FESTIVAL = MAX_OWNERS - FESTIVALS  # festivals are owners of ids too, numbered after the artists
LINE_UP = 12
_MAX_SHOWS = 24
_DOORS = (time(19, 0), time(19, 30), time(20, 0), time(20, 30))


class EventStatus(Enum):
    """Ticketmaster's status codes, in the order of their shares here."""

    ONSALE = "onsale"
    OFFSALE = "offsale"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    POSTPONED = "postponed"


_SHARES = (76, 13, 5, 3, 3)


class AddOn(Enum):
    """Events that are not concerts although they share everything with one.

    The value is appended to the show's name.
    """

    VIP = " | VIP Packages"
    PARKING = " - Parking"
    RESALE = ""


@attrs.frozen(kw_only=True)
class Show:
    """One evening of a tour. `local_time` None: to be announced; `before` is the day it was moved from.

    `owner`, `year` (in which the tour began) and `number` (within it) name the show in every id that is made for it.
    """

    owner: int
    year: int
    number: int
    day: date
    local_time: time | None
    venue: Venue
    tour: str
    status: EventStatus
    before: date | None = None
    support: bool = False
    add_ons: tuple[AddOn, ...] = ()

    @property
    def played(self) -> bool:
        """Return whether it takes place on its day."""
        return self.status not in {EventStatus.CANCELLED, EventStatus.POSTPONED}


@attrs.frozen(kw_only=True)
class Festival:
    """One year of a festival: three days in one place."""

    index: int
    year: int
    name: str
    first_day: date
    venue: Venue
    line_up: tuple[int, ...]

    @property
    def owner(self) -> int:
        """Return its number among the owners of ids."""
        return FIRST_FESTIVAL + self.index

    def day_of(self, artist: int) -> date:
        """Return the day on which an artist of the line-up plays."""
        return self.first_day + timedelta(days=self.line_up.index(artist) % 3)


def make_tour(seed: int, artist: Artist, year: int, venues: tuple[Venue, ...]) -> tuple[Show, ...]:
    """Make the tour that an artist begins in a year and may end in the next; a quarter of the years have none."""
    dice = stream(seed, "tour", artist.index, year)
    if happens(dice, 0.25):
        return ()
    day = date(year, 1, 1) + timedelta(days=dice.randint(0, 364))
    name = dice.choice((f"{album_title(dice)} Tour", f"World Tour {year}", "", "No tour info"))
    route = dice.sample(venues, min(len(venues), dice.randint(4, 6 + artist.popularity * (_MAX_SHOWS - 6) // 100)))
    supported = happens(dice, 0.6)
    shows = []
    for number, venue in enumerate(route):
        evening = Show(
            owner=artist.index,
            year=year,
            number=number,
            day=day,
            local_time=dice.choice(_DOORS),
            venue=venue,
            tour=name,
            status=EventStatus.ONSALE,
            support=supported,
        )
        shows.append(_as_it_comes(evening, dice))
        day += timedelta(days=dice.randint(1, 4))
    return tuple(shows)


def _as_it_comes(show: Show, dice: Random) -> Show:
    """Apply random events to a planned show: a move, a cancellation, no time yet, add-ons."""
    (status,) = dice.choices(tuple(EventStatus), _SHARES)
    moved = status is EventStatus.POSTPONED or (status is EventStatus.RESCHEDULED and happens(dice, 0.5))
    return attrs.evolve(
        show,
        status=status,
        before=show.day - timedelta(days=90) if moved else None,
        local_time=None if happens(dice, 0.04) else show.local_time,
        add_ons=tuple(add_on for add_on in AddOn if happens(dice, 0.07)),
    )


def festival_title(seed: int, index: int) -> str:
    """Return a festival's name, the same every year."""
    return festival_name(stream(seed, "festival name", index))


def make_festivals(seed: int, year: int, artists: int, venues: tuple[Venue, ...]) -> tuple[Festival, ...]:
    """Make the festivals of one year; name and ground stay from year to year."""
    festivals = []
    for index in range(FESTIVALS):
        dice = stream(seed, "festival", index, year)
        festivals.append(
            Festival(
                index=index,
                year=year,
                name=festival_title(seed, index),
                venue=stream(seed, "festival", index).choice(venues),
                first_day=date(year, 6, 1) + timedelta(days=dice.randint(0, 80)),
                line_up=tuple(dice.sample(range(artists), min(LINE_UP, artists))),
            )
        )
    return tuple(festivals)
