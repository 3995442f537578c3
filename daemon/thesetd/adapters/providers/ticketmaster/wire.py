"""Defines Ticketmaster's JSON as classes. Fields that may be missing have defaults; only ids are essential.

Names of segments, genres and types are translated with the locale, their ids are not: compare ids.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import attrs

from thesetd.adapters.providers.lenient import json_key, lenient_converter, read_all, read_or_none, structured
from thesetd.domain.ids import TICKETMASTER

T = TypeVar("T")

_CONVERTER = lenient_converter()


@attrs.frozen(kw_only=True)
class WireTerm:
    """A segment, genre, type or subtype; "Undefined" and "Other" are terms too."""

    id: str = ""
    name: str = ""


@attrs.frozen(kw_only=True)
class WireClassification:
    """One of several classifications of an event or attraction, usually the only one."""

    segment: WireTerm = WireTerm()
    genre: WireTerm = WireTerm()
    sub_genre: WireTerm = attrs.field(default=WireTerm(), metadata=json_key("subGenre"))
    type: WireTerm = WireTerm()
    sub_type: WireTerm = attrs.field(default=WireTerm(), metadata=json_key("subType"))


@attrs.frozen(kw_only=True)
class WireImage:
    """A picture; `fallback` ones show the genre, not the artist."""

    url: str
    width: int = 0
    ratio: str = ""
    fallback: bool = False


@attrs.frozen(kw_only=True)
class WireLink:
    """One external link; MusicBrainz has an `id`, in newer answers also a `url`."""

    url: str = ""
    id: str = ""


@attrs.frozen(kw_only=True)
class WireLinks:
    """The external links to the artist on other sites."""

    musicbrainz: tuple[WireLink, ...] = ()
    spotify: tuple[WireLink, ...] = ()


@attrs.frozen(kw_only=True)
class WireAttraction:
    """An act, but also a festival, tour, team, promoter or suite."""

    told_as: ClassVar[str] = "act"

    id: str
    name: str = ""
    test: bool = False
    images: tuple[WireImage, ...] = ()
    classifications: tuple[WireClassification, ...] = ()
    links: WireLinks = attrs.field(default=WireLinks(), metadata=json_key("externalLinks"))


@attrs.frozen(kw_only=True)
class WireCity:
    """A city; the name may carry stray blanks."""

    name: str = ""


@attrs.frozen(kw_only=True)
class WireState:
    """A state or province; absent outside the US, Canada and Australia."""

    name: str = ""
    code: str = attrs.field(default="", metadata=json_key("stateCode"))


@attrs.frozen(kw_only=True)
class WireCountry:
    """A country; the code has two letters, in back-office records three."""

    code: str = attrs.field(default="", metadata=json_key("countryCode"))


@attrs.frozen(kw_only=True)
class WireAddress:
    """A street address."""

    line1: str = ""
    line2: str = ""


@attrs.frozen(kw_only=True)
class WireLocation:
    """Degrees, which come as strings."""

    latitude: float | None = None
    longitude: float | None = None


@attrs.frozen(kw_only=True)
class WireVenue:
    """A place, often with nothing but id and name."""

    told_as: ClassVar[str] = "venue"

    id: str
    name: str = ""
    test: bool = False
    url: str = ""
    timezone: str = ""
    postal_code: str = attrs.field(default="", metadata=json_key("postalCode"))
    city: WireCity = WireCity()
    state: WireState = WireState()
    country: WireCountry = WireCountry()
    address: WireAddress = WireAddress()
    location: WireLocation = WireLocation()


@attrs.frozen(kw_only=True)
class WireStart:
    """When an event starts: local date and time, the moment in UTC, and flags for undecided parts.

    Text fields keep any type as received: a wrong type is a fault to be reported, not a gap.
    """

    local_date: Any = attrs.field(default=None, metadata=json_key("localDate"))
    local_time: Any = attrs.field(default=None, metadata=json_key("localTime"))
    instant: Any = attrs.field(default=None, metadata=json_key("dateTime"))
    date_tba: bool = attrs.field(default=False, metadata=json_key("dateTBA"))
    date_tbd: bool = attrs.field(default=False, metadata=json_key("dateTBD"))
    time_tba: bool = attrs.field(default=False, metadata=json_key("timeTBA"))
    no_time: bool = attrs.field(default=False, metadata=json_key("noSpecificTime"))


@attrs.frozen(kw_only=True)
class WireStatus:
    """The status of an event; `offsale` means that tickets are not being sold, not that the event is cancelled."""

    code: str = ""


@attrs.frozen(kw_only=True)
class WireDay:
    """A bare day: the last of several, or the original one before a postponement."""

    local_date: Any = attrs.field(default=None, metadata=json_key("localDate"))


@attrs.frozen(kw_only=True)
class WireDates:
    """The dates block; `initialStartDate` is the date before a postponement."""

    start: WireStart = WireStart()
    end: WireDay = WireDay()
    initial: WireDay = attrs.field(default=WireDay(), metadata=json_key("initialStartDate"))
    status: WireStatus = WireStatus()
    timezone: str = ""


@attrs.frozen(kw_only=True)
class WirePrice:
    """A range of prices; some are 0.0 to 0.0."""

    type: str = ""
    currency: str = ""
    min: float | None = None
    max: float | None = None


@attrs.frozen(kw_only=True)
class WireSale:
    """When tickets are sold; a start in 1900 is a placeholder, and flags mark an undecided one."""

    start: Any = attrs.field(default=None, metadata=json_key("startDateTime"))
    end: Any = attrs.field(default=None, metadata=json_key("endDateTime"))
    start_tba: bool = attrs.field(default=False, metadata=json_key("startTBA"))
    start_tbd: bool = attrs.field(default=False, metadata=json_key("startTBD"))


@attrs.frozen(kw_only=True)
class WireSales:
    """The sales of an event: only the public sale."""

    public: WireSale = WireSale()


@attrs.frozen(kw_only=True)
class WireParts:
    """What an event embeds."""

    venues: tuple[WireVenue, ...] = ()
    attractions: tuple[WireAttraction, ...] = ()


@attrs.frozen(kw_only=True)
class WireEvent:
    """An event: a concert, or an add-on of one."""

    told_as: ClassVar[str] = "show"

    id: str
    name: str = ""
    test: bool = False
    url: str = ""
    images: tuple[WireImage, ...] = ()
    dates: WireDates = WireDates()
    sales: WireSales = WireSales()
    prices: Any = attrs.field(default=None, metadata=json_key("priceRanges"))  # as received, like dates
    classifications: tuple[WireClassification, ...] = ()
    parts: WireParts = attrs.field(default=WireParts(), metadata=json_key("_embedded"))


@attrs.frozen(kw_only=True)
class WirePage:
    """The page block; `size` is the size actually used."""

    size: int | None = None
    total: int | None = attrs.field(default=None, metadata=json_key("totalElements"))
    pages: int | None = attrs.field(default=None, metadata=json_key("totalPages"))


def read_one(body: Mapping[str, Any], cls: type[T]) -> T:
    """Read a body that is one object.

    Raises:
        BadPayload: it has no id.
    """
    return structured(_CONVERTER, TICKETMASTER, body, cls)


def read_price(value: Any) -> WirePrice | None:
    """Read a range of prices; None if it is invalid."""
    return read_or_none(_CONVERTER, value, WirePrice)


def read_page(body: Mapping[str, Any]) -> WirePage | None:
    """Read the page block; None if it is missing: then the body is not a list."""
    block = body.get("page")
    return structured(_CONVERTER, TICKETMASTER, block, WirePage) if isinstance(block, Mapping) else None


def read_items(body: Mapping[str, Any], key: str, cls: type[T]) -> tuple[int, tuple[T, ...]]:
    """Read the list `_embedded.<key>`, absent in an empty result: its length as sent, and its usable items."""
    embedded = body.get("_embedded")
    items = embedded.get(key) if isinstance(embedded, Mapping) else None
    return len(items) if isinstance(items, list) else 0, read_all(_CONVERTER, items, cls)
