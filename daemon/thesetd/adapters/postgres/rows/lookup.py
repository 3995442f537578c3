"""From providers' ids to the ids of rows."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.text import is_storable, storable
from thesetd.domain.identity.spaces import Space, columns
from thesetd.domain.ids import ProviderName, row_id
from thesetd.domain.music.acts import own_id
from thesetd.domain.music.records import Billing
from thesetd.domain.work.jobs import ArtistKey

ARTIST_COLUMN: Mapping[Space, str] = columns("artists")
CONCERT_COLUMN: Mapping[ProviderName, str] = {ProviderName(space): column for space, column in columns("shows").items()}


_SPACE_OF_COLUMN = {column: space for space, column in ARTIST_COLUMN.items()}

# SQL that finds the row of an artist in a statement whose rows `n` bring its id as `provider` (the space) and
# `provider_id`. An alias finds the row, too.
ARTIST_OF_KEY = "(select i.artist_id from thesetd.artist_ids i where i.space = n.provider and i.id = n.provider_id)"


def key_columns(keys: Iterable[ArtistKey | None]) -> tuple[list[str | None], list[str | None]]:
    """Return the columns `provider` and `provider_id` of ARTIST_OF_KEY; what could not be stored is nobody's."""
    known = [key if key is not None and is_storable(key.provider_id) else None for key in keys]
    return [k.space if k else None for k in known], [k.provider_id if k else None for k in known]


def derived_id(table: str, provider: ProviderName | Space, provider_id: str) -> UUID:
    """Return the id of a new row; of one, too, whose provider's id PostgreSQL is going to refuse."""
    return row_id(table, provider, storable(provider_id))


def concert_ids(provider: ProviderName, provider_id: str) -> dict[str, str | None]:
    """Return the columns of a venue's or show's ids, filled for this provider."""
    return {column: provider_id if provider == name else None for name, column in CONCERT_COLUMN.items()}


async def row_ids(connection: Connection, table: str, column: str, wanted: Iterable[str | None]) -> dict[str, UUID]:
    """Return the rows that stand under these ids in a column; unknown and unstorable ids are left out.

    An alias of an artist stands for it, too.
    """
    ids = sorted({one for one in wanted if one is not None and is_storable(one)})
    if not ids:
        return {}
    if table == "artists":
        statement = "select id, artist_id from thesetd.artist_ids where space = $1 and id = any($2)"
        rows = await connection.fetch(statement, _SPACE_OF_COLUMN[column], ids)
        return {row["id"]: row["artist_id"] for row in rows}
    found = await connection.fetch(f"select {column}, id from {table} where {column} = any($1)", ids)  # noqa: S608 - fixed names
    return {r[column]: r["id"] for r in found}


@attrs.frozen
class KnownArtists:
    """Which artists have a row, by each provider's id, among those that were asked for."""

    by_column: Mapping[str, Mapping[str, UUID]]

    @classmethod
    async def load(cls, connection: Connection, wanted: Mapping[str, Iterable[str | None]]) -> "KnownArtists":
        """Look up ids by column (spotify_id, ticketmaster_id, mbid)."""
        return cls({column: await row_ids(connection, "artists", column, ids) for column, ids in wanted.items()})

    def of(self, act: Billing, provider: ProviderName) -> UUID | None:
        """Return the artist of an act by its id at the bill's provider; whose else it is was decided before."""
        own = own_id(act, provider)
        return None if own is None else self.by_column.get(ARTIST_COLUMN[own.space], {}).get(own.id)
