"""A database of the version in which every track was a song becomes one of songs and tracks."""

from typing import Any

import asyncpg
import pytest

from sample_rows import NOW, album, artist, batch, predicted, show, song
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres import PostgresStore, migrate
from thesetd.adapters.postgres.migrations import known_migrations
from thesetd.domain.ids import SPOTIFY, row_id

pytestmark = pytest.mark.real
BEFORE = 15  # the last version in which tracks were songs
ARTIST = row_id("artists", SPOTIFY, "ArtistA")
TRACKS = {
    "SongA": ("Hoot", "studio"),
    "SongB": ("Hoot - Live", "live"),
    "SongC": ("Screech", "studio"),
    "SongD": ("Hoot (Otto Remix)", "remix"),
    "SongE": ("Hoot - Commentary", "commentary"),
}
FILL = """
insert into artists (id, name, folded_name, slug, spotify_id, created_at, updated_at)
values ($1, 'The Owls', 'the owls', 'the-owls', 'ArtistA', $2, $2)
"""
ALBUM = """
insert into albums (id, artist_id, spotify_id, name, album_type, version, available, created_at, updated_at)
values ($1, $2, 'AlbumA', 'Night', 'album', 'studio', true, $3, $3)
"""
SONG = """
insert into songs (id, album_id, spotify_id, name, disc_number, track_number, version, created_at, updated_at)
values ($1, $2, $3, $4, 1, $5, $6, $7, $7)
"""
LISTED = """
with v as (insert into shows (id, ticketmaster_id, name, status, is_addon, created_at, updated_at)
    values (gen_random_uuid(), 'ShowA', 'The Owls', 'scheduled', false, $2, $2) returning id),
l as (insert into setlists (id, show_id, artist_id, created_at, updated_at)
    select gen_random_uuid(), id, $1, $2, $2 from v returning id)
insert into setlist_songs (setlist_id, song_id, position, title, probability, created_at, updated_at)
select l.id, s.id, row_number() over (order by s.spotify_id), s.name, 0.5, $2, $2 from l, songs s
"""
VOTES = """
create table votes (setlist_id uuid not null, song_id uuid not null,
    foreign key (setlist_id, song_id) references setlist_songs on delete {rule});
create table favourites (song_id uuid not null references songs on delete {rule});
"""


@pytest.fixture(params=["cascade", "restrict"])
async def migrated(
    request: pytest.FixtureRequest, empty_dsn: str, bridge: AsyncioBridge, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Give a database with five tracks of two songs, all listed and voted on, after the step that tells them apart."""
    former = known_migrations()[:BEFORE]
    with monkeypatch.context() as patch:
        patch.setattr("thesetd.adapters.postgres.migrations.known_migrations", lambda: former)
        await migrate(empty_dsn, bridge, at=NOW)

    async def fill() -> None:
        connection = await asyncpg.connect(empty_dsn)
        try:
            on = row_id("albums", SPOTIFY, "AlbumA")
            await connection.execute(FILL, ARTIST, NOW)
            await connection.execute(ALBUM, on, ARTIST, NOW)
            for number, (track, (name, version)) in enumerate(TRACKS.items(), start=1):
                await connection.execute(SONG, row_id("songs", SPOTIFY, track), on, track, name, number, version, NOW)
            await connection.execute("insert into artist_songs select $1, id, $2 from songs", ARTIST, NOW)
            await connection.execute("insert into thesetd.freshness select id, $1 from songs", NOW)
            await connection.execute(LISTED, ARTIST, NOW)
            await connection.execute(VOTES.format(rule=request.param))
            await connection.execute("insert into votes select setlist_id, song_id from setlist_songs")
            await connection.execute("insert into favourites select id from songs")
        finally:
            await connection.close()

    await bridge(fill)
    await migrate(empty_dsn, bridge, at=NOW)
    return empty_dsn


async def ask(bridge: AsyncioBridge, dsn: str, statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
    """Run one statement on a connection of its own."""

    async def work() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(dsn)
        try:
            return [tuple(row) for row in await connection.fetch(statement, *arguments)]
        finally:
            await connection.close()

    return await bridge(work)


async def test_stored_tracks_become_songs(migrated: str, bridge: AsyncioBridge) -> None:
    """The step asks for grouping; then each song is the row of its face, others point at it, and votes are all kept."""
    assert await ask(bridge, migrated, "select kind, state from thesetd.jobs") == [("reclassify", "ready")]
    rows = "select spotify_id, id from songs order by 1"
    before = await ask(bridge, migrated, rows)
    async with PostgresStore.open(migrated, bridge) as store:
        await store.batches.write(batch(regroup=(ARTIST,)))
        assert dict((await store.batches.write(batch(regroup=(ARTIST,)))).changed) == {}
    assert await ask(bridge, migrated, rows) == before
    assert await ask(bridge, migrated, "select spotify_id, key, offered from songs order by 1") == [
        ("SongA", "hoot", True),
        ("SongB", None, False),
        ("SongC", "screech", True),
        ("SongD", None, False),
        ("SongE", None, False),
    ]
    merged = "select s.spotify_id, m.spotify_id from songs s join songs m on m.id = s.merged_into order by 1"
    assert await ask(bridge, migrated, merged) == [("SongB", "SongA"), ("SongD", "SongA")]
    tracks = "artist_tracks l join tracks t on t.id = l.track_id join songs s on s.id = l.song_id"
    assert await ask(bridge, migrated, f"select t.spotify_id, s.key from {tracks} order by 1") == [
        ("SongA", "hoot"),
        ("SongB", "hoot"),
        ("SongC", "screech"),
        ("SongD", "hoot"),
    ]
    assert await ask(bridge, migrated, "select (select count(*) from votes), (select count(*) from favourites)") == [
        (5, 5)
    ]


async def test_a_list_with_rows_of_other_recordings(migrated: str, bridge: AsyncioBridge) -> None:
    """A song keeps the row that it is listed under, also if that is another recording's."""
    await ask(bridge, migrated, "delete from votes where song_id = $1", row_id("songs", SPOTIFY, "SongA"))
    await ask(bridge, migrated, "delete from setlist_songs where song_id = $1", row_id("songs", SPOTIFY, "SongA"))
    async with PostgresStore.open(migrated, bridge) as store:
        await store.batches.write(batch(regroup=(ARTIST,)))
        await store.batches.write(batch(5, predicted=(predicted("Screech", "Hoot"),)))
    offered = "setlist_songs l join songs s on s.id = song_id where dropped_at is null order by position"
    assert await ask(bridge, migrated, f"select s.spotify_id from {offered}") == [("SongC",), ("SongB",)]
    assert await ask(bridge, migrated, "select count(*) from votes") == [(4,)]


async def test_an_import_after_the_step(migrated: str, bridge: AsyncioBridge) -> None:
    """Tracks are found again under their ids, and what is unchanged is not written."""
    tracks = tuple(
        song(spotify_id=track, name=name, track_number=number)
        for number, (track, (name, _)) in enumerate(TRACKS.items(), start=1)
    )
    async with PostgresStore.open(migrated, bridge) as store:
        await store.batches.write(batch(4, regroup=(ARTIST,)))
        found = await store.batches.write(
            batch(5, artists=(artist(),), albums=(album(),), songs=tracks, shows=(show(5),))
        )
    assert found.rejects == ()
    assert not found.changed.keys() & {"albums", "tracks", "songs", "artist_songs", "artist_tracks"}
    assert await ask(bridge, migrated, "select count(*) from tracks") == [(5,)]
