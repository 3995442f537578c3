"""A show with several acts has a setlist of each."""

from collections.abc import Awaitable, Callable
from datetime import date
from itertools import permutations
from typing import Any

import pytest

from sample_rows import MBID, OTHER_MBID, artist, batch, billing, played, show, venue
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.setlists.proximity import Place

BILLED = """
select s.ticketmaster_id, a.name, jsonb_array_length(p.songs)
from artists a join artist_shows l on l.artist_id = a.id join shows s on s.id = l.show_id
left join actual_setlists p on p.show_id = s.id and p.artist_id = a.id
where s.merged_into is null and l.left_at is null order by a.name
"""
NIGHT = date(2026, 5, 20)
BARN = Place(ids=frozenset({"setlistfm:VenueA"}), name="The Barn", city="Owlton")


@pytest.mark.parametrize("order", tuple(permutations(range(3))))
async def test_a_guest_at_somebody_elses_concert(
    postgres_store: PostgresStore, look: Callable[..., Awaitable[list[Any]]], order: tuple[int, ...]
) -> None:
    """One show has a setlist for each act of its bill, in whatever order their pages and the event come."""
    quill = artist(spotify_id="Quill", slug="quill", name="Quill", mbid=OTHER_MBID, ticketmaster_id="K2")
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID, ticketmaster_id="K1"), quill)))
    bill = (
        billing("K2", name="Quill", mbid=OTHER_MBID),
        billing("K1", mbid=MBID, set_order=2, is_headliner=False),
    )
    there = {"venue_provider_id": "VenueA", "place": BARN}
    arriving: list[dict[str, Any]] = [
        {"venues": (venue(),), "shows": (show(local_date=NIGHT, venue_provider_id="VenueA", bill=bill),)},
        *(
            {
                "venues": (venue(provider=SETLISTFM),),
                "actual_setlists": (
                    played(
                        setlistfm_id=name,
                        artist_mbid=mbid,
                        songs=tuple({"name": f"{name} {n}", "position": n} for n in range(1, songs + 1)),
                        **there,
                    ),
                ),
            }
            for name, mbid, songs in (("Guest", MBID, 8), ("Host", OTHER_MBID, 22))
        ),
    ]
    for minute, index in enumerate(order, 1):
        await postgres_store.batches.write(batch(minute, **arriving[index]))
    assert await look(BILLED) == [("ShowA", "Quill", 22), ("ShowA", "The Owls", 8)]
