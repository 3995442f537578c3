"""Who plays at a show, and in which order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.lookup import KnownArtists
from thesetd.adapters.postgres.rows.merge import Stored
from thesetd.domain.ids import TICKETMASTER, ProviderName
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import Billing, Show
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
set is_headliner = excluded.is_headliner, set_order = excluded.set_order, updated_at = excluded.updated_at
where (t.is_headliner, t.set_order) is distinct from (excluded.is_headliner, excluded.set_order)
returning 1
"""


@attrs.frozen
class Act:
    """An artist's place on a bill; `set_order` counts from 1, the headliner."""

    is_headliner: bool
    set_order: int


async def known_artists(connection: Connection, shows: Sequence[Show]) -> KnownArtists:
    """Look up every act on these bills by every id that it has."""
    acts = [(show.provider, act) for show in shows for act in show.bill]
    return await KnownArtists.load(
        connection,
        {
            "ticketmaster_id": (act.provider_id for provider, act in acts if provider == TICKETMASTER),
            "mbid": (act.mbid for _, act in acts),
            "spotify_id": (act.spotify_id for _, act in acts),
        },
    )


def bill_of(show: Show, artists: KnownArtists, importing: KnownArtist | None) -> dict[UUID, Act]:
    """Give the acts that have a row, by artist; the importing artist is among them whatever the bill says.

    An artist that no id on the bill names stands where its name does, or else at the end.
    """
    acts = sorted((act for act in show.bill if not act.is_festival), key=lambda act: act.set_order)
    bill: dict[UUID, Act] = {}
    for order, act in enumerate(acts, start=1):
        artist = _artist(act, show.provider, artists)
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
    connection: Connection, places: Mapping[tuple[UUID, UUID], Act], shows: Stored, at: datetime
) -> int:
    """Put acts on bills, by artist and show; say how many places changed.

    A place that is there changes only where the show's record leads. Nobody is taken off a bill.
    """
    changed = await connection.fetch(
        _PLACE,
        [artist for artist, _ in places],
        [show for _, show in places],
        [act.is_headliner for act in places.values()],
        [act.set_order for act in places.values()],
        [show in shows.leading for _, show in places],
        at,
    )
    return len(changed)


def _artist(act: Billing, provider: ProviderName, artists: KnownArtists) -> UUID | None:
    sold = artists.find("ticketmaster_id", act.provider_id) if provider == TICKETMASTER else None
    return sold or artists.find("mbid", act.mbid) or artists.find("spotify_id", act.spotify_id)
