"""Reads venues for operators."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.text import is_storable
from thesetd.domain.shows.venue_edits import VenueDecision, VenueLink, VenueView

_OF_ID = "select * from venues where id = $1"
_OF_PROVIDERS_ID = "select * from venues where ticketmaster_id = $1 or setlistfm_id = $1"
_OF_NAME = """
select v.* from venues v where lower(v.name) = lower($1)
order by (select count(*) from shows s where s.venue_id = v.id) desc, v.city, v.id limit $2
"""
_LINKS = """
select v.id as other, v.name, l.verdict, l.shared_nights, l.apart_nights, l.by_person
from thesetd.venue_links l join venues v on v.id = case when l.one = $1 then l.other else l.one end
where l.one = $1 or l.other = $1 order by l.verdict desc, v.name, v.id
"""
_DECISIONS = """
select number, what, words, made_at, undone_at from thesetd.venue_decisions
where venue_id = $1 or $1 = any(others) order by number desc limit 20
"""


class PostgresVenues:
    """The `VenueStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_venues(self, what: str, *, limit: int) -> tuple[VenueView, ...]:
        """Look venues up; see `thesetd.ports.venues.VenueStore`."""

        async def work(connection: Connection) -> tuple[VenueView, ...]:
            if not is_storable(what):
                return ()
            if single := await _single(connection, what):
                return tuple([await _view(connection, row) for row in single])
            return tuple(map(_bare, await connection.fetch(_OF_NAME, what, limit)))

        return await self._database.read(work)


async def _single(connection: Connection, what: str) -> Sequence[asyncpg.Record]:
    try:
        return await connection.fetch(_OF_ID, UUID(what))
    except ValueError:
        return await connection.fetch(_OF_PROVIDERS_ID, what)


def _bare(
    row: asyncpg.Record, links: Sequence[asyncpg.Record] = (), decisions: Sequence[asyncpg.Record] = ()
) -> VenueView:
    names = ("id", "name", "city", "country_code", "ticketmaster_id", "setlistfm_id", "same_as")
    return VenueView(
        **{name: row[name] for name in names},
        links=tuple(VenueLink(**dict(link)) for link in links),
        decisions=tuple(VenueDecision(**dict(decision)) for decision in decisions),
    )


async def _view(connection: Connection, row: asyncpg.Record) -> VenueView:
    links = await connection.fetch(_LINKS, row["id"])
    return _bare(row, links, await connection.fetch(_DECISIONS, row["id"]))
