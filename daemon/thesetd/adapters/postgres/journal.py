"""The part of a batch that is neither provider data nor its own job: new jobs, events, the status row, rejects."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.lookup import ARTIST_COLUMN, row_ids
from thesetd.adapters.postgres.outbox import numbers
from thesetd.adapters.postgres.text import storable
from thesetd.domain.batches import Accepted, Batch
from thesetd.domain.ids import JobId
from thesetd.domain.jobs import ArtistKey, Lane, NewJob
from thesetd.domain.progress import CommittedEvent, ProgressEvent, Stage
from thesetd.domain.records import Reject

_ENQUEUE = """
insert into thesetd.jobs as t (kind, lane, unique_key, args, artist_id, state, not_before, created_at)
select n.kind, n.lane, n.unique_key, n.args::jsonb, n.artist_id, 'ready', coalesce(n.not_before, $7), $7
from unnest($1::text[], $2::smallint[], $3::text[], $4::text[], $5::uuid[], $6::timestamptz[])
    with ordinality as n (kind, lane, unique_key, args, artist_id, not_before, number)
order by n.number
on conflict (unique_key) where state in ('ready', 'running') do update
set lane = least(t.lane, excluded.lane), artist_id = coalesce(t.artist_id, excluded.artist_id)
returning id, unique_key, xmax <> 0 as joined
"""

_APPEND_EVENTS = """
insert into thesetd.events (seq, job_id, artist_id, slug, status, progress, message, counts, at)
select n.seq, n.job_id, j.artist_id, a.slug, n.status, n.progress, n.message, n.counts::jsonb, n.at
from unnest($7::bigint[], $1::bigint[], $2::text[], $3::smallint[], $4::text[], $5::text[], $6::timestamptz[])
    as n (seq, job_id, status, progress, message, counts, at)
left join thesetd.jobs j on j.id = n.job_id left join artists a on a.id = j.artist_id
returning seq, artist_id, slug
"""

_KEEP_REJECTS = """
insert into thesetd.rejects as t (kind, key, reason, sample, job_id, first_at, last_at)
select kind, key, reason, sample, $5, $6, $6
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as n (kind, key, reason, sample)
on conflict (kind, md5(key), md5(reason)) do update
set times = t.times + 1, sample = excluded.sample, job_id = excluded.job_id, last_at = excluded.last_at
"""

_UPSERT_STATUS = """
insert into import_status as t
    (job_id, artist_id, status, progress, message, counts, updated_at, started_at, completed_at, error_details)
select n.job_id, j.artist_id, n.status, n.progress, n.message, n.counts::jsonb, n.at, n.started_at,
    n.completed_at, n.error_details
from unnest($1::bigint[], $2::text[], $3::smallint[], $4::text[], $5::text[], $6::timestamptz[],
        $7::timestamptz[], $8::timestamptz[], $9::text[])
    as n (job_id, status, progress, message, counts, at, started_at, completed_at, error_details)
join thesetd.jobs j on j.id = n.job_id
on conflict (job_id) do update
set artist_id = excluded.artist_id, status = excluded.status, progress = excluded.progress,
    message = excluded.message, counts = excluded.counts, updated_at = excluded.updated_at,
    completed_at = excluded.completed_at, error_details = excluded.error_details
"""


async def enqueue(connection: Connection, jobs: Sequence[NewJob], at: datetime) -> list[tuple[JobId, bool]]:
    """Insert jobs, or join those of the same key that are unfinished; give id and whether it was joined, in order.

    A job joined takes the more urgent lane, and the artist where it had none.
    """
    unique: dict[str, NewJob] = {}
    lanes: dict[str, Lane] = {}
    for job in jobs:
        unique.setdefault(job.unique_key, job)
        lanes[job.unique_key] = min(lanes.get(job.unique_key, job.lane), job.lane)
    artists = await artist_rows(connection, [job.artist for job in unique.values()])
    rows = await connection.fetch(
        _ENQUEUE,
        [job.kind.value for job in unique.values()],
        [lanes[key] for key in unique],
        list(unique),
        [json.dumps(dict(job.args)) for job in unique.values()],
        [artists.get(job.artist) for job in unique.values()],
        [job.not_before for job in unique.values()],
        at,
    )
    found = {r["unique_key"]: (JobId(r["id"]), r["joined"]) for r in rows}
    numbers = {job.unique_key: number for number, job in reversed(list(enumerate(jobs)))}
    return [
        (found[job.unique_key][0], found[job.unique_key][1] or numbers[job.unique_key] != number)
        for number, job in enumerate(jobs)
    ]


async def accepted(connection: Connection, jobs: Sequence[tuple[JobId, bool]]) -> tuple[Accepted, ...]:
    """Say what is known of jobs that were enqueued or joined."""
    if not jobs:
        return ()
    rows = await connection.fetch(
        """
        select j.id, j.artist_id, a.slug, a.name, coalesce(s.status, j.state) as status
        from thesetd.jobs j left join artists a on a.id = j.artist_id left join import_status s on s.job_id = j.id
        where j.id = any($1)
        """,
        [job for job, _ in jobs],
    )
    by_id = {r["id"]: r for r in rows}
    return tuple(
        Accepted(
            job_id=job,
            artist_id=by_id[job]["artist_id"],
            slug=by_id[job]["slug"],
            name=by_id[job]["name"],
            status=by_id[job]["status"],
            joined=joined,
        )
        for job, joined in jobs
    )


async def store_events(
    connection: Connection, events: Sequence[ProgressEvent], failures: Mapping[JobId, str | None]
) -> tuple[CommittedEvent, ...]:
    """Number events in their order, with the artist that their job is about, and bring `import_status` up to date.

    Args:
        connection: inside the writer's transaction, holding its lock: numbers follow the order of commits.
        events: of any jobs, oldest first.
        failures: what went wrong, for the status of each job that failed; else it is the event's message.
    """
    if not events:
        return ()
    seqs = await numbers(connection, len(events))
    rows = {r["seq"]: r for r in await connection.fetch(_APPEND_EVENTS, *_columns(events), seqs)}
    await _store_status(connection, events, failures)
    return tuple(
        CommittedEvent(
            seq=seq,
            job_id=event.job_id,
            artist_id=rows[seq]["artist_id"],
            slug=rows[seq]["slug"],
            progress=event.progress,
            at=event.at,
        )
        for event, seq in zip(events, seqs, strict=True)
    )


def first_events(batch: Batch, jobs: Sequence[tuple[JobId, bool]]) -> list[ProgressEvent]:
    """Give the first events of those new jobs that somebody watches; a job that was joined has had its own."""
    return [
        ProgressEvent(job_id=job_id, progress=new.progress, at=batch.at)
        for new, (job_id, joined) in zip(batch.enqueue, jobs, strict=True)
        if new.progress is not None and not joined
    ]


async def store_rejects(connection: Connection, rejects: Sequence[Reject], job: JobId | None, at: datetime) -> None:
    """Keep rejects; the same one again only counts."""
    unique = {(storable(r.kind), storable(r.key), storable(r.reason)): storable(r.sample) for r in rejects}
    if not unique:
        return
    await connection.execute(
        _KEEP_REJECTS,
        *([list(column) for column in zip(*unique, strict=True)]),
        list(unique.values()),
        job,
        at,
    )


async def _store_status(
    connection: Connection, events: Sequence[ProgressEvent], failures: Mapping[JobId, str | None]
) -> None:
    first: dict[JobId, datetime] = {}
    last: dict[JobId, ProgressEvent] = {}
    for event in events:
        first.setdefault(event.job_id, event.at)
        last[event.job_id] = event
    latest = list(last.values())
    await connection.execute(
        _UPSERT_STATUS,
        *_columns(latest),
        [first[event.job_id] for event in latest],
        [event.at if event.progress.stage.final else None for event in latest],
        [_details(event, failures.get(event.job_id)) for event in latest],
    )


def _details(event: ProgressEvent, failure: str | None) -> str | None:
    return storable(failure or event.progress.message) if event.progress.stage is Stage.FAILED else None


def _columns(events: Sequence[ProgressEvent]) -> list[list[object]]:
    return [
        [event.job_id for event in events],
        [event.progress.stage.value for event in events],
        [event.progress.percent for event in events],
        [storable(event.progress.message) for event in events],
        [json.dumps(dict(event.progress.counts)) for event in events],
        [event.at for event in events],
    ]


async def artist_rows(connection: Connection, keys: Sequence[ArtistKey | None]) -> Mapping[ArtistKey | None, UUID]:
    """Give the rows of these artists, as far as they have one."""
    found: dict[ArtistKey | None, UUID] = {}
    for provider, column in ARTIST_COLUMN.items():
        wanted = [key for key in keys if key is not None and key.provider == provider]
        ids = await row_ids(connection, "artists", column, (key.provider_id for key in wanted))
        found |= {key: ids[key.provider_id] for key in wanted if key.provider_id in ids}
    return found
