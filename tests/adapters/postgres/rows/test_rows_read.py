"""What an import looks up is found by indexes, also with plans that were made before anything was analysed."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import attrs
import pytest

from sample_rows import NOW, album, artist, batch, song
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.batches.transaction import write_batch
from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.merge import at_once
from thesetd.adapters.postgres.rows.repertoire import SONGS_ON
from thesetd.adapters.postgres.setlists.songs import with_catalogue
from thesetd.adapters.postgres.songs.song_keys import SongRows
from thesetd.adapters.postgres.songs.songs import rename_artist, touched_artists, with_guests
from thesetd.domain.music.songs import song_row_key

ARTISTS, ALBUMS, TRACKS = 12, 60, 4  # tracks of each album
OWN = ALBUMS * TRACKS
_READ = """
select coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0) from pg_stat_xact_user_tables
where relname in ('albums', 'tracks', 'artist_tracks', 'songs')
"""
_SONGS_READ = _READ.replace("'albums', 'tracks', 'artist_tracks'", "'artists'")
# Without what is cheaper while tables are small, and depends on when they were last analyzed.
_LOOK_UP = "set local enable_seqscan = off; set local enable_hashjoin = off"
_FIRST = "select b.artist_id, b.id from albums b where spotify_id = 'Album0 0'"

Look = Callable[..., Awaitable[list[Any]]]
LOOKED_UP: dict[str, Callable[[Connection, UUID, UUID], Awaitable[Any]]] = {
    "guests": lambda connection, artist, _: with_guests(connection, [artist]),
    "touched": lambda connection, _, album: touched_artists(connection, [], [album]),
    "catalogue": lambda connection, artist, _: with_catalogue(connection, [artist]),
    "counts": lambda connection, artist, _: connection.fetch(SONGS_ON, artist),
    "names": lambda connection, artist, _: rename_artist(connection, [artist], NOW),
}


async def fill(postgres_store: PostgresStore) -> None:
    """Store artists of some albums each, of which the first has a guest on a track of the second's."""
    guests = {f"Song1 0 {TRACKS - 1}": ("Artist1", "Artist0")}
    numbers = [(a, b) for a in range(ARTISTS) for b in range(ALBUMS)]
    await postgres_store.batches.write(
        batch(
            artists=tuple(artist(spotify_id=f"Artist{a}", name=f"Act {a}", slug=f"act-{a}") for a in range(ARTISTS)),
            albums=tuple(album(spotify_id=f"Album{a} {b}", artist_spotify_id=f"Artist{a}") for a, b in numbers),
            songs=tuple(
                song(
                    spotify_id=(key := f"Song{a} {b} {t}"),
                    album_spotify_id=f"Album{a} {b}",
                    name=f"Hoot {b} {t}",
                    artist_spotify_ids=guests.get(key, (f"Artist{a}",)),
                )
                for a, b in numbers
                for t in range(TRACKS)
            ),
        )
    )


@pytest.mark.parametrize("what", LOOKED_UP)
async def test_no_other_artists_rows_are_read(postgres_store: PostgresStore, what: str) -> None:
    """All of it can be looked up: of 12 artists' tracks and songs those of one are read, a few times at most."""
    await fill(postgres_store)

    async def read(connection: Connection) -> int:
        row = await connection.fetchrow(_FIRST)
        assert row is not None
        await connection.execute(_LOOK_UP)
        before = await connection.fetchval(_READ)
        await LOOKED_UP[what](connection, *row)
        return int(await connection.fetchval(_READ) - before)

    assert await postgres_store.database.transact(read) <= 5 * OWN


async def test_of_merged_songs_those_of_the_artist_are_read(postgres_store: PostgresStore, look: Look) -> None:
    """Not those of all artists, of which each has many here, and not all artists."""
    await fill(postgres_store)
    await look(
        "update songs s set merged_into = o.id, offered = false from songs o "
        "where o.artist_id = s.artist_id and o.name = 'Hoot 1 0' and s.id <> o.id and s.name like '% 2' returning 1"
    )
    await look(
        "update artists set merged_into = o.id from (select id from artists limit 1) o where slug = 'act-3' returning 1"
    )
    (first,) = await look("select artist_id from albums where spotify_id = 'Album0 0'")

    async def read(connection: Connection) -> tuple[set[str], int]:
        await connection.execute(_LOOK_UP)
        before = await connection.fetchval(_SONGS_READ)
        rows = await SongRows.load(connection, [first], [song_row_key("Hoot 5 1"), song_row_key("Hoot 7 2")])
        found = {str(rows.find(first, song_row_key(title))) for title in ("Hoot 5 1", "Hoot 7 2")}
        return found, int(await connection.fetchval(_SONGS_READ) - before)

    found, count = await postgres_store.database.transact(read)
    assert found == set(
        await look("select id::text from songs where artist_id = $1 and name in ('Hoot 5 1', 'Hoot 1 0')", first)
    )
    assert count <= 3 * ALBUMS


async def test_tracks_are_counted_by_album(postgres_store: PostgresStore, look: Look) -> None:
    """Those on an artist's albums, whoever is credited, and those on others' that it is credited with, once each."""
    await fill(postgres_store)
    (first,) = await look("select id from artists where spotify_id = 'Artist0'")
    stored = await postgres_store.repertoires.catalogue(first, tracks=False)
    assert stored.songs_on == {**{f"Album0 {b}": TRACKS for b in range(ALBUMS)}, "Album1 0": 1}


class TracksRead:
    """A connection that counts the tracks that statements return with their data."""

    def __init__(self, connection: Connection) -> None:
        """Count from nought."""
        self._connection = connection
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def fetch(self, *arguments: Any) -> Any:
        """Fetch rows, of which tracks have classes."""
        rows = await self._connection.fetch(*arguments)
        self.count += sum("classes" in row.keys() for row in rows)  # noqa: SIM118 - a record holds values
        return rows


async def test_tracks_that_were_just_inserted_are_not_read_back(postgres_store: PostgresStore, look: Look) -> None:
    """Their songs are derived of what was inserted, and are those that are derived of the rows."""
    songs = [
        song(spotify_id=f"Song{b} {t}", album_spotify_id=f"Album{b}", name=f"Hoot {b} {t}", artist_spotify_ids=("Act",))
        for b in range(ALBUMS)
        for t in range(TRACKS)
    ]
    songs[0] = attrs.evolve(songs[0], name=" Hoot - Live ", disc_number=None, track_number=None)
    stored = batch(
        artists=(artist(spotify_id="Act"),),
        albums=tuple(album(spotify_id=f"Album{b}", artist_spotify_id="Act") for b in range(ALBUMS)),
        songs=tuple(songs),
    )

    async def write(connection: Connection) -> int:
        watched: Any = TracksRead(connection)
        with at_once():
            await write_batch(watched, stored, strict=False)
        return int(watched.count)

    assert await postgres_store.database.transact(write) == 0
    assert await look("select count(*) from songs where offered") == [OWN - 1]
    (act,) = await look("select id from artists")
    assert (await postgres_store.batches.write(batch(1, regroup=(act,)))).changed == {}
