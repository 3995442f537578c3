"""Stores the scheduler's state, lists the artists of each schedule, and runs the clean-up."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.freshness.growth import keep_growth
from thesetd.adapters.postgres.queue.audiences import count_audience, next_artists
from thesetd.adapters.postgres.queue.outdated import count_outdated, mark_outdated
from thesetd.adapters.postgres.queue.outlived import count_outlived, delete_outlived
from thesetd.adapters.postgres.rows.show_days import complete_shows
from thesetd.adapters.postgres.setlists.expiry import SOURCE
from thesetd.domain.errors import AlreadyFired
from thesetd.domain.freshness.runs import Audience
from thesetd.domain.work.batches import Firing
from thesetd.domain.work.deferrals import EVERYTHING
from thesetd.domain.work.jobs import KnownArtist
from thesetd.domain.work.schedules import PlanOverride
from thesetd.ports.store import ScheduleRow

TRENDING = "sync-trending"  # records the growth of users' activity, whenever it fires
_SCHEDULES = f"""
select s.name, s.next_due, s.last_fired, s.last_success, s.last_result, s.last_error,
    exists (select from thesetd.pauses p where p.what in (s.name, '{EVERYTHING}')) as paused,
    s.set_cron, s.set_zone, s.set_until
from thesetd.schedules s order by s.name
"""  # noqa: S608 - a constant

_PLAN = """
insert into thesetd.schedules as t (name, next_due) values ($1, $2)
on conflict (name) do update set next_due = excluded.next_due where t.next_due = $3
"""
_SET_PLAN = """
insert into thesetd.schedules as t (name, next_due, set_cron, set_zone, set_until) values ($1, $2, $4, $5, $6)
on conflict (name) do update set set_cron = excluded.set_cron, set_zone = excluded.set_zone,
    set_until = excluded.set_until, next_due = case when t.next_due <= $3 then t.next_due else excluded.next_due end
"""
_FIRE = """
update thesetd.schedules set next_due = $3, last_fired = $4 where name = $1 and next_due = $2 returning true
"""


async def fire(connection: Connection, firing: Firing, at: datetime) -> None:
    """Advance a schedule, inside the writer's transaction; shows whose days are over by then are completed.

    Some schedule fires every hour, so time alone completes a show however rarely its artist is refreshed.

    Raises:
        AlreadyFired: it is not (or no longer) due at that time.
    """
    if not await connection.fetchval(_FIRE, firing.schedule, firing.due, firing.next_due, at):
        raise AlreadyFired(f"{firing.schedule} is not due at {firing.due.isoformat()} any more")
    await complete_shows(connection, at)
    if firing.schedule == TRENDING:
        await keep_growth(connection, at)


class PostgresSchedules:
    """The `ScheduleStore` over PostgreSQL. Content is kept as long as its provider's terms allow (None: for ever)."""

    retentions: Mapping[str, timedelta | None] = MappingProxyType({})

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(self) -> tuple[ScheduleRow, ...]:
        """Return every schedule, by name; see `thesetd.ports.store.ScheduleStore`."""

        async def work(connection: Connection) -> tuple[ScheduleRow, ...]:
            rows = await connection.fetch(_SCHEDULES)
            return tuple(_row(dict(row)) for row in rows)

        return await self._database.read(work)

    async def plan(self, name: str, next_due: datetime, *, instead_of: datetime | None = None) -> None:
        """Store when a schedule is due; see `thesetd.ports.store.ScheduleStore`."""

        async def work(connection: Connection) -> None:
            await connection.execute(_PLAN, name, next_due, instead_of)

        await self._database.transact(work)

    async def set_plan(
        self, schedule: str, override: PlanOverride | None, *, next_due: datetime, now: datetime
    ) -> None:
        """Set the plan of a schedule; see `thesetd.ports.store.PlanStore`."""
        plan = (override.cron, override.zone, override.until) if override else (None, None, None)

        async def work(connection: Connection) -> None:
            await connection.execute(_SET_PLAN, schedule, next_due, now, *plan)

        await self._database.transact(work)

    async def artists_for(self, schedule: str, **wanted: Any) -> tuple[KnownArtist, ...]:
        """List the artists of a schedule; see `thesetd.ports.store.ScheduleStore`."""
        return await self._database.read(partial(next_artists, schedule=schedule, **wanted))

    async def audience(self, schedule: str, *, now: datetime) -> Audience:
        """Count the artists of a schedule; see `thesetd.ports.store.ScheduleStore`."""
        return await self._database.read(partial(count_audience, schedule=schedule, now=now))

    async def cleanup(self, *, now: datetime, dry_run: bool = False) -> dict[str, int]:
        """Delete rows that are no longer needed and mark outdated ones; see `ScheduleStore`."""
        age = self.retentions.get(SOURCE)
        content_before = None if age is None else now - age
        if dry_run:
            counts = await self._database.read(partial(count_outlived, now=now, content_before=content_before))
            counts |= await self._database.read(partial(count_outdated, now=now))
        else:
            counts = await delete_outlived(self._database, now=now, content_before=content_before)
            counts |= await mark_outdated(self._database, now=now)
        return {table: count for table, count in counts.items() if count}


def _row(row: dict[str, Any]) -> ScheduleRow:
    cron, zone, until = (row.pop(f"set_{part}") for part in ("cron", "zone", "until"))
    return ScheduleRow(**row, override=PlanOverride(cron=cron, zone=zone, until=until) if cron else None)
