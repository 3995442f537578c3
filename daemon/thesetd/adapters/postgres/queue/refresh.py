"""The refresh index: what looks found, and which artists' copies come next."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from thesetd.adapters.postgres.database import Connection
from thesetd.domain.freshness.copies import USUAL, Aspect, Copy, Look, Shared, first_shared, looked, pause_after, weight
from thesetd.domain.freshness.rate import ChangeRate

_COPY = """
select r.looked_at, r.due_at, r.orders, r.changes, r.days, a.popularity, (
    select count(*) from thesetd.jobs j
    where j.artist_id = a.id and j.kind = 'import_artist' and j.created_at > $3::timestamptz - interval '30 days'
) as wishes
from artists a left join thesetd.refresh r on r.artist_id = a.id and r.aspect = $1 where a.id = $2
"""
_KEEP = """
insert into thesetd.refresh as t (aspect, artist_id, changes, days, looked_at, due_at) values ($1, $2, $3, $4, $5, $6)
on conflict (aspect, artist_id) do update set changes = excluded.changes, days = excluded.days,
    looked_at = excluded.looked_at, due_at = excluded.due_at, orders = 0, ordered_until = null
"""
_KEEP_THRESHOLD = """
insert into thesetd.refresh_thresholds as t (aspect, threshold, copies) values ($1, $2, $3)
on conflict (aspect) do update set threshold = excluded.threshold, copies = excluded.copies
"""
_ORDER = """
insert into thesetd.refresh as t (aspect, artist_id, changes, days, due_at, orders, ordered_until)
select $1, o.artist_id, 0, 0, $4, 1, $5 from unnest($2::uuid[]) as o (artist_id)
on conflict (aspect, artist_id) do update
set orders = t.orders + 1, ordered_until = $4::timestamptz + ($3::interval[])[least(t.orders, $6) + 1]
"""
_COUNT = """
update thesetd.refresh_thresholds t set copies = greatest(1, found.copies)
from (select count(*)::int as copies from thesetd.refresh where aspect = $1) found where t.aspect = $1
"""
_PAUSES = [pause_after(orders) for orders in range(12)]


async def store_looks(connection: Connection, artist_id: UUID | None, looks: Sequence[Look], at: datetime) -> None:
    """Learn from looks at an artist, and say when each aspect is due again; inside the writer's transaction."""
    for look in looks if artist_id else ():
        row = await connection.fetchrow(_COPY, look.aspect.value, artist_id, at)
        if row is None:
            continue
        worth = weight(look.aspect, popularity=row["popularity"], wishes=row["wishes"])
        shared = await _shared(connection, look.aspect, worth)
        copy, after = looked(_copy(look.aspect, row), look, shared, weight=worth, now=at)
        await connection.execute(
            _KEEP, look.aspect.value, artist_id, copy.rate.changes, copy.rate.days, at, copy.due_at
        )
        if after != shared:
            await connection.execute(_KEEP_THRESHOLD, look.aspect.value, after.threshold, after.copies)


async def store_orders(connection: Connection, aspect: Aspect, artists: Sequence[UUID], at: datetime) -> None:
    """Note that looks at these artists were ordered, so that nobody orders them again before they can have come."""
    await connection.execute(_ORDER, aspect.value, artists, _PAUSES, at, at + _PAUSES[0], len(_PAUSES) - 1)


async def _shared(connection: Connection, aspect: Aspect, worth: float) -> Shared:
    row = await connection.fetchrow(
        "select threshold, copies from thesetd.refresh_thresholds where aspect = $1", aspect.value
    )
    if row:
        return Shared(threshold=row["threshold"], copies=row["copies"])
    copies = await connection.fetchval("select count(*) from thesetd.refresh where aspect = $1", aspect.value)
    shared = first_shared(aspect, copies, weight=worth)
    await connection.execute(_KEEP_THRESHOLD, aspect.value, shared.threshold, shared.copies)
    return shared


def _copy(aspect: Aspect, row: asyncpg.Record) -> Copy | None:
    if row["due_at"] is None:
        return None
    rate = ChangeRate(USUAL[aspect].per_day, changes=row["changes"], days=row["days"])
    return Copy(rate=rate, due_at=row["due_at"], looked_at=row["looked_at"], orders=row["orders"])
