"""Writes many batches without rows at once: their checkpoints, new jobs and events, in one statement if possible."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from thesetd.adapters.postgres.batches.commit_log import Recorded, record
from thesetd.adapters.postgres.batches.job_updates import Updated, lost, told_apart, update_jobs
from thesetd.adapters.postgres.database import Connection
from thesetd.domain.errors import StoreError
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import JobUpdate


def is_light(batch: Batch) -> bool:
    """Return whether a batch is light: no rows, no orders, no edits, no firing, nothing about other jobs."""
    aside = batch.looks or batch.picks or batch.profiles or batch.run or batch.amendment or batch.week_look
    return not (batch.rows or batch.orders or batch.edits or batch.firing or aside)


def is_one_statement(batches: Sequence[Batch]) -> bool:
    """Return whether light batches are stored by one statement, which is a transaction of its own.

    A batch whose job may free the key of a new job needs two.
    """
    return not any(batch.job and batch.enqueue for batch in batches)


async def write_reports(connection: Connection, batches: Sequence[Batch]) -> list[Written | StoreError] | None:
    """Store reports of different jobs by one statement, without waiting for other batches.

    Returns:
        None if nothing was stored: another transaction numbers events or concerns one of the jobs, or all were lost.
    """
    updates = [(batch.job, batch.at) for batch in batches if batch.job]
    recorded = await _record(connection, batches, updates, beside=True)
    if not recorded.updated:
        return None
    return _outcomes(batches, await told_apart(connection, updates, recorded.updated), recorded)


async def write_light(connection: Connection, batches: Sequence[Batch]) -> list[Written | StoreError]:
    """Store light batches, except those whose job was lost or that were stored before.

    Args:
        connection: inside a transaction that holds the writer's lock, unless `is_one_statement`.
        batches: of different jobs.
    """
    updates = [(batch.job, batch.at) for batch in batches if batch.job]
    if is_one_statement(batches):
        recorded = await _record(connection, batches, updates)
        updated = await told_apart(connection, updates, recorded.updated)
    else:
        updated = await update_jobs(connection, updates)
        recorded = await _record(connection, [one for one in batches if _is_stored(one, updated)])
    return _outcomes(batches, updated, recorded)


def _outcomes(batches: Sequence[Batch], updated: Updated, recorded: Recorded) -> list[Written | StoreError]:
    jobs, events = iter(recorded.jobs), iter(recorded.events)
    found: list[Written | StoreError] = []
    for batch in batches:
        if _is_stored(batch, updated):
            enqueued = tuple(islice(jobs, len(batch.enqueue)))
            told = (*islice(events, len(batch.events)), *recorded.firsts_of(enqueued))
            found.append(Written(events=told, enqueued=enqueued))
        elif batch.job:
            found.append(Written() if batch.job.id in updated.before else lost(batch.job))
    return found


def _is_stored(batch: Batch, updated: Updated) -> bool:
    return batch.job is None or batch.job.id in updated.artists


async def _record(
    connection: Connection,
    batches: Sequence[Batch],
    updates: Sequence[tuple[JobUpdate, datetime]] = (),
    *,
    beside: bool = False,
) -> Recorded:
    owned = [(event, batch.job.id if batch.job and updates else None) for batch in batches for event in batch.events]
    return await record(
        connection,
        [(job, batch.at) for batch in batches for job in batch.enqueue],
        [event for event, _ in owned],
        {batch.job.id: batch.job.error for batch in batches if batch.job},
        updates=updates,
        owners=[owner for _, owner in owned],
        beside=beside,
    )
