"""Answers queries about jobs with their progress, events and artists."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from thesetd.adapters.postgres import reading
from thesetd.adapters.postgres.database import Connection, Database
from thesetd.domain.identity.spaces import SPACE_OF
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.music.names import fold
from thesetd.domain.music.reference import ArtistRef, ReferenceKind
from thesetd.domain.work.jobs import JobKind, JobState, KnownArtist
from thesetd.domain.work.progress import CommittedEvent
from thesetd.ports.surface.jobs import ImportStatus

_STATUS = """
select j.id, j.kind, j.lane, j.state, j.artist_id, a.slug, a.name, s.status, s.progress, s.message, s.counts,
    s.expected_at, s.expected_from, s.expected_until,
    j.attempts, j.created_at, j.started_at, j.finished_at, j.not_before, j.error, j.waits_for, s.error_details,
    j.node, j.args->>'reference' as typed, j.args->>'request_id' as request_id
from thesetd.jobs j left join artists a on a.id = j.artist_id left join import_status s on s.job_id = j.id
"""
# A name also finds a job that has no artist yet.
_OF_ARTIST = """($4::text is null or a.slug = $4 or a.folded_name = $5 or a.id::text = $4
    or j.args->>'reference' = $4)"""
LAST = (1 << 63) - 1  # matches no job
_EVENTS = "select * from thesetd.events where seq > $1"
_OF_ID = "a.id = (select i.artist_id from thesetd.artist_ids i where i.space = '{space}' and i.id = $1)"
# An id of this database or a slug of a row whose ids all moved to another leads to that one.
_OF_ROW = "a.id = (select coalesce(o.merged_into, o.id) from artists o where {one})"
# A row whose ids all moved to another is not found by name. A former name finds an artist if no present name does.
_OF_NAME = """a.merged_into is null and (a.folded_name = $1 or a.id in (
    select i.artist_id from thesetd.artist_ids i join thesetd.artist_records r using (space, id)
    where r.former @> array[$1] and not exists (select from artists o where o.folded_name = $1)
))"""
_NO_NAME = "not exists (select from artists o where o.folded_name = $1) and " + _OF_ROW.format(one="o.slug = $2")
_OF_ITSELF = _OF_ROW.format(one="o.id = $1::text::uuid")
# A slug that was made of an id, for want of letters in the name, has an id's form: it is read as one.
_OF_ID_OR_SLUG = f"""({_OF_ID} or {_OF_ROW.format(one="o.slug = $1")} and not exists (
    select from thesetd.artist_ids i where i.space = '{{space}}' and i.id = $1
))"""
_FOUND: Mapping[ReferenceKind, str] = {
    **{kind: _OF_ID_OR_SLUG.format(space=space) for kind, space in SPACE_OF.items()},
    ReferenceKind.NAME: f"({_OF_NAME} or {_NO_NAME})",
    ReferenceKind.MBID: f"({_OF_ID.format(space=SPACE_OF[ReferenceKind.MBID])} or {_OF_ITSELF})",
    ReferenceKind.ID: """a.id = (
        select i.artist_id from thesetd.artist_ids i
        where i.space = split_part($1, ':', 1) and i.id = substr($1, strpos($1, ':') + 1)
    )""",
    ReferenceKind.SLUG: _OF_ROW.format(one="o.slug = $1"),
}


class PostgresStatus:
    """The `StatusStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def status(self, job_id: JobId) -> ImportStatus | None:
        """Return one job; see `thesetd.ports.store.StatusStore`."""
        rows = await self._fetch(f"{_STATUS} where j.id = $1", job_id)
        return reading.import_status(rows[0]) if rows else None

    async def listed(
        self,
        *,
        states: Sequence[JobState] = (),
        kinds: Sequence[JobKind] = (),
        artist: str | None = None,
        since: datetime | None = None,
        request: str | None = None,
        before: JobId | None = None,
        limit: int = 50,
    ) -> tuple[ImportStatus, ...]:
        """List jobs, newest first; see `thesetd.ports.store.StatusStore`."""
        named = ", ".join(f"'{state.value}'" for state in states or JobState)  # spelled out, for the partial indexes
        rows = await self._fetch(
            f"{_STATUS} where j.state in ({named}) and j.kind = any($1) and j.id < $2 and {_OF_ARTIST}"
            " and ($6::timestamptz is null or j.created_at >= $6)"
            " and ($7::text is null or j.args->>'request_id' = $7) order by j.id desc limit $3",
            [kind.value for kind in kinds or JobKind],
            LAST if before is None else before,
            limit,
            artist,
            None if artist is None else fold(artist),
            since,
            request,
        )
        return tuple(map(reading.import_status, rows))

    async def events(self, *, after: Seq, job_id: JobId | None, limit: int) -> tuple[CommittedEvent, ...]:
        """Return committed events in order; see `thesetd.ports.store.StatusStore`."""
        if job_id is None:
            rows = await self._fetch(f"{_EVENTS} order by seq limit $2", after, limit)
        else:
            rows = await self._fetch(f"{_EVENTS} and job_id = $3 order by seq limit $2", after, limit, job_id)
        return tuple(map(reading.event, rows))

    async def find_artist(self, ref: ArtistRef) -> tuple[KnownArtist, ...]:
        """Find stored artists, the best known first; see `thesetd.ports.store.StatusStore`."""
        rows = await self._fetch(
            f"""
            select {reading.KNOWN_ARTIST} from artists a where {_FOUND[ref.kind]}
            order by a.popularity desc nulls last, a.followers desc nulls last, a.id
            """,  # noqa: S608 - constants of this module
            *((fold(ref.value), ref.value) if ref.kind is ReferenceKind.NAME else (ref.value,)),
        )
        return tuple(map(reading.known_artist, rows))

    async def headliner(self, show_id: UUID) -> tuple[KnownArtist, date | None] | None:
        """Return the first act of a show that has an id; see `thesetd.ports.store.StatusStore`."""
        rows = await self._fetch(
            f"""
            select {reading.KNOWN_ARTIST}, s.local_date from shows s
            join artist_shows l on l.show_id = s.id and l.left_at is null join artists a on a.id = l.artist_id
            where s.id = $1 and exists (select from thesetd.artist_ids i where i.artist_id = a.id)
            order by l.is_headliner desc, l.set_order limit 1
            """,  # noqa: S608 - constants of this module
            show_id,
        )
        return (reading.known_artist(rows[0]), rows[0]["local_date"]) if rows else None

    async def _fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        async def work(connection: Connection) -> list[asyncpg.Record]:
            return await connection.fetch(statement, *arguments)

        return await self._database.read(work)
