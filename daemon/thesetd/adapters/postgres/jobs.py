"""The queue: claiming jobs, giving them back, and when the next is due."""

from datetime import datetime

from thesetd.adapters.postgres import reading
from thesetd.adapters.postgres.database import Connection, Database
from thesetd.domain.jobs import Job, Lane

_CLAIM = f"""
with due as (
    select id from thesetd.jobs where state = 'ready' and not_before <= $4 and lane <= $3
    order by lane, not_before, id limit $2 for update skip locked
), claimed as (
    update thesetd.jobs j
    set state = 'running', node = $1, fence = fence + 1, renewed_at = $4, started_at = coalesce(started_at, $4)
    from due where j.id = due.id returning j.*
)
select j.id, j.kind, j.lane, j.state, j.fence, j.args, j.checkpoint, j.attempts, j.created_at, j.not_before, j.error,
    {reading.KNOWN_ARTIST}, s.status, s.progress, s.message, s.counts
from claimed j left join artists a on a.id = j.artist_id left join import_status s on s.job_id = j.id
order by j.lane, j.not_before, j.id
"""  # noqa: S608 - constants of this package


class PostgresJobs:
    """The `JobStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, *, node: str, limit: int, upto: Lane, now: datetime) -> tuple[Job, ...]:
        """Take due jobs for this node; see `thesetd.ports.store.JobStore`. Two nodes never get the same one."""

        async def work(connection: Connection) -> tuple[Job, ...]:
            return tuple(map(reading.job, await connection.fetch(_CLAIM, node, limit, int(upto), now)))

        return await self._database.transact(work)

    async def recover(self, *, node: str, now: datetime) -> int:
        """Give back what an earlier run of this node left running; see `thesetd.ports.store.JobStore`.

        They are due at once, even where the clock has gone back since they were claimed.
        """

        async def work(connection: Connection) -> int:
            given_back = await connection.fetch(
                """
                update thesetd.jobs
                set state = 'ready', node = null, renewed_at = null, not_before = least(not_before, $2)
                where state = 'running' and node = $1 returning 1
                """,
                node,
                now,
            )
            return len(given_back)

        return await self._database.transact(work)

    async def next_due(self) -> datetime | None:
        """Say when the earliest waiting job may start; see `thesetd.ports.store.JobStore`."""

        async def work(connection: Connection) -> datetime | None:
            due: datetime | None = await connection.fetchval(
                "select min(not_before) from thesetd.jobs where state = 'ready'"
            )
            return due

        return await self._database.read(work)
