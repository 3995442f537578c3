"""Converts rows of the database to objects of the domain."""

import json
from typing import Any

import asyncpg

from thesetd.domain.identity.spaces import OTHER_ID, columns, is_single, read_ref
from thesetd.domain.ids import Fence, JobId, Seq
from thesetd.domain.work.deferrals import Deferral
from thesetd.domain.work.jobs import Job, JobKind, JobState, KnownArtist, Lane, percent_unwatched
from thesetd.domain.work.progress import CommittedEvent, ExpectedEnd, Progress, Stage, expected_fields
from thesetd.ports.surface.jobs import ImportStatus

_COLUMNS = columns("artists")
_SINGLE = ", ".join(f"'{space}'" for space in _COLUMNS if is_single(space))
# A row whose ids moved to another has none.
HAS_IDS = f"num_nonnulls({', '.join(f'a.{column}' for column in (*_COLUMNS.values(), OTHER_ID))}) > 0"
KNOWN_ARTIST = f"""
a.id as artist, a.slug, a.name, {", ".join(f"a.{column}" for column in _COLUMNS.values())}, a.is_stub, array(
    select i.space || ':' || i.id from thesetd.artist_ids i
    where i.artist_id = a.id and i.space not in ({_SINGLE}) and not exists (
        select from thesetd.artist_aliases o where (o.space, o.id) = (i.space, i.id)
    ) order by i.space, i.id
) as held
"""  # noqa: S608 - constants


def known_artist(row: asyncpg.Record) -> KnownArtist:
    """Read the columns of KNOWN_ARTIST."""
    return KnownArtist(
        id=row["artist"],
        slug=row["slug"],
        name=row["name"],
        **{column: row[column] for column in _COLUMNS.values()},
        held=tuple(map(read_ref, row["held"])),
        is_stub=row["is_stub"],
    )


def progress(row: asyncpg.Record) -> Progress:
    """Read the columns that `thesetd.events` and `import_status` share."""
    return Progress(
        stage=Stage(row["status"]),
        percent=row["progress"],
        message=row["message"],
        counts=json_column(row["counts"]),
        expected=expected_end_of(row),
    )


def expected_end_of(row: asyncpg.Record) -> ExpectedEnd | None:
    """Read the columns that say when a job is expected to be complete."""
    if row["expected_at"] is None:
        return None
    return ExpectedEnd(at=row["expected_at"], since=row["expected_from"], until=row["expected_until"])


def event(row: asyncpg.Record) -> CommittedEvent:
    """Read a row of `thesetd.events`."""
    return CommittedEvent(
        seq=Seq(row["seq"]),
        job_id=JobId(row["job_id"]),
        artist_id=row["artist_id"],
        slug=row["slug"],
        progress=progress(row),
        at=row["at"],
        request_id=row["request_id"],
    )


def job(row: asyncpg.Record) -> Job:
    """Read a row of `thesetd.jobs`, joined with its artist (KNOWN_ARTIST) and its `import_status`."""
    return Job(
        id=JobId(row["id"]),
        kind=JobKind(row["kind"]),
        lane=Lane(row["lane"]),
        state=JobState(row["state"]),
        fence=Fence(row["fence"]),
        args=json_column(row["args"]),
        checkpoint=json_column(row["checkpoint"]),
        attempts=row["attempts"],
        created_at=row["created_at"],
        rescues=row["rescues"],
        artist=None if row["artist"] is None else known_artist(row),
        progress=None if row["status"] is None else progress(row),
        not_before=row["not_before"] if row["not_before"] > row["created_at"] else None,
        last_error=row["error"],
    )


def import_status(row: asyncpg.Record) -> ImportStatus:
    """Read a row of `thesetd.jobs` joined with its artist and its `import_status`, if it has one."""
    state = JobState(row["state"])
    waits = state is JobState.READY and row["not_before"] > row["created_at"]
    return ImportStatus(
        job_id=JobId(row["id"]),
        kind=JobKind(row["kind"]),
        lane=Lane(row["lane"]).label,
        state=state,
        artist_id=row["artist_id"],
        slug=row["slug"],
        name=row["name"],
        status=row["status"] or state.value,
        progress=percent_unwatched(state) if row["progress"] is None else row["progress"],
        message=row["message"] or "",
        counts=json_column(row["counts"]) if row["counts"] else {},
        attempts=row["attempts"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        completed_at=row["finished_at"],
        not_before=row["not_before"] if waits else None,
        error=row["error"] or row["error_details"],
        waits_for=Deferral.parse(row["waits_for"]).words if state is JobState.READY and row["waits_for"] else None,
        node=row["node"],
        typed=row["typed"],
        request_id=row["request_id"],
        **expected_fields(expected_end_of(row)),
    )


def json_column(text: str) -> Any:
    """Read a jsonb column, which asyncpg returns as text."""
    return json.loads(text)
