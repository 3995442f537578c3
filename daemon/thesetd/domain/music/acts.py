"""Turns artists and the acts of bills into identity records: an id, and what its provider says of it."""

from collections.abc import Iterable
from typing import Any

import attrs

from thesetd.domain.identity import spaces
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import Ref, Space, announces, artists_of, columns
from thesetd.domain.identity.statements import Record
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import Artist, Billing, Show


def ids_of(artist: Artist) -> dict[Space, Ref]:
    """Return the ids of a record, by space."""
    return {space: Ref(space, value) for space, value in artist.ids.items()}


def described(artist: Artist, space: Space) -> Record:
    """Return what a provider says of an artist: its own id, and the other ids as links that the act publishes."""
    ids = ids_of(artist)
    own = ids.pop(space)
    return Record(
        ref=own,
        name=artist.name,
        kind=artist.kind,
        names=frozenset(artist.aliases),
        links=frozenset(ids.values()),
        audience=artist.followers if artist.audience is None else artist.audience,
        note=artist.note,
    )


def own_only(artist: Artist, space: Space) -> Artist:
    """Return a record with only its id of one space; which other ids belong to the artist is decided elsewhere."""
    others: dict[str, Any] = {column: None for one, column in columns("artists").items() if one != space}
    return attrs.evolve(artist, **others, held=tuple(ref for ref in artist.held if ref.space == space))


def own_id(act: Billing, provider: ProviderName) -> Ref | None:
    """Return the id under which a bill's provider knows an act."""
    return Ref(artists_of(provider), act.provider_id) if act.provider_id else None


def acts_of(shows: Iterable[Show], importing: str | None = None) -> Learnt:
    """Return what bills say of their acts. Every act on a ticket shop's bill gets a row, except festivals.

    If a show is listed under an artist called `importing`, an act with this name is that artist.
    """
    records: dict[Ref, Record] = {}
    wanted = set()
    for show in sorted(shows, key=lambda one: one.fetched_at):
        for act in show.bill:
            ref = own_id(act, show.provider)
            if ref is not None and act.name.strip():
                records[ref] = _act(act, ref)
                if announces(show.provider) and _gets_row(act, records[ref]) and not _same(act.name, importing):
                    wanted.add(ref)
    return Learnt(records=tuple(records.values()), wanted=frozenset(wanted))


def _gets_row(act: Billing, record: Record) -> bool:
    """Return whether an entry of a bill is an artist.

    An act that heads one bill as a festival may be an artist on another.
    """
    return record.is_act and not act.is_festival


def _same(name: str, other: str | None) -> bool:
    return other is not None and fold(name) == fold(other)


def _act(act: Billing, ref: Ref) -> Record:
    links = {Ref(spaces.SPOTIFY, act.spotify_id or ""), Ref(spaces.MUSICBRAINZ, act.mbid or "")}
    return Record(
        ref=ref,
        name=act.name,
        kind=act.kind,
        links=frozenset(link for link in links if link.id and link != ref),
    )
