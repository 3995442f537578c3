"""Reads the data of plans: completed imports, the cost of refreshes, and how many copies are due."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.freshness.weeks import week_index
from thesetd.domain.freshness.copies import LOOKS, Aspect
from thesetd.domain.freshness.plans import Looked, PastImport
from thesetd.domain.freshness.weeks import WeekIndex
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.jobs import LOOK_UP_S, TOGETHER

_IMPORTS = """
select j.artist_id, extract(epoch from j.finished_at - j.started_at)::float + coalesce((j.args ->> $3)::float, 0.0)
    as seconds, exists (
    select from thesetd.jobs e
    where e.artist_id = j.artist_id and e.kind = 'import_artist' and e.created_at < j.created_at
        and e.finished_at <= j.started_at
) as again, array(
    select row(c.provider, sum(c.cost)::int) from thesetd.api_calls c where c.job_id = j.id group by c.provider
) as calls, array(
    select row(e.status, extract(epoch from j.finished_at - min(e.at))::float)
    from thesetd.events e where e.job_id = j.id group by e.status
) as left_s
from thesetd.jobs j
where j.kind = 'import_artist' and j.state = 'done' and j.finished_at > $1 and j.started_at is not null
order by j.finished_at desc limit $2
"""
_LOOKED = """
select j.kind, count(*)::int as looks, sum(1.0 / greatest(g.size, 1))::float8 as groups, array(
    select row(c.provider, sum(c.cost)::int) from thesetd.api_calls c
    where c.purpose = j.kind and c.at > $2 group by c.provider
) as calls
from thesetd.jobs j cross join lateral (
    select max(jsonb_array_length(ids.value)) as size from jsonb_each(j.args -> $3) ids
) g where j.kind = any($1) and j.state = 'done' and j.finished_at > $2 group by j.kind
"""
_COMING = """
select l.artist_id, count(*)::int as shows from artist_shows l join shows s on s.id = l.show_id
where l.artist_id = any($1) and l.left_at is null and s.merged_into is null
    and s.status in ('scheduled', 'rescheduled', 'postponed')
    and (s.local_date is null or greatest(s.end_date, s.local_date) >= $2)
group by l.artist_id
"""
_DUE = "select aspect, count(*)::int as copies from thesetd.refresh where askable and due_at <= $1 group by aspect"


class PostgresPlanning:
    """The `PlanningStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def past_imports(self, *, since: datetime, limit: int) -> tuple[PastImport, ...]:
        """Return completed imports; see `thesetd.ports.freshness.PlanningStore`."""
        return await self._database.read(partial(_past_imports, since=since, limit=limit))

    async def looked(self, *, since: datetime) -> Mapping[Aspect, Looked]:
        """Return the cost of refreshes; see `thesetd.ports.freshness.PlanningStore`."""

        async def work(connection: Connection) -> Mapping[Aspect, Looked]:
            kinds = {kind.value: aspect for aspect, kind in LOOKS.items()}
            rows = await connection.fetch(_LOOKED, list(kinds), since, TOGETHER)
            return {
                kinds[row["kind"]]: Looked(looks=row["looks"], calls=dict(row["calls"]), groups=row["groups"])
                for row in rows
            }

        return await self._database.read(work)

    async def due(self, *, until: datetime) -> Mapping[Aspect, int]:
        """Return how many copies are due; see `thesetd.ports.freshness.PlanningStore`."""

        async def work(connection: Connection) -> Mapping[Aspect, int]:
            return {Aspect(row["aspect"]): row["copies"] for row in await connection.fetch(_DUE, until)}

        return await self._database.read(work)

    async def coming(self, artists: Sequence[UUID], *, now: datetime) -> Mapping[UUID, int]:
        """Return how many shows are to come; see `thesetd.ports.freshness.PlanningStore`."""

        async def work(connection: Connection) -> Mapping[UUID, int]:
            rows = await connection.fetch(_COMING, list(artists), now.date())
            return {row["artist_id"]: row["shows"] for row in rows}

        return await self._database.read(work)

    async def weeks(self, provider: ProviderName, countries: Collection[str]) -> WeekIndex:
        """Return the weeks of coming shows; see `thesetd.ports.freshness.PlanningStore`."""
        return await self._database.read(partial(week_index, provider=provider, countries=countries))


async def _past_imports(connection: Connection, *, since: datetime, limit: int) -> tuple[PastImport, ...]:
    rows = await connection.fetch(_IMPORTS, since, limit, LOOK_UP_S)
    return tuple(
        PastImport(
            artist_id=row["artist_id"],
            again=row["again"],
            seconds=row["seconds"],
            calls=dict(row["calls"]),
            left_s=dict(row["left_s"]),
        )
        for row in rows
    )
