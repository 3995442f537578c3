"""Decides which stored events are shows of their own, and to which show the others belong.

Whenever events are stored, all events around them are judged again, so the order of arrival matters only for the choice
of the row: the first one stays the show.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import asyncpg
import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.domain.shows.addons import extends
from thesetd.domain.shows.listings import FESTIVAL_DAYS, Listing, Outlook, SoldAs, Stand, Standing, standings

_OUTLOOKS = {
    "postponed": Outlook.POSTPONED,
    "cancelled": Outlook.CANCELLED,
    "withdrawn": Outlook.WITHDRAWN,
}
# An event without a date is judged with those of its former day. Only the days in the middle of those read are judged,
# since the neighbours of the others are incomplete. Parts of a place have ids of their own: "Harbour Arena - Club
# Level". Each step uses an index: with the concerts of the changed shows as one more alternative, or with the days as
# the condition of a join, the planner reads all shows for every batch.
_DAY = "coalesce(t.local_date, t.former_date)"
_COLUMNS = f"""
t.id, t.name, v.name as venue, coalesce(h.name, v.name) as place, coalesce(h.city, v.city) as city,
{_DAY} as day, t.local_date is null as undated, t.end_date, t.former_date, t.local_time, t.price_min, t.sold_as,
t.on_sale, t.status, t.created_at, t.is_addon, t.concert_id, array(
    select a.name from artist_shows l join artists a on a.id = l.artist_id
    where l.show_id = t.id and l.left_at is null order by l.set_order
) as acts
"""  # noqa: S608 - a constant
_BESIDE = f"""
with about as (
    select id from shows where id = any($1) or venue_id = any($2) or concert_id = any($1)
    union
    select concert_id from shows where id = any($1) and concert_id is not null
), touched as (
    select s.venue_id, s.local_date, s.former_date from shows s
    where s.id = any(array(select id from about)) and s.is_announced and s.venue_id is not null
), changed as (
    select venue_id, local_date as day from touched where local_date is not null
    union
    select venue_id, former_date from touched where former_date is not null
    union
    select l.venue_id, l.day from about a join thesetd.left_stands l on l.show_id = a.id
), concerned as (
    select id, coalesce(same_as, id) as home, town, city, name from venues
    where id = any(array(select venue_id from changed))
), places as (
    select id as about, id as venue_id from concerned
    union
    select cv.id, v.id from concerned cv cross join lateral (
        select v.id from venues v where v.town = cv.town and v.city = cv.city and v.id <> cv.id
            and (starts_with(v.name, cv.name) or starts_with(cv.name, v.name)) offset 0
    ) v
    union
    select id, home from concerned
    union
    select cv.id, v.id from concerned cv
    cross join lateral (select v.id from venues v where v.same_as = cv.home offset 0) v
), nearby as (
    select p.venue_id, array_agg(distinct c.day) as days from changed c join places p on p.about = c.venue_id
    group by p.venue_id
)
select {_COLUMNS}, t.venue_id, exists (
    select from unnest(n.days) as day where {_DAY} between day - {FESTIVAL_DAYS} and day + {FESTIVAL_DAYS}
) as near
from nearby n cross join lateral (select t.* from shows t where t.venue_id = n.venue_id offset 0) t
join venues v on v.id = t.venue_id left join venues h on h.id = v.same_as
where t.is_announced and t.merged_into is null and exists (
    select from unnest(n.days) as day
    where {_DAY} between day - 2 * {FESTIVAL_DAYS} and day + 2 * {FESTIVAL_DAYS}
        or t.former_date between day - {FESTIVAL_DAYS} and day + {FESTIVAL_DAYS}
)
"""  # noqa: S608 - a constant

# Shows that were at these places on these days and moved, with their former place and time.
_LEFT = f"""
select {_COLUMNS}, l.day as left_day, l.local_time as left_hour, coalesce(oh.name, o.name) as left_place,
    coalesce(oh.city, o.city) as left_city
from thesetd.left_stands l join shows t on t.id = l.show_id
join venues o on o.id = l.venue_id left join venues oh on oh.id = o.same_as
join venues v on v.id = t.venue_id left join venues h on h.id = v.same_as
where l.venue_id = any($1) and l.day = any($2) and t.merged_into is null
"""  # noqa: S608 - a constant
_SETTLE = """
update shows t set is_addon = n.is_addon, concert_id = n.concert_id, updated_at = $4
from unnest($1::uuid[], $2::boolean[], $3::uuid[]) as n (id, is_addon, concert_id) where t.id = n.id
"""
# One setlist for each act on both bills, the one that was voted on; none takes the place of one that is there.
_FOLLOW = """
with first as (
    select distinct on (n.concert, t.artist_id) t.id, n.concert, t.artist_id
    from unnest($1::uuid[], $2::uuid[]) as n (show, concert) join setlists t on t.show_id = n.show
    join artist_shows f on f.show_id = n.show and f.artist_id = t.artist_id and f.left_at is null
    join artist_shows l on l.show_id = n.concert and l.artist_id = t.artist_id and l.left_at is null
    order by n.concert, t.artist_id, t.locked_at nulls last, t.created_at, t.id
)
update setlists t set show_id = f.concert, updated_at = $3 from first f
where t.id = f.id and not exists (
    select from setlists o where o.show_id = f.concert and o.artist_id = f.artist_id
)
"""


async def settle_standings(
    connection: Connection, changed: Collection[UUID], places: Collection[UUID], at: datetime
) -> set[UUID]:
    """Judge the events around changed ones, or at changed places.

    Where another listing of a concert becomes its show, the predicted setlists move there with their votes. Return
    those that became shows, add-ons or parts of another.
    """
    if not changed and not places:
        return set()
    rows = {row["id"]: row for row in await connection.fetch(_BESIDE, list(changed), list(places))}
    cities: dict[str, list[asyncpg.Record]] = defaultdict(list)
    for row in rows.values():
        cities[row["city"] or row["place"]].append(row)
    left = _Left()
    venues, days = ({row[column] for row in rows.values()} for column in ("venue_id", "day"))
    for row in await connection.fetch(_LEFT, list(venues), list(days)) if rows else ():
        left.add(row)
    found: dict[UUID, Standing[UUID]] = {}
    for city, here in cities.items():
        found |= standings([left.listing(row) for row in here], left.elsewhere(city, {row["id"] for row in here}))
    moved = {}
    for row in (row for row in rows.values() if row["near"]):
        standing = left.to_the_end(found[row["id"]], found)
        if (row["is_addon"], row["concert_id"]) != (standing.is_addon, standing.concert):
            moved[row["id"]] = standing
    if moved:
        addons, concerts = [one.is_addon for one in moved.values()], [one.concert for one in moved.values()]
        await connection.execute(_SETTLE, list(moved), addons, concerts, at)
        ended = {show: to.concert for show, to in moved.items() if to.concert and not rows[show]["is_addon"]}
        if ended:
            await connection.execute(_FOLLOW, list(ended), list(ended.values()), at)
    return set(moved)


@attrs.define
class _Left:
    """Shows that moved away from judged places: where each was, and those that are elsewhere now."""

    stands: dict[UUID, set[Stand]] = attrs.field(factory=lambda: defaultdict(set))
    rows: dict[UUID, asyncpg.Record] = attrs.field(factory=dict)
    cities: dict[str, set[UUID]] = attrs.field(factory=lambda: defaultdict(set))

    def add(self, row: asyncpg.Record) -> None:
        self.stands[row["id"]].add(Stand(row["left_place"], row["left_day"], row["left_hour"]))
        self.rows[row["id"]] = row
        self.cities[row["left_city"] or row["left_place"]].add(row["id"])

    def listing(self, row: asyncpg.Record) -> Listing[UUID]:
        former = {Stand(row["place"], row["former_date"])} if row["former_date"] else set()
        return _listing(row, frozenset(self.stands[row["id"]] | former))

    def elsewhere(self, city: str, here: Collection[UUID]) -> list[Listing[UUID]]:
        return [self.listing(self.rows[one]) for one in sorted(self.cities[city] - {*here})]

    def to_the_end(self, standing: Standing[UUID], found: Mapping[UUID, Standing[UUID]]) -> Standing[UUID]:
        """Resolve an event to the show that its concert belongs to in another city."""
        concert = standing.concert
        if concert is None:
            return standing
        above = found[concert].concert if concert in found else self.rows[concert]["concert_id"]
        return standing if above is None else Standing(standing.is_addon, above)


def _listing(row: asyncpg.Record, left: frozenset[Stand]) -> Listing[UUID]:
    return Listing(
        id=row["id"],
        name=row["name"],
        place=row["venue"] if extends(row["venue"], [row["place"]]) else row["place"],  # a part of the place
        day=row["day"],
        last=row["end_date"],
        left=left,
        hour=row["local_time"],
        since=row["created_at"],
        acts=frozenset(row["acts"]),
        lead=next(iter(row["acts"]), None),
        price=row["price_min"],
        sold_as=SoldAs(row["sold_as"] or "concert"),
        outlook=_OUTLOOKS.get(row["status"], Outlook.POSTPONED if row["undated"] else Outlook.GOES_AHEAD),
        on_sale=row["on_sale"],
    )
