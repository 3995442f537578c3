"""Reads what the database knows about a job's lack of progress."""

from datetime import datetime

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.queue.nodes import LIVES
from thesetd.adapters.postgres.queue.pauses import FREE, HELD, PAUSED_WAITS, RUNNABLE
from thesetd.domain.ids import JobId
from thesetd.domain.work.deferrals import Deferral, Deferred
from thesetd.domain.work.diagnosis import JobSnapshot
from thesetd.domain.work.jobs import SUSPECT, JobState

_STANDING = f"""
select j.state, j.not_before, j.attempts, j.rescues, j.error, j.waits_for, j.node,
    j.node is not null and {LIVES.format(node="j.node")} as node_lives,
    array(select what from thesetd.pauses) as paused,
    (
        select id from thesetd.jobs o
        where o.unique_key = j.unique_key and o.state in ('ready', 'running') and o.id <> j.id
    ) as same_key,
    (
        select count(*) from (
            select * from thesetd.jobs where {FREE}
            union all select * from thesetd.jobs where {HELD} and waits_for <> all({PAUSED_WAITS})
        ) o
        where {RUNNABLE} and o.not_before <= $2 and o.rescues < {SUSPECT}
            and (o.lane, o.not_before, o.id) < (j.lane, j.not_before, j.id)
    ) as ahead
from thesetd.jobs j where j.id = $1
"""  # noqa: S608 - constants of this package


_DEFERRED = """
select waits_for, count(*) as jobs, min(not_before) as due from thesetd.jobs
where state = 'ready' and waits_for is not null and not_before > $1 group by 1 order by 2 desc, 1
"""


class PostgresJobSnapshots:
    """The `SnapshotStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def snapshot(self, job_id: JobId, *, now: datetime) -> JobSnapshot | None:
        """Return what is known about a job's lack of progress; see `thesetd.ports.store.StatusStore`."""

        async def work(connection: Connection) -> JobSnapshot | None:
            row = await connection.fetchrow(_STANDING, job_id, now)
            if row is None:
                return None
            return JobSnapshot(
                job_id=job_id,
                state=JobState(row["state"]),
                due=row["not_before"],
                attempts=row["attempts"],
                rescues=row["rescues"],
                error=row["error"],
                waits_for=Deferral.parse(row["waits_for"]) if row["waits_for"] else None,
                node=row["node"],
                node_lives=row["node_lives"],
                ahead=row["ahead"],
                same_key=row["same_key"],
                paused=frozenset(row["paused"]),
            )

        return await self._database.read(work)

    async def deferred(self, now: datetime) -> tuple[Deferred, ...]:
        """Count the deferred jobs by what they wait for, the most frequent first.

        Raises:
            StoreUnavailable: the database does not answer.
        """

        async def work(connection: Connection) -> tuple[Deferred, ...]:
            rows = await connection.fetch(_DEFERRED, now)
            return tuple(
                Deferred(waits_for=Deferral.parse(row["waits_for"]), jobs=row["jobs"], due=row["due"]) for row in rows
            )

        return await self._database.read(work)
