"""From providers' ids to the ids of rows."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.text import is_storable, storable
from thesetd.domain.identity.spaces import Space, columns
from thesetd.domain.ids import SETLISTFM, TICKETMASTER, ProviderName, row_id
from thesetd.domain.music.names import one_name
from thesetd.domain.music.records import Billing
from thesetd.domain.work.jobs import ArtistKey

ARTIST_COLUMN: Mapping[Space, str] = columns("artists")
CONCERT_COLUMN: Mapping[ProviderName, str] = {TICKETMASTER: "ticketmaster_id", SETLISTFM: "setlistfm_id"}


# SQL that finds the row of an artist in a statement whose rows `n` bring `provider` and `provider_id`.
ARTIST_OF_KEY = " ".join(
    (
        "case n.provider",
        *(
            f"when '{name}' then (select id from artists where {column} = n.provider_id)"  # noqa: S608 - fixed names
            for name, column in ARTIST_COLUMN.items()
        ),
        "end",
    )
)


def key_columns(keys: Iterable[ArtistKey | None]) -> tuple[list[str | None], list[str | None]]:
    """Give the columns `provider` and `provider_id` of ARTIST_OF_KEY; what could not be stored is nobody's."""
    known = [key if key is not None and is_storable(key.provider_id) else None for key in keys]
    return [k.space if k else None for k in known], [k.provider_id if k else None for k in known]


def derived_id(table: str, provider: ProviderName | Space, provider_id: str) -> UUID:
    """Give the id of a new row; of one, too, whose provider's id PostgreSQL is going to refuse."""
    return row_id(table, provider, storable(provider_id))


def concert_ids(provider: ProviderName, provider_id: str) -> dict[str, str | None]:
    """Give the columns of a venue's or show's ids, filled for this provider."""
    return {column: provider_id if provider == name else None for name, column in CONCERT_COLUMN.items()}


async def row_ids(connection: Connection, table: str, column: str, wanted: Iterable[str | None]) -> dict[str, UUID]:
    """Give the rows that stand under these ids in a column; what is unknown, or could not be stored, is left out."""
    ids = sorted({one for one in wanted if one is not None and is_storable(one)})
    if not ids:
        return {}
    found = await connection.fetch(f"select {column}, id from {table} where {column} = any($1)", ids)  # noqa: S608 - fixed names
    return {r[column]: r["id"] for r in found}


@attrs.frozen
class KnownArtists:
    """Which artists have a row, by each provider's id, among those that were asked for, and what they are called."""

    by_column: Mapping[str, Mapping[str, UUID]]
    names: Mapping[UUID, str]

    @classmethod
    async def load(cls, connection: Connection, wanted: Mapping[str, Iterable[str | None]]) -> "KnownArtists":
        """Look up ids by column (spotify_id, ticketmaster_id, mbid)."""
        found = {column: await row_ids(connection, "artists", column, ids) for column, ids in wanted.items()}
        rows = sorted({row for by_id in found.values() for row in by_id.values()})
        named = await connection.fetch("select id, name from artists where id = any($1)", rows) if rows else ()
        return cls(found, {row["id"]: row["name"] for row in named})

    def of(self, act: Billing, provider: ProviderName) -> UUID | None:
        """Return the artist of an act: by its own id, or by what it links to if the names agree.

        An act of another name that links to an artist plays that artist's songs.
        """
        sold = provider == TICKETMASTER
        own = self._find("ticketmaster_id", act.provider_id) if sold else self._find("mbid", act.mbid)
        linked = (self._find("mbid", act.mbid), self._find("spotify_id", act.spotify_id))
        return own or next((row for row in linked if row and one_name(self.names[row], act.name)), None)

    def _find(self, column: str, provider_id: str | None) -> UUID | None:
        return None if provider_id is None else self.by_column.get(column, {}).get(provider_id)
