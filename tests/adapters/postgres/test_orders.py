"""Imports side by side: whichever batch is written first, the rows that people see are the same in the end."""

import random
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest

from sample_rows import MBID, OTHER_MBID, album, artist, batch, billing, played, show, song, venue
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.database import Connection
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import MUSICBRAINZ, SPOTIFY, TICKETMASTER, Ref
from thesetd.domain.identity.statements import Record
from thesetd.domain.ids import SETLISTFM, row_id
from thesetd.domain.ids import SPOTIFY as SPOTIFY_NAME
from thesetd.domain.music.records import Show
from thesetd.domain.work.batches import Batch

Look = Callable[..., Awaitable[list[Any]]]
TABLES = {
    "artists": "where t.merged_into is null",
    "albums": "",
    "tracks": "",
    "artist_tracks": "",
    "songs": "where t.merged_into is null",
    "artist_songs": "",
    "venues": "",
    "shows": "where t.merged_into is null",
    "artist_shows": "where left_at is null",
    "actual_setlists": "",
}
MOMENTS = "'{created_at,updated_at,last_activity,first_fetched_at,first_reading_id}'::text[]"
NIGHTS = tuple(date(2026, 5, 18) + timedelta(days) for days in range(3))
OWLS, QUILL = row_id("artists", SPOTIFY_NAME, "ArtistA"), row_id("artists", SPOTIFY_NAME, "Quill")


def learnt(name: str, *refs: Ref) -> Learnt:
    """Return what an import finds out: the first id is the artist's own, the others link to it."""
    own = Record(ref=refs[0], name=name)
    others = (Record(ref=ref, name=name, links=frozenset({refs[0]})) for ref in refs[1:])
    return Learnt(records=(own, *others), wanted=frozenset({refs[0]}), complete=True)


OWL, TARN = Ref(SPOTIFY, "ArtistA"), Ref(SPOTIFY, "Quill")
OWN_IDS = learnt("The Owls", OWL, Ref(TICKETMASTER, "AttractionA"), Ref(MUSICBRAINZ, MBID))
THEIR_IDS = learnt("Quill & Tarn", TARN, Ref(TICKETMASTER, "T-Quill"), Ref(MUSICBRAINZ, OTHER_MBID))
PAGE = (
    {"position": 1, "name": "Lantern", "cover": {"name": "Quill & Tarn", "mbid": OTHER_MBID}},
    {"position": 2, "name": "Stars Above the Harbor"},
    {"position": 3, "name": "Never Recorded"},
)


def night(number: int) -> Show:
    """Return a concert of the one act that the other opens; its bill links to nothing."""
    bill = (billing(), billing("T-Quill", name="Quill & Tarn", set_order=2, is_headliner=False))
    day = NIGHTS[number]
    return show(provider_id=f"Show{number}", name="The Owls", local_date=day, venue_provider_id="V1", bill=bill)


def parts() -> dict[str, list[Batch]]:
    """Return what two imports and a sweep write; each is written in its own order.

    An import makes its artist's row before it learns who that is elsewhere.
    """
    theirs = album(spotify_id="AlbumQ", artist_spotify_id="Quill", name="Lanterns")
    tracks = (
        song(spotify_id="Q1", name="Lantern", album_spotify_id="AlbumQ", artist_spotify_ids=("Quill", "ArtistA")),
        song(spotify_id="Q2", name="Wick", album_spotify_id="AlbumQ", artist_spotify_ids=("Quill",), track_number=2),
    )
    mine = (song(), song(spotify_id="S2", name="Stars Above the Harbour", track_number=2))
    pages = tuple(
        played(setlistfm_id=f"page{n}", event_date=day, songs=PAGE, venue_provider_id="V9")
        for n, day in enumerate(NIGHTS)
    )
    hall = venue(provider=SETLISTFM, provider_id="V9", name="Hafenhalle", city="Rostock")
    dome = venue(provider_id="V1", name="Nordbank Dome", city="Rostock")
    resold = venue(provider_id="V2", name="Nordbank Dome", city="Rostock")
    return {
        "owls": [
            batch(1, identity=learnt("The Owls", OWL), artists=(artist(),)),
            batch(1, identity=OWN_IDS),
            batch(1, actual_setlists=pages, venues=(hall,)),
            batch(1, albums=(album(),), songs=mine, rematch=(OWLS,), regroup=(OWLS,)),
        ],
        "quill": [
            batch(1, identity=learnt("Quill & Tarn", TARN), artists=(artist(spotify_id="Quill", name="Quill & Tarn"),)),
            batch(1, identity=THEIR_IDS),
            batch(1, albums=(theirs,), songs=tracks, rematch=(QUILL,), regroup=(QUILL,)),
        ],
        "sweep": [
            batch(1, shows=(night(0), night(1)), venues=(dome,)),
            batch(1, shows=(night(2),), venues=(dome, resold)),
        ],
    }


def shuffled(seed: int) -> list[Batch]:
    """Interleave the parts in a random order."""
    rng, left = random.Random(seed), parts()
    order = []
    while left:
        name = rng.choice(sorted(left))
        order.append(left[name].pop(0))
        if not left[name]:
            del left[name]
    return order


async def rows(store: PostgresStore, order: list[Batch], look: Look) -> dict[str, list[str]]:
    """Write batches into empty tables and return what people see."""

    async def empty(connection: Connection) -> None:
        await connection.execute("truncate artists, venues, shows cascade")
        await connection.execute("truncate thesetd.artist_ids, thesetd.artist_records, thesetd.artist_links cascade")
        await connection.execute("truncate thesetd.artist_sources, thesetd.freshness, thesetd.open_credits cascade")

    await store.database.transact(empty)
    for one in order:
        await store.batches.write(one)
    shows = await look("select id::text, coalesce(ticketmaster_id, setlistfm_id) from shows where merged_into is null")
    return {
        table: sorted(
            _by_names(row, dict(shows))
            for row in await look(f"select (to_jsonb(t) - {MOMENTS})::text from {table} t {which}")
        )
        for table, which in TABLES.items()
    }


def _by_names(row: str, shows: dict[str, str]) -> str:
    """Name shows by their provider's id: the row that a page made first takes in its sale, as people may know it."""
    for show_id, name in shows.items():
        row = row.replace(show_id, name)
    return row


@pytest.mark.parametrize("seed", range(1, 9))
async def test_the_order_of_batches_leaves_no_trace(postgres_store: PostgresStore, look: Look, seed: int) -> None:
    """One hall with three ids, a cover, a song of another spelling, a guest, stubs: alike in every order."""
    order = [one for batches in parts().values() for one in batches]
    first = await rows(postgres_store, order, look)
    other = await rows(postgres_store, shuffled(seed), look)
    differing = [(table, set(first[table]) ^ set(other[table])) for table in first if first[table] != other[table]]
    assert differing == []
    assert len(first["artists"]) == 2
    assert await look("select count(distinct coalesce(same_as, id)) from venues") == [1]


async def test_a_cover_is_a_song_of_its_act(postgres_store: PostgresStore, look: Look) -> None:
    """It can be voted on at the act's shows, whether or not the covered artist is known here."""
    await rows(postgres_store, shuffled(1), look)
    assert await look(
        "select name, spotify_id, offered from songs where artist_id = $1 and name = 'Lantern'", OWLS
    ) == [("Lantern", None, True)]


async def test_a_stub_has_no_address_that_an_artist_wants(postgres_store: PostgresStore, look: Look) -> None:
    """Whether an act was on a bill before its import cannot be read off its address."""
    stub = batch(shows=(night(0),))
    await postgres_store.batches.write(stub)
    assert await look("select slug from artists where name = 'Quill & Tarn'") == ["quill-and-tarn-t-quil"]
    await postgres_store.batches.write(parts()["quill"][0])
    assert await look("select slug from artists where name = 'Quill & Tarn' and not is_stub") == ["quill-and-tarn"]
