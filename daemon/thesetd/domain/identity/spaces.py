"""Defines the id spaces: whose ids they hold, how these are written and stored, and how many of them an act has.

Look-up, upserts, matching, bills, reading and cache tags use this table. setlist.fm has no ids for artists: it uses
MusicBrainz ids, which are a separate space, whichever provider mentions them.

A provider that is not in the table has a space with its own name (`the_space`): an act may have any number of its ids,
they rank after all others, and since TheSet has no column for them they are written as `provider:id` into the column
`other_id` of artists, venues and shows.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NewType, Protocol

import attrs

from thesetd.domain.errors import BadReference
from thesetd.domain.music.reference import MBID, SPOTIFY_ID, VARIOUS_ARTISTS, ArtistRef, ReferenceKind, parse_reference

Space = NewType("Space", str)


@attrs.frozen(cache_hash=True)
class Ref:
    """An id in its space. Decisions sort thousands, and the order that attrs makes takes forty times as long."""

    space: Space
    id: str

    def __lt__(self, other: "Ref") -> bool:
        return self.space < other.space if self.space != other.space else self.id < other.id

    def __str__(self) -> str:
        return f"{self.space}:{self.id}"


@attrs.frozen(kw_only=True)
class IdSpace:
    """One space of ids.

    `providers` use it, the one whose searches list its candidates first; `spoken_by` are their titles. `columns` are
    those of TheSet that hold one id of it, by table. An act has one id of a `single` space; two such ids are two acts,
    or a provider's mistake. `written_as` is how a user types one. `address` is an act's page on the provider's site, as
    other sites link to it. `nobody` are ids that do not stand for an act. `asked_for` are the aspects
    (`thesetd.domain.freshness.copies`) that can be requested only by an id of this space. `announced`: the provider
    lists coming shows, rather than pages about past ones.
    """

    name: Space
    providers: tuple[str, ...]
    spoken_by: tuple[str, ...]
    columns: Mapping[str, str]
    single: bool
    written_as: ReferenceKind = ReferenceKind.ID
    address: str | None = None
    nobody: frozenset[str] = frozenset()
    asked_for: tuple[str, ...] = ()
    announced: bool = True


SPOTIFY = Space("spotify")
MUSICBRAINZ = Space("musicbrainz")
TICKETMASTER = Space("ticketmaster")
SETLISTFM = Space("setlistfm")  # ids of pages and venues; it has none for artists

# Special-purpose artists. Source: musicbrainz-server lib/MusicBrainz/Server/Constants.pm, read 2026-11.
_NO_ACTS = frozenset(
    {
        "89ad4ac3-39f7-470e-963a-56509c546377",  # Various Artists
        "f731ccc4-e22a-43af-a747-64213329e088",  # [anonymous]
        "33cf029c-63b0-41a0-9855-be2a3665fb3b",  # [data]
        "314e1c25-dde7-4e4d-b2f4-0a7b9f7c56dc",  # [dialogue]
        "eec63d3c-3b81-4ad4-b1e4-7c147d4d2b61",  # [no artist]
        "9be7f096-97ec-4615-8957-8d40b5dcbc41",  # [traditional]
        "125ec42a-7229-4250-afc5-e057484327fe",  # [unknown]
    }
)

# In the order in which contradictions are resolved: links to an earlier space count before those to a later one.
EVERY = (
    IdSpace(
        name=SPOTIFY,
        providers=("spotify",),
        spoken_by=("Spotify",),
        columns={"artists": "spotify_id", "albums": "spotify_id", "songs": "spotify_id"},
        single=True,
        written_as=ReferenceKind.SPOTIFY,
        address="https://open.spotify.com/artist/{}",
        nobody=frozenset({VARIOUS_ARTISTS}),
        asked_for=("catalog", "profile"),
    ),
    IdSpace(
        name=MUSICBRAINZ,
        providers=("setlistfm", "musicbrainz"),
        spoken_by=("setlist.fm", "MusicBrainz"),
        columns={"artists": "mbid"},
        single=True,
        written_as=ReferenceKind.MBID,
        address="https://musicbrainz.org/artist/{}",
        nobody=_NO_ACTS,
        asked_for=("setlists",),
    ),
    IdSpace(
        name=TICKETMASTER,
        providers=("ticketmaster",),
        spoken_by=("Ticketmaster",),
        columns={"artists": "ticketmaster_id", "venues": "ticketmaster_id", "shows": "ticketmaster_id"},
        single=False,
        written_as=ReferenceKind.TICKETMASTER,
        asked_for=("shows",),
    ),
    IdSpace(
        name=SETLISTFM,
        providers=("setlistfm",),
        spoken_by=("setlist.fm",),
        columns={"venues": "setlistfm_id", "shows": "setlistfm_id", "actual_setlists": "setlistfm_id"},
        single=False,
        announced=False,
    ),
)
SPACES = {one.name: one for one in EVERY if "artists" in one.columns}
SPACE_OF: Mapping[ReferenceKind, Space] = {
    one.written_as: one.name for one in SPACES.values() if one.written_as is not ReferenceKind.ID
}
OTHER_ID = "other_id"  # the column of ids whose space has no column of its own, as `str(Ref)`
_RANKS = {name: rank for rank, name in enumerate(SPACES)}
_FORMS = {
    ReferenceKind.SPOTIFY: (SPOTIFY_ID, "22 letters and digits after spotify:"),
    ReferenceKind.MBID: (MBID, "32 hexadecimal digits as 8-4-4-4-12 after musicbrainz:"),
}
_ADDRESS = re.compile(r"(?:https?://|spotify:).+", re.IGNORECASE)


class HasIds(Protocol):
    """A record of an artist: ids under the names of TheSet's columns, and `held`, the ids without a column."""

    @property
    def held(self) -> Iterable[Ref]:
        """Its ids in spaces that allow several ids, and in those without a column."""
        ...


def the_space(name: Space) -> IdSpace:
    """Return the description of a space: its row of the table, or a default row for a provider that is not in it."""
    found = SPACES.get(name)
    return found or IdSpace(name=name, providers=(name,), spoken_by=(name,), columns={}, single=False)


def strongest_first(spaces: Iterable[Space]) -> list[Space]:
    """Return each space once, the strongest first."""
    return sorted(set(spaces), key=_rank_of)


def columns(table: str) -> dict[Space, str]:
    """Return the columns of a table that hold ids, by space, strongest first."""
    return {space.name: space.columns[table] for space in EVERY if table in space.columns}


def artist_ids(record: HasIds) -> dict[Space, str]:
    """Return one id of an artist for each space in which it has any, strongest first."""
    found = {space: getattr(record, column) for space, column in columns("artists").items()}
    others = {ref.space: ref.id for ref in sorted(record.held, key=rank, reverse=True) if ref.space not in found}
    return {space: value for space, value in found.items() if value} | {
        one: others[one] for one in strongest_first(others)
    }


def every_ref(record: HasIds) -> frozenset[Ref]:
    """Return all ids of an artist."""
    return frozenset({Ref(space, value) for space, value in artist_ids(record).items()} | set(record.held))


def new_ids(record: HasIds, ids: Mapping[Space, str]) -> dict[str, Any]:
    """Return the changes that give an artist these ids, in spaces in which it has none yet."""
    known, held = artist_ids(record), columns("artists")
    new = {space: value for space, value in ids.items() if space not in known}
    others = tuple(Ref(space, value) for space, value in new.items() if space not in held)
    return {held[space]: value for space, value in new.items() if space in held} | (
        {"held": (*record.held, *others)} if others else {}
    )


def page_addresses(ids: Mapping[Space, str]) -> tuple[str, ...]:
    """Return the addresses of an act's pages on the providers' sites."""
    return tuple(form.format(value) for space, value in ids.items() if (form := the_space(space).address))


def artists_of(provider: str) -> Space:
    """Return the space of a provider's artist ids."""
    return next((name for name, space in SPACES.items() if provider in space.providers), Space(provider))


def announces(provider: str) -> bool:
    """Return whether a provider lists coming shows, rather than pages about past ones."""
    return all(one.announced for one in EVERY if one.name == provider)


def read_ref(text: str) -> Ref:
    """Parse the text form of an id."""
    space, _, value = text.partition(":")
    return Ref(Space(space), value)


def check_form(ref: Ref) -> None:
    """Check that an id has the form of its space's ids, where they all have one: Spotify's and MusicBrainz's.

    Raises:
        BadReference: it does not, so no provider can know it.
    """
    form = _FORMS.get(the_space(ref.space).written_as)
    if form and not form[0].fullmatch(ref.id):
        raise BadReference(f"invalid id {str(ref)!r}: expected {form[1]}")


def reference_to(ref: Ref) -> ArtistRef:
    """Return the reference that means an id."""
    kind = the_space(ref.space).written_as
    return ArtistRef(kind, str(ref) if kind is ReferenceKind.ID else ref.id)


def ref_meant(reference: ArtistRef) -> Ref | None:
    """Return the id that a reference holds; None for names, slugs and ids of this database."""
    if reference.kind is ReferenceKind.ID:
        return read_ref(reference.value)
    space = SPACE_OF.get(reference.kind)
    return None if space is None else Ref(space, reference.value)


def rank(ref: Ref) -> tuple[int, str, str]:
    """Return the sort key of an id: its space, then the id itself."""
    return *_rank_of(ref.space), ref.id


def is_single(space: Space) -> bool:
    """Return whether an act has one id of this space."""
    return the_space(space).single


def stands_for_nobody(ref: Ref) -> bool:
    """Return whether an id is a collective or a placeholder of its provider."""
    return ref.id in the_space(ref.space).nobody


def read_address(address: str) -> Ref | None:
    """Read the artist that an external link leads to; None for playlists, users, other sites and invalid links."""
    if not _ADDRESS.fullmatch(address.strip()):
        return None
    try:
        found = parse_reference(address)
    except BadReference:
        return None
    return ref_meant(found)


def read_addresses(addresses: Iterable[str]) -> frozenset[Ref]:
    """Read external links, leaving out those that do not lead to an artist."""
    return frozenset(ref for address in addresses if (ref := read_address(address)) is not None)


def _rank_of(space: Space) -> tuple[int, str]:
    return _RANKS.get(space, len(_RANKS)), space
