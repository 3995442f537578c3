"""Stores when weeks of coming shows were read, and how often their shows change; see `thesetd.domain.freshness.weeks`.

The shows without a date have a row too, of no country and a week that never comes.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime

import asyncpg

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.lookup import concert_id
from thesetd.domain.freshness.copies import SHARING, Aspect
from thesetd.domain.freshness.nights import DAY_S
from thesetd.domain.freshness.rate import ChangeRate
from thesetd.domain.freshness.weeks import (
    DISTANCES,
    KEPT,
    Distance,
    Week,
    WeekCopy,
    WeekIndex,
    WeekLook,
    distance,
    learned,
)
from thesetd.domain.ids import ProviderName

_UNDATED = date.max  # "infinity" in the database
_USUAL = {far.weeks: far.per_day for far in DISTANCES}
_WEEKS = """
select country, begins, looked_at, shows, importance, begun_at, read_until from thesetd.swept_weeks
where provider = $1 and (country = any($2) or country = '')
"""
_RATES = "select * from thesetd.week_rates where provider = $1 and country = any($2)"
_THRESHOLD = "select min(threshold) from thesetd.refresh_thresholds where aspect = any($1)"
# Shows of acts of whom nothing is known count like an artist of whom nothing is known; see `Demand.importance`.
_SIZES = """
select date_trunc('week', t.starts_at at time zone 'UTC')::date as begins, count(*)::integer as shows,
    sum(1.0 + coalesce(k.popularity, 0) / 10.0)::double precision as importance
from shows t left join lateral (
    select sum(a.popularity) as popularity from artist_shows l join artists a on a.id = l.artist_id
    where l.show_id = t.id and l.left_at is null and not a.is_stub
) k on true
where {known} and t.status in ('scheduled', 'rescheduled', 'postponed') and t.starts_at between $1 and $2
    and exists (select from venues v where v.id = t.venue_id and v.country_code = $3)
group by 1
"""
_READ = """
insert into thesetd.swept_weeks as t (provider, country, begins, looked_at, shows, importance)
values ($1, $2, $3, $4, $5, $6)
on conflict (provider, country, begins) do update set looked_at = excluded.looked_at, shows = excluded.shows,
    importance = excluded.importance, begun_at = null, read_until = null
"""
_BEGUN = """
insert into thesetd.swept_weeks as t (provider, country, begins, begun_at, read_until) values ($1, $2, $3, $4, $5)
on conflict (provider, country, begins) do update set begun_at = excluded.begun_at, read_until = excluded.read_until
"""
_LEARN = """
insert into thesetd.week_rates as t (provider, country, weeks_ahead, changes, days, learned_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (provider, country, weeks_ahead) do update set changes = excluded.changes, days = excluded.days,
    learned_at = excluded.learned_at
"""
_FORGET = "delete from thesetd.swept_weeks where provider = $1 and begins < $2"


async def week_index(connection: Connection, provider: ProviderName, countries: Collection[str]) -> WeekIndex:
    """Return what is stored of the weeks of some countries."""
    rows = await connection.fetch(_WEEKS, provider, list(countries))
    return WeekIndex(
        weeks={Week(row["country"], row["begins"]): _copy(row) for row in rows if row["country"]},
        rates=await _rates(connection, provider, countries),
        threshold=await connection.fetchval(_THRESHOLD, [one.value for one in SHARING[Aspect.SHOWS]]) or 0.0,
        undated_at=next((row["looked_at"] for row in rows if not row["country"]), None),
    )


async def store_week_look(connection: Connection, look: WeekLook | None, at: datetime) -> None:
    """Record how far a reading has come, if any has, and learn from the weeks that are read to their ends."""
    if look is None:
        return
    if not look.weeks:
        await connection.execute(_READ, look.provider, "", _UNDATED, look.begun_at, 0, 0.0)
        return
    read, current, countries = look.complete(), look.current(), [look.country]
    known = (await week_index(connection, look.provider, countries)).weeks
    sizes = await _sizes(connection, look.provider, read) if read else {}
    ages = []
    for week in read:
        shows, importance = sizes.get(week.begins, (0, 0.0))
        begun_at = look.begun_at_of(week)
        await connection.execute(_READ, look.provider, look.country, week.begins, begun_at, shows, importance)
        if (before := known.get(week, WeekCopy()).looked_at) is not None:
            ages.append((shows, max(0.0, (begun_at - before).total_seconds() / DAY_S)))
    if current is not None:
        where = look.provider, look.country, current.begins
        await connection.execute(_BEGUN, *where, look.begun_at_of(current), look.reached)
    if known.get(Week(look.country, look.weeks[0]), WeekCopy()).looked_at is not None:
        await _learn(connection, look, ages, at)
    await connection.execute(_FORGET, look.provider, (at - KEPT).date())


async def _learn(connection: Connection, look: WeekLook, ages: list[tuple[int, float]], at: datetime) -> None:
    far = distance(look.weeks[0], at)
    row = await _rate_row(connection, look, far)
    rate = _rate(row) if row else ChangeRate(far.per_day)
    after = learned(rate, row["learned_at"] if row else None, at, changed=look.changed, ages=ages)
    await connection.execute(_LEARN, look.provider, look.country, far.weeks, after.changes, after.days, at)


async def _rate_row(connection: Connection, look: WeekLook, far: Distance) -> asyncpg.Record | None:
    rows = await connection.fetch(_RATES, look.provider, [look.country])
    return next((row for row in rows if row["weeks_ahead"] == far.weeks), None)


async def _rates(
    connection: Connection, provider: ProviderName, countries: Collection[str]
) -> Mapping[tuple[str, int], ChangeRate]:
    rows = await connection.fetch(_RATES, provider, list(countries))
    return {(row["country"], row["weeks_ahead"]): _rate(row) for row in rows if row["weeks_ahead"] in _USUAL}


async def _sizes(
    connection: Connection, provider: ProviderName, weeks: tuple[Week, ...]
) -> Mapping[date, tuple[int, float]]:
    """Return the number of stored shows of each week, and their importance together."""
    _, known = concert_id(provider, "t")
    first, last = weeks[0], weeks[-1]
    rows = await connection.fetch(_SIZES.format(known=known), first.since, last.until, first.country)
    return {row["begins"]: (row["shows"], row["importance"]) for row in rows}


def _rate(row: asyncpg.Record) -> ChangeRate:
    return ChangeRate(_USUAL[row["weeks_ahead"]], changes=row["changes"], days=row["days"])


def _copy(row: asyncpg.Record) -> WeekCopy:
    return WeekCopy(
        looked_at=row["looked_at"],
        shows=row["shows"],
        importance=row["importance"],
        begun_at=row["begun_at"],
        read_until=row["read_until"],
    )
