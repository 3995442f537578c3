"""The queue: claims jobs, and releases those of crashed nodes."""

from collections.abc import Collection
from datetime import datetime

from thesetd.adapters.postgres import reading
from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.queue.nodes import HINTS, NODE_LOCK, tell
from thesetd.adapters.postgres.queue.pauses import FREE, HELD, PAUSED_WAITS, RUNNABLE
from thesetd.domain.ids import JobId
from thesetd.domain.work.deferrals import Deferral
from thesetd.domain.work.jobs import POISON, REST_S, SUSPECT, Lane, Owner
from thesetd.ports.store import Claimed, Hint, HintKind

# Jobs that may run are the free ones, read in one walk, and for each ended pause those that waited for it. Jobs that
# wait for pauses in force, which may be many, are not read: only which pauses are waited for, each once. Comparisons
# with constants can use partial indexes.
_PAUSES = f"""
pauses_met as (
    (select waits_for from thesetd.jobs where {HELD} order by waits_for limit 1)
    union all
    select (select waits_for from thesetd.jobs where {HELD} and waits_for > p.waits_for order by waits_for limit 1)
    from pauses_met p where p.waits_for is not null
), ended as (
    select waits_for from pauses_met where waits_for <> all({PAUSED_WAITS})
)
"""  # noqa: S608 - constants of this package
_DUE = f"""
select id from (
    select free.* from (
        select id, lane, not_before from thesetd.jobs
        where {FREE} and {{which}} and not_before <= $5
        order by {{order}} limit {{limit}} for update skip locked
    ) free
    union all
    select held.* from ended, lateral (
        select id, lane, not_before from thesetd.jobs
        where {HELD} and waits_for = ended.waits_for and {{which}} and not_before <= $5
        order by {{order}} limit {{limit}} for update skip locked
    ) held
) due order by {{order}} limit {{limit}}
"""  # noqa: S608 - constants of this package
# `lost` are those whose claim was committed but whose reply was lost.
_CLAIM = f"""
with recursive lost as (
    select id from thesetd.jobs
    where state = 'running' and node = $1 and epoch = $2 and id <> all($6::bigint[])
    limit $3 for update skip locked
), {_PAUSES}, urgent as ({{urgent}}), others as ({{others}}), claimed as (
    update thesetd.jobs
    set state = 'running', node = $1, epoch = $2, fence = fence + 1, revision = 0, renewed_at = $5, waits_for = null,
        started_at = coalesce(started_at, $5)
    where id = any(array(select id from lost union all select id from urgent union all select id from others))
    returning *
), waiting as (
    select min(first.not_before) as next_due
    from generate_series(0, case when (select count(*) from others) < $4 then {int(max(Lane))} else 0 end) as l (lane),
    lateral (
        (
            select not_before from thesetd.jobs
            where {FREE} and {{may_run}} and lane = l.lane
                and id <> all(array(select id from urgent union all select id from others))
            order by not_before limit 1
        )
        union all
        select held.* from ended, lateral (
            select not_before from thesetd.jobs
            where {HELD} and waits_for = ended.waits_for and {{may_run}} and lane = l.lane
                and id <> all(array(select id from urgent union all select id from others))
            order by not_before limit 1
        ) held
    ) first
)
select w.next_due,
    j.id, j.kind, j.lane, j.state, j.fence, j.args, j.checkpoint, j.attempts, j.rescues, j.created_at, j.not_before,
    j.error, {reading.KNOWN_ARTIST}, s.status, s.progress, s.message, s.counts,
    s.expected_at, s.expected_from, s.expected_until
from waiting w left join claimed j on true
left join artists a on a.id = j.artist_id left join import_status s on s.job_id = j.id
order by j.lane, j.not_before, j.id
"""  # noqa: S608 - constants of this package
_MORE = "$3 - (select count(*) from lost)"
_BACKGROUND = f"least($4, {_MORE} - (select count(*) from urgent))"  # noqa: S608 - a constant


def _claim(*, suspects: bool) -> str:
    may_run = f"rescues {'>=' if suspects else '<'} {SUSPECT} and {RUNNABLE}"
    return _CLAIM.format(
        urgent=_DUE.format(which=f"{may_run} and lane = 0", order="not_before, id", limit=_MORE),
        others=_DUE.format(which=f"{may_run} and lane > 0", order="lane, not_before, id", limit=_BACKGROUND),
        may_run=may_run,
    )


_CLAIMS = {suspects: _claim(suspects=suspects) for suspects in (False, True)}

# A live owner holds the lock on its node's name, so trying to take the lock shows whether it is alive. An owner that
# leases its name counts as crashed when it is presumed to be, and then loses the lease.
_RECOVER = f"""
with owners as (
    select distinct node, epoch from thesetd.jobs where state = 'running' and ($6 or (node, epoch) <> ($1, $2))
), ended as (
    update thesetd.nodes set leased = false where leased and name = any($3)
), dead as materialized (
    select node, epoch from owners
    where case
        when node = any($3::text[] || $1::text) then true
        when node in (select name from thesetd.nodes where leased) then false
        else pg_try_advisory_xact_lock($4, hashtext(node))
    end
), released as (
    update thesetd.jobs j
    set state = 'ready', node = null, epoch = null, renewed_at = null, rescues = rescues + 1,
        not_before = case when rescues + 1 between {SUSPECT} and {POISON - 1}
            then $5::timestamptz + (rescues + 2 - {SUSPECT}) * interval '{REST_S} s' else least(not_before, $5) end
    from dead where j.state = 'running' and j.node = dead.node and j.epoch = dead.epoch returning 1
), hint as materialized (
    select pg_notify($7, $8) where exists (select from released)
)
select (select count(*) from released), (select count(*) from hint)
"""  # noqa: S608 - constants of this package

_HASTEN = """
update thesetd.jobs set not_before = $2 where state = 'ready' and waits_for = $1 and not_before > $2 returning 1
"""
_HELD = "select id from thesetd.jobs where state = 'running' and node = $1 and epoch = $2"


class PostgresJobs:
    """The `JobStore` over PostgreSQL.

    It does not wait for batches, since no batch of a live owner changes the same rows.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(
        self,
        *,
        owner: Owner,
        limit: int,
        background: int,
        now: datetime,
        running: Collection[JobId] | None = None,
        suspects: bool = False,
    ) -> Claimed:
        """Claim due jobs; see `thesetd.ports.store.JobStore`. Two owners never claim the same one."""

        async def work(connection: Connection) -> Claimed:
            arguments = (owner.node, owner.epoch, limit, background, now, running)
            rows = await connection.fetch(_CLAIMS[suspects], *arguments)
            jobs = tuple(reading.job(row) for row in rows if row["id"] is not None)
            return Claimed(jobs=jobs, next_due=rows[0]["next_due"])

        return await self._database.state(work)

    async def recover(
        self, *, owner: Owner, presumed_dead: Collection[str] = (), idle: bool = False, now: datetime
    ) -> int:
        """Release the jobs of crashed nodes; see `thesetd.ports.store.JobStore`."""

        async def work(connection: Connection) -> int:
            hint = (HINTS, HintKind.JOBS.value)  # the node that gave them back may have no room for them
            arguments = (owner.node, owner.epoch, sorted(presumed_dead), NODE_LOCK, now, idle, *hint)
            return int(await connection.fetchval(_RECOVER, *arguments))

        return await self._database.state(work)

    async def hasten(self, waits_for: Deferral, *, now: datetime) -> int:
        """Make jobs due that were deferred for this; see `thesetd.ports.store.JobStore`."""

        async def work(connection: Connection) -> int:
            count = len(await connection.fetch(_HASTEN, waits_for.text, now))
            if count:
                await tell(connection, Hint(HintKind.JOBS))
            return count

        return await self._database.note(work)

    async def held(self, owner: Owner) -> frozenset[JobId]:
        """Return the jobs that run under this owner; see `thesetd.ports.store.JobStore`."""

        async def work(connection: Connection) -> frozenset[JobId]:
            rows = await connection.fetch(_HELD, owner.node, owner.epoch)
            return frozenset(JobId(row["id"]) for row in rows)

        return await self._database.read(work)
