"""Looks up the ids of rows by providers' ids."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias
from uuid import UUID

import asyncpg
import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.text import is_storable, storable
from thesetd.domain.identity.spaces import OTHER_ID, SETLISTFM, Ref, Space, columns, read_ref
from thesetd.domain.ids import ProviderName, row_id
from thesetd.domain.music.acts import own_id
from thesetd.domain.music.records import Billing
from thesetd.domain.work.jobs import ArtistKey

ARTIST_COLUMN: Mapping[Space, str] = columns("artists")
_CONCERT_COLUMN: Mapping[Space, str] = columns("shows")  # venues have the same
IdColumns: TypeAlias = Mapping[str, str | None] | asyncpg.Record
KnownVenues: TypeAlias = Mapping[tuple[ProviderName, str], UUID]
FAST = asyncpg.pgproto.pgproto.UUID  # equal to Python's UUID; making, hashing and sending one takes a tenth
CONCERT_IDS = (*_CONCERT_COLUMN.values(), OTHER_ID)

# SQL that finds the row of an artist in a statement whose rows `n` have its id as `provider` (the space) and
# `provider_id`. An alias also finds the row.
ARTIST_OF_KEY = "(select i.artist_id from thesetd.artist_ids i where i.space = n.provider and i.id = n.provider_id)"


def key_columns(keys: Iterable[ArtistKey | None]) -> tuple[list[str | None], list[str | None]]:
    """Return the columns `provider` and `provider_id` of ARTIST_OF_KEY; unstorable ids match no artist."""
    known = [key if key is not None and is_storable(key.provider_id) else None for key in keys]
    return [k.space if k else None for k in known], [k.provider_id if k else None for k in known]


def derived_id(table: str, provider: ProviderName | Space, provider_id: str) -> UUID:
    """Return the id of a new row, even if PostgreSQL will refuse the provider's id."""
    return row_id(table, provider, storable(provider_id), FAST)


def other_id(ids: Mapping[Space, str]) -> str | None:
    """Return the value of OTHER_ID: the first of an artist's ids that has no column of its own."""
    return next((str(Ref(space, value)) for space, value in ids.items() if space not in ARTIST_COLUMN), None)


def concert_key(provider: ProviderName, provider_id: str) -> tuple[str, str]:
    """Return the column of a venue's or show's id at a provider, and its value."""
    space = Space(provider)
    column = _CONCERT_COLUMN.get(space)
    return (OTHER_ID, str(Ref(space, provider_id))) if column is None else (column, provider_id)


def concert_id(provider: ProviderName, row: str) -> tuple[str, str]:
    """Return the SQL of a venue's or show's id at a provider, and of the condition that it has one."""
    column = _CONCERT_COLUMN.get(Space(provider))
    if column is not None:
        return f"{row}.{column}", f"{row}.{column} is not null"
    prefix = str(Ref(Space(provider), ""))
    return f"substr({row}.{OTHER_ID}, {len(prefix) + 1})", f"starts_with({row}.{OTHER_ID}, '{prefix}')"


def concert_ids(provider: ProviderName, provider_id: str) -> dict[str, str | None]:
    """Return the columns of a venue's or show's ids, filled for this provider."""
    return dict.fromkeys(CONCERT_IDS) | dict([concert_key(provider, provider_id)])


def id_at(provider: ProviderName, row: IdColumns) -> str | None:
    """Return the id of a venue or show at a provider; `row` has the columns of its ids."""
    column = _CONCERT_COLUMN.get(Space(provider))
    if column is not None:
        return row[column]
    ref = read_ref(row[OTHER_ID] or "")
    return ref.id if ref.space == Space(provider) else None


def teller_of(row: IdColumns) -> ProviderName:
    """Return the provider that announces a show or, if none does, the one whose pages describe it."""
    known = (space for space, column in _CONCERT_COLUMN.items() if row[column] is not None)
    return ProviderName(read_ref(row[OTHER_ID] or next(known, SETLISTFM)).space)


async def concert_rows(
    connection: Connection, table: str, provider: ProviderName, wanted: Iterable[str | None]
) -> dict[str, UUID]:
    """Return the venues or shows with these ids at a provider; unknown and unstorable ids are left out."""
    keys = {concert_key(provider, one): one for one in wanted if one is not None}
    column = concert_key(provider, "")[0]
    rows = await row_ids(connection, table, column, (value for _, value in keys))
    return {keys[column, value]: row for value, row in rows.items()}


async def venue_rows(
    connection: Connection, provider: ProviderName, wanted: Iterable[str | None], known: KnownVenues
) -> dict[str, UUID]:
    """Return the venues with these ids at a provider; those that are `known` are not looked up again."""
    ids = {one for one in wanted if one is not None}
    found = {one: known[provider, one] for one in ids if (provider, one) in known}
    return found | await concert_rows(connection, "venues", provider, ids - found.keys())


async def row_ids(connection: Connection, table: str, column: str, wanted: Iterable[str | None]) -> dict[str, UUID]:
    """Return the rows with these ids in a column; unknown and unstorable ids are left out."""
    ids = sorted(one for one in set(wanted) if one is not None and is_storable(one))
    if not ids:
        return {}
    found = await connection.fetch(f"select {column}, id from {table} where {column} = any($1)", ids)  # noqa: S608 - fixed names
    return {r[column]: r["id"] for r in found}


async def artist_rows(connection: Connection, space: Space, wanted: Iterable[str | None]) -> dict[str, UUID]:
    """Return the artists with these ids in a space; an alias of an artist also finds it."""
    ids = sorted(one for one in set(wanted) if one is not None and is_storable(one))
    statement = "select id, artist_id from thesetd.artist_ids where space = $1 and id = any($2)"
    return {row["id"]: row["artist_id"] for row in await connection.fetch(statement, space, ids)} if ids else {}


@attrs.frozen
class KnownArtists:
    """The artists that have a row, by the ids that were looked up."""

    rows: Mapping[Ref, UUID]

    @classmethod
    async def load(cls, connection: Connection, wanted: Iterable[Ref]) -> "KnownArtists":
        """Look up ids."""
        ids: dict[Space, list[str]] = defaultdict(list)
        for ref in wanted:
            ids[ref.space].append(ref.id)
        found = {space: await artist_rows(connection, space, ones) for space, ones in ids.items()}
        return cls({Ref(space, one): row for space, rows in found.items() for one, row in rows.items()})

    def of(self, act: Billing, provider: ProviderName) -> UUID | None:
        """Return the artist of an act by its id at the bill's provider; its other ids were decided before."""
        own = own_id(act, provider)
        return None if own is None else self.rows.get(own)
