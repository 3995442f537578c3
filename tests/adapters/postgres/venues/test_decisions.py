"""What people say of venues: it holds against every later sync, and an undo leaves no trace."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from sample_rows import MBID, artist, batch, played, played_show, show, venue
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.music.edits import Edit, Edited
from thesetd.domain.shows.venue_edits import MergeVenues, SplitVenue, UndoVenueDecision
from thesetd.domain.work.batches import Batch

pytestmark = pytest.mark.real
Look = Callable[..., Awaitable[list[Any]]]
TABLES = ("venues", "shows", "artist_shows", "actual_setlists", "thesetd.setlist_pages", "thesetd.venue_links")
NIGHT = date(2026, 5, 20)
HEADS = "select v.name, h.name from venues v left join venues h on h.id = v.same_as order by v.name, v.ticketmaster_id"


def sync(minutes: float = 0) -> Batch:
    """Return what providers tell: a hall with two events of one concert and a page of it, each at its own venue."""
    halls = (
        venue(provider_id="V1", name="Nordbank Dome", city="Munich"),
        venue(provider_id="V2", name="Olympia", city="München"),
        venue(provider_id="V9", name="Hafenhalle", city="Munich", provider=SETLISTFM),
        venue(provider_id="V8", name="Nordbank Dome", city="Munich", provider=SETLISTFM),
    )
    shows = (
        show(provider_id="E1", name="The Owls", local_date=NIGHT, venue_provider_id="V1"),
        show(provider_id="E2", name="The Owls", local_date=NIGHT, venue_provider_id="V2"),
        played_show(venue_provider_id="V9"),
    )
    return batch(
        minutes,
        artists=(artist(mbid=MBID),),
        venues=halls,
        shows=shows,
        actual_setlists=(played(minutes, venue_provider_id="V9"),),
    )


async def decide(store: PostgresStore, edit: Edit, minutes: float) -> Edited:
    """Carry out a decision."""
    (edited,) = (await store.batches.write(Batch(at=batch(minutes).at, edits=(edit,)))).edited
    return edited


async def ids(look: Look) -> dict[str, UUID]:
    """Return the rows of venues by their providers' ids."""
    return dict(await look("select coalesce(ticketmaster_id, setlistfm_id), id from venues"))


async def every_row(look: Look) -> dict[str, list[object]]:
    """Return every row of every table that a decision may change."""
    return {table: await look(f"select to_jsonb(t)::text from {table} t order by 1") for table in TABLES}


async def test_venues_of_two_cities_are_merged_by_hand(postgres_store: PostgresStore, look: Look) -> None:
    """Their events of one concert become one show; later syncs keep it; the undo writes every row back."""
    await postgres_store.batches.write(sync())
    before, venues = await every_row(look), await ids(look)
    assert await look("select count(*) from shows where not is_addon and ticketmaster_id is not null") == [2]
    merged = await decide(postgres_store, MergeVenues(venue=venues["V2"], into=venues["V1"]), 1)
    assert merged.number == 1
    assert ("Olympia", "Nordbank Dome") in await look(HEADS)
    assert await look("select count(*) from shows where not is_addon and ticketmaster_id is not null") == [1]
    assert not (await postgres_store.batches.write(sync(2))).changed
    assert ("Olympia", "Nordbank Dome") in await look(HEADS)
    again = await decide(postgres_store, MergeVenues(venue=venues["V1"], into=venues["V2"]), 3)
    assert (again.number, again.problem) == (None, "'Nordbank Dome' and 'Olympia' are one place already")
    assert (await decide(postgres_store, UndoVenueDecision(number=1), 4)).problem == ""
    assert await every_row(look) == before
    assert (await decide(postgres_store, UndoVenueDecision(number=1), 5)).problem == "decision 1 is undone already"
    assert not (await postgres_store.batches.write(sync(6))).changed


async def test_a_venue_that_a_person_parted_stays_apart(postgres_store: PostgresStore, look: Look) -> None:
    """Neither its equal name nor a chain of links joins it again; the undo does."""
    await postgres_store.batches.write(sync())
    before, venues = await every_row(look), await ids(look)
    assert await look(HEADS) == [
        ("Hafenhalle", None),
        ("Nordbank Dome", None),
        ("Nordbank Dome", "Nordbank Dome"),
        ("Olympia", None),
    ]
    assert (await decide(postgres_store, SplitVenue(venue=venues["V8"]), 1)).number == 1
    assert {head for _, head in await look(HEADS)} == {None}
    chained = await decide(postgres_store, MergeVenues(venue=venues["V9"], into=venues["V8"]), 2)
    await decide(postgres_store, MergeVenues(venue=venues["V9"], into=venues["V1"]), 3)
    await postgres_store.batches.write(sync(4))
    (v1, v8) = await look(
        "select coalesce(same_as, id) from venues where id = any($1) order by id = $2",
        [venues["V1"], venues["V8"]],
        venues["V8"],
    )
    assert v1 != v8
    assert (await decide(postgres_store, UndoVenueDecision(number=1), 5)).problem == (
        f"decision {chained.number} is about the same venues: undo it first"
    )
    for number in (3, 2, 1):
        assert (await decide(postgres_store, UndoVenueDecision(number=number), 6)).problem == ""
    assert await every_row(look) == before


async def test_what_there_is_not_is_said(postgres_store: PostgresStore, look: Look) -> None:
    """An unknown venue or decision, a venue that is alone; and venues are found by their own and providers' ids."""
    await postgres_store.batches.write(sync())
    venues = await ids(look)
    nowhere = UUID(int=1)
    assert await decide(postgres_store, SplitVenue(venue=nowhere), 1) == Edited(
        problem=f"no venue {nowhere}", found=False
    )
    assert (await decide(postgres_store, MergeVenues(venue=venues["V1"], into=nowhere), 1)).found is False
    assert "place of its own already" in (await decide(postgres_store, SplitVenue(venue=venues["V2"]), 1)).problem
    assert (await decide(postgres_store, UndoVenueDecision(number=7), 1)).problem == "no decision 7"
    find = postgres_store.venues.find_venues
    (one,) = await find("V1", limit=9)
    assert [(link.name, link.verdict) for link in one.links] == [
        ("Nordbank Dome", "same"),
        ("Hafenhalle", "review"),
    ]
    assert await find(str(venues["V1"]), limit=9) == (one,)
    assert [found.setlistfm_id for found in await find("nordbank dome", limit=9)] == [None, "V8"]
    assert await find("Nowhere", limit=9) == await find("a\0", limit=9) == ()
