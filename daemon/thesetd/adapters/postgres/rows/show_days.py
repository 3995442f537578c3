"""Completes shows whose local days are over, and reopens completed ones that were moved.

The database narrows the choice by date, pure code decides: not all zones named by providers are known to the database,
and a query with an unknown zone fails as a whole.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg

from thesetd.adapters.postgres.database import Connection
from thesetd.domain.shows.local_days import Days, status_at, zone_named

# SQL for whether played songs of a show are known.
PLAYED = """exists (
    select from actual_setlists p
    where p.show_id = {show} and (jsonb_array_length(p.songs) > 0 or jsonb_array_length(p.encore_songs) > 0)
)"""

_SHOWS = """
select t.id, t.status, t.local_date, t.end_date, t.local_time, t.timezone, v.timezone as venue_timezone, v.country_code,
    t.former_date <> t.local_date as moved, {played} as played
from {shows} left join venues v on v.id = t.venue_id
where t.status in ('scheduled', 'rescheduled') and t.local_date <= $1
    or t.status = 'completed' and coalesce(greatest(t.end_date, t.local_date), 'infinity') >= $1 - 3
"""
_UNSETTLED = _SHOWS.format(shows="shows t", played=PLAYED.format(show="t.id"))
# By an array of ids: joined, a plan made for a small table reads all of it.
_ABOUT = """
(
    select * from shows where id = any(array(
        select id from unnest($2::uuid[]) as n (id)
        union select o.show_id from artist_shows l
            cross join lateral (select o.show_id from artist_shows o where o.artist_id = l.artist_id offset 0) o
            where l.show_id = any($2)
        union select show_id from artist_shows where artist_id = any($3)
    )) offset 0
) t
"""
_UNSETTLED_ABOUT = _SHOWS.format(shows=_ABOUT, played=PLAYED.format(show="t.id"))
_SETTLE = """
update shows t set status = n.status, updated_at = $3
from unnest($1::uuid[], $2::text[]) as n (id, status) where t.id = n.id
"""


def days_of(row: asyncpg.Record) -> Days:
    """Return the days of a show with a date, using its venue's zone and country."""
    return Days(
        day=row["local_date"],
        last=row["end_date"],
        begins=row["local_time"],
        zone=zone_named(row["timezone"], row["venue_timezone"]),
        country=row["country_code"],
    )


async def complete_shows(connection: Connection, at: datetime) -> set[UUID]:
    """Update the status of all shows to that at a moment; return which changed.

    The caller holds the writer's lock.
    """
    return await _settle(connection, await connection.fetch(_UNSETTLED, _latest(at)), at)


async def complete_shows_of(
    connection: Connection, shows: Collection[UUID], acts: Collection[UUID], at: datetime
) -> set[UUID]:
    """Do the same for these shows, and for all others of their acts and of these acts.

    A batch changes no other; all that are over are completed once an hour.
    """
    return await _settle(connection, await connection.fetch(_UNSETTLED_ABOUT, _latest(at), list(shows), list(acts)), at)


def _latest(at: datetime) -> date:
    return (at + timedelta(days=1)).date()  # a day may be over in its zone a day before it is in UTC


async def _settle(connection: Connection, rows: Iterable[asyncpg.Record], at: datetime) -> set[UUID]:
    changed = {row["id"]: status for row in rows if (status := _status(row, at)) != row["status"]}
    if changed:
        await connection.execute(_SETTLE, list(changed), list(changed.values()), at)
    return set(changed)


def _status(row: asyncpg.Record, at: datetime) -> str:
    days = days_of(row) if row["local_date"] is not None else None
    return status_at(row["status"], days, at, played=row["played"], moved=bool(row["moved"]))
