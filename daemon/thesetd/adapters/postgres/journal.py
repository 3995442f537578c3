"""The part of a batch that is neither provider data nor its own job: new jobs, events, the status row, rejects."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import asyncpg

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.lookup import ARTIST_OF_KEY, key_columns
from thesetd.adapters.postgres.text import storable
from thesetd.domain.batches import Accepted, Batch
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.jobs import Lane, NewJob
from thesetd.domain.progress import CommittedEvent, ProgressEvent, Stage
from thesetd.domain.records import Reject

_ENQUEUE = f"""
with placed as (
    insert into thesetd.jobs as t (kind, lane, unique_key, args, artist_id, state, not_before, created_at)
    select n.kind, n.lane, n.unique_key, n.args::jsonb, {ARTIST_OF_KEY}, 'ready', coalesce(n.not_before, $8), $8
    from unnest($1::text[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
        with ordinality as n (kind, lane, unique_key, args, provider, provider_id, not_before, number)
    order by n.number
    on conflict (unique_key) where state in ('ready', 'running') do update
    set lane = least(t.lane, excluded.lane), artist_id = coalesce(t.artist_id, excluded.artist_id)
    returning id, unique_key, artist_id, state, xmax <> 0 as joined
)
select p.id, p.unique_key, p.artist_id, a.slug, a.name, coalesce(s.status, p.state) as status, p.joined
from placed p left join artists a on a.id = p.artist_id left join import_status s on s.job_id = p.id
"""  # noqa: S608 - constants of this package

# Numbers follow the order of commits, because the writer's lock is held. The status is that of a job's last event.
_TELL = """
with n as (
    select * from unnest($1::bigint[], $2::text[], $3::smallint[], $4::text[], $5::text[], $6::timestamptz[],
            $7::boolean[], $8::text[])
        with ordinality as n (job_id, status, progress, message, counts, at, final, error, number)
), numbers as (
    insert into thesetd.outbox as t (last, told) values (cardinality($1), 0)
    on conflict (single) do update set last = t.last + cardinality($1)
    returning last - cardinality($1) as before
), told as (
    insert into thesetd.events (seq, job_id, artist_id, slug, status, progress, message, counts, at)
    select numbers.before + n.number, n.job_id, j.artist_id, a.slug, n.status, n.progress, n.message, n.counts::jsonb,
        n.at
    from n cross join numbers left join thesetd.jobs j on j.id = n.job_id left join artists a on a.id = j.artist_id
    returning seq, artist_id, slug
), latest as (
    select distinct on (job_id) *, first_value(at) over (partition by job_id order by number) as started_at
    from n order by job_id, number desc
), stands as (
    insert into import_status as t
        (job_id, artist_id, status, progress, message, counts, updated_at, started_at, completed_at, error_details)
    select n.job_id, j.artist_id, n.status, n.progress, n.message, n.counts::jsonb, n.at, n.started_at,
        case when n.final then n.at end, n.error
    from latest n join thesetd.jobs j on j.id = n.job_id
    on conflict (job_id) do update
    set artist_id = excluded.artist_id, status = excluded.status, progress = excluded.progress,
        message = excluded.message, counts = excluded.counts, updated_at = excluded.updated_at,
        completed_at = excluded.completed_at, error_details = excluded.error_details
)
select seq, artist_id, slug from told order by seq
"""

_KEEP_REJECTS = """
insert into thesetd.rejects as t (kind, key, reason, sample, job_id, first_at, last_at)
select kind, key, reason, sample, $5, $6, $6
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as n (kind, key, reason, sample)
on conflict (kind, md5(key), md5(reason)) do update
set times = t.times + 1, sample = excluded.sample, job_id = excluded.job_id, last_at = excluded.last_at
"""


async def enqueue(connection: Connection, jobs: Sequence[NewJob], at: datetime) -> list[Accepted]:
    """Insert jobs, or join those of the same key that are unfinished; say of each, in order, what is known of it.

    A job joined takes the more urgent lane, and the artist where it had none.
    """
    if not jobs:
        return []
    first: dict[str, int] = {}
    lanes: dict[str, Lane] = {}
    for number, job in enumerate(jobs):
        first.setdefault(job.unique_key, number)
        lanes[job.unique_key] = min(lanes.get(job.unique_key, job.lane), job.lane)
    unique = {key: jobs[number] for key, number in first.items()}
    rows = await connection.fetch(
        _ENQUEUE,
        [job.kind.value for job in unique.values()],
        [lanes[key] for key in unique],
        list(unique),
        [json.dumps(dict(job.args)) for job in unique.values()],
        *key_columns(job.artist for job in unique.values()),
        [job.not_before for job in unique.values()],
        at,
    )
    found = {row["unique_key"]: _accepted(row, unique[row["unique_key"]]) for row in rows}
    return [found[job.unique_key].as_joined(joined=first[job.unique_key] != n) for n, job in enumerate(jobs)]


def _accepted(row: asyncpg.Record, job: NewJob) -> Accepted:
    """Read a row of _ENQUEUE; a new job's first event, which becomes its status, is still to be stored."""
    return Accepted(
        job_id=JobId(row["id"]),
        artist_id=row["artist_id"],
        slug=row["slug"],
        name=row["name"],
        status=row["status"] if row["joined"] or job.progress is None else job.progress.stage.value,
        joined=row["joined"],
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
    rows = await connection.fetch(
        _TELL,
        [event.job_id for event in events],
        [event.progress.stage.value for event in events],
        [event.progress.percent for event in events],
        [storable(event.progress.message) for event in events],
        [json.dumps(dict(event.progress.counts)) for event in events],
        [event.at for event in events],
        [event.progress.stage.final for event in events],
        [_details(event, failures.get(event.job_id)) for event in events],
    )
    return tuple(
        CommittedEvent(
            seq=Seq(row["seq"]),
            job_id=event.job_id,
            artist_id=row["artist_id"],
            slug=row["slug"],
            progress=event.progress,
            at=event.at,
        )
        for event, row in zip(events, rows, strict=True)
    )


def first_events(batch: Batch, jobs: Sequence[Accepted]) -> list[ProgressEvent]:
    """Give the first events of those new jobs that somebody watches; a job that was joined has had its own."""
    return [
        ProgressEvent(job_id=job.job_id, progress=new.progress, at=batch.at)
        for new, job in zip(batch.enqueue, jobs, strict=True)
        if new.progress is not None and not job.joined
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


def _details(event: ProgressEvent, failure: str | None) -> str | None:
    return storable(failure or event.progress.message) if event.progress.stage is Stage.FAILED else None
