"""Writes the part of a batch that is neither provider data nor its own job: new jobs, events, status, rejects."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import attrs

from thesetd.adapters.postgres.batches.job_updates import has_ended, update_columns
from thesetd.adapters.postgres.batches.recording import WRITER_LOCK, RecordParts, statement
from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.reading import expected_end_of
from thesetd.adapters.postgres.rows.lookup import key_columns
from thesetd.adapters.postgres.text import storable
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.music.records import Reject
from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.jobs import JobUpdate, Lane, NewJob
from thesetd.domain.work.progress import CommittedEvent, Progress, ProgressEvent, Stage, expected_fields

__all__ = ["WRITER_LOCK", "Recorded", "record", "store_rejects"]

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
    parts = RecordParts(
        jobs=bool(jobs),
        events=bool(events or watched),
        updates=bool(updates),
        statuses=statuses,
        ended=any(has_ended(update) for update, _ in updates),
        beside=beside,
    )
    told_of = [(event.progress, event.at, failures.get(event.job_id)) for event in events]
    columns = [
        [event.job_id for event in events] + [None] * len(watched),
        [None] * len(events) + list(watched),
        *_event_columns(told_of + [(progress, at, None) for progress, at in watched.values()]),
        [*owners, *[None] * len(watched)],
    ]
    rows = await connection.fetch(
        statement(parts),
        *(_job_columns(jobs, new) if parts.jobs else ()),
        *(columns if parts.events else ()),
        *(update_columns(updates) if parts.updates else ()),
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
