"""What batches do to the jobs that they belong to: checkpoints, ends, and the fence that keeps others out."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.journal import artist_rows
from thesetd.adapters.postgres.text import storable
from thesetd.domain.errors import LostLease
from thesetd.domain.ids import JobId
from thesetd.domain.jobs import JobUpdate

_UPDATE = """
update thesetd.jobs j set
    state = n.state,
    artist_id = coalesce(n.artist_id, j.artist_id),
    checkpoint = coalesce(n.checkpoint::jsonb, j.checkpoint),
    not_before = case when n.state = 'ready' then coalesce(n.not_before, j.created_at) else j.not_before end,
    error = case when n.state = 'running' then coalesce(n.error, j.error) else n.error end,
    attempts = j.attempts + n.failed::integer,
    rescues = 0,
    node = case when n.state = 'running' then j.node end,
    epoch = case when n.state = 'running' then j.epoch end,
    renewed_at = case when n.state = 'running' then n.at end,
    finished_at = case when n.state not in ('running', 'ready') then n.at end
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[],
        $8::boolean[], $9::timestamptz[])
    as n (id, fence, state, artist_id, checkpoint, not_before, error, failed, at)
where j.id = n.id and j.fence = n.fence and j.state = 'running'
returning j.id, j.artist_id
"""


async def update_job(connection: Connection, update: JobUpdate, at: datetime) -> UUID | None:
    """Apply an update to its job and give the artist that the job is about.

    Raises:
        LostLease: the job is not running under this fence.
    """
    updated = await update_jobs(connection, [(update, at)])
    if update.id not in updated:
        raise lost(update)
    return updated[update.id]


async def update_jobs(
    connection: Connection, updates: Sequence[tuple[JobUpdate, datetime]]
) -> Mapping[JobId, UUID | None]:
    """Apply updates of different jobs, each with its moment; give their artists. A job that is missing was lost."""
    keys = [update.artist for update, _ in updates]
    artists = await artist_rows(connection, keys)
    rows = await connection.fetch(
        _UPDATE,
        [update.id for update, _ in updates],
        [update.fence for update, _ in updates],
        [update.state.value for update, _ in updates],
        [artists.get(key) for key in keys],
        [None if update.checkpoint is None else json.dumps(dict(update.checkpoint)) for update, _ in updates],
        [update.not_before for update, _ in updates],
        [None if update.error is None else storable(update.error) for update, _ in updates],
        [update.failed_attempt for update, _ in updates],
        [at for _, at in updates],
    )
    return {JobId(row["id"]): row["artist_id"] for row in rows}


def lost(update: JobUpdate) -> LostLease:
    """Say that a job belongs to somebody else by now."""
    return LostLease(f"job {update.id} does not run under fence {update.fence} any more")
