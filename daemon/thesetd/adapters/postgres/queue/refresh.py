"""The refresh index: what looks found, and which artists' copies come next."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from thesetd.adapters.postgres.database import Connection
from thesetd.domain.freshness.copies import (
    USUAL,
    Aspect,
    Copy,
    Demand,
    Look,
    Shared,
    due_after,
    first_shared,
    looked,
    pause_after,
    weight,
)
from thesetd.domain.freshness.interest import faded
from thesetd.domain.freshness.rate import ChangeRate

"""Columns of a query about `artists a` that tell what speaks for its freshness at the moment $1."""
DEMAND = """
a.popularity, (
    select count(*) from thesetd.jobs j
    where j.artist_id = a.id and j.kind = 'import_artist' and j.created_at > $1::timestamptz - interval '30 days'
) as wishes, i.followers, i.visits, i.at as told_at
"""
_COPY = f"""
select r.looked_at, r.due_at, r.orders, r.changes, r.days, {DEMAND}, (
    select min(s.sales_start) from artist_shows l join shows s on s.id = l.show_id
    where l.artist_id = a.id and s.sales_start > $1
) as sale
from artists a left join thesetd.refresh r on r.artist_id = a.id and r.aspect = $2
left join thesetd.interest i on i.artist_id = a.id where a.id = $3
"""  # noqa: S608 - a constant
_AGES = f"""
select r.aspect, r.artist_id, r.looked_at, r.due_at, r.changes, r.days, t.threshold, t.copies, {DEMAND}
from thesetd.refresh r join thesetd.refresh_thresholds t on t.aspect = r.aspect join artists a on a.id = r.artist_id
left join thesetd.interest i on i.artist_id = a.id where r.artist_id = any($2) and r.looked_at is not null
"""  # noqa: S608 - a constant
_HASTEN = "update thesetd.refresh set due_at = $3 where aspect = $1 and artist_id = $2"
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
        row = await connection.fetchrow(_COPY, at, look.aspect.value, artist_id)
        if row is None:
            continue
        worth = weight(look.aspect, _demand(row, at))
        shared = await _shared(connection, look.aspect, worth)
        copy, after = looked(_copy(look.aspect, row), look, shared, weight=worth, now=at, sale=row["sale"])
        await connection.execute(
            _KEEP, look.aspect.value, artist_id, copy.rate.changes, copy.rate.days, at, copy.due_at
        )
        if after != shared:
            await connection.execute(_KEEP_THRESHOLD, look.aspect.value, after.threshold, after.copies)


async def store_orders(connection: Connection, aspect: Aspect, artists: Sequence[UUID], at: datetime) -> None:
    """Note that looks at these artists were ordered, so that nobody orders them again before they can have come."""
    await connection.execute(_ORDER, aspect.value, artists, _PAUSES, at, at + _PAUSES[0], len(_PAUSES) - 1)


async def bring_forward(connection: Connection, artists: Sequence[UUID], at: datetime) -> None:
    """Make due earlier what is worth a look sooner by the interest that people show now; nothing becomes due later."""
    earlier = []
    for row in await connection.fetch(_AGES, at, artists):
        aspect = Aspect(row["aspect"])
        rate = ChangeRate(USUAL[aspect].per_day, changes=row["changes"], days=row["days"])
        shared = Shared(threshold=row["threshold"], copies=row["copies"])
        due_at = due_after(rate, row["looked_at"], shared, weight=weight(aspect, _demand(row, at)))
        if due_at < row["due_at"]:
            earlier.append((aspect.value, row["artist_id"], due_at))
    await connection.executemany(_HASTEN, earlier)


def _demand(row: asyncpg.Record, at: datetime) -> Demand:
    visits = faded(row["visits"], row["told_at"], at) if row["told_at"] else 0.0
    return Demand(popularity=row["popularity"], wishes=row["wishes"], followers=row["followers"] or 0, visits=visits)


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
