"""Updates the jobs of batches: checkpoints, ends, and the fence that excludes other owners."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.queue.nodes import HINTS
from thesetd.adapters.postgres.rows.lookup import ARTIST_OF_KEY, key_columns
from thesetd.adapters.postgres.text import storable
from thesetd.domain.errors import LostLease
from thesetd.domain.ids import JobId
from thesetd.domain.work.jobs import JobUpdate
from thesetd.ports.store import HintKind


def updating(first: int, condition: str = "true", *, ended: bool) -> str:
    """Return the parts of a statement that update jobs: `updated` are those that were, by `update_columns`.

    A schedule's row records how its last job ended, since jobs are deleted after a while.

    Args:
        first: the number of the first of its parameters.
        condition: what must be true before.
        ended: whether a job may end; `has_ended` says so of an update.
    """
    kinds = ("bigint", "bigint", *["text"] * 4, "timestamptz", "text", "boolean", "timestamptz", "integer", "text")
    parameters = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate((*kinds, "boolean"), start=first))
    updated = f"""updated as (
    update thesetd.jobs j set
        state = n.state,
        artist_id = coalesce({ARTIST_OF_KEY}, j.artist_id),
        checkpoint = coalesce(n.checkpoint::jsonb, j.checkpoint),
        not_before = case when n.state = 'ready' then coalesce(n.not_before, j.created_at) else j.not_before end,
        error = case when n.state = 'running' then coalesce(n.error, j.error) else n.error end,
        waits_for = n.waits_for,
        attempts = j.attempts + n.failed::integer,
        rescues = case when n.state = 'running' and coalesce(n.checkpoint::jsonb = j.checkpoint, true)
            then j.rescues else 0 end,
        revision = coalesce(n.revision, j.revision),
        node = case when n.state = 'running' then j.node end,
        epoch = case when n.state = 'running' then j.epoch end,
        renewed_at = case when n.state = 'running' then n.at end,
        finished_at = case when n.state not in ('running', 'ready') then n.at end
    from unnest({parameters}) as n (id, fence, state, provider, provider_id, checkpoint, not_before, error, failed, at,
        revision, waits_for, is_given_back)
    where {condition} and j.id = n.id and j.fence = n.fence and j.state = 'running'
        and (n.revision is null or j.revision < n.revision)
    returning j.id, j.artist_id, j.kind, j.args, j.state, j.error, j.finished_at, n.is_given_back
)"""  # noqa: S608 - constants of this package
    return f"{updated}, {_SCHEDULES}" if ended else updated


_SCHEDULES = """schedules as (
    update thesetd.schedules s set last_result = u.state, last_error = u.error,
        last_success = case when u.state = 'done' then u.finished_at else s.last_success end
    from updated u
    where u.kind in ('sweep', 'cleanup') and u.finished_at is not null and s.name = u.args->>'schedule'
)"""


# Every node is notified of released jobs: the releasing node cannot run them now, but another one may.
_UPDATES = {
    ended: f"""
with {updating(1, ended=ended)}
select id, artist_id, null as told from updated
union all
select null, null, pg_notify('{HINTS}', '{HintKind.JOBS.value}')::text
from updated where is_given_back having count(*) > 0
"""  # noqa: S608 - constants of this package
    for ended in (False, True)
}
_STORED = """
select j.id from thesetd.jobs j
join unnest($1::bigint[], $2::bigint[], $3::integer[]) as n (id, fence, revision)
    on j.id = n.id and j.fence = n.fence and j.revision = n.revision
"""


@attrs.frozen
class Updated:
    """The updated jobs, with their artists, and those whose update had been stored before."""

    artists: Mapping[JobId, UUID | None]
    before: frozenset[JobId]


class StoredBefore(Exception):
    """The batch of this update was committed before: its sender received no reply and sends it again."""


async def update_job(connection: Connection, update: JobUpdate, at: datetime) -> UUID | None:
    """Apply an update to its job and return the artist that the job is about.

    Raises:
        LostLease: the job is not running under this fence.
        StoredBefore: this very update was applied before.
    """
    updated = await update_jobs(connection, [(update, at)])
    if update.id in updated.before:
        raise StoredBefore
    if update.id not in updated.artists:
        raise lost(update)
    return updated.artists[update.id]


async def forget_deaths(connection: Connection, job: JobId) -> None:
    """Begin the count of nodes that died while they ran a job again."""
    await connection.execute("update thesetd.jobs set rescues = 0 where id = $1", job)


async def update_jobs(connection: Connection, updates: Sequence[tuple[JobUpdate, datetime]]) -> Updated:
    """Apply updates of different jobs, each with its moment. Jobs missing from the result were lost."""
    statement = _UPDATES[any(has_ended(update) for update, _ in updates)]
    rows = await connection.fetch(statement, *update_columns(updates))
    found = {JobId(row["id"]): row["artist_id"] for row in rows if row["id"] is not None}
    return await told_apart(connection, updates, found)


def has_ended(update: JobUpdate) -> bool:
    """Return whether an update ends its job."""
    return update.state.final


def update_columns(updates: Sequence[tuple[JobUpdate, datetime]]) -> list[Sequence[object]]:
    """Return the parameters of `updating`."""
    return [
        [update.id for update, _ in updates],
        [update.fence for update, _ in updates],
        [update.state.value for update, _ in updates],
        *key_columns(update.artist for update, _ in updates),
        [
            None if update.checkpoint is None else json.dumps(dict(update.checkpoint), ensure_ascii=False)
            for update, _ in updates
        ],
        [update.not_before for update, _ in updates],
        [None if update.error is None else storable(update.error) for update, _ in updates],
        [update.failed_attempt for update, _ in updates],
        [at for _, at in updates],
        [update.revision for update, _ in updates],
        [update.waits_for.text if update.waits_for else None for update, _ in updates],
        [update.gives_back(at) for update, at in updates],
    ]


async def told_apart(
    connection: Connection, updates: Sequence[tuple[JobUpdate, datetime]], found: Mapping[JobId, UUID | None]
) -> Updated:
    """Tell updates that were applied before from those of lost jobs; `found` are the jobs that were updated."""
    missing = [update for update, _ in updates if update.id not in found]
    return Updated(found, await _stored_before(connection, missing) if missing else frozenset())


async def _stored_before(connection: Connection, updates: Sequence[JobUpdate]) -> frozenset[JobId]:
    rows = await connection.fetch(
        _STORED,
        [update.id for update in updates],
        [update.fence for update in updates],
        [update.revision for update in updates],
    )
    return frozenset(JobId(row["id"]) for row in rows)


def lost(update: JobUpdate) -> LostLease:
    """Report that a job now belongs to another node."""
    return LostLease(f"job {update.id} does not run under fence {update.fence} any more")
