"""Defines MusicBrainz's JSON as classes.

Keys may be null, empty or absent by request: only ids and names are required.
"""

from typing import Any, TypeVar

import attrs

from thesetd.adapters.providers.lenient import json_key, lenient_converter, read_all, structured
from thesetd.adapters.providers.musicbrainz.endpoints import MUSICBRAINZ

T = TypeVar("T")

_CONVERTER = lenient_converter()


@attrs.frozen(kw_only=True)
class WireAlias:
    """Another name; those of type "Search hint" are misspellings."""

    name: str


@attrs.frozen(kw_only=True)
class WireUrl:
    """An address, in the canonical form of its site."""

    resource: str


@attrs.frozen(kw_only=True)
class WireNamed:
    """An artist at the other end of a relation."""

    id: str
    name: str
    disambiguation: str = ""


@attrs.frozen(kw_only=True)
class WireRelation:
    """A relation to an address, or from one to an artist; one that has `ended` is a dead link."""

    ended: bool = False
    url: WireUrl | None = None
    artist: WireNamed | None = None


@attrs.frozen(kw_only=True)
class WireArtist:
    """An artist; `type` is Person, Group, Orchestra, Choir, Character, Other or null."""

    id: str
    name: str
    disambiguation: str = ""
    type: str = ""
    aliases: tuple[WireAlias, ...] = ()
    relations: tuple[WireRelation, ...] = ()


@attrs.frozen(kw_only=True)
class WireLinkedUrl:
    """An address with its relations; its own id is not an artist's."""

    resource: str
    relations: tuple[WireRelation, ...] = ()


@attrs.frozen(kw_only=True)
class WireGroup:
    """A release group: an album, single or EP in all its editions."""

    id: str
    title: str
    secondary_types: tuple[str, ...] = attrs.field(default=(), metadata=json_key("secondary-types"))


def read_one(value: Any, cls: type[T]) -> T:
    """Read one object.

    Raises:
        BadPayload: a required id or name is missing.
    """
    return structured(_CONVERTER, MUSICBRAINZ, value, cls)


def read_items(values: Any, cls: type[T]) -> tuple[T, ...]:
    """Read the usable items of a list."""
    return read_all(_CONVERTER, values, cls)
