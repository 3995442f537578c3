"""Links the rows of venues that are one place, by their names and by the concerts that they share.

No row is merged. One of the venues of a place leads and the others refer to it (`same_as`); removing a link restores
everything. Which one leads depends only on the venues, not on their order: one that sells tickets before one known only
from setlists, then by the provider's id. An operator's decision about a pair is final.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import combinations
from typing import TypeAlias
from uuid import UUID

import asyncpg
import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.domain.ids import SETLISTFM, TICKETMASTER
from thesetd.domain.shows.venues import (
    NO_NIGHTS,
    ActNight,
    Nights,
    VenueAddress,
    VenueVerdict,
    judge,
    marks_of,
    nights_of,
)

VenuePair: TypeAlias = tuple[UUID, UUID]

# The venues of the same cities; other venues of the changed concerts, since a city has several names; and all venues
# linked to one of them.
_NEAR = f"""
with recursive concerts as (
    select l.artist_id, s.local_date as day from artist_shows l join shows s on s.id = l.show_id
    where s.id = any($2) and s.local_date is not null
    union
    select p.artist_id, p.event_date from thesetd.setlist_pages p where p.id = any($3) and p.artist_id is not null
), near as (
    select v.id from venues v where v.id = any($1)
    union
    select v.id from venues v where v.town in (select town from venues where id = any($1))
    union
    select s.venue_id from concerts c join artist_shows l on l.artist_id = c.artist_id
    join shows s on s.id = l.show_id and s.local_date = c.day
    union
    select p.venue_id from concerts c
    join thesetd.setlist_pages p on p.artist_id = c.artist_id and p.event_date = c.day
), linked as (
    select id from near
    union
    select k.id from linked n cross join lateral (
        select other as id from thesetd.venue_links where one = n.id
        union all select one from thesetd.venue_links where other = n.id
    ) k
)
select v.id, v.name, v.city, v.town, v.country_code, v.latitude, v.longitude, v.same_as,
    case when v.ticketmaster_id is not null then '{TICKETMASTER}' when v.other_id is not null
        then split_part(v.other_id, ':', 1) else '{SETLISTFM}' end as provider
from venues v join linked n on n.id = v.id
order by v.ticketmaster_id, v.other_id, v.setlistfm_id, v.id
"""  # noqa: S608 - constants
# The act's night at a venue, by any provider: a show itself keeps only the venue of the provider that knows it best.
_CONCERTS = """
select s.venue_id, l.artist_id::text as act, s.local_date as day, l.left_at is null as stands
from shows s join artist_shows l on l.show_id = s.id
where s.venue_id = any($1) and s.local_date is not null and s.is_announced
union
select p.venue_id, p.artist_id::text, p.event_date, p.gone_at is null from thesetd.setlist_pages p
where p.venue_id = any($1) and p.artist_id is not null
"""
_VENUES = """
select venue_id from shows where id = any($1) and venue_id is not null
union select venue_id from thesetd.setlist_pages where id = any($2) and venue_id is not null
union select s.venue_id from shows s join artist_shows l on l.show_id = s.id
    where l.artist_id = any($3) and s.venue_id is not null
union select venue_id from thesetd.setlist_pages where artist_id = any($3) and venue_id is not null
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
_LINKED = """
select one, other, verdict, by_person from thesetd.venue_links where one = any($1) and other = any($1)
order by not by_person, one, other
"""
_POINT = """
update venues t set same_as = n.same_as, updated_at = $3
from unnest($1::uuid[], $2::uuid[]) as n (id, same_as) where t.id = n.id
"""


@attrs.frozen(kw_only=True)
class Changed:
    """The changes that require places to be judged again: venues, shows and their bills, pages.

    Acts that got another row.
    """

    venues: Collection[UUID] = ()
    shows: Collection[UUID] = ()
    pages: Collection[UUID] = ()
    acts: Collection[UUID] = ()


async def settle_places(connection: Connection, changed: Changed, at: datetime) -> set[UUID]:
    """Judge changed venues, and those of changed concerts, against the others of their cities; return which moved."""
    touched = set(changed.venues)
    if changed.shows or changed.pages or changed.acts:
        arguments = (list(one) for one in (changed.shows, changed.pages, changed.acts))
        touched |= {row["venue_id"] for row in await connection.fetch(_VENUES, *arguments)}
    if not touched:
        return set()
    near = (list(one) for one in (touched, changed.shows, changed.pages))
    rows = {row["id"]: row for row in await connection.fetch(_NEAR, *near)}
    if len(rows) <= 1:
        return set()
    nights = _Nights()
    for row in await connection.fetch(_CONCERTS, list(rows)):
        nights.add(row)
    linked = {(row["one"], row["other"]) for row in await connection.fetch(_LINKED, list(rows))}
    found = dict(_judged(rows, touched, nights, linked))
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


@attrs.define
class _Nights:
    """The acts that played at each venue and when, including acts that are no longer on a bill there."""

    concerts: dict[UUID, set[ActNight]] = attrs.field(factory=lambda: defaultdict(set))
    acts: dict[UUID, set[str]] = attrs.field(factory=lambda: defaultdict(set))

    def add(self, row: asyncpg.Record) -> None:
        self.acts[row["venue_id"]].add(row["act"])
        if row["stands"]:
            self.concerts[row["venue_id"]].add((row["act"], row["day"]))

    def sharing(self, venues: Iterable[UUID], acts: Collection[str]) -> set[frozenset[UUID]]:
        """Return the pairs of these venues that share a concert of these acts."""
        homes: dict[ActNight, list[UUID]] = defaultdict(list)
        for venue in venues:
            for concert in self.concerts[venue]:
                if concert[0] in acts:
                    homes[concert].append(venue)
        return {frozenset(pair) for here in homes.values() for pair in combinations(here, 2)}

    def between(self, one: UUID, other: UUID, others: Iterable[UUID]) -> Nights:
        """Count the nights that two venues share, and those of one venue that the second provider lists elsewhere."""
        if self.concerts[one].isdisjoint(self.concerts[other]):
            return NO_NIGHTS
        elsewhere = set().union(*(self.concerts[venue] for venue in others))
        return nights_of(self.concerts[one], self.concerts[other], elsewhere)


def _judged(
    rows: Mapping[UUID, asyncpg.Record], touched: Collection[UUID], nights: _Nights, linked: Collection[VenuePair]
) -> Iterator[tuple[VenuePair, tuple[VenueVerdict, Nights]]]:
    """Yield the pairs with a changed venue that are one place, may be, or were thought to be.

    A concert at one venue is evidence about others at which its act played: those are judged again as well.
    """
    order = {venue: number for number, venue in enumerate(rows)}
    cities: dict[str, list[UUID]] = defaultdict(list)
    for row in rows.values():
        cities[_town(row)].append(row["id"])
    changed = [venue for venue in rows if venue in touched]
    acts = set().union(*(nights.acts[venue] for venue in changed))
    pairs = _related(rows, changed) | set(map(frozenset, linked))
    for one, other in (sorted(pair, key=order.__getitem__) for pair in pairs | nights.sharing(rows, acts)):
        # At one provider a hall and its rooms have the same nights.
        second = rows[other]["provider"]
        two = rows[one]["provider"] != second
        near = {*cities[_town(rows[one])], *cities[_town(rows[other])]} - {other}
        others = (venue for venue in near if rows[venue]["provider"] == second)
        found = nights.between(one, other, others) if two else NO_NIGHTS
        verdict = judge(_place(rows[one]), _place(rows[other]), found)
        key = (min(one, other), max(one, other))
        if verdict is not VenueVerdict.APART or key in linked:
            yield key, (verdict, found)


def _related(rows: Mapping[UUID, asyncpg.Record], changed: Iterable[UUID]) -> set[frozenset[UUID]]:
    """Return the pairs of venues of one town, one of which changed, whose names have something in common."""
    marked: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    marks = {venue: marks_of(_place(row)) for venue, row in rows.items()}
    for venue, row in rows.items():
        for mark in marks[venue]:
            marked[_town(row), mark].append(venue)
    return {
        frozenset((one, other))
        for one in changed
        for mark in marks[one]
        for other in marked[_town(rows[one]), mark]
        if one != other
    }


async def _point(connection: Connection, rows: Mapping[UUID, asyncpg.Record], at: datetime) -> set[UUID]:
    """Point every venue at the first one, in the order of the rows, that links lead to.

    No chain of links joins venues that an operator separated.
    """
    heads, order = {venue: venue for venue in rows}, {venue: number for number, venue in enumerate(rows)}
    links = await connection.fetch(_LINKED, list(rows))
    parted = [link for link in links if link["by_person"] and link["verdict"] == VenueVerdict.APART.value]
    for link in links:
        ends = {_head(heads, link["one"]), _head(heads, link["other"])}
        if link["verdict"] != VenueVerdict.SAME.value or len(ends) == 1:
            continue
        if any({_head(heads, one["one"]), _head(heads, one["other"])} == ends for one in parted):
            continue
        first, second = sorted(ends, key=order.__getitem__)
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


def _town(row: asyncpg.Record) -> str:
    """Return the town of a venue; a venue without a town is compared with no other."""
    return row["town"] or str(row["id"])


def _place(row: asyncpg.Record) -> VenueAddress:
    return VenueAddress(
        name=row["name"],
        city=row["city"] or "",
        country=row["country_code"],
        latitude=row["latitude"],
        longitude=row["longitude"],
    )
