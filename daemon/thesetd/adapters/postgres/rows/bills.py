"""Stores the bills of shows: the acts and their order."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.lookup import KnownArtists
from thesetd.adapters.postgres.text import is_storable
from thesetd.domain.identity.spaces import announces
from thesetd.domain.music.acts import own_id
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import Show
from thesetd.domain.work.jobs import KnownArtist

_PLACE = """
insert into artist_shows as t (artist_id, show_id, is_headliner, set_order, created_at, updated_at)
select n.artist_id, n.show_id, n.is_headliner, n.set_order, $6, $6
from unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::integer[], $5::boolean[])
    as n (artist_id, show_id, is_headliner, set_order, leads)
where n.leads or not exists (
    select from artist_shows o where o.artist_id = n.artist_id and o.show_id = n.show_id
)
on conflict (artist_id, show_id) do update
set is_headliner = excluded.is_headliner, set_order = excluded.set_order, left_at = null,
    updated_at = excluded.updated_at
where (t.is_headliner, t.set_order, t.left_at) is distinct from (excluded.is_headliner, excluded.set_order, null)
returning show_id
"""
# An act that played there is on the bill, whatever a shop says later.
_LEAVE = """
update artist_shows t set left_at = $4, is_headliner = false, updated_at = $4
where t.show_id = any($1::uuid[]) and t.left_at is null and not exists (
    select from unnest($2::uuid[], $3::uuid[]) as n (artist_id, show_id)
    where n.artist_id = t.artist_id and n.show_id = t.show_id
) and not exists (select from actual_setlists p where p.show_id = t.show_id and p.artist_id = t.artist_id)
returning show_id
"""
_CAME = """
insert into thesetd.artist_sources (space, id, kind, row_id)
select n.space, n.id, 'show', n.row_id from unnest($1::text[], $2::text[], $3::uuid[]) as n (space, id, row_id)
join thesetd.artist_ids i using (space, id)
on conflict do nothing
"""


@attrs.frozen
class Act:
    """An artist's place on a bill; `set_order` counts from 1, the headliner."""

    is_headliner: bool
    set_order: int


async def known_artists(connection: Connection, shows: Sequence[Show]) -> KnownArtists:
    """Look up every act on these bills by the id of the bill's provider; its other ids were decided before."""
    owns = (own_id(act, show.provider) for show in shows for act in show.bill)
    return await KnownArtists.load(connection, (own for own in owns if own is not None))


def says_bill(show: Show) -> bool:
    """Return whether a record names all acts of its show; setlist.fm names only the act of the page."""
    return announces(show.provider) and any(not act.is_festival for act in show.bill)


def bill_of(show: Show, artists: KnownArtists, importing: KnownArtist | None) -> dict[UUID, Act]:
    """Return the acts that have a row, by artist; the importing artist is always among them.

    An artist without an id on the bill takes the place of its name, or else the end.
    """
    acts = sorted((act for act in show.bill if not act.is_festival), key=lambda act: act.set_order)
    bill: dict[UUID, Act] = {}
    for order, act in enumerate(acts, start=1):
        artist = artists.of(act, show.provider)
        if artist is not None:
            bill.setdefault(artist, Act(act.is_headliner, order))
    if importing is not None and importing.id not in bill:
        named = (
            Act(act.is_headliner, order)
            for order, act in enumerate(acts, start=1)
            if fold(act.name) == fold(importing.name)
        )
        bill[importing.id] = next(named, Act(is_headliner=not acts, set_order=len(acts) + 1))
    return bill


async def store_bills(
    connection: Connection,
    places: Mapping[tuple[UUID, UUID], Act],
    leading: Collection[UUID],
    at: datetime,
) -> list[UUID]:
    """Put acts on bills, by artist and show; return the show of each place that changed.

    An existing place changes only on shows whose bill comes from a `leading` record.
    """
    changed = await connection.fetch(
        _PLACE,
        [artist for artist, _ in places],
        [show for _, show in places],
        [act.is_headliner for act in places.values()],
        [act.set_order for act in places.values()],
        [show in leading for _, show in places],
        at,
    )
    return [row["show_id"] for row in changed]


async def clear_bills(
    connection: Connection, places: Collection[tuple[UUID, UUID]], whole: Collection[UUID], at: datetime
) -> list[UUID]:
    """Mark the acts that are no longer on the bill of these shows; return the show of each act that left."""
    if not whole:
        return []
    kept = [place for place in places if place[1] in whole]
    left = await connection.fetch(_LEAVE, list(whole), [artist for artist, _ in kept], [show for _, show in kept], at)
    return [row["show_id"] for row in left]


async def note_sources(connection: Connection, shows: Sequence[Show], rows: Mapping[str, UUID]) -> None:
    """Record through which id each act came to a show: the place moves with the id to another artist."""
    came = {
        (ref, rows[show.provider_id])
        for show in shows
        for act in show.bill
        if show.provider_id in rows and not act.is_festival and (ref := own_id(act, show.provider)) is not None
    }
    kept = sorted((ref.space, ref.id, row) for ref, row in came if is_storable(ref.id))
    await connection.execute(_CAME, [one[0] for one in kept], [one[1] for one in kept], [one[2] for one in kept])
