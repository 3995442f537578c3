"""The refresh index: the outcomes of refreshes, and which artists' copies come next."""

import statistics
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.show_days import days_of
from thesetd.domain.freshness.copies import (
    ASKED_BY,
    DUE_DAYS,
    SHARING,
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
from thesetd.domain.freshness.nights import AHEAD, AWAITED, Night, awaited_nights
from thesetd.domain.freshness.rate import ChangeRate
from thesetd.domain.identity import spaces
from thesetd.domain.shows.local_days import over_at
from thesetd.domain.work.batches import Picks

"""Columns of a query about `artists a` that say how much its freshness is worth at the moment $1."""
DEMAND = """
a.popularity, (
    select count(*) from thesetd.jobs j
    where j.artist_id = a.id and j.kind = 'import_artist' and j.created_at > $1::timestamptz - interval '30 days'
) as wishes, i.followers, i.visits, i.at as told_at, a.inactive_since is not null as inactive
"""


def _sharing(aspect: Aspect) -> list[str]:
    return [one.value for one in SHARING[aspect]]


def _when_shared(aspect: Aspect) -> str:
    return f"when '{aspect.value}' then array{_sharing(aspect)}"


# The threshold of all copies that share a budget, for the aspect of the row `n`.
_THRESHOLD = f"""
left join lateral (
    select min(threshold) as threshold, sum(copies)::integer as copies from thesetd.refresh_thresholds
    where aspect = any(case n.aspect {" ".join(map(_when_shared, SHARING))} end)
) t on true
"""  # noqa: S608 - constants
_COPIES = f"""
select n.aspect, r.looked_at, r.due_at, r.orders, r.changes, r.days, t.threshold, t.copies, {DEMAND}, (
    select min(s.sales_start) from artist_shows l join shows s on s.id = l.show_id
    where l.artist_id = a.id and s.sales_start > $1
) as sale
from artists a cross join unnest($2::text[]) as n (aspect)
left join thesetd.refresh r on r.artist_id = a.id and r.aspect = n.aspect
{_THRESHOLD} left join thesetd.interest i on i.artist_id = a.id where a.id = $3
"""  # noqa: S608 - a constant
_AGES = f"""
select n.aspect, n.artist_id, n.looked_at, n.due_at, n.changes, n.days, t.threshold, t.copies, {DEMAND}
from thesetd.refresh n join artists a on a.id = n.artist_id {_THRESHOLD}
left join thesetd.interest i on i.artist_id = a.id
where n.artist_id = any($2) and n.looked_at is not null and t.threshold is not null
"""  # noqa: S608 - a constant
_HASTEN = """
update thesetd.refresh set due_at = $3, next_at = greatest($3, ordered_until), timed = $4
where aspect = $1 and artist_id = $2
"""
_HINT = """
update thesetd.refresh r set due_at = $2, next_at = greatest($2, r.ordered_until)
where r.aspect = 'shows' and r.looked_at < $2 and r.due_at > $2 and r.artist_id is distinct from $3
    and r.artist_id in (select l.artist_id from artist_shows l where l.show_id = any($1))
"""
_DUE_AGAIN = """
update thesetd.refresh r set due_at = $2, next_at = greatest($2, r.ordered_until)
where r.artist_id = any($1) and r.looked_at < $2 and r.due_at > $2
"""
_REVIVE = """
update artists a set inactive_since = null, updated_at = $2 where a.inactive_since is not null
    and a.id in (select l.artist_id from artist_shows l where l.show_id = any($1) and l.left_at is null)
"""
# The artist's shows whose setlists are expected or may still change, and since when songs of each are known.
_NIGHTS = """
select s.local_date, s.end_date, s.local_time, s.timezone, v.timezone as venue_timezone, v.country_code, (
    select min(coalesce(p.last_updated, p.updated_at)) from actual_setlists p
    where p.show_id = s.id and p.artist_id = l.artist_id and p.gone_at is null
        and (jsonb_array_length(p.songs) > 0 or jsonb_array_length(p.encore_songs) > 0)
) as written_at
from artist_shows l cross join lateral (select s.* from shows s where s.id = l.show_id offset 0) s
left join lateral (select v.timezone, v.country_code from venues v where v.id = s.venue_id offset 0) v on true
where l.artist_id = $1 and not s.is_addon and s.merged_into is null and s.local_date between $2 and $3
    and s.status in ('scheduled', 'rescheduled', 'completed')
"""
_KEEP = """
insert into thesetd.refresh as t (aspect, artist_id, changes, days, looked_at, due_at, next_at, floor_at, timed)
select aspect, $1, changes, days, $2, due_at, due_at, $3, timed
from unnest($4::text[], $5::double precision[], $6::double precision[], $7::timestamptz[], $8::boolean[])
    as n (aspect, changes, days, due_at, timed)
on conflict (aspect, artist_id) do update set changes = excluded.changes, days = excluded.days,
    looked_at = excluded.looked_at, due_at = excluded.due_at, next_at = excluded.next_at, floor_at = excluded.floor_at,
    timed = excluded.timed, orders = 0, ordered_until = null, ordered_for = null
"""
_DEMANDS = f"""
select {DEMAND} from artists a left join thesetd.interest i on i.artist_id = a.id
where a.id = any(array(select artist_id from thesetd.refresh where aspect = $2 limit 1000))
"""  # noqa: S608 - a constant
_BEGIN = """
insert into thesetd.refresh_thresholds (aspect, threshold, copies)
select aspect, $2, greatest(1, (select count(*) from thesetd.refresh r where r.aspect = n.aspect and r.askable))
from unnest($1::text[]) n (aspect)
on conflict (aspect) do update set copies = excluded.copies returning threshold, copies
"""
_MOVE = "update thesetd.refresh_thresholds set threshold = $2 where aspect = any($1)"
# Refreshes ordered by another node in the meantime are not counted again. Ordered ones are sorted after due ones.
_ORDER = """
update thesetd.refresh t set orders = t.orders + 1, ordered_until = until, ordered_for = o.moment,
    next_at = greatest(t.next_at, until), floor_at = greatest(t.floor_at, until)
from unnest($2::uuid[], $6::timestamptz[]) as o (artist_id, moment)
join thesetd.refresh b on b.aspect = $1 and b.artist_id = o.artist_id
cross join lateral (select $4::timestamptz + ($3::interval[])[least(b.orders, $5) + 1] as until) paused
where t.aspect = $1 and t.artist_id = o.artist_id and (t.ordered_until is null or t.ordered_until <= $4)
"""
_TAKE_OVER = """
update thesetd.refresh t set ordered_for = o.moment
from unnest($2::uuid[], $3::timestamptz[]) as o (artist_id, moment)
where t.aspect = $1 and t.artist_id = o.artist_id and t.ordered_until > $4 and t.ordered_for > o.moment
"""
# Copies that were never refreshed come before all others, those of the most popular artists first.


def _known(aspect: Aspect, space: spaces.Space) -> str:
    """Return the SQL of an id by which an aspect can be requested; providers without a column announce shows."""
    column = f"a.{spaces.columns('artists')[space]}"
    return f"coalesce({column}, a.{spaces.OTHER_ID})" if aspect is Aspect.SHOWS else column


_ENROL = f"""
insert into thesetd.refresh as t (aspect, artist_id, changes, days, due_at, askable, next_at, floor_at)
select o.aspect, a.id, 0, 0, $2, not a.is_stub and a.merged_into is null and o.known is not null,
    first.place, first.place
from artists a cross join lateral (
    values {", ".join(f"('{aspect.value}', {_known(aspect, space)})" for aspect, space in ASKED_BY.items())}
) o (aspect, known) cross join lateral (
    select timestamptz '2000-01-01T00:00Z' - coalesce(a.popularity, -1) * interval '1 day' as place
) first where a.id = any($1) and ($3 or not a.is_stub or exists (
    select from thesetd.refresh known where known.artist_id = a.id
))
on conflict (aspect, artist_id) do update set askable = excluded.askable,
    next_at = case when t.looked_at is null and t.orders = 0 then excluded.next_at else t.next_at end,
    floor_at = case when t.looked_at is null and t.orders = 0 then excluded.floor_at else t.floor_at end
where t.askable <> excluded.askable or t.looked_at is null and t.orders = 0 and t.next_at <> excluded.next_at
"""  # noqa: S608 - constants
_COUNT = """
with found as (
    select greatest(1, coalesce($2, (select count(*) from thesetd.refresh where aspect = $3 and askable))) as copies
), outgrown as (
    delete from thesetd.refresh_thresholds t using found where t.aspect = any($1) and found.copies >= $4 * t.copies
)
update thesetd.refresh_thresholds t set copies = found.copies from found
where t.aspect = any($1) and t.copies <> found.copies and found.copies < $4 * t.copies
"""
OUTGROWN = 10  # times as many copies: a threshold of the first few would need as many rounds to fit all
_PAUSES = [pause_after(orders) for orders in range(12)]


async def store_looks(connection: Connection, artist_id: UUID | None, looks: Sequence[Look], at: datetime) -> None:
    """Learn from refreshes of an artist, and set when each aspect is due again; inside the writer's transaction."""
    if artist_id is None or not looks:
        return
    found = {look.aspect: look for look in looks}
    copies: list[tuple[str, float, float, datetime, bool]] = []
    asked = at, [aspect.value for aspect in found], artist_id
    stored = await connection.fetch(_COPIES, *asked)
    if any(row["due_at"] is None for row in stored):  # not enrolled, as a stub that is refreshed for the first time
        await enrol(connection, [artist_id], at, stubs=True)
        stored = await connection.fetch(_COPIES, *asked)
    for row in stored:
        aspect = Aspect(row["aspect"])
        worth = weight(aspect, _demand(row, at))
        shared = _shared(row) or await _first_shared(connection, aspect, at)
        nights = await _nights(connection, artist_id, at) if aspect is Aspect.SETLISTS else ()
        copy, after = looked(
            _copy(aspect, row), found[aspect], shared, weight=worth, now=at, sale=row["sale"], nights=nights
        )
        copies.append((aspect.value, copy.rate.changes, copy.rate.days, copy.due_at, bool(nights)))
        if after != shared:
            await connection.execute(_MOVE, _sharing(aspect), after.threshold)
    if copies:
        await connection.execute(
            _KEEP, artist_id, at, at + timedelta(days=DUE_DAYS), *map(list, zip(*copies, strict=True))
        )
    if found.keys() == {Aspect.SHOWS}:  # a new show: its setlist is expected
        await bring_forward(connection, [artist_id], at)


async def _nights(connection: Connection, artist_id: UUID, at: datetime) -> tuple[Night, ...]:
    """Return an artist's shows of the last months and next weeks whose songs may still appear or change."""
    rows = await connection.fetch(_NIGHTS, artist_id, (at - AWAITED).date(), (at + AHEAD).date())
    return awaited_nights((over_at(days_of(row)), row["written_at"]) for row in rows)


async def enrol(connection: Connection, artists: Collection[UUID], at: datetime, *, stubs: bool = False) -> None:
    """Add changed artists to the index, with all of their aspects; what was learned stays unchanged.

    Stubs, of which there are many, are left out unless they are refreshed.
    """
    if artists:
        await connection.execute(_ENROL, list(artists), at, stubs)


async def count_copies(connection: Connection, aspect: Aspect, copies: int | None) -> None:
    """Update the number of copies of an aspect, and of each that shares its budget: the same artists have them.

    They are counted if `copies` is None. If there are `OUTGROWN` times as many, the threshold is reset at the next
    refresh, by the mean weight of all.
    """
    await connection.execute(_COUNT, _sharing(aspect), copies, aspect.value, OUTGROWN)


async def store_enqueued_looks(connection: Connection, picks: Picks, at: datetime) -> None:
    """Record for when refreshes of artists were ordered, so that they are not ordered again too early."""
    aspect, artists, moments = picks.aspect.value, list(picks.artists), picks.moments_from(at)
    await enrol(connection, artists, at, stubs=True)
    await connection.execute(_TAKE_OVER, aspect, artists, moments, at)
    await connection.execute(_ORDER, aspect, artists, _PAUSES, at, len(_PAUSES) - 1, moments)


async def hint_shows(connection: Connection, shows: Collection[UUID], about: UUID | None, at: datetime) -> None:
    """Make the shows of artists due now if another artist's answer, or a sweep, had news about them.

    Shows of a tour are seldom announced, moved or withdrawn alone. `about` is the artist whose own answer it was. No
    artist of these shows is inactive.
    """
    if shows:
        await connection.execute(_REVIVE, list(shows), at)
        await connection.execute(_HINT, list(shows), at, about)


async def make_due(connection: Connection, artists: Collection[UUID], at: datetime) -> None:
    """Make every copy of these artists due now: an operator decided who they are, so rows of theirs moved."""
    if artists:
        await connection.execute(_DUE_AGAIN, list(artists), at)


async def bring_forward(connection: Connection, artists: Sequence[UUID], at: datetime) -> None:
    """Bring forward copies that are worth an earlier refresh by users' present interest; nothing becomes due later."""
    earlier = []
    for row in await connection.fetch(_AGES, at, artists):
        aspect = Aspect(row["aspect"])
        rate = ChangeRate(USUAL[aspect].per_day, changes=row["changes"], days=row["days"])
        shared = Shared(threshold=row["threshold"], copies=row["copies"])
        nights = await _nights(connection, row["artist_id"], at) if aspect is Aspect.SETLISTS else ()
        due_at = due_after(rate, row["looked_at"], shared, weight=weight(aspect, _demand(row, at)), nights=nights)
        if due_at < row["due_at"]:
            earlier.append((aspect.value, row["artist_id"], due_at, bool(nights)))
    await connection.executemany(_HASTEN, earlier)


def _demand(row: asyncpg.Record, at: datetime) -> Demand:
    visits = faded(row["visits"], row["told_at"], at) if row["told_at"] else 0.0
    return Demand(
        popularity=row["popularity"],
        wishes=row["wishes"],
        followers=row["followers"] or 0,
        visits=visits,
        inactive=row["inactive"],
    )


def _shared(row: asyncpg.Record) -> Shared | None:
    return None if row["threshold"] is None else Shared(threshold=row["threshold"], copies=row["copies"])


async def _first_shared(connection: Connection, aspect: Aspect, at: datetime) -> Shared:
    """Begin with a threshold for all copies that share the budget of an aspect, by their mean weight.

    The artist that is refreshed first is often the most important one: by its weight, no other would be worth a call.
    """
    weights = [weight(aspect, _demand(row, at)) for row in await connection.fetch(_DEMANDS, at, aspect.value)]
    threshold = first_shared(aspect, 1, weight=statistics.fmean(weights)).threshold
    rows = await connection.fetch(_BEGIN, _sharing(aspect), threshold)
    return Shared(threshold=rows[0]["threshold"], copies=sum(row["copies"] for row in rows))


def _copy(aspect: Aspect, row: asyncpg.Record) -> Copy | None:
    if row["due_at"] is None:
        return None
    rate = ChangeRate(USUAL[aspect].per_day, changes=row["changes"], days=row["days"])
    return Copy(rate=rate, due_at=row["due_at"], looked_at=row["looked_at"], orders=row["orders"])
