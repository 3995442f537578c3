"""Writes the part of a batch that is neither provider data nor its own job: new jobs, events, status, rejects."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import attrs

from thesetd.adapters.postgres.batches.job_updates import update_columns, updating
from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.queue.nodes import HINTS
from thesetd.adapters.postgres.reading import expected_end_of
from thesetd.adapters.postgres.rows.lookup import ARTIST_OF_KEY, key_columns
from thesetd.adapters.postgres.text import storable
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.music.records import Reject
from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.jobs import REQUEST_ID, JobUpdate, Lane, NewJob
from thesetd.domain.work.progress import CommittedEvent, Progress, ProgressEvent, Stage, expected_fields
from thesetd.ports.store import HintKind

WRITER_LOCK = int.from_bytes(b"thesetd\x01")
_BEHIND_ROWS = f"select pg_advisory_xact_lock({WRITER_LOCK}) is not null as held"
# Reports do not wait for batches with rows. They need the row of the last number, which is locked until the commit of
# the last event, and their jobs. They take these only if all are free: who waits for none cannot deadlock.
_BESIDE_ROWS = """
    select (select count(*) from (select from thesetd.outbox for update skip locked) o) = 1 and (
        select count(*) from (
            select from thesetd.jobs where id = any($23::bigint[]) for no key update skip locked
        ) j
    ) = (select count(*) from thesetd.jobs where id = any($23::bigint[])) as held
"""
# Updates of jobs, new jobs, their events and others, the resulting statuses, and the hint to every node, in one
# statement. Numbers have no gaps and follow the order of commits: that of the last one is locked until the commit. The
# status of a job is its last event.
_RECORD = f"""
with lock as materialized (
    {{lock}}
), {updating(23, "(select held from lock)")}, placed as (
    insert into thesetd.jobs as t (kind, lane, unique_key, args, artist_id, state, not_before, created_at)
    select n.kind, n.lane, n.unique_key, n.args::jsonb, {ARTIST_OF_KEY}, 'ready', coalesce(n.not_before, n.at), n.at
    from unnest($1::text[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
            $8::timestamptz[])
        with ordinality as n (kind, lane, unique_key, args, provider, provider_id, not_before, at, number)
    where (select held from lock) order by n.number
    on conflict (unique_key) where state in ('ready', 'running') do update
    set lane = least(t.lane, excluded.lane), artist_id = coalesce(t.artist_id, excluded.artist_id),
        not_before = case when t.attempts = 0 and t.waits_for is null
            then least(t.not_before, excluded.not_before) else t.not_before end
    returning id, unique_key, artist_id, state, xmax <> 0 as joined, args->>'{REQUEST_ID}' as request_id
), news as (
    select row_number() over (order by n.number) as place, coalesce(n.job_id, p.id) as job_id,
        coalesce(u.artist_id, j.artist_id, p.artist_id) as artist_id, coalesce(j.id, p.id) is not null as known,
        n.status, n.progress, n.message, n.counts::jsonb as counts, n.at, n.final, n.error,
        coalesce(j.args->>'{REQUEST_ID}', p.request_id) as request_id,
        n.expected_at, n.expected_from, n.expected_until
    from unnest($9::bigint[], $10::text[], $11::text[], $12::smallint[], $13::text[], $14::text[], $15::timestamptz[],
            $16::boolean[], $17::text[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[], $22::bigint[])
        with ordinality as n (job_id, unique_key, status, progress, message, counts, at, final, error, expected_at,
            expected_from, expected_until, update_id, number)
    left join thesetd.jobs j on j.id = n.job_id
    left join updated u on u.id = n.job_id
    left join placed p on p.unique_key = n.unique_key and not p.joined
    where (select held from lock) and (n.job_id is not null or p.id is not null)
        and (n.update_id is null or n.update_id in (select id from updated))
), numbers as (
    insert into thesetd.outbox as t (last, told) select count(*), 0 from news having count(*) > 0
    on conflict (single) do update set last = t.last + excluded.last
    returning last - (select count(*) from news) as before
), told as (
    insert into thesetd.events (seq, job_id, artist_id, slug, status, progress, message, counts, at, request_id,
        expected_at, expected_from, expected_until)
    select numbers.before + n.place, n.job_id, n.artist_id, a.slug, n.status, n.progress, n.message, n.counts, n.at,
        n.request_id, n.expected_at, n.expected_from, n.expected_until
    from news n cross join numbers left join artists a on a.id = n.artist_id
    returning seq, job_id, artist_id, slug, request_id
), stands as (
    insert into import_status as t
        (job_id, artist_id, status, progress, message, counts, updated_at, started_at, completed_at, error_details,
            expected_at, expected_from, expected_until)
    select n.job_id, n.artist_id, n.status, n.progress, n.message, n.counts, n.at, n.started_at,
        case when n.final then n.at end, n.error, n.expected_at, n.expected_from, n.expected_until
    from (
        select distinct on (job_id) *, first_value(at) over (partition by job_id order by place) as started_at
        from news where known and $21 order by job_id, place desc
    ) n
    on conflict (job_id) do update
    set artist_id = excluded.artist_id, status = excluded.status, progress = excluded.progress,
        message = excluded.message, counts = excluded.counts, updated_at = excluded.updated_at,
        completed_at = excluded.completed_at, error_details = excluded.error_details,
        expected_at = excluded.expected_at, expected_from = excluded.expected_from,
        expected_until = excluded.expected_until
), hints as (
    select '{HintKind.JOBS.value}' as hint
    where exists (select from placed) or exists (select from updated where is_given_back)
    union all select '{HintKind.EVENTS.value} ' || max(seq) from told having count(*) > 0
)
select null as unique_key, t.seq, t.job_id, t.artist_id, t.slug, null as name, null as status, null as joined,
    t.request_id, null::timestamptz as expected_at, null::timestamptz as expected_from,
    null::timestamptz as expected_until
from told t
union all
select p.unique_key, null, p.id, p.artist_id, a.slug, a.name, coalesce(s.status, p.state), p.joined, null,
    s.expected_at, s.expected_from, s.expected_until
from placed p left join artists a on a.id = p.artist_id left join import_status s on s.job_id = p.id
union all
select null, null, u.id, u.artist_id, null, null, null, null, null, null, null, null from updated u
union all
select null, null, null, null, null, pg_notify('{HINTS}', hint)::text, null, null, null, null, null, null from hints
order by seq
"""  # noqa: S608 - constants of this package
_RECORD_BEHIND, _RECORD_BESIDE = (_RECORD.replace("{lock}", lock) for lock in (_BEHIND_ROWS, _BESIDE_ROWS))

_KEEP_REJECTS = """
insert into thesetd.rejects as t (kind, key, reason, sample, job_id, first_at, last_at)
select kind, key, reason, sample, $5, $6, $6
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as n (kind, key, reason, sample)
on conflict (kind, md5(key), md5(reason)) do update
set times = t.times + 1, sample = excluded.sample, job_id = excluded.job_id, last_at = excluded.last_at
"""


@attrs.frozen(kw_only=True)
class Recorded:
    """The outcome of new jobs and of events, both in the order given; `firsts` are the first events of new jobs.

    `updated` are the jobs that were updated, with their artists.
    """

    jobs: tuple[Accepted, ...] = ()
    events: tuple[CommittedEvent, ...] = ()
    firsts: Mapping[JobId, CommittedEvent] = attrs.field(factory=dict)
    updated: Mapping[JobId, UUID | None] = attrs.field(factory=dict)

    def firsts_of(self, jobs: Iterable[Accepted]) -> list[CommittedEvent]:
        """Return the first events of those of the jobs that are new and followed by a user."""
        return [self.firsts[job.job_id] for job in jobs if not job.joined and job.job_id in self.firsts]


async def record(
    connection: Connection,
    jobs: Sequence[tuple[NewJob, datetime]],
    events: Sequence[ProgressEvent],
    failures: Mapping[JobId, str | None],
    *,
    statuses: bool = True,
    updates: Sequence[tuple[JobUpdate, datetime]] = (),
    owners: Sequence[JobId | None] | None = None,
    beside: bool = False,
) -> Recorded:
    """Insert jobs or join unfinished ones with the same key, number events, and notify every node, in one statement.

    A joined job takes the more urgent lane, and the artist if it had none. A new job that a user follows has a first
    event. `import_status` follows the events.

    Args:
        connection: in a transaction or not.
        jobs: each with the moment of its creation.
        events: of jobs that are stored, oldest first.
        failures: the error for the status of each failed job; otherwise the event's message is used.
        statuses: whether to update `import_status`, which the application's own triggers may refuse.
        updates: of running jobs, each with its moment. None of them frees the key of a new job.
        owners: for each event, the update without which it is not recorded, if there is one.
        beside: not to wait for other batches. Nothing is recorded if one of the jobs, or the last number, is locked.
    """
    if not (jobs or events or updates):
        return Recorded()
    owners = owners or [None] * len(events)
    first: dict[str, int] = {}
    for number, (job, _) in enumerate(jobs):
        first.setdefault(job.unique_key, number)
    new = {key: jobs[number] for key, number in first.items()}
    watched = {key: (job.progress, at) for key, (job, at) in new.items() if job.progress is not None}
    rows = await connection.fetch(
        _RECORD_BESIDE if beside else _RECORD_BEHIND,
        *_job_columns(jobs, new),
        [event.job_id for event in events] + [None] * len(watched),
        [None] * len(events) + list(watched),
        *_event_columns(
            [(event.progress, event.at, failures.get(event.job_id)) for event in events]
            + [(progress, at, None) for progress, at in watched.values()]
        ),
        statuses,
        [*owners, *[None] * len(watched)],
        *update_columns(updates),
    )
    updated = {
        JobId(row["job_id"]): row["artist_id"] for row in rows if row["job_id"] and not (row["seq"] or row["status"])
    }
    events = [event for event, owner in zip(events, owners, strict=True) if owner is None or owner in updated]
    told = [row for row in rows if row["seq"] is not None]
    placed = {row["unique_key"]: _accepted(row, new[row["unique_key"]][0]) for row in rows if row["unique_key"]}
    started = {placed[key].job_id: first_event for key, first_event in watched.items()}
    return Recorded(
        jobs=tuple(
            placed[job.unique_key].as_joined(joined=first[job.unique_key] != n) for n, (job, _) in enumerate(jobs)
        ),
        events=tuple(_committed(row, event.progress, event.at) for row, event in zip(told, events, strict=False)),
        firsts={JobId(row["job_id"]): _committed(row, *started[row["job_id"]]) for row in told[len(events) :]},
        updated=updated,
    )


def _job_columns(
    jobs: Sequence[tuple[NewJob, datetime]], unique: Mapping[str, tuple[NewJob, datetime]]
) -> list[Sequence[object]]:
    """Return the columns of new jobs, one for each key, in the most urgent lane requested."""
    lanes = dict.fromkeys(unique, Lane.LOW)
    for job, _ in jobs:
        lanes[job.unique_key] = min(lanes[job.unique_key], job.lane)
    return [
        [job.kind.value for job, _ in unique.values()],
        [lanes[key] for key in unique],
        list(unique),
        [json.dumps(dict(job.args), ensure_ascii=False) for job, _ in unique.values()],
        *key_columns(job.artist for job, _ in unique.values()),
        [job.not_before for job, _ in unique.values()],
        [at for _, at in unique.values()],
    ]


def _event_columns(events: Sequence[tuple[Progress, datetime, str | None]]) -> list[Sequence[object]]:
    return [
        [progress.stage.value for progress, _, _ in events],
        [progress.percent for progress, _, _ in events],
        [storable(progress.message) for progress, _, _ in events],
        [json.dumps(dict(progress.counts), ensure_ascii=False) for progress, _, _ in events],
        [at for _, at, _ in events],
        [progress.stage.final for progress, _, _ in events],
        [
            storable(failure or progress.message) if progress.stage is Stage.FAILED else None
            for progress, _, failure in events
        ],
        *([expected_fields(progress.expected)[name] for progress, _, _ in events] for name in expected_fields(None)),
    ]


def _accepted(row: asyncpg.Record, job: NewJob) -> Accepted:
    """Read a job from a row of _RECORD; the status of a new one is its first event."""
    fresh = None if row["joined"] else job.progress
    return Accepted(
        job_id=JobId(row["job_id"]),
        artist_id=row["artist_id"],
        slug=row["slug"],
        name=row["name"],
        status=fresh.stage.value if fresh else row["status"],
        joined=row["joined"],
        **expected_fields(fresh.expected if fresh else expected_end_of(row)),
    )


def _committed(row: asyncpg.Record, progress: Progress, at: datetime) -> CommittedEvent:
    """Read an event from a row of _RECORD."""
    return CommittedEvent(
        seq=Seq(row["seq"]),
        job_id=JobId(row["job_id"]),
        artist_id=row["artist_id"],
        slug=row["slug"],
        progress=progress,
        at=at,
        request_id=row["request_id"],
    )


async def store_rejects(connection: Connection, rejects: Sequence[Reject], job: JobId | None, at: datetime) -> None:
    """Store rejects; a repeated one is only counted."""
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
