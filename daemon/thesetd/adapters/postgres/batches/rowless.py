"""Writes many batches without rows at once: their checkpoints, new jobs and events in two statements."""

from collections.abc import Sequence
from itertools import islice

from thesetd.adapters.postgres.batches.commit_log import record
from thesetd.adapters.postgres.batches.job_updates import Updated, lost, update_jobs
from thesetd.adapters.postgres.database import Connection
from thesetd.domain.errors import StoreError
from thesetd.domain.work.batches import Batch, Written


def is_light(batch: Batch) -> bool:
    """Return whether a batch is light: no rows, no orders, no edits, no firing, nothing about other jobs."""
    aside = batch.looks or batch.picks or batch.profiles or batch.run or batch.amendment
    return not (batch.rows or batch.orders or batch.edits or batch.firing or aside)


def is_one_statement(batches: Sequence[Batch]) -> bool:
    """Return whether light batches are stored by one statement, which is a transaction of its own."""
    return not any(batch.job for batch in batches) or not any(batch.events or batch.enqueue for batch in batches)


async def write_light(connection: Connection, batches: Sequence[Batch]) -> list[Written | StoreError]:
    """Store light batches, except those whose job was lost or that were stored before.

    Args:
        connection: inside a transaction that holds the writer's lock, unless `is_one_statement`.
        batches: of different jobs.
    """
    updates = [(batch.job, batch.at) for batch in batches if batch.job]
    updated = await update_jobs(connection, updates) if updates else Updated({}, frozenset())
    stored = [batch for batch in batches if batch.job is None or batch.job.id in updated.artists]
    recorded = await record(
        connection,
        [(job, batch.at) for batch in stored for job in batch.enqueue],
        [event for batch in stored for event in batch.events],
        {batch.job.id: batch.job.error for batch in stored if batch.job},
    )
    jobs, events = iter(recorded.jobs), iter(recorded.events)
    found: list[Written | StoreError] = []
    for batch in batches:
        if batch.job is None or batch.job.id in updated.artists:
            enqueued = tuple(islice(jobs, len(batch.enqueue)))
            told = (*islice(events, len(batch.events)), *recorded.firsts_of(enqueued))
            found.append(Written(events=told, enqueued=enqueued))
        else:
            found.append(Written() if batch.job.id in updated.before else lost(batch.job))
    return found
