"""Marks pages that have vanished from setlist.fm, with the evidence; their songs are hidden, nothing is deleted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.domain.music.records import GonePage
from thesetd.ports.store import LastEdit

_UNSEEN = """
select p.setlistfm_id from thesetd.setlist_pages p left join thesetd.readings r on r.id = p.reading_id
where p.artist_id = $1 and p.artist_mbid = $2 and p.gone_at is null and greatest(p.fetched_at, r.fetched_at) < $3
order by p.fetched_at, p.setlistfm_id limit $4
"""
# An answer from before this moment does not restore it.
_MARK = """
update thesetd.setlist_pages p set gone_at = $1, gone_because = n.because, fetched_at = $1, reading_id = null,
    updated_at = $1
from unnest($2::text[], $3::text[]) as n (setlistfm_id, because)
where p.setlistfm_id = n.setlistfm_id and p.gone_at is null and p.fetched_at <= $1
returning p.artist_id
"""


_LATEST = """
select p.setlistfm_id, p.version_id, greatest(p.fetched_at, r.fetched_at) as seen_at
from thesetd.setlist_pages p left join thesetd.readings r on r.id = p.reading_id
where p.artist_id = $1 and p.artist_mbid = $2 and p.gone_at is null
order by p.event_date desc, p.setlistfm_id limit $3
"""


_LAST_EDIT = """
select min(p.setlistfm_id) as page, p.last_updated as at, count(*) as together from thesetd.setlist_pages p
where p.artist_id = $1 and p.artist_mbid = $2 and p.gone_at is null and p.last_updated is not null
group by p.last_updated order by p.last_updated desc limit 1
"""


class PostgresPages:
    """The `PageStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unseen(self, artist_id: UUID, mbid: str, *, since: datetime, limit: int) -> tuple[str, ...]:
        """Return pages that were not seen recently; see `thesetd.ports.store.PageStore`."""

        async def work(connection: Connection) -> tuple[str, ...]:
            rows = await connection.fetch(_UNSEEN, artist_id, mbid, since, limit)
            return tuple(row["setlistfm_id"] for row in rows)

        return await self._database.read(work)

    async def versions(self, artist_id: UUID, mbid: str, *, since: datetime, limit: int) -> Mapping[str, str]:
        """Return the versions of the latest pages; see `thesetd.ports.store.PageStore`."""

        async def work(connection: Connection) -> Mapping[str, str]:
            rows = await connection.fetch(_LATEST, artist_id, mbid, limit)
            lately = all(row["seen_at"] >= since for row in rows)
            return {row["setlistfm_id"]: row["version_id"] for row in rows} if lately else {}

        return await self._database.read(work)

    async def last_edit(self, artist_id: UUID, mbid: str) -> LastEdit | None:
        """Return the page that was edited last; see `thesetd.ports.store.PageStore`."""

        async def work(connection: Connection) -> LastEdit | None:
            row = await connection.fetchrow(_LAST_EDIT, artist_id, mbid)
            return None if row is None else LastEdit(**row)

        return await self._database.read(work)


async def mark_gone(connection: Connection, pages: Sequence[GonePage], at: datetime) -> set[UUID]:
    """Mark pages as gone; return the acts whose pages they were."""
    if not pages:
        return set()
    rows = await connection.fetch(_MARK, at, [one.setlistfm_id for one in pages], [one.because for one in pages])
    return {row["artist_id"] for row in rows if row["artist_id"] is not None}
