"""Matches the names in an act's setlists to its own songs, those of covered artists, or songs known only from setlists.

`thesetd.domain.setlists.matching` decides; here names and songs are read and differences are written. It is repeated,
without calls, whenever a page, the catalogue or an operator's ruling changes. A name that is not in the act's catalogue
becomes a song of the act without a recording, so that it can be voted on, even a cover, whether or not the covered
artist is stored. If the act's catalogue gains the song later, the two are joined.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.offload import offload
from thesetd.adapters.postgres.reading import json_column
from thesetd.adapters.postgres.rows.lookup import artist_rows
from thesetd.adapters.postgres.songs.song_keys import SongRows
from thesetd.domain.identity.spaces import MUSICBRAINZ
from thesetd.domain.music.records import Reject
from thesetd.domain.music.songs import song_row_key
from thesetd.domain.music.titles import base_title
from thesetd.domain.setlists.matching import EntryMatch, IndexedSong, Match, Method, SongIndex, match_entry

_NAMES = """
select distinct s.song ->> 'name' as name,
    coalesce(s.song -> 'cover' ->> 'mbid', s.song -> 'cover' ->> 'name', '') as cover
from thesetd.setlist_pages p cross join lateral jsonb_array_elements(p.songs || p.encore_songs) as s (song)
where p.artist_id = $1 and p.gone_at is null and not s.song ? 'tape' and s.song ->> 'name' <> ''
"""
_STORED = "select name, cover, class, matches from thesetd.played_names where artist_id = $1"
# Songs with a recording. Those without one come from names that no catalogue has: they are found by their keys.
_SONGS = """
select artist_id, id, name from songs
where artist_id = any($1) and key is not null and merged_into is null and spotify_id is not null
"""
_RULED = "select key, song_id from thesetd.song_rulings where artist_id = $1 and undone_at is null order by number"
_WRITE = """
insert into thesetd.played_names as t (artist_id, name, cover, class, matches, updated_at)
select $2, n.name, n.cover, n.class, n.matches::jsonb, $1
from unnest($3::text[], $4::text[], $5::text[], $6::text[]) as n (name, cover, class, matches)
on conflict (artist_id, name, cover) do update
set class = excluded.class, matches = excluded.matches, updated_at = excluded.updated_at
"""
_PLAYED = "update songs set played = true, updated_at = $2 where id = any($1) and not played returning id"
_MERGE = """
update songs t set merged_into = n.song, offered = false, updated_at = $1
from (
    select s.id, n.song from unnest($2::uuid[], $3::uuid[]) as n (id, song)
    cross join lateral (select s.id, s.spotify_id, s.merged_into from songs s where s.id = n.id offset 0) s
    where s.id <> n.song and s.spotify_id is null and s.merged_into is null
) n where t.id = n.id returning t.id
"""
_WITH_CATALOGUE = """
select a.id from artists a where a.id = any($1) and (
    a.spotify_id is null or (
        select true from (select s.spotify_id from songs s where s.artist_id = a.id offset 0) s
        where s.spotify_id is not null limit 1
    )
)
"""
_COVERING = """
select distinct n.artist_id from thesetd.artist_ids i cross join lateral (
    select n.artist_id from thesetd.played_names n where n.cover = i.id collate "default" and n.cover <> '' offset 0
) n
where i.space = 'musicbrainz' and i.artist_id = any($1)
"""


@attrs.frozen
class PlayedName:
    """A name as written in setlists, and the covered artist's MBID or name."""

    name: str
    cover: str


async def covering(connection: Connection, artists: Collection[UUID]) -> set[UUID]:
    """Return acts that cover songs of these artists."""
    if not artists:
        return set()
    return {row["artist_id"] for row in await connection.fetch(_COVERING, list(artists))}


async def with_catalogue(connection: Connection, artists: Collection[UUID]) -> set[UUID]:
    """Return those of the acts whose catalogue is known, or never will be.

    While the catalogue is still being imported, a song's name with a slash would be taken for a medley, and its parts
    for songs.
    """
    if not artists:
        return set()
    return {row["id"] for row in await connection.fetch(_WITH_CATALOGUE, list(artists))}


async def settle_names(connection: Connection, artists: Iterable[UUID], at: datetime) -> tuple[set[UUID], list[Reject]]:
    """Match what these acts played to songs again; return the changed songs, and the rejects."""
    changed: set[UUID] = set()
    rejects: list[Reject] = []
    for artist in sorted(artists):
        names = [PlayedName(row["name"], row["cover"]) for row in await connection.fetch(_NAMES, artist)]
        if names:
            matches = await _matches(connection, artist, names)
            rejects += await _settle(connection, artist, matches, at, changed)
    return changed, rejects


async def _matches(connection: Connection, artist: UUID, names: Sequence[PlayedName]) -> dict[PlayedName, EntryMatch]:
    owners = await artist_rows(connection, MUSICBRAINZ, {one.cover for one in names if one.cover})
    songs: dict[UUID, list[IndexedSong]] = {owner: [] for owner in (artist, *owners.values())}
    for row in await connection.fetch(_SONGS, list(songs)):
        songs[row["artist_id"]].append(IndexedSong(id=str(row["id"]), title=row["name"]))
    ruled = {
        row["key"]: None if row["song_id"] is None else str(row["song_id"])
        for row in await connection.fetch(_RULED, artist)
    }

    def match() -> dict[PlayedName, EntryMatch]:
        own = SongIndex(songs[artist], ruled)
        covered = {mbid: SongIndex(songs[owner]) for mbid, owner in owners.items()}
        return {one: match_entry({"name": one.name, "cover": {"mbid": one.cover}}, own, covered) for one in names}

    return await offload(len(names), match)


async def _settle(
    connection: Connection, artist: UUID, matches: Mapping[PlayedName, EntryMatch], at: datetime, changed: set[UUID]
) -> list[Reject]:
    parts = [part for one in matches.values() for part in one.matches]
    rows = await SongRows.load(connection, (artist,), (song_row_key(part.title) for part in parts))
    sung = (part for part in parts if part.method is Method.NEW or part.cover)
    new = {(artist, key): base_title(part.title) for part in sung if (key := song_row_key(part.title))}
    lacking = {key for key in new if rows.find(*key) is None}
    rejects = await rows.make(connection, new, at)
    changed |= {song for key in lacking if (song := rows.find(*key)) is not None}
    found = {id(part): _song(part, artist, rows) for part in parts}
    changed |= await _merged(connection, artist, parts, rows, at)
    songs = sorted({song for song in found.values() if song is not None})
    changed |= {row["id"] for row in await connection.fetch(_PLAYED, songs, at)}
    stored = {PlayedName(r["name"], r["cover"]): r for r in await connection.fetch(_STORED, artist)}
    wanted = {name: [_document(part, found[id(part)]) for part in one.matches] for name, one in matches.items()}
    differs = [name for name, one in matches.items() if _differs(stored.get(name), one, wanted[name])]
    columns = [[name.name for name in differs], [name.cover for name in differs]]
    classes = [matches[name].kind.value for name in differs]
    if differs:
        texts = [json.dumps(wanted[name], ensure_ascii=False) for name in differs]
        await connection.execute(_WRITE, at, artist, *columns, classes, texts)
    return rejects


async def _merged(
    connection: Connection, artist: UUID, parts: Sequence[Match], rows: SongRows, at: datetime
) -> set[UUID]:
    """Point songs known only from setlists at the songs with recordings that they turned out to be."""
    pairs = {
        row: UUID(part.song)
        for part in parts
        if part.song is not None
        and not part.cover
        and part.method in {Method.EXACT, Method.ALIKE}
        and (row := rows.find(artist, song_row_key(part.title))) is not None
    }
    if not pairs:
        return set()
    return {row["id"] for row in await connection.fetch(_MERGE, at, list(pairs), list(pairs.values()))}


def _song(part: Match, artist: UUID, rows: SongRows) -> UUID | None:
    if part.song is not None:
        return UUID(part.song)
    return rows.find(artist, song_row_key(part.title)) if part.method is Method.NEW else None


def _document(part: Match, song: UUID | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "part": part.part,
        "title": part.title,
        "song_id": None if song is None else str(song),
        "method": part.method.value,
        "score": part.score,
    }
    return {
        **said,
        **({"cover": True} if part.cover else {}),
        **({"candidates": list(part.candidates)} if part.candidates else {}),
    }


def _differs(stored: asyncpg.Record | None, match: EntryMatch, wanted: list[dict[str, Any]]) -> bool:
    return stored is None or stored["class"] != match.kind.value or json_column(stored["matches"]) != wanted
