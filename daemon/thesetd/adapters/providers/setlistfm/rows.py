"""Maps setlist.fm's objects to rows, by pure functions.

Dates are local dates and there are no times of day. A setlist is a page that users edit for years: `version_id` changes
with every edit, and songs may be removed again.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from thesetd.adapters.providers.setlistfm.wire import WireArtist, WireSet, WireSetlist, WireSong, WireVenue
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.music.names import clean, slugify
from thesetd.domain.music.records import ActualSetlist, Artist, Billing, Show, Venue
from thesetd.domain.setlists.kinds import tour_name
from thesetd.domain.setlists.proximity import NOWHERE, Place
from thesetd.domain.shows.states import state_name
from thesetd.ports.providers import SetlistDetails

_DATE = re.compile(r"(\d{2})-(\d{2})-(\d{4})", re.ASCII)
_MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MAX_LATITUDE, MAX_LONGITUDE = 90, 180
_ADDRESS = re.compile(r"https?://[^\s/]+/\S+")
FIRST_YEAR, LAST_YEAR = 1850, 2100  # programs write "01-01-0001" and "31-12-9999" for missing dates
_COUNTRY = re.compile(r"[A-Z]{2}")


def to_artist(wire: WireArtist, at: datetime) -> Artist | None:
    """Map an artist; None if the MBID or every name is missing."""
    mbid, name = _mbid(wire), _name(wire)
    if mbid is None or not name:
        return None
    return Artist(name=name, slug=slugify(name, mbid), fetched_at=at, mbid=mbid, note=clean(wire.disambiguation))


def to_venue(wire: WireVenue, at: datetime) -> Venue | None:
    """Map a venue; None if it has no id or no name."""
    name = clean(wire.name)
    if not name or not wire.id.strip():
        return None
    country = wire.city.country.code.strip().upper()
    return Venue(
        provider=SETLISTFM,
        provider_id=wire.id.strip(),
        name=name,
        fetched_at=at,
        city=_city(wire) or None,
        state=None if wire.city.is_foreign else state_name(country, clean(wire.city.state)),
        country_code=country if _COUNTRY.fullmatch(country) else None,
        url=wire.url.strip() or None,
    )


def faults_of(wire: WireArtist | WireSetlist | WireVenue) -> str:
    """Return what an object that could not be mapped lacks."""
    faults = {"a name": isinstance(wire, WireSetlist) or bool(clean(wire.name or ""))}
    if isinstance(wire, WireArtist | WireSetlist):
        mbid = wire.mbid if isinstance(wire, WireArtist) else wire.artist.mbid
        faults[f"an artist's MBID ({mbid!r})"] = bool(_MBID.fullmatch(mbid.strip().lower()))
    if isinstance(wire, WireSetlist):
        faults["an id"] = bool(wire.id.strip())
        faults[f"a date as dd-MM-yyyy ({wire.event_date!r})"] = _day(wire.event_date) is not None
        faults[f"an address ({wire.url!r})"] = bool(_ADDRESS.fullmatch(wire.url.strip()))
    return f"without {' and '.join(name for name, there in faults.items() if not there)}"


def to_setlist(wire: WireSetlist, at: datetime) -> SetlistDetails | None:
    """Map a setlist; None without a readable date, the artist's MBID, or the address that must be shown with it."""
    day, mbid = _day(wire.event_date), _mbid(wire.artist)
    if day is None or mbid is None or not wire.id.strip() or not _ADDRESS.fullmatch(wire.url.strip()):
        return None
    venue = to_venue(wire.venue, at) if wire.venue else None
    songs, encore_songs = _songs(wire.parts or ())
    setlist = ActualSetlist(
        setlistfm_id=wire.id.strip(),
        version_id=wire.version_id.strip(),
        artist_mbid=mbid,
        artist_name=_name(wire.artist),
        place=_place(wire.venue) if wire.venue else NOWHERE,
        event_date=day,
        url=wire.url.strip(),
        fetched_at=at,
        venue_provider_id=venue.provider_id if venue else None,
        tour=clean(wire.tour.name) or None,
        info=clean(wire.info) or None,
        songs=songs,
        encore_songs=encore_songs,
        sets_said=wire.sets_said,
        last_updated=_moment(wire.last_updated, at),
    )
    return SetlistDetails(setlist=setlist, show=_show(setlist, _name(wire.artist), venue), venue=venue)


def _place(wire: WireVenue) -> Place:
    """Return the place, as far as the page names it, for comparison with other providers' venues."""
    coords = wire.city.coords
    known = coords.lat is not None and coords.long is not None
    inside = known and abs(coords.lat or 0) <= MAX_LATITUDE and abs(coords.long or 0) <= MAX_LONGITUDE
    return Place(
        ids=frozenset({f"{SETLISTFM}:{wire.id.strip()}"} if wire.id.strip() else ()),
        name=clean(wire.name),
        city=_city(wire),
        country=wire.city.country.code.strip().upper(),
        latitude=coords.lat if inside else None,
        longitude=coords.long if inside else None,
    )


def _city(wire: WireVenue) -> str:
    """Return the name of a city, empty if in another language, in which it would not match other providers."""
    return "" if wire.city.is_foreign else clean(wire.city.name)


def _show(setlist: ActualSetlist, artist: str, venue: Venue | None) -> Show:
    """Make the concert of a setlist; known songs prove that it took place, an empty page does not."""
    return Show(
        provider=SETLISTFM,
        provider_id=setlist.setlistfm_id,
        name=" at ".join(filter(None, (artist, venue.name if venue else ""))) or setlist.setlistfm_id,
        fetched_at=setlist.fetched_at,
        status="completed" if _took_place(setlist) else None,
        local_date=setlist.event_date,
        url=setlist.url,
        venue_provider_id=setlist.venue_provider_id,
        tour=tour_name(setlist.tour or "") or None,
        bill=(
            Billing(
                provider_id=setlist.artist_mbid,
                name=artist,
                set_order=1,
                is_headliner=True,
                mbid=setlist.artist_mbid,
            ),
        ),
    )


def _took_place(setlist: ActualSetlist) -> bool:
    played = bool(setlist.songs or setlist.encore_songs)
    return played and setlist.event_date <= setlist.fetched_at.date() + timedelta(days=1)  # somewhere it is tomorrow


def _songs(sets: tuple[WireSet, ...]) -> tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]:
    """Split into main sets and encores; positions and sets are numbered through the whole concert, from 1."""
    main: list[dict[str, Any]] = []
    encores: list[dict[str, Any]] = []
    for number, part in enumerate(sets, start=1):
        for song in part.song or ():
            target = main if part.encore is None else encores
            target.append(_song(song, part, number, len(main) + len(encores) + 1))
    return tuple(main), tuple(encores)


def _song(song: WireSong, part: WireSet, set_number: int, position: int) -> dict[str, Any]:
    said: dict[str, Any] = {
        "set": clean(part.name) or None,
        "encore": part.encore,
        "info": clean(song.info) or None,
        "cover": _credit(song.cover),
        "with": _credit(song.guest),
        "tape": song.tape is True or str(song.tape).casefold() == "true" or None,
    }
    known = {key: value for key, value in said.items() if value is not None}
    return {"name": clean(song.name or ""), "position": position, "set_number": set_number, **known}


def _credit(artist: WireArtist) -> dict[str, str] | None:
    """Return another artist with all of its data; the documentation shows empty objects."""
    name = _name(artist)
    said = {
        "name": name,
        "mbid": _mbid(artist) or "",
        "sort_name": clean(artist.sort_name) if clean(artist.sort_name) != name else "",
        "disambiguation": clean(artist.disambiguation),
        "url": artist.url,
    }
    return {key: value for key, value in said.items() if value} if name else None


def _name(artist: WireArtist) -> str:
    """Return its name; the sort name replaces an empty name, but not a missing one."""
    return "" if artist.name is None else clean(artist.name) or clean(artist.sort_name)


def _mbid(artist: WireArtist) -> str | None:
    mbid = artist.mbid.strip().lower()
    return mbid if _MBID.fullmatch(mbid) else None


def _day(text: str) -> date | None:
    match = _DATE.fullmatch(text.strip())
    try:
        day = date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None
    return day if day and FIRST_YEAR <= day.year <= LAST_YEAR else None


def _moment(text: str, at: datetime) -> datetime | None:
    """Read when a page was edited; a future moment is ignored, since it would block every later version."""
    try:
        said = datetime.fromisoformat(text.strip())
        moment = (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment <= at + timedelta(days=1) else None
