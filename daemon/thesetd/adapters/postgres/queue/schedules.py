"""The memory of the scheduler, whom each schedule is about, and what has outlived its use."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from thesetd.adapters.postgres.database import Connection, Database, DatabaseWork
from thesetd.adapters.postgres.gate.ledger import PIECE, in_pieces, prune
from thesetd.adapters.postgres.queue.audiences import count_audience, next_artists
from thesetd.adapters.postgres.rows.show_days import complete_shows
from thesetd.adapters.postgres.setlists.expiry import SOURCE, clear_pages, forget_names
from thesetd.domain.changes import KEPT_DAYS
from thesetd.domain.errors import AlreadyFired
from thesetd.domain.freshness.runs import Audience
from thesetd.domain.work.batches import Firing
from thesetd.domain.work.jobs import KnownArtist
from thesetd.domain.work.waits import EVERYTHING
from thesetd.ports.store import ScheduleRow

# How long what is kept for looking back is kept. Events and status rows go with their job.
_KEPT: Mapping[str, tuple[str, timedelta]] = {
    "thesetd.jobs": ("finished_at", timedelta(days=30)),
    "thesetd.events": ("at", timedelta(days=7)),
    "thesetd.changes": ("at", timedelta(days=KEPT_DAYS)),
    "thesetd.provider_state": ("greatest(blocked_until, learned_at)", timedelta(days=365)),
    "thesetd.rejects": ("last_at", timedelta(days=90)),
    "thesetd.schedule_runs": ("at", timedelta(days=30)),
    "thesetd.pins": ("until", timedelta(0)),
    "thesetd.identity_links": ("last_at", timedelta(days=365)),
}
# The last import of each artist stays, for whoever asks how it went.
_STAYS: Mapping[str, str] = {
    "thesetd.jobs": """and not exists (
        select from import_status s where s.job_id = t.id and not exists (
            select from import_status n
            where n.artist_id = s.artist_id and (n.started_at, n.job_id) > (s.started_at, s.job_id)
        ) and s.artist_id is not null
    )"""
}
_SCHEDULES = f"""
select s.name, s.next_due, s.last_fired, s.last_success, s.last_result, s.last_error,
    exists (select from thesetd.pauses p where p.what in (s.name, '{EVERYTHING}')) as paused
from thesetd.schedules s order by s.name
"""  # noqa: S608 - a constant

_PLAN = """
insert into thesetd.schedules as t (name, next_due) values ($1, $2)
on conflict (name) do update set next_due = excluded.next_due where t.next_due = $3
"""
_FIRE = """
update thesetd.schedules set next_due = $3, last_fired = $4 where name = $1 and next_due = $2 returning true
"""


async def fire(connection: Connection, firing: Firing, at: datetime) -> None:
    """Move a schedule on, inside the writer's transaction; shows whose days are over by then are completed.

    Some schedule fires each hour, so that time alone completes a show however rarely its artist is looked at.

    Raises:
        AlreadyFired: it is not due at that time (any more).
    """
    if not await connection.fetchval(_FIRE, firing.schedule, firing.due, firing.next_due, at):
        raise AlreadyFired(f"{firing.schedule} is not due at {firing.due.isoformat()} any more")
    await complete_shows(connection, at)


_UNUSED_READINGS = """
delete from thesetd.readings where id = any(array(
    select r.id from thesetd.readings r
    where not exists (select from thesetd.freshness f where f.reading_id = r.id)
        and not exists (select from thesetd.setlist_pages p where p.reading_id = r.id)
    limit $1
))
"""


class PostgresSchedules:
    """The `ScheduleStore` over PostgreSQL. Content is kept for what its provider's terms allow, None for ever."""

    retentions: Mapping[str, timedelta | None] = MappingProxyType({})

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(self) -> tuple[ScheduleRow, ...]:
        """Return every schedule, by name; see `thesetd.ports.store.ScheduleStore`."""

        async def work(connection: Connection) -> tuple[ScheduleRow, ...]:
            rows = await connection.fetch(_SCHEDULES)
            return tuple(ScheduleRow(**row) for row in rows)

        return await self._database.read(work)

    async def plan(self, name: str, next_due: datetime, *, instead_of: datetime | None = None) -> None:
        """Remember when a schedule is due; see `thesetd.ports.store.ScheduleStore`."""

        async def work(connection: Connection) -> None:
            await connection.execute(_PLAN, name, next_due, instead_of)

        await self._database.transact(work)

    async def artists_for(self, schedule: str, **wanted: Any) -> tuple[KnownArtist, ...]:
        """List the artists of a schedule; see `thesetd.ports.store.ScheduleStore`."""
        return await self._database.read(partial(next_artists, schedule=schedule, **wanted))

    async def audience(self, schedule: str, *, now: datetime) -> Audience:
        """Count the artists of a schedule; see `thesetd.ports.store.ScheduleStore`."""
        return await self._database.read(partial(count_audience, schedule=schedule, now=now))

    async def cleanup(self, *, now: datetime) -> dict[str, int]:
        """Delete what is older than its time; application data in use is never touched; see `ScheduleStore`."""
        pieces: dict[str, DatabaseWork[int]] = {
            table: partial(_delete_some, table=table, column=column, before=now - age)
            for table, (column, age) in _KEPT.items()
        }
        deleted = {table: await in_pieces(self._database, piece) for table, piece in pieces.items()}
        deleted |= await prune(self._database, now)
        deleted["thesetd.readings"] = await in_pieces(self._database, _delete_readings)
        if (age := self.retentions.get(SOURCE)) is not None:
            before = now - age
            deleted["setlist_pages"] = await in_pieces(self._database, partial(clear_pages, before=before, now=now))
            deleted["played_names"] = await in_pieces(self._database, partial(forget_names, before=before))
        return {table: count for table, count in deleted.items() if count}


async def _delete_readings(connection: Connection) -> int:
    """Delete readings whose rows have come with others since."""
    status = await connection.execute(_UNUSED_READINGS, PIECE)
    return int(status.removeprefix("DELETE "))


async def _delete_some(connection: Connection, *, table: str, column: str, before: datetime) -> int:
    status: str = await connection.execute(
        f"""
        delete from {table} where ctid = any(array(
            select ctid from {table} t where {column} < $1 {_STAYS.get(table, "")} limit {PIECE}
        ))
        """,  # noqa: S608 - constants of this module
        before,
    )
    return int(status.removeprefix("DELETE "))
