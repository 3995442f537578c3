"""Merges and splits songs for operators, undoes that, and locks setlists.

The previous rows are stored with a decision, so that undoing it restores them. If anything refers to the song that a
split created, as votes do, it stays, merged into the one that it came from.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any, assert_never
from uuid import UUID

import asyncpg

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.reading import json_column
from thesetd.adapters.postgres.rows.restoring import drop_empty
from thesetd.adapters.postgres.setlists.rulings import rule
from thesetd.adapters.postgres.songs.songs import SONG_VALUES, settle_songs
from thesetd.adapters.postgres.venues.decisions import decide_venues
from thesetd.domain.music.edits import (
    BillActs,
    Edit,
    Edited,
    LockSetlist,
    MatchSong,
    MergeSongs,
    PlacePage,
    SplitSong,
    UndoDecision,
    UndoRuling,
)
from thesetd.domain.music.repertoire import song_id
from thesetd.domain.music.songs import song_row_key
from thesetd.domain.music.titles import base_title
from thesetd.domain.shows.venue_edits import MergeVenues, SplitVenue, UndoVenueDecision

_SONG = "select id, artist_id, artist, name, merged_into from songs where id = $1 and artist_id is not null for update"
_SNAPSHOT = """
select jsonb_build_object(
    'songs', (select coalesce(jsonb_agg(to_jsonb(s)), '[]') from songs s where s.id = any($2)),
    'tracks', (select coalesce(jsonb_agg(to_jsonb(l)), '[]') from artist_tracks l
        where l.artist_id = $1 and l.song_id = any($2))
)
"""
_DECIDE = """
insert into thesetd.song_decisions (artist_id, what, words, before, made_at) values ($1, $2, $3, $4, $5) returning id
"""
_MERGE = "update songs set merged_into = $2, offered = false, updated_at = $3 where id = $1"
_NEW = """
insert into songs (id, artist_id, key, name, artist, offered, played, created_at, updated_at)
select $1, a.id, $3, $4, a.name, false, false, $5, $5 from artists a where a.id = $2
"""
_MOVE = """
update artist_tracks l set song_id = $3, by_hand = true from tracks t
where t.id = l.track_id and l.artist_id = $1 and t.spotify_id = any($2)
"""
_OF_SONG = """
select t.spotify_id, t.name from artist_tracks l join tracks t on t.id = l.track_id
where l.artist_id = $1 and l.song_id = $2
"""
_DECISION = "select * from thesetd.song_decisions where id = $1 for update"
# Artists may have been merged or split since: a song stays with the artist that has it now.
_OWNERS = "select distinct artist_id from songs where id = any($1) and artist_id is not null"
# A later decision about the same songs would be undone with it.
_LATER = """
select min(d.id) from thesetd.song_decisions d
where d.artist_id = any($1) and d.id > $2 and d.undone_at is null and exists (
    select from jsonb_array_elements(d.before->'songs') s where (s->>'id')::uuid = any($3)
)
"""
# No two songs may share a face, even temporarily; songs that lose theirs here get another one afterwards.
_FREE = """
update songs set spotify_id = null where artist_id = $1 and spotify_id in (
    select n.row->>'spotify_id' from jsonb_array_elements($2::jsonb) as n (row)
)
"""
_RESTORE_SONGS = f"""
update songs s set ({SONG_VALUES}, created_at, updated_at) = (
    select {SONG_VALUES}, created_at, updated_at
    from jsonb_populate_record(null::songs, n.row || jsonb_build_object('artist_id', a.id, 'artist', a.name))
) from jsonb_array_elements($1::jsonb) as n (row), artists a where s.id = (n.row->>'id')::uuid and a.id = s.artist_id
"""  # noqa: S608 - names of columns
_RESTORE_TRACKS = """
update artist_tracks l set song_id = n.song_id, by_hand = n.by_hand
from jsonb_populate_recordset(null::artist_tracks, $1::jsonb) n
where l.artist_id = $2 and l.track_id = n.track_id
"""
_LOCK = """
update setlists set locked_at = case when $2 then coalesce(locked_at, $3::timestamptz) end,
    updated_at = case when (locked_at is not null) = $2 then updated_at else $3 end
where id = $1 returning id
"""


async def carry_out_edits(connection: Connection, edits: Sequence[Edit], at: datetime) -> tuple[Edited, ...]:
    """Carry out edits one after another; return the outcome of each."""
    return tuple([await _carry_out(connection, edit, at) for edit in edits])


async def _carry_out(connection: Connection, edit: Edit, at: datetime) -> Edited:
    match edit:
        case MergeSongs():
            return await _merge(connection, edit, at)
        case SplitSong():
            return await _split(connection, edit, at)
        case UndoDecision():
            return await _undo(connection, edit.number, at)
        case LockSetlist():
            locked = await connection.fetchval(_LOCK, edit.setlist, edit.locked, at)
            return Edited() if locked else Edited(problem="no such setlist", found=False)
        case PlacePage() | MatchSong() | BillActs() | UndoRuling():
            return await rule(connection, edit, at)
        case MergeVenues() | SplitVenue() | UndoVenueDecision():
            return await decide_venues(connection, edit, at)
        case _:
            assert_never(edit)


async def _merge(connection: Connection, edit: MergeSongs, at: datetime) -> Edited:
    song, into = [await connection.fetchrow(_SONG, one) for one in (edit.song, edit.into)]
    if song is None or into is None:
        return Edited(problem=f"no song {edit.into if song else edit.song}", found=False)
    if problem := _unmergeable(song, into):
        return Edited(problem=problem)
    words = f"{song['name']!r} merged into {into['name']!r}"
    number = await _decide(connection, song["artist_id"], ("merge", words), [song["id"], into["id"]], at)
    await connection.execute(_MERGE, song["id"], into["id"], at)
    await settle_songs(connection, [song["artist_id"]], at)
    return Edited(number=number, song=into["id"])


def _unmergeable(song: asyncpg.Record, into: asyncpg.Record) -> str:
    if song["id"] == into["id"]:
        return "a song cannot be merged into itself"
    if song["artist_id"] != into["artist_id"]:
        return f"the songs are of two artists, {song['artist']} and {into['artist']}"
    merged = next((one for one in (song, into) if one["merged_into"] is not None), None)
    return f"{merged['name']!r} is merged into {merged['merged_into']} already" if merged else ""


async def _split(connection: Connection, edit: SplitSong, at: datetime) -> Edited:
    song = await connection.fetchrow(_SONG, edit.song)
    if song is None:
        return Edited(problem=f"no song {edit.song}", found=False)
    tracks = {row["spotify_id"]: row["name"] for row in await connection.fetch(_OF_SONG, song["artist_id"], song["id"])}
    if strange := sorted(set(edit.tracks) - tracks.keys()):
        return Edited(problem=f"{strange[0]} is not a track of {song['name']!r}")
    if not edit.tracks or len(set(edit.tracks)) == len(tracks):
        return Edited(problem="name some of its tracks, but not all")
    title = edit.title.strip() or base_title(tracks[edit.tracks[0]])
    key = await _free_key(connection, song["artist_id"], song_row_key(title) or edit.tracks[0])
    made = song_id(song["artist_id"], key)
    words = f"{len(edit.tracks)} of {len(tracks)} tracks of {song['name']!r} split off as {title!r}"
    number = await _decide(connection, song["artist_id"], ("split", words), [song["id"]], at, made=made)
    await connection.execute(_NEW, made, song["artist_id"], key, title, at)
    await connection.execute(_MOVE, song["artist_id"], list(edit.tracks), made)
    await settle_songs(connection, [song["artist_id"]], at)
    return Edited(number=number, song=made)


async def _free_key(connection: Connection, artist: UUID, key: str) -> str:
    """Return an unused key for a song of the artist, since two songs may have the same name."""
    rows = await connection.fetch("select key from songs where artist_id = $1 and key is not null", artist)
    taken = {row["key"] for row in rows}
    return next(one for number in count(1) if (one := key if number == 1 else f"{key}#{number}") not in taken)


async def _decide(
    connection: Connection,
    artist: UUID,
    what: tuple[str, str],
    songs: list[UUID],
    at: datetime,
    *,
    made: UUID | None = None,
) -> int:
    """Store a decision, its kind and its words, with the rows that it is about to change."""
    before = json_column(await connection.fetchval(_SNAPSHOT, artist, songs))
    before["made"] = str(made) if made else None
    number: int = await connection.fetchval(_DECIDE, artist, *what, json.dumps(before), at)
    return number


async def _undo(connection: Connection, number: int, at: datetime) -> Edited:
    decision = await connection.fetchrow(_DECISION, number)
    if decision is None:
        return Edited(problem=f"no decision {number}", found=False)
    if decision["undone_at"] is not None:
        return Edited(problem=f"decision {number} is undone already")
    before: dict[str, Any] = json_column(decision["before"])
    about = [UUID(row["id"]) for row in before["songs"]] + ([UUID(before["made"])] if before["made"] else [])
    owners = {row["artist_id"] for row in await connection.fetch(_OWNERS, about)}
    if later := await connection.fetchval(_LATER, [decision["artist_id"], *owners], number, about):
        return Edited(problem=f"decision {later} is about the same songs: undo it first")
    if len(owners) > 1:
        return Edited(problem="the songs are of two artists now: undo the decision that parted them first")
    owner = next(iter(owners), decision["artist_id"])
    if before["made"]:
        await connection.execute(_MERGE, UUID(before["made"]), about[0], at)
    await connection.execute(_FREE, owner, json.dumps(before["songs"]))
    await connection.execute(_RESTORE_SONGS, json.dumps(before["songs"]))
    await connection.execute(_RESTORE_TRACKS, json.dumps(before["tracks"]), owner)
    await settle_songs(connection, [owner], at)
    if before["made"]:
        await drop_empty(connection, "songs", [UUID(before["made"])])
    await connection.execute("update thesetd.song_decisions set undone_at = $2 where id = $1", number, at)
    return Edited(number=number, song=about[0])
