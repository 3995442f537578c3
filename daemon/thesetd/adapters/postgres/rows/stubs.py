"""Stubs: artists that stand on a bill and were never imported. They have a name and an id, and no catalogue.

A stub is known by the provider's id of its act alone: what the act links to is a claim until an import has looked. An
import that finds out that the act is its artist takes the id over, and the places on bills with it. The stub's row
stays, marked with the artist that it turned out to be: the application may refer to it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.lookup import KnownArtists
from thesetd.domain.ids import TICKETMASTER
from thesetd.domain.music.names import fold, slugify
from thesetd.domain.music.records import Artist, Show
from thesetd.domain.work.jobs import KnownArtist

_LET_GO = """
update artists t set ticketmaster_id = null, merged_into = n.target, updated_at = $3
from unnest($1::uuid[], $2::uuid[]) as n (stub, target) where t.id = n.stub
"""
_TAKE_OVER = """
with taken as (
    insert into artist_shows as t (artist_id, show_id, is_headliner, set_order, left_at, created_at, updated_at)
    select n.target, o.show_id, o.is_headliner, o.set_order, o.left_at, $3, $3
    from unnest($1::uuid[], $2::uuid[]) as n (stub, target) join artist_shows o on o.artist_id = n.stub
    on conflict (artist_id, show_id) do nothing
)
update artist_shows t set left_at = coalesce(t.left_at, $3), updated_at = $3 where t.artist_id = any($1::uuid[])
"""


def stubs_on(shows: Sequence[Show], artists: KnownArtists, importing: KnownArtist | None) -> list[Artist]:
    """Return the acts on these bills that have no row yet; festivals are no acts.

    On a show that is listed as the importing artist's an act of its name is that artist.
    """
    name = fold(importing.name) if importing else None
    acts = {
        act.provider_id: Artist(
            name=act.name,
            slug=slugify(act.name, act.provider_id),
            fetched_at=show.fetched_at,
            ticketmaster_id=act.provider_id,
        )
        for show in shows
        if show.provider == TICKETMASTER
        for act in show.bill
        if not act.is_festival and fold(act.name) != name and artists.of(act, show.provider) is None
    }
    return list(acts.values())


async def let_go(connection: Connection, stubs: Mapping[UUID, UUID], at: datetime) -> None:
    """Take the ids from stubs, by the artist that each turned out to be; before that artist is stored with them."""
    if stubs:
        await connection.execute(_LET_GO, list(stubs), list(stubs.values()), at)


async def take_over(connection: Connection, stubs: Mapping[UUID, UUID], at: datetime) -> None:
    """Give the places of stubs on bills to the artists that they turned out to be."""
    if stubs:
        await connection.execute(_TAKE_OVER, list(stubs), list(stubs.values()), at)
