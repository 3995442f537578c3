"""Which stored venues are one place: links between their rows, from their names and from the concerts that they share.

No row is merged. A venue that is the same place as an older one names it (`same_as`), and taking a link away gives
everything back. What a person said of a pair holds.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from thesetd.adapters.postgres.database import Connection
from thesetd.domain.music.venues import NO_NIGHTS, Concert, Nights, Place, Verdict, judge, nights_of

Pair: TypeAlias = tuple[UUID, UUID]

_IN_THESE_CITIES = """
select v.id, v.name, v.city, v.country_code, v.latitude, v.longitude, v.created_at, v.same_as,
    v.ticketmaster_id as sold, v.id = any($1) as changed
from venues v where lower(v.city) in (select lower(city) from venues where id = any($1) and city is not null)
order by v.created_at, v.id
"""
# The act's night at a venue, by whoever tells of it: a show keeps the venue of the provider that knows it best.
_CONCERTS = """
select s.venue_id, l.artist_id::text as act, s.local_date as day
from shows s join artist_shows l on l.show_id = s.id and l.left_at is null
where s.venue_id = any($1) and s.local_date is not null
union
select p.venue_id, p.artist_id::text, p.event_date from actual_setlists p
where p.venue_id = any($1) and p.artist_id is not null
"""
_LINK = """
insert into thesetd.venue_links as t (one, other, verdict, shared_nights, apart_nights, decided_at)
select one, other, verdict, shared, apart, $6
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::integer[]) as n (one, other, verdict, shared, apart)
on conflict (one, other) do update
set verdict = excluded.verdict, shared_nights = excluded.shared_nights, apart_nights = excluded.apart_nights,
    decided_at = excluded.decided_at
where not t.by_person and (t.verdict, t.shared_nights, t.apart_nights)
    is distinct from (excluded.verdict, excluded.shared_nights, excluded.apart_nights)
"""
_OF_SHOWS = "select distinct venue_id from shows where id = any($1) and venue_id is not null"
_LINKED = "select one, other, verdict from thesetd.venue_links where one = any($1) and other = any($1)"
_POINT = """
update venues t set same_as = n.same_as, updated_at = $3
from unnest($1::uuid[], $2::uuid[]) as n (id, same_as) where t.id = n.id
"""


async def settle_places(
    connection: Connection, venues: Collection[UUID], shows: Collection[UUID], at: datetime
) -> set[UUID]:
    """Judge venues that changed, or at which shows did, against the others of their cities; say which moved."""
    changed = (
        {*venues, *(row["venue_id"] for row in await connection.fetch(_OF_SHOWS, list(shows)))} if shows else venues
    )
    if not changed:
        return set()
    rows = {row["id"]: row for row in await connection.fetch(_IN_THESE_CITIES, list(changed))}
    if len(rows) <= 1:
        return set()
    concerts: dict[UUID, set[Concert]] = defaultdict(set)
    for row in await connection.fetch(_CONCERTS, list(rows)):
        concerts[row["venue_id"]].add((row["act"], row["day"]))
    linked = {(row["one"], row["other"]) for row in await connection.fetch(_LINKED, list(rows))}
    found = dict(_judged(rows, concerts, linked))
    if found:
        await connection.execute(
            _LINK,
            [one for one, _ in found],
            [other for _, other in found],
            [verdict.value for verdict, _ in found.values()],
            [nights.shared for _, nights in found.values()],
            [nights.apart for _, nights in found.values()],
            at,
        )
    return await _point(connection, rows, at)


def _judged(
    rows: Mapping[UUID, asyncpg.Record], concerts: Mapping[UUID, set[Concert]], linked: Collection[Pair]
) -> Iterator[tuple[Pair, tuple[Verdict, Nights]]]:
    """Yield the pairs, with a venue that changed, that are one place, may be, or were thought to be."""
    cities: dict[str, list[UUID]] = defaultdict(list)
    for row in rows.values():
        cities[row["city"].strip().lower()].append(row["id"])
    for one in (row["id"] for row in rows.values() if row["changed"]):
        here = cities[rows[one]["city"].strip().lower()]
        for other in (venue for venue in here if venue != one):
            # At one provider a hall and its rooms have the same nights.
            two = (rows[one]["sold"] is None) != (rows[other]["sold"] is None)
            shared = two and not concerts[one].isdisjoint(concerts[other])
            elsewhere = (concerts[venue] for venue in here if shared and venue not in {one, other})
            nights = nights_of(concerts[one], concerts[other], set().union(*elsewhere)) if shared else NO_NIGHTS
            verdict = judge(_place(rows[one]), _place(rows[other]), nights)
            pair = (min(one, other), max(one, other))
            if verdict is not Verdict.APART or pair in linked:
                yield pair, (verdict, nights)


async def _point(connection: Connection, rows: Mapping[UUID, asyncpg.Record], at: datetime) -> set[UUID]:
    """Let every venue name the oldest one that links lead to."""
    heads = {venue: venue for venue in rows}
    for link in await connection.fetch(_LINKED, list(rows)):
        if link["verdict"] == Verdict.SAME.value:
            first, second = sorted((_head(heads, link["one"]), _head(heads, link["other"])), key=list(rows).index)
            heads[second] = first
    same = {venue: head if (head := _head(heads, venue)) != venue else None for venue in rows}
    moved = {venue: head for venue, head in same.items() if rows[venue]["same_as"] != head}
    if moved:
        await connection.execute(_POINT, list(moved), list(moved.values()), at)
    return set(moved)


def _head(heads: Mapping[UUID, UUID], venue: UUID) -> UUID:
    while heads[venue] != venue:
        venue = heads[venue]
    return venue


def _place(row: asyncpg.Record) -> Place:
    return Place(
        name=row["name"],
        city=row["city"] or "",
        country=row["country_code"],
        latitude=row["latitude"],
        longitude=row["longitude"],
    )
