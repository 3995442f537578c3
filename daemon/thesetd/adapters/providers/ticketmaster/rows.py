"""Maps Ticketmaster's objects to rows, by pure functions.

A concert's day is its local date: the UTC date differs for more than a third of all events. Only the flags show whether
a date or time is fixed. The bill has no roles, only positions: the headliner comes first, at festivals after the
festival itself.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from thesetd.adapters.providers.ticketmaster.addons import ADDON_TYPES, holds_no_concerts, names_addon, names_pass
from thesetd.adapters.providers.ticketmaster.dates import Stated, stated_dates, stated_prices, stated_sales, together
from thesetd.adapters.providers.ticketmaster.wire import (
    WireAddress,
    WireAttraction,
    WireClassification,
    WireDates,
    WireEvent,
    WireImage,
    WireVenue,
)
from thesetd.domain.identity.statements import RecordKind
from thesetd.domain.ids import TICKETMASTER
from thesetd.domain.music.names import clean, fold, slugify
from thesetd.domain.music.records import SMALL_PX, Artist, Billing, Reject, Show, Venue
from thesetd.domain.shows.addons import extends
from thesetd.domain.shows.kept_places import keeps_place
from thesetd.domain.shows.listings import SoldAs
from thesetd.domain.shows.states import state_name
from thesetd.ports.providers import ShowDetails

MUSIC = "KZFzniwnSyZfZ7v7nJ"  # segment id; classificationName=music also finds films and theatre
TRIBUTE_BAND = "KZFzBErXgnZfZ7vAAI"
# Subtypes of the type Event Style. "Concert" is not among them: Harry Styles is one.
_FESTIVALS = frozenset(
    {
        "KZFzBErXgnZfZ7vA6E",  # Festival
        "KZFzBErXgnZfZ7vA67",  # Children's Festival
        "KZFzBErXgnZfZ7vA6A",  # Student Festival
        "KZFzBErXgnZfZ7vA6v",  # Tour
    }
)
_FESTIVAL_NAME = re.compile(r"\bfest(?:ival)?\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MANY = 5  # entries of a bill that an act with its supports does not have
# Besides acts, a bill may have the seller of the show, who is not an act; a legal form names a company.
_SELLER = re.compile(
    r".+\s(?:bookings?|booking agency|promotions?|promoters?|konzertagentur|konzertburo|concertburo|presents"
    r"|gmbh|ltd|llc|s r o|sro|sp z o o)"
)
_PLACEHOLDERS = {"Undefined", "Other"}
_MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SPOTIFY_ARTIST = re.compile(
    r"(?i:(?:open|play)\.spotify\.com/(?:intl-[a-z-]+/|embed/)?artist/|^\s*spotify:artist:)([0-9A-Za-z]{22})(?![0-9A-Za-z])"
)
_URL = re.compile(r"https?://[\w-]+(?:\.[\w-]+)+[/?#:]?\S*", re.IGNORECASE)
# "Off sale" does not mean cancelled: sold out, or sold at the door.
_STATUS = {"onsale": "scheduled", "offsale": "scheduled", "active": "scheduled", "rescheduled": "rescheduled"} | {
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "postponed": "postponed",
}
_SELLS = {"onsale": True, "offsale": False, "cancelled": False, "canceled": False}
_RESALE = "Z7r9jZ"  # prefix of the ids of resales; source: recorded events of 2019 to 2025
_MAX_IMAGE_WIDTH = 1200
# Back-office records give ISO 3166 codes of three letters. These are the countries of the Discovery Feed.
_ALPHA3 = dict(
    re.findall(
        r"(\w{3}):(\w{2})",
        "USA:US CAN:CA IRL:IE GBR:GB AUS:AU NZL:NZ MEX:MX ARE:AE AUT:AT BEL:BE DEU:DE DNK:DK ESP:ES FIN:FI NLD:NL "
        "NOR:NO POL:PL SWE:SE CHE:CH CZE:CZ ITA:IT FRA:FR ZAF:ZA TUR:TR",
    )
)


def to_artist(wire: WireAttraction, at: datetime) -> Artist | None:
    """Map a requested attraction; None if it has no name."""
    name = clean(wire.name)
    if not name:
        return None
    return Artist(
        name=name,
        slug=slugify(name, wire.id),
        fetched_at=at,
        ticketmaster_id=wire.id,
        mbid=_mbid(wire),
        spotify_id=_spotify_id(wire),
        image_url=_image(wire.images),
        small_image_url=_small_image(wire.images),
        genres=_genres(wire.classifications),
        kind=_kind(wire),
        note=", ".join(_genres(wire.classifications) or ()),
    )


def _kind(wire: WireAttraction) -> RecordKind:
    """Return what an attraction is, by the ids of its classification; a placeholder on bills is not an act."""
    terms = wire.classifications
    if any(term.sub_type.id == TRIBUTE_BAND for term in terms):
        return RecordKind.TRIBUTE
    if _is_festival(wire, first=False, alone=True) or _is_addon(wire) or keeps_place(wire.name, alone=True):
        return RecordKind.NO_ACT
    segments = {term.segment.id for term in terms if term.segment.id and term.segment.name not in _PLACEHOLDERS}
    if segments and MUSIC not in segments:
        return RecordKind.OTHER_TRADE
    # Without a subtype it may be a tribute act: the known kind stays.
    return RecordKind.ACT if any(term.sub_type.id for term in terms) else RecordKind.UNKNOWN


def to_found_artist(wire: WireAttraction, at: datetime) -> Artist | None:
    """Map a hit of a search by name; None also for add-ons and test records.

    Tribute bands are recognised by their kind.
    """
    return None if wire.test or _is_addon(wire) else to_artist(wire, at)


def to_venue(wire: WireVenue, at: datetime) -> Venue | None:
    """Map a venue; None if it has no name."""
    name = clean(wire.name)
    if not name:
        return None
    latitude, longitude = _position(wire.location.latitude, wire.location.longitude)
    country = _country(wire.country.code)
    return Venue(
        provider=TICKETMASTER,
        provider_id=wire.id,
        name=name,
        fetched_at=at,
        city=clean(wire.city.name) or None,
        state=state_name(country, clean(wire.state.name) or clean(wire.state.code)),
        country_code=country,
        postal_code=clean(wire.postal_code) or None,
        address=_address(wire.address),
        timezone=clean(wire.timezone) or None,
        latitude=latitude,
        longitude=longitude,
        url=_link(wire.url),
    )


def to_show(wire: WireEvent, at: datetime) -> ShowDetails | None:
    """Map an event; None for test events and for empty ones: no name, no act, no date.

    An event without a name can only update a known one.
    """
    bill = _bill(wire.parts.attractions, wire.name)
    name = clean(wire.name)
    if wire.test or not (name or bill or wire.dates != WireDates()):
        return None
    place = wire.parts.venues[0] if wire.parts.venues else None
    venue = to_venue(place, at) if place else None
    stated = together(
        (
            stated_dates(wire.dates, venue.timezone if venue else None),
            stated_prices(wire.prices),
            stated_sales(wire.sales, at),
        )
    )
    status = _status(wire.dates.status.code, stated)
    sold_as = _sold_as(wire, [entry.name for entry in bill])
    show = Show(
        provider=TICKETMASTER,
        provider_id=wire.id,
        name=name,
        fetched_at=at,
        status=status,
        **stated.said,
        withdrawn=tuple(sorted(stated.withdrawn)),
        url=_link(wire.url),
        image_url=_image(wire.images),
        venue_provider_id=venue.provider_id if venue else None,
        bill=bill,
        is_addon=sold_as in {SoldAs.ADDON, SoldAs.PASS},
        sold_as=sold_as,
        on_sale=_SELLS.get(_word(wire.dates.status.code)),
    )
    rejects = [Reject(kind="show", key=wire.id, reason=why, sample=repr(value)[:500]) for why, value in stated.faults]
    return ShowDetails(show=show, venue=venue, rejects=(*rejects, *_left_off(wire, bill)))


def _status(code: str, stated: Stated) -> str | None:
    """Translate a status code; None if it is missing or unknown, which is reported."""
    word = _word(code)
    if word and word not in _STATUS:
        stated.fault("a status that is not known", code)
    return _STATUS.get(word)


def _word(code: str) -> str:
    return code.strip().casefold()


def _bill(attractions: Sequence[WireAttraction], event: str) -> tuple[Billing, ...]:
    named = {act.id: act for act in attractions if clean(act.name) and not act.test and not _is_addon(act)}
    entries = tuple(act for act in named.values() if not _is_nobody(act.name, alone=len(named) == 1))
    festivals = [_is_festival(act, first=order == 0, alone=len(entries) == 1) for order, act in enumerate(entries)]
    if len(entries) >= _MANY and _is_edition(event, entries[0].name):
        festivals[0] = True
    headliner = festivals.index(False) if False in festivals else None
    return tuple(
        Billing(
            provider_id=act.id,
            name=clean(act.name),
            set_order=order + 1,
            is_headliner=order == headliner,
            mbid=_mbid(act),
            spotify_id=_spotify_id(act),
            is_festival=festivals[order],
            kind=_kind(act),
        )
        for order, act in enumerate(entries)
    )


def _is_nobody(name: str, *, alone: bool) -> bool:
    """Return whether a name on a bill is the seller of the show or a placeholder."""
    return keeps_place(name, alone=alone) or (not alone and _SELLER.fullmatch(fold(name)) is not None)


def _left_off(wire: WireEvent, bill: Sequence[Billing]) -> Iterator[Reject]:
    """Return why attractions of an event are not acts of its bill."""
    on_bill = {act.provider_id for act in bill}
    for act in wire.parts.attractions:
        if act.id not in on_bill:
            name = clean(act.name)
            known = "an add-on" if _is_addon(act) else "who sells it, or a place kept on its bill"
            reason = "a test record" if act.test else known if name else "an act without a name"
            yield Reject(kind="act", key=act.id or wire.id, reason=f"not on the bill: {reason}", sample=name[:500])


def _is_festival(act: WireAttraction, *, first: bool, alone: bool) -> bool:
    """Recognise a festival by its subtype; by its name only at the head of a bill, before the acts."""
    if any(term.sub_type.id in _FESTIVALS for term in act.classifications):
        return True
    return first and not alone and _FESTIVAL_NAME.search(act.name) is not None


def _is_edition(event: str, name: str) -> bool:
    """Return whether an event is called by a name and a year: with many acts behind it, that is a festival's name."""
    rest, years = _YEAR.subn(" ", event)
    return years == 1 and fold(rest) == fold(name)


def _is_addon(act: WireAttraction) -> bool:
    return _has_addon_type(act.classifications) or names_addon(act.name)


def _sold_as(event: WireEvent, acts: Sequence[str]) -> SoldAs:
    """Return what an event is, by its own record."""
    if names_pass(event.name):
        return SoldAs.PASS
    if _sells_addon(event, acts):
        return SoldAs.ADDON
    if event.id.startswith(_RESALE):
        return SoldAs.RESALE
    sales = event.sales.public.start or event.sales.public.end or event.prices
    said = event.url or sales or event.classifications or event.parts.attractions
    return SoldAs.CONCERT if said or not event.name else SoldAs.COPY


def _sells_addon(event: WireEvent, acts: Sequence[str]) -> bool:
    attractions = event.parts.attractions
    return (
        _has_addon_type(event.classifications)
        or names_addon(event.name, acts, [text for v in event.parts.venues for text in (v.name, v.city.name)])
        or (extends(event.name, acts) and any(_has_addon_type(act.classifications) for act in attractions))
        or (bool(attractions) and all(_is_addon(act) for act in attractions))
        or any(holds_no_concerts(venue.name) for venue in event.parts.venues)
    )


def _has_addon_type(classifications: Sequence[WireClassification]) -> bool:
    return any(term.type.id in ADDON_TYPES for term in classifications)


def _mbid(act: WireAttraction) -> str | None:
    ids = (link.id.strip().lower() for link in act.links.musicbrainz)
    return next((mbid for mbid in ids if _MBID.fullmatch(mbid)), None)


def _spotify_id(act: WireAttraction) -> str | None:
    """Return the id after /artist/ only: playlists and users are linked as well."""
    found = (_SPOTIFY_ARTIST.search(link.url) for link in act.links.spotify)
    return next((match[1] for match in found if match), None)


def _image(images: Sequence[WireImage]) -> str | None:
    own = [image for image in images if not image.fallback and image.width <= _MAX_IMAGE_WIDTH and _link(image.url)]
    best = max(own, key=lambda image: (image.ratio == "16_9", image.width), default=None)
    return best.url if best else None


def _small_image(images: Sequence[WireImage]) -> str | None:
    """Return the narrowest own picture that is wide enough for lists, else the best one."""
    large = [image for image in images if not image.fallback and image.width >= SMALL_PX and _link(image.url)]
    least = min(large, key=lambda image: image.width, default=None)
    return least.url if least else _image(images)


def _genres(classifications: Sequence[WireClassification]) -> tuple[str, ...] | None:
    terms = (term for one in classifications for term in (one.genre, one.sub_genre))
    names = (clean(term.name) for term in terms)
    return tuple(dict.fromkeys(name for name in names if name and name not in _PLACEHOLDERS)) or None


def _position(latitude: float | None, longitude: float | None) -> tuple[float | None, float | None]:
    """Return both or neither; 0, 0 is a gap, not a place in the Atlantic."""
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None, None
    if abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004  # degrees
        return None, None
    return latitude, longitude


def _address(wire: WireAddress) -> str | None:
    """Return both lines; a second one alone is no address."""
    line = clean(wire.line1)
    return ", ".join(filter(None, (line, clean(wire.line2)))) if line else None


def _country(code: str) -> str | None:
    code = code.strip().upper()
    return code if re.fullmatch("[A-Z]{2}", code) else _ALPHA3.get(code)


def _link(url: str) -> str | None:
    """Return web addresses of named hosts only; links to localhost have been seen."""
    return url if _URL.fullmatch(url) else None
