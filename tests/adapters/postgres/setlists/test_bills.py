"""A show with several acts has a setlist of each."""

from collections.abc import Awaitable, Callable
from datetime import date
from itertools import permutations
from typing import Any

import pytest

from sample_rows import MBID, OTHER_MBID, artist, batch, billing, played, show, venue
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.setlists.nights import settle_nights
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


class Counted:
    """A connection that counts its statements."""

    def __init__(self, connection: Connection) -> None:
        """Count from nought."""
        self._connection = connection
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._connection, name)
        if name not in {"execute", "fetch", "fetchrow", "fetchval"}:
            return value

        def counted(*arguments: Any) -> Any:
            self.count += 1
            return value(*arguments)

        return counted


async def test_the_acts_of_a_bill_share_their_statements(
    postgres_store: PostgresStore, look: Callable[..., Awaitable[list[Any]]]
) -> None:
    """Three acts are settled with the statements of one; only the two that read an act's own setlists are its own."""
    acts = {name: MBID[:-1] + end for name, end in (("Owls", "a"), ("Quills", "b"), ("Wrens", "c"))}
    known = [artist(spotify_id=name, slug=name.lower(), name=name, mbid=mbid) for name, mbid in acts.items()]
    bill = tuple(billing(f"K{name}", name=name, mbid=mbid, set_order=n) for n, (name, mbid) in enumerate(acts.items()))
    there = {"venue_provider_id": "VenueA", "place": BARN}
    pages = tuple(
        played(setlistfm_id=name, artist_mbid=mbid, songs=({"name": "Dawn", "position": 1},), **there)
        for name, mbid in acts.items()
    )
    await postgres_store.batches.write(batch(artists=tuple(known)))
    sold = show(local_date=NIGHT, venue_provider_id="VenueA", bill=bill)
    venues = (venue(), venue(provider=SETLISTFM))
    await postgres_store.batches.write(batch(1, venues=venues, shows=(sold,), actual_setlists=pages))
    ids = await look("select id from artists where mbid = any($1)", list(acts.values()))
    assert len(ids) == len(acts)

    async def settled(artists: list[Any]) -> int:
        async def work(connection: Connection) -> int:
            counted: Any = Counted(connection)
            await settle_nights(counted, artists, batch(2).at)
            return int(counted.count)

        return await postgres_store.database.transact(work)

    one, three = await settled(ids[:1]), await settled(ids)
    assert three - one == 2 * (len(acts) - 1)
    assert await look("select count(*) from thesetd.setlist_pages where verdict = 'joined'") == [len(acts)]
