"""Defines setlist.fm's JSON as classes. Fields that may be missing have defaults; only ids and dates are essential."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import attrs

from thesetd.adapters.providers.lenient import Unusable, json_key, lenient_converter, read_all, structured
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.wording.countries import is_foreign

T = TypeVar("T")

_CONVERTER = lenient_converter()


@attrs.frozen(kw_only=True)
class WireArtist:
    """An artist; `name` is the current one even on old concerts, and may be empty on a damaged record."""

    mbid: str = ""
    name: str | None = None
    sort_name: str = attrs.field(default="", metadata=json_key("sortName"))
    disambiguation: str = ""
    url: str = ""


@attrs.frozen(kw_only=True)
class WireCountry:
    """A country; only the code is stable, the name follows Accept-Language."""

    code: str = ""
    name: str = ""


@attrs.frozen(kw_only=True)
class WireCoords:
    """Degrees."""

    lat: float | None = None
    long: float | None = None


@attrs.frozen(kw_only=True)
class WireCity:
    """A city. Its `coords` are those of the city's centre: they distinguish towns, but say nothing about a venue."""

    name: str = ""
    state: str = ""
    coords: WireCoords = WireCoords()
    country: WireCountry = WireCountry()

    @property
    def is_foreign(self) -> bool:
        """Return whether it is named in a language other than the requested one."""
        return is_foreign(self.country.code.strip().upper(), self.country.name)


@attrs.frozen(kw_only=True)
class WireVenue:
    """A place under the name of one era: a renamed hall gets a new id."""

    told_as: ClassVar[str] = "venue"

    id: str
    name: str = ""
    city: WireCity = WireCity()
    url: str = ""


@attrs.frozen(kw_only=True)
class WireTour:
    """A tour, or one of several ways to say that there is none."""

    name: str = ""


@attrs.frozen(kw_only=True)
class WireSong:
    """A song as it was played; an empty name means an unidentified song.

    `tape` is true in nearly all records that have it; texts and false have been seen.
    """

    told_as: ClassVar[str] = "song"

    name: str | None = None
    info: str = ""
    cover: WireArtist = WireArtist()
    guest: WireArtist = attrs.field(default=WireArtist(), metadata=json_key("with"))
    tape: Any = None


@attrs.frozen(kw_only=True)
class WireSet:
    """A part of a concert; `encore` counts from 1 and is None for the main sets."""

    told_as: ClassVar[str] = "set"

    name: str = ""
    encore: int | None = None
    song: tuple[WireSong, ...] | None = None

    @property
    def is_whole(self) -> bool:
        """Return whether its songs are present, each with a name, which may be empty."""
        return self.song is not None and all(song.name is not None for song in self.song)


@attrs.frozen(kw_only=True)
class WireSets:
    """The wrapper of the sets in answers; the documentation shows its content one level higher."""

    set: tuple[WireSet, ...] | None = None


@attrs.frozen(kw_only=True)
class WireSetlist:
    """One concert of one artist. Empty sets are normal: the songs have not been entered yet, or never will be."""

    told_as: ClassVar[str] = "setlist"

    id: str
    event_date: str = attrs.field(metadata=json_key("eventDate"))
    url: str
    version_id: str = attrs.field(default="", metadata=json_key("versionId"))
    last_updated: str = attrs.field(default="", metadata=json_key("lastUpdated"))
    artist: WireArtist = WireArtist()
    venue: WireVenue | None = None
    tour: WireTour = WireTour()
    sets: WireSets | None = None
    set: tuple[WireSet, ...] | None = None
    info: str = ""

    @property
    def parts(self) -> tuple[WireSet, ...] | None:
        """Return the sets, wherever this answer holds them; None if it does not hold any."""
        wrapped = self.sets.set if self.sets is not None else None
        return wrapped if wrapped is not None else self.set

    @property
    def sets_said(self) -> bool:
        """Return whether it has the complete sets, even if these are empty."""
        return self.parts is not None and all(part.is_whole for part in self.parts)


_setlist = _CONVERTER.get_structure_hook(WireSetlist)


def _with_readable_sets(value: Any, cls: Any) -> WireSetlist:
    """Reject a setlist with malformed sets: if they were read as empty, they would clear a known setlist."""
    if isinstance(value, Mapping):
        wrapper = value.get("sets")
        if wrapper is not None and not isinstance(wrapper, Mapping):
            raise Unusable("its sets are not an object")
        for parts in (value.get("set"), wrapper.get("set") if wrapper is not None else None):
            if parts is not None and not isinstance(parts, list):
                raise Unusable("its sets are not a list")
    found: WireSetlist = _setlist(value, cls)
    return found


_CONVERTER.register_structure_hook(WireSetlist, _with_readable_sets)


@attrs.frozen(kw_only=True)
class WirePage:
    """The head of a list; page size is the server's choice."""

    total: int | None = None
    size: int | None = attrs.field(default=None, metadata=json_key("itemsPerPage"))


def read_one(body: Mapping[str, Any], cls: type[T]) -> T:
    """Read a body that is one object.

    Raises:
        BadPayload: a required id, date or address is missing.
    """
    return structured(_CONVERTER, SETLISTFM, body, cls)


def read_items(body: Mapping[str, Any], key: str, cls: type[T]) -> tuple[T, ...]:
    """Read the usable items of a list."""
    return read_all(_CONVERTER, body.get(key), cls)
