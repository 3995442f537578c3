"""Links the rows of venues that are one place, by their names and by the concerts that they share.

No row is merged. One of the venues of a place leads and the others refer to it (`same_as`); removing a link restores
everything. Which one leads depends only on the venues, not on their order: one that sells tickets before one known only
from setlists, then by the provider's id. An operator's decision about a pair is final.

The work does not grow with the town: only a changed venue is compared with all others of its town. A venue that only
got a concert is compared where nights can decide: with venues of other providers at which the same acts played.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
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

# A venue's provider; one row has one.
_PROVIDER = f"""case when v.ticketmaster_id is not null then '{TICKETMASTER}' when v.other_id is not null
        then split_part(v.other_id, ':', 1) else '{SETLISTFM}' end"""
_TOUCHED = """
select venue_id from (select venue_id from shows where id = any($1) offset 0) s where venue_id is not null
union select venue_id from thesetd.left_stands where show_id = any($1)
union select venue_id from thesetd.setlist_pages where id = any($2) and venue_id is not null
union select s.venue_id from artist_shows l
    cross join lateral (select s.venue_id from shows s where s.id = l.show_id offset 0) s
    where l.artist_id = any($3) and s.venue_id is not null
union select venue_id from thesetd.setlist_pages where artist_id = any($3) and venue_id is not null
"""
# The acts that play, or played, at changed shows, on changed pages and at changed venues.
_ACTS = """
select artist_id from artist_shows where show_id = any($1)
union select artist_id from thesetd.setlist_pages where id = any($2) and artist_id is not null
union select l.artist_id from shows s join artist_shows l on l.show_id = s.id where s.venue_id = any($3)
union select artist_id from thesetd.setlist_pages where venue_id = any($3) and artist_id is not null
"""
# For changed venues ($1), all venues of their towns. For every touched one ($2), those of its town at which the acts
# ($3) played, and those elsewhere with the same concert, since a city has several names. For all of these, linked
# venues of another provider, and all that are one place with them or were separated from them. They are read by
# an array of ids: joined with a recursion, of which the planner expects many rows, all venues would be read. And with
# `offset 0` each step is a look-up: joined, a plan made for small tables reads all shows and pages.
_NEAR = f"""
with recursive concerts as (
    select l.artist_id, s.local_date as day
    from (select id, local_date from shows where id = any($4) offset 0) s
    cross join lateral (select l.artist_id from artist_shows l where l.show_id = s.id offset 0) l
    where s.local_date is not null
    union
    select artist_id, event_date from thesetd.setlist_pages where id = any($5) and artist_id is not null
), beside as materialized (
    select id from unnest($2::uuid[]) as n (id)
    union
    select id from venues where town in (select town from venues where id = any($1))
    union
    select id from venues where town = any(array(select town from venues where id = any($2))) and id = any(array(
        select s.venue_id from artist_shows l
        cross join lateral (select s.venue_id from shows s where s.id = l.show_id offset 0) s
        where l.artist_id = any($3)
        union select venue_id from thesetd.setlist_pages where artist_id = any($3)
    ))
    union
    select s.venue_id from artist_shows l
    cross join lateral (select s.venue_id, s.local_date from shows s where s.id = l.show_id offset 0) s
    where l.artist_id = any(array(select artist_id from concerts)) and s.venue_id is not null
        and (l.artist_id, s.local_date) in (select artist_id, day from concerts)
    union
    select p.venue_id from concerts c cross join lateral (
        select venue_id from thesetd.setlist_pages where artist_id = c.artist_id and event_date = c.day offset 0
    ) p where p.venue_id is not null
), links as (
    select one as id, other from thesetd.venue_links where one in (select id from beside)
    union all select other, one from thesetd.venue_links where other in (select id from beside)
), near as (
    select id from beside
    union
    select k.other from links k
    cross join lateral (select t.* from venues t where t.id = k.id offset 0) t
    cross join lateral (select v.* from venues v where v.id = k.other offset 0) v
    where k.id = any($1) or {_PROVIDER} <> {_PROVIDER.replace("v.", "t.")}
), linked as (
    select id from near
    union
    select k.id from linked n cross join lateral (
        select other as id from thesetd.venue_links where one = n.id and (verdict = 'same' or by_person)
        union all select one from thesetd.venue_links where other = n.id and (verdict = 'same' or by_person)
    ) k
)
select v.id, v.name, v.city, v.town, v.country_code, v.latitude, v.longitude, v.same_as, {_PROVIDER} as provider
from venues v where v.id = any(array(select id from linked))
order by v.ticketmaster_id, v.other_id, v.setlistfm_id, v.id
"""  # noqa: S608 - constants
# The act's night at a venue, by any provider: a show itself keeps only the venue of the provider that knows it best.
_CONCERTS = """
select s.venue_id, l.artist_id, s.local_date as day, l.left_at is null as stands
from shows s join artist_shows l on l.show_id = s.id
where s.venue_id = any($1) and s.local_date is not null and s.is_announced
union
select venue_id, artist_id, event_date, gone_at is null from thesetd.setlist_pages
where venue_id = any($1) and artist_id is not null
"""
_PLAYED = """
select s.venue_id, l.artist_id, s.local_date as day, l.left_at is null as stands
from artist_shows l cross join lateral (
    select s.venue_id, s.local_date, s.is_announced from shows s where s.id = l.show_id offset 0
) s
where l.artist_id = any($2) and s.venue_id = any($1) and s.local_date is not null and s.is_announced
union
select venue_id, artist_id, event_date, gone_at is null from thesetd.setlist_pages
where artist_id = any($2) and venue_id = any($1)
"""
# The other venues in these towns that list the same concerts. An act's shows are read once, whatever the number of its
# nights; a join with the venues of the towns, of which few are expected, would go through the nights for each venue.
ELSEWHERE = f"""
with told as (
    select s.venue_id, n.artist_id, s.local_date as day
    from (
        select artist_id, array_agg(day) as days from unnest($1::uuid[], $2::date[]) as n (artist_id, day) group by 1
    ) n
    cross join lateral (
        select l.show_id from artist_shows l where l.artist_id = n.artist_id and l.left_at is null offset 0
    ) l
    cross join lateral (
        select s.venue_id, s.local_date from shows s
        where s.id = l.show_id and s.local_date = any(n.days) and s.is_announced offset 0
    ) s
    union
    select p.venue_id, n.artist_id, n.day from unnest($1::uuid[], $2::date[]) as n (artist_id, day)
    cross join lateral (
        select p.venue_id from thesetd.setlist_pages p
        where p.artist_id = n.artist_id and p.event_date = n.day and p.gone_at is null offset 0
    ) p
)
select v.id, v.name, v.city, v.town, v.country_code, v.latitude, v.longitude, {_PROVIDER} as provider,
    t.artist_id, t.day
from told t cross join lateral (select v.* from venues v where v.id = t.venue_id offset 0) v where v.town = any($3)
"""  # noqa: S608 - constants
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
# Links that operators made or separated, and all links of venues whose nights may have changed.
_LINKED = """
select one, other, verdict, shared_nights, apart_nights, by_person from thesetd.venue_links
where one = any($1) and other = any($1)
    and (verdict = 'same' or by_person or one = any($2::uuid[]) or other = any($2::uuid[]))
order by not by_person, one, other
"""
_POINT = """
update venues t set same_as = n.same_as, updated_at = $3
from unnest($1::uuid[], $2::uuid[]) as n (id, same_as) where t.id = n.id
"""


@attrs.frozen(kw_only=True)
class Changed:
    """The changes by which places are judged again: venues, shows, bills, pages, and acts that got another row."""

    venues: Collection[UUID] = ()
    shows: Collection[UUID] = ()
    pages: Collection[UUID] = ()
    acts: Collection[UUID] = ()


async def settle_places(connection: Connection, changed: Changed, at: datetime) -> set[UUID]:
    """Judge changed venues, and those of changed concerts, against those near them; return which moved."""
    touched = set(changed.venues)
    if changed.shows or changed.pages or changed.acts:
        arguments = (list(one) for one in (changed.shows, changed.pages, changed.acts))
        touched |= {row["venue_id"] for row in await connection.fetch(_TOUCHED, *arguments)}
    if not touched:
        return set()
    near = await _Near.load(connection, changed, touched)
    if len(near.rows) <= 1:
        return set()
    if found := await near.judged(connection):
        await connection.execute(
            _LINK,
            [one for one, _ in found],
            [other for _, other in found],
            [verdict.value for verdict, _ in found.values()],
            [nights.shared for _, nights in found.values()],
            [nights.apart for _, nights in found.values()],
            at,
        )
        near.links = await connection.fetch(_LINKED, list(near.rows), [])
    return await _point(connection, near, at)


@attrs.define
class _Near:
    """Venues that changed, those near them, and the links between these.

    `changed` are those that may be another place by their names, `played` those at which the acts in question played.
    """

    rows: Mapping[UUID, asyncpg.Record]
    changed: Collection[UUID]
    played: Mapping[UUID, set[ActNight]]
    links: Sequence[asyncpg.Record]

    @classmethod
    async def load(cls, connection: Connection, changed: Changed, touched: Collection[UUID]) -> "_Near":
        """Read the venues and links that may be judged differently now."""
        venues, shows, pages = (list(one) for one in (changed.venues, changed.shows, changed.pages))
        found = await connection.fetch(_ACTS, shows, pages, venues)
        acts = list({*changed.acts, *(row["artist_id"] for row in found)})
        rows = {row["id"]: row for row in await connection.fetch(_NEAR, venues, list(touched), acts, shows, pages)}
        played: dict[UUID, set[ActNight]] = {}
        for row in await connection.fetch(_PLAYED, list(rows), acts):
            nights = played.setdefault(row["venue_id"], set())
            nights.update([(row["artist_id"], row["day"])] if row["stands"] else ())
        links = await connection.fetch(_LINKED, list(rows), list({*touched, *played}))
        return cls(rows, set(venues), played, links)

    async def judged(self, connection: Connection) -> dict[VenuePair, tuple[VenueVerdict, Nights]]:
        """Return the pairs that are one place, may be, or were thought to be, if that differs from the stored state.

        A concert at one venue is evidence about others at which its act played: those are judged again as well.
        """
        stored = {(row["one"], row["other"]): row for row in self.links}
        pairs = self._pairs(stored)
        nights = await _Nights.load(connection, self.rows, [pair for pair in pairs if self._are_two(*pair)])
        judged: dict[VenuePair, tuple[VenueVerdict, Nights]] = {}
        for one, other in pairs:
            key = (min(one, other), max(one, other))
            shared = nights.between(one, other)
            verdict = judge(_place(self.rows[one]), _place(self.rows[other]), shared)
            if not _says(stored.get(key), verdict, shared):
                judged[key] = verdict, shared
        return judged

    def _pairs(self, stored: Iterable[VenuePair]) -> list[VenuePair]:
        """Return the pairs to judge, each in the order of the rows.

        Two venues of one provider are judged by themselves alone: a hall and its rooms have the same nights.
        """
        order = {venue: number for number, venue in enumerate(self.rows)}
        pairs = _related(self.rows, self.changed) | _sharing(self.played) | set(map(frozenset, stored))
        ordered = [sorted(pair, key=order.__getitem__) for pair in pairs]
        return [
            (one, other)
            for one, other in ordered
            if one in self.changed or other in self.changed or self._are_two(one, other)
        ]

    def _are_two(self, one: UUID, other: UUID) -> bool:
        """Return whether two venues have different providers."""
        return bool(self.rows[one]["provider"] != self.rows[other]["provider"])


@attrs.define
class _Nights:
    """The nights of acts at venues that are compared, and the same nights at other venues of their towns."""

    rows: Mapping[UUID, asyncpg.Record]
    concerts: dict[UUID, set[ActNight]] = attrs.field(factory=lambda: defaultdict(set))
    elsewhere: dict[tuple[str, str], dict[UUID, set[ActNight]]] = attrs.field(
        factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    places: dict[UUID, VenueAddress] = attrs.field(factory=dict)

    @classmethod
    async def load(
        cls, connection: Connection, rows: Mapping[UUID, asyncpg.Record], pairs: Sequence[VenuePair]
    ) -> "_Nights":
        """Read the nights of pairs of venues, and those elsewhere where a pair shares one."""
        nights = cls(rows)
        if not pairs:
            return nights
        for row in await connection.fetch(_CONCERTS, list({venue for pair in pairs for venue in pair})):
            if row["stands"]:
                nights.concerts[row["venue_id"]].add((row["artist_id"], row["day"]))
        sharing = [pair for pair in pairs if not nights.concerts[pair[0]].isdisjoint(nights.concerts[pair[1]])]
        mine = list({concert for one, _ in sharing for concert in nights.concerts[one]})
        towns = list({_town(rows[venue]) for pair in sharing for venue in pair})
        arguments = [artist for artist, _ in mine], [day for _, day in mine], towns
        for row in await connection.fetch(ELSEWHERE, *arguments) if mine else ():
            nights.elsewhere[row["town"], row["provider"]][row["id"]].add((row["artist_id"], row["day"]))
            nights.places[row["id"]] = _place(row)
        return nights

    def between(self, one: UUID, other: UUID) -> Nights:
        """Count the nights that two venues share, and those of one venue that the second provider lists elsewhere."""
        second = self.rows[other]["provider"]
        mine, theirs = self.concerts.get(one, ()), self.concerts.get(other, ())
        if self.rows[one]["provider"] == second or set(mine).isdisjoint(theirs):
            return NO_NIGHTS
        towns, open_to_doubt = {_town(self.rows[one]), _town(self.rows[other])}, set(mine) - set(theirs)
        found: dict[bool, set[ActNight]] = {True: set(), False: set()}
        for town in towns:
            for venue, concerts in self.elsewhere[town, second].items():
                if venue != other and not concerts.isdisjoint(open_to_doubt):  # the others count for nothing
                    found[judge(_place(self.rows[one]), self.places[venue]) is VenueVerdict.SAME] |= concerts
        return nights_of(mine, theirs, found[False], found[True])


def _says(stored: asyncpg.Record | None, verdict: VenueVerdict, nights: Nights) -> bool:
    """Return whether the link is stored as judged; an operator's decision stays, and no link means apart."""
    if stored is None:
        return verdict is VenueVerdict.APART
    said = stored["verdict"], stored["shared_nights"], stored["apart_nights"]
    return stored["by_person"] or said == (verdict.value, nights.shared, nights.apart)


def _sharing(played: Mapping[UUID, Iterable[ActNight]]) -> set[frozenset[UUID]]:
    """Return the pairs of venues that share a concert."""
    homes: dict[ActNight, list[UUID]] = defaultdict(list)
    for venue, concerts in played.items():
        for concert in concerts:
            homes[concert].append(venue)
    return {frozenset(pair) for here in homes.values() for pair in combinations(here, 2)}


def _related(rows: Mapping[UUID, asyncpg.Record], changed: Iterable[UUID]) -> set[frozenset[UUID]]:
    """Return the pairs of venues of one town, one of which changed, whose names have something in common."""
    marked: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    towns = {_town(rows[venue]) for venue in changed}
    marks = {venue: marks_of(_place(row)) for venue, row in rows.items() if _town(row) in towns}
    for venue, own in marks.items():
        for mark in own:
            marked[_town(rows[venue]), mark].append(venue)
    return {
        frozenset((one, other))
        for one in changed
        for mark in marks[one]
        for other in marked[_town(rows[one]), mark]
        if one != other
    }


async def _point(connection: Connection, near: _Near, at: datetime) -> set[UUID]:
    """Point every venue at the first one, in the order of the rows, that links lead to.

    No chain of links joins venues that an operator separated.
    """
    rows = near.rows
    heads, order = {venue: venue for venue in rows}, {venue: number for number, venue in enumerate(rows)}
    parted = [link for link in near.links if link["by_person"] and link["verdict"] == VenueVerdict.APART.value]
    for link in near.links:
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
