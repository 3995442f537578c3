"""Batches without rows, many at once: checkpoints, new jobs and events of all of them in a few statements."""

from collections.abc import Sequence

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.journal import enqueue, first_events, store_events
from thesetd.adapters.postgres.running import Updated, lost, update_jobs
from thesetd.domain.batches import Accepted, Batch, Written
from thesetd.domain.errors import StoreError
from thesetd.domain.progress import CommittedEvent, ProgressEvent


async def write_light(connection: Connection, batches: Sequence[Batch]) -> list[Written | StoreError]:
    """Store batches without rows, orders or a firing, but those whose job was lost or that were stored before.

    Args:
        connection: inside the writer's transaction, holding its lock.
        batches: of different jobs.
    """
    updates = [(batch.job, batch.at) for batch in batches if batch.job]
    updated = await update_jobs(connection, updates) if updates else Updated({}, frozenset())
    found: list[Written | StoreError] = []
    stored = []
    for number, batch in enumerate(batches):
        if batch.job is None or batch.job.id in updated.artists:
            stored.append(number)
        known = batch.job is None or batch.job.id in updated.artists or batch.job.id in updated.before
        found.append(Written() if known or batch.job is None else lost(batch.job))
    jobs = await _enqueue(connection, batches, stored)
    events = {number: [*batches[number].events, *first_events(batches[number], jobs[number])] for number in stored}
    told = await _tell(connection, batches, events)
    for number in stored:
        found[number] = Written(events=told[number], enqueued=tuple(jobs[number]))
    return found


async def _enqueue(
    connection: Connection, batches: Sequence[Batch], stored: Sequence[int]
) -> dict[int, list[Accepted]]:
    """Enqueue the jobs of all batches; give those of each."""
    new = [(number, job) for number in stored for job in batches[number].enqueue]
    placed: dict[int, list[Accepted]] = {number: [] for number in stored}
    if new:
        at = min(batches[number].at for number, _ in new)
        for (number, _), place in zip(new, await enqueue(connection, [job for _, job in new], at), strict=True):
            placed[number].append(place)
    return placed


async def _tell(
    connection: Connection, batches: Sequence[Batch], events: dict[int, list[ProgressEvent]]
) -> dict[int, tuple[CommittedEvent, ...]]:
    """Store the events of all batches; give those of each."""
    failures = {batch.job.id: batch.job.error for batch in batches if batch.job}
    committed = iter(await store_events(connection, [event for group in events.values() for event in group], failures))
    return {number: tuple(next(committed) for _ in group) for number, group in events.items()}
