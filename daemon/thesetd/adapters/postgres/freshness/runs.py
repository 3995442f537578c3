"""Stores runs of schedules: what they found and ordered, and the outcomes of their refreshes.

A refresh ordered by a run carries the run's number in the job's arguments, so the job adds its outcome to the run, and
the ledger shows which calls were made for it.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.queue.audiences import WIDE
from thesetd.adapters.postgres.queue.refresh import count_copies
from thesetd.adapters.postgres.reading import json_column
from thesetd.domain.freshness.copies import Look, aspect_of
from thesetd.domain.freshness.runs import Audience, PastRun, Run
from thesetd.domain.ids import JobId
from thesetd.domain.work.batches import Picks
from thesetd.domain.work.jobs import JobState
from thesetd.domain.work.schedules import DEFAULTS

_STORE = """
insert into thesetd.schedule_runs as t
    (job_id, schedule, at, by_hand, target, artists, fresh, waiting, ordered, short_of)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (job_id) do nothing
"""
_YOUNG = "select count(*) from thesetd.refresh where aspect = $1 and artist_id = any($2) and looked_at > $3"
_CREDIT = """
update thesetd.schedule_runs r set looked = r.looked + 1, changed = r.changed + $2
from thesetd.jobs j where j.id = $1 and j.args ? 'run' and r.job_id = (j.args ->> 'run')::bigint
"""
_RUNS = """
select r.*, j.state, coalesce(j.checkpoint -> 'notes', '[]') as notes,
    coalesce(made.failed, 0) as failed, coalesce(made.calls, 0) as calls
from thesetd.schedule_runs r left join thesetd.jobs j on j.id = r.job_id
left join lateral (
    select sum(part.failed) as failed, sum(part.calls) as calls
    from (
        select (m.state in ('failed', 'dead') and m.id <> r.job_id)::int as failed,
            (select coalesce(sum(c.cost), 0) from thesetd.api_calls c where c.job_id = m.id) as calls
        from (
            select id, state from thesetd.jobs where args ? 'run' and args ->> 'run' = r.job_id::text
            union all select j.id, j.state where j.id is not null
        ) m
    ) part
) made on true
where r.schedule = $1 order by r.at desc, r.job_id desc limit $2
"""


async def store_run(connection: Connection, job_id: JobId, run: Run, picks: Picks | None, at: datetime) -> None:
    """Store a run with what it ordered; if that happens twice, the first one stays.

    A fresh copy that was nevertheless ordered counts only as ordered.
    """
    about = run.audience
    if picks:
        young = await connection.fetchval(_YOUNG, picks.aspect.value, list(picks.artists), at - run.target)
        about = attrs.evolve(about, fresh=max(0, about.fresh - young))
    await connection.execute(
        _STORE,
        job_id,
        run.schedule,
        at,
        run.by_hand,
        run.target,
        about.artists,
        about.fresh,
        about.waiting,
        run.ordered,
        run.short_of,
    )
    if DEFAULTS[run.schedule].work is not None:  # a clean-up refreshes nothing
        await count_copies(connection, aspect_of(run.schedule), about.artists if run.schedule in WIDE else None)


async def credit_run(connection: Connection, job_id: JobId, looks: Sequence[Look]) -> None:
    """Add a refresh to the run that ordered it, if any."""
    await connection.execute(_CREDIT, job_id, int(any(look.changed for look in looks)))


async def last_runs(connection: Connection, schedule: str, limit: int) -> tuple[PastRun, ...]:
    """Return a schedule's last runs, newest first."""
    return tuple(map(_past, await connection.fetch(_RUNS, schedule, limit)))


def _past(row: asyncpg.Record) -> PastRun:
    audience = Audience(artists=row["artists"], fresh=row["fresh"], waiting=row["waiting"])
    return PastRun(
        job_id=JobId(row["job_id"]),
        at=row["at"],
        state=JobState(row["state"]) if row["state"] else None,
        run=Run(
            schedule=row["schedule"],
            target=row["target"],
            by_hand=row["by_hand"],
            audience=audience,
            ordered=row["ordered"],
            short_of=row["short_of"],
        ),
        remarks=tuple(json_column(row["notes"])),
        looked=row["looked"],
        changed=row["changed"],
        failed=int(row["failed"]),
        calls=int(row["calls"]),
    )
