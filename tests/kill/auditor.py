"""The auditor: stands outside of every daemon, sees each change of a job, and says what should not have happened.

A trigger notes who moved which job from what to what, in the transaction that does it; so the notes are of what was
committed, and nothing of it comes from the daemon's own words. Each check gives a list of faults in plain text.
"""

import asyncio
import itertools
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import asyncpg
import attrs
import trio

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.postgres import migrate

_INSTALL = """
create schema audit;
create table audit.moves (
    id bigint generated always as identity primary key, at timestamptz, who text, job_id bigint,
    before text, after text, old_fence bigint, fence bigint, old_rescues integer, rescues integer
);
create function audit.note() returns trigger language plpgsql as $$ begin
    insert into audit.moves (at, who, job_id, before, after, old_fence, fence, old_rescues, rescues)
    values (clock_timestamp(), current_setting('application_name'), new.id, old.state, new.state,
        old.fence, new.fence, old.rescues, new.rescues);
    return null;
end $$;
create trigger note after update on thesetd.jobs for each row when (new.kind <> 'noop' and not (
    old.state = 'done' and to_jsonb(old) - 'checkpoint' = to_jsonb(new) - 'checkpoint'
)) execute function audit.note();
"""  # a later job that brings what an import ended without takes that off its checkpoint: no move of the import
_ENQUEUE = """
insert into thesetd.jobs (kind, lane, unique_key, args, state, not_before, created_at)
select 'import_artist', 0, 'import:' || name, jsonb_build_object('reference', name), 'ready', $2, $2
from unnest($1::text[]) as n (name) returning id
"""
_RUNNING = """
select j.id, extract(epoch from m.at)::float from thesetd.jobs j join audit.moves m
on m.job_id = j.id and m.fence = j.fence and (m.before, m.after) = ('ready', 'running')
where j.state = 'running' and m.who = $1
"""
_LEGAL = """
    (before, after) in (('ready', 'running'), ('running', 'running'), ('running', 'ready'), ('ready', 'cancelled'))
    or before = 'running' and after in ('done', 'failed', 'cancelled', 'dead')
    or before = 'ready' and after = 'ready' and fence = old_fence and rescues = old_rescues
"""  # the last: what it waited for is there sooner than was thought

_FOREIGN = """
select m.job_id, m.before, m.after, m.who, c.who from audit.moves m
join audit.moves c on c.job_id = m.job_id and c.fence = m.old_fence and (c.before, c.after) = ('ready', 'running')
where m.before = 'running' and m.who <> c.who and not (m.after = 'ready' and m.rescues = m.old_rescues + 1)
"""
_TWICE = """
select job_id, count(*) from audit.moves where before = 'running' and after = 'done' group by 1 having count(*) > 1
"""
_MISCLAIMED = """
select job_id, fence, count(*) from audit.moves where (before, after) = ('ready', 'running')
group by 1, 2 having count(*) > 1 or bool_or(fence <> old_fence + 1)
"""
_BACKWARDS = """
select job_id, seq from (
    select *, lag(progress) over w as before, lag(status) over w as status_before, lag(at) over w as at_before
    from thesetd.events window w as (partition by job_id order by seq)
) e where progress < before or status_before = 'completed'
"""
_TABLES = (
    "artists", "albums", "tracks", "artist_tracks", "songs", "artist_songs", "venues", "shows", "artist_shows",
    "setlists", "setlist_songs", "actual_setlists",
)  # fmt: skip
_MOMENTS = "'{created_at,updated_at,last_activity,first_fetched_at,first_reading_id}'::text[]"
# A row that turned out to be another stays for those who refer to it. Whether there is one tells who came first, a bill
# or its act's own import. So it is not compared, and nothing of the catalogue may be at it.
_LIVING = {"artists": "where t.merged_into is null", "songs": "where t.merged_into is null"}
_LEFT = """
select 'artist ' || a.slug || ' was merged and has ' || what from artists a cross join lateral (
    select 'an id' as what where coalesce(a.spotify_id, a.ticketmaster_id, a.mbid) is not null
    union all select 'albums' where exists (select from albums where artist_id = a.id)
    union all select 'songs' where exists (select from artist_songs where artist_id = a.id)
    union all select 'shows' where exists (select from artist_shows where artist_id = a.id and left_at is null)
    union all select 'setlists' where exists (select from actual_setlists where artist_id = a.id)
    union all select 'a successor that is merged' where exists (
        select from artists o where o.id = a.merged_into and o.merged_into is not null
    )
) w where a.merged_into is not null
union all
select 'song ' || s.id || ' was merged and ' || what from songs s cross join lateral (
    select 'is offered' as what where s.offered
    union all select 'is its artist''s' where exists (select from artist_songs where song_id = s.id)
    union all select 'has tracks' where exists (select from artist_tracks where song_id = s.id)
    union all select 'is to be voted on' where exists (
        select from setlist_songs where song_id = s.id and dropped_at is null
    )
) w where s.merged_into is not null
"""


@attrs.define
class Auditor:
    """One connection of its own to one database."""

    dsn: str
    runner: asyncio.Runner
    connection: Any = None

    def look(self, statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Ask the database; where its restart broke the connection, again on a new one."""
        try:
            return self.runner.run(self._look(statement, arguments))
        except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError):
            if self.connection is None or not self.connection.is_closed():
                raise
            return self.runner.run(self._look(statement, arguments))

    async def _look(self, statement: str, arguments: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if self.connection is None or self.connection.is_closed():
            self.connection = await asyncpg.connect(self.dsn, server_settings={"application_name": "auditor"})
        try:
            return [tuple(row) for row in await self.connection.fetch(statement, *arguments)]
        except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.OperatorInterventionError):
            self.connection.terminate()
            raise

    def enqueue(self, names: Collection[str]) -> list[int]:
        """Put imports of artists into the queue as a daemon does that was killed right after; give the jobs."""
        return [job for (job,) in self.look(_ENQUEUE, list(names), datetime.now(UTC))]

    def running(self, who: str) -> list[tuple[int, float]]:
        """Return the import jobs that a life runs, each with the moment of its claim in seconds since 1970."""
        return [(job, at) for job, at in self.look(_RUNNING, who)]

    def lost(self, promised: Collection[int]) -> list[str]:
        """Name promised imports that are not done."""
        rows = self.look("select id, state, error from thesetd.jobs where id = any($1::bigint[])", list(promised))
        missing = set(promised) - {row[0] for row in rows}
        return [f"job {job} is gone" for job in missing] + [
            f"job {job} is {state}: {error}" for job, state, error in rows if state != "done"
        ]

    def moves(self) -> list[str]:
        """Name every move of a job that was not for whoever made it, not legal, or made twice."""
        return [
            *(f"job {j} went from {b} to {a}" for j, b, a in self.look(_ILLEGAL)),
            *(f"job {j} ({b} to {a}) was written by {w}, but {c} had it" for j, b, a, w, c in self.look(_FOREIGN)),
            *(f"job {job} was done {count} times" for job, count in self.look(_TWICE)),
            *(f"job {job} was claimed {count} times under fence {f}" for job, f, count in self.look(_MISCLAIMED)),
        ]

    def events(self) -> list[str]:
        """Name gaps in the numbers of events, steps backwards in a job's progress, and ends that are no ends."""
        ((count, last, outbox),) = self.look(
            "select count(*), coalesce(max(seq), 0), (select last from thesetd.outbox) from thesetd.events"
        )
        gaps = [] if count == last == outbox else [f"{count} events, the last is {last}, the outbox says {outbox}"]
        ends = self.look(
            "select j.id, count(e.seq) from thesetd.jobs j left join thesetd.events e "
            "on e.job_id = j.id and e.status = 'completed' "
            "where j.kind = 'import_artist' and j.state = 'done' group by 1 having count(e.seq) <> 1"
        )
        return [
            *gaps,
            *(f"job {job} went back with event {seq}" for job, seq in self.look(_BACKWARDS)),
            *(f"job {job} was completed {count} times" for job, count in ends),
        ]

    def untold(self, heard: Collection[int]) -> list[str]:
        """Name the events that were not heard."""
        return [
            f"event {seq} was not told" for (seq,) in self.look("select seq from thesetd.events") if seq not in heard
        ]

    def rows(self) -> dict[str, list[str]]:
        """Return every row of the application's tables as it is but for the moments of its writing."""
        return {
            table: [
                row
                for (row,) in self.look(
                    f"select (to_jsonb(t) - {_MOMENTS})::text from {table} t {_LIVING.get(table, '')} order by 1"
                )
            ]
            for table in _TABLES
        }

    def different(self, wanted: dict[str, list[str]]) -> list[str]:
        """Return how the rows differ from those of an undisturbed run."""
        found = self.rows()
        return [text for (text,) in self.look(_LEFT)] + [
            f"{table}: {len(lost)} rows lost, {len(more)} too many; first {lost[:1]} became {more[:1]}"
            for table in _TABLES
            if wanted[table] != found[table]
            for lost, more in [_differ(wanted[table], found[table])]
        ]


def _differ(wanted: list[str], found: list[str]) -> tuple[list[str], list[str]]:
    return sorted(set(wanted) - set(found)), sorted(set(found) - set(wanted))


_ILLEGAL = f"select job_id, before, after from audit.moves where who <> 'auditor' and not ({_LEGAL})"
_numbers = itertools.count(1)
_TEMPLATE = "audited"


@contextmanager
def auditor(address: str) -> Iterator[Auditor]:
    """Yield an auditor over a new database with the schema: a copy of one that the first on this server migrates."""
    name = f"audited_{next(_numbers)}"
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        own = Auditor(_database(address, name), runner)
        with suppress(asyncpg.DuplicateDatabaseError):
            runner.run(_execute(address, f"create database {_TEMPLATE}"))
            trio.run(_apply, _database(address, _TEMPLATE))
            runner.run(_execute(_database(address, _TEMPLATE), _INSTALL))
        runner.run(_execute(address, f"create database {name} template {_TEMPLATE}"))
        try:
            yield own
        finally:
            if own.connection is not None:
                own.connection.terminate()


def _database(address: str, name: str) -> str:
    return address.replace("/theset?", f"/{name}?")


async def _apply(dsn: str) -> None:
    async with open_quick_loop():
        await migrate(dsn, AsyncioBridge(), at=datetime.now(UTC))


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
