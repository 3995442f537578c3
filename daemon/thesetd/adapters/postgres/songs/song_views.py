"""Reads songs for operators."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.rows.catalog_records import SONG_COLUMNS, TRACK_COLUMNS, song_of, track_of
from thesetd.adapters.postgres.text import is_storable
from thesetd.domain.music.edits import SongDecision, SongView

_OF_ID = f"select {SONG_COLUMNS} from songs s where s.id = $1"  # noqa: S608 - constants
_OF_TRACK = f"""
select {SONG_COLUMNS} from songs s where s.id in (
    select l.song_id from tracks t join artist_tracks l on l.album_id = t.album_id and l.track_id = t.id
    where t.spotify_id = $1
) order by s.artist
"""  # noqa: S608 - constants
_OF_ARTIST = f"""
select {SONG_COLUMNS} from songs s join artists a on a.id = s.artist_id
where a.slug = $1 and s.key is not null order by s.merged_into is not null, lower(s.name), s.id
"""  # noqa: S608 - constants
_TRACKS = f"""
select {TRACK_COLUMNS}, t.updated_at as fetched_at, b.spotify_id as album, null as artists, l.by_hand
from songs s join artist_tracks l on l.artist_id = s.artist_id and l.song_id = s.id
join tracks t on t.id = l.track_id join albums b on b.id = t.album_id
where s.id = $1 order by b.released_on nulls last, t.disc_number, t.track_number, t.spotify_id
"""  # noqa: S608 - a constant
_DECISIONS = "select * from thesetd.song_decisions where artist_id = $1 order by id desc limit 20"


class PostgresSongs:
    """The `SongStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_songs(self, what: str) -> tuple[SongView, ...]:
        """Look songs up; see `thesetd.ports.songs.SongStore`."""

        async def work(connection: Connection) -> tuple[SongView, ...]:
            if not is_storable(what):
                return ()
            single = await _single(connection, what)
            if single:
                return tuple([await _view(connection, row) for row in single])
            rows = await connection.fetch(_OF_ARTIST, what)
            return tuple(SongView(song=song_of(row), artist=row["artist"] or "") for row in rows)

        return await self._database.read(work)


async def _single(connection: Connection, what: str) -> Sequence[asyncpg.Record]:
    try:
        return await connection.fetch(_OF_ID, UUID(what))
    except ValueError:
        return await connection.fetch(_OF_TRACK, what)


async def _view(connection: Connection, row: asyncpg.Record) -> SongView:
    tracks = await connection.fetch(_TRACKS, row["id"])
    decisions = await connection.fetch(_DECISIONS, row["artist_id"])
    return SongView(
        song=song_of(row),
        artist=row["artist"] or "",
        tracks=tuple(map(track_of, tracks)),
        by_hand=frozenset(track["spotify_id"] for track in tracks if track["by_hand"]),
        decisions=tuple(
            SongDecision(
                number=one["id"],
                what=one["what"],
                words=one["words"],
                made_at=one["made_at"],
                undone_at=one["undone_at"],
            )
            for one in decisions
        ),
    )
