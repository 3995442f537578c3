"""Albums, songs, and which artists a song is credited to."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.lookup import derived_id, row_ids
from thesetd.adapters.postgres.merge import Row, Stored, Table, upsert
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.records import Album, Song

ALBUMS = Table(
    "albums",
    columns={
        "artist_id": "uuid",
        "spotify_id": "text",
        "name": "text",
        "album_type": "text",
        "album_group": "text",
        "release_date": "text",
        "release_date_precision": "text",
        "released_on": "date",
        "total_tracks": "integer",
        "label": "text",
        "upc": "text",
        "image_url": "text",
        "version": "text",
        "available": "boolean",
    },
    keys=("spotify_id",),
)
SONGS = Table(
    "songs",
    columns={
        "album_id": "uuid",
        "spotify_id": "text",
        "name": "text",
        "disc_number": "integer",
        "track_number": "integer",
        "duration_ms": "integer",
        "explicit": "boolean",
        "isrc": "text",
        "popularity": "smallint",
        "preview_url": "text",
        "version": "text",
    },
    keys=("spotify_id",),
)


async def store_albums(connection: Connection, albums: Sequence[Album], at: datetime) -> Stored:
    """Insert or merge albums; one whose artist has no row is rejected."""
    artists = await row_ids(connection, "artists", "spotify_id", (album.artist_spotify_id for album in albums))
    return await _store_children(
        connection, ALBUMS, [(_album(a, artists.get(a.artist_spotify_id)), a.artist_spotify_id) for a in albums], at
    )


async def store_songs(connection: Connection, songs: Sequence[Song], at: datetime) -> Stored:
    """Insert or merge songs; one whose album has no row is rejected."""
    albums = await row_ids(connection, "albums", "spotify_id", (song.album_spotify_id for song in songs))
    return await _store_children(
        connection, SONGS, [(_song(s, albums.get(s.album_spotify_id)), s.album_spotify_id) for s in songs], at
    )


async def store_credits(connection: Connection, songs: Sequence[Song], at: datetime) -> int:
    """Link stored songs to those of their artists that have a row; say how many links are new."""
    artists = await row_ids(connection, "artists", "spotify_id", (a for song in songs for a in song.artist_spotify_ids))
    stored = await row_ids(connection, "songs", "spotify_id", (song.spotify_id for song in songs))
    pairs = {
        (artists[artist], stored[song.spotify_id])
        for song in songs
        for artist in song.artist_spotify_ids
        if artist in artists and song.spotify_id in stored
    }
    if not pairs:
        return 0
    added = await connection.fetch(
        """
        insert into artist_songs (artist_id, song_id, created_at)
        select artist_id, song_id, $3 from unnest($1::uuid[], $2::uuid[]) as n (artist_id, song_id)
        on conflict do nothing returning 1
        """,
        *([list(column) for column in zip(*sorted(pairs), strict=True)]),
        at,
    )
    return len(added)


async def _store_children(
    connection: Connection, table: Table, rows: Sequence[tuple[Row, str]], at: datetime
) -> Stored:
    """Store rows with the id of what they belong to, the first of the table's columns; without it they are rejected."""
    parent = next(iter(table.columns))
    stored = Stored(
        rejects=[
            table.rejected(row, f"{parent.removesuffix('_id')} {named} is not known")
            for row, named in rows
            if row[parent] is None
        ]
    )
    stored.add(await upsert(connection, table, [row for row, _ in rows if row[parent] is not None], at))
    return stored


def _album(album: Album, artist_id: UUID | None) -> Row:
    return {
        "id": derived_id("albums", SPOTIFY, album.spotify_id),
        "fetched_at": album.fetched_at,
        "artist_id": artist_id,
        "spotify_id": album.spotify_id,
        "name": album.name.strip() or None,
        "album_type": album.album_type,
        "album_group": album.album_group,
        "release_date": album.release_date,
        "release_date_precision": album.precision,
        "released_on": album.released_on,
        "total_tracks": album.total_tracks,
        "label": album.label,
        "upc": album.upc,
        "image_url": album.image_url,
        "version": album.version.value,
        "available": album.available,
    }


def _song(song: Song, album_id: UUID | None) -> Row:
    return {
        "id": derived_id("songs", SPOTIFY, song.spotify_id),
        "fetched_at": song.fetched_at,
        "album_id": album_id,
        "spotify_id": song.spotify_id,
        "name": song.name.strip() or None,
        "disc_number": song.disc_number,
        "track_number": song.track_number,
        "duration_ms": song.duration_ms,
        "explicit": song.explicit,
        "isrc": song.isrc,
        "popularity": song.popularity,
        "preview_url": song.preview_url,
        "version": song.version.value,
    }
