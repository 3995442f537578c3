"""Derives songs from tracks in the transaction that changed those.

`thesetd.domain.music.repertoire` says what an artist's songs, their faces and the classes of the tracks should be; here
the difference from the stored rows is written. A song keeps its row for ever, since the application refers to it.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

import attrs

from thesetd.adapters.postgres.connection.arrays import without_nulls
from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.catalog import NO_LINKS, NewLinks, Tracks, link_tracks
from thesetd.adapters.postgres.rows.catalog_records import (
    SONG_COLUMNS,
    TRACK_COLUMNS,
    StoredTrack,
    album_of,
    class_names,
    evidence_document,
    song_of,
    stored_track_of,
)
from thesetd.adapters.postgres.rows.lookup import FAST
from thesetd.adapters.postgres.rows.merge import SKIPPED, Stored, halving, is_at_once, reject
from thesetd.domain.music.recordings import Recording
from thesetd.domain.music.records import Reject, Track
from thesetd.domain.music.repertoire import CreditedTrack, Derived, Face, RepertoireSong, SongOwner, derive

# Two parts, each by an index: with "or" between them, a plan for any arguments reads the credits of all artists. So
# does one that joins, unless `offset 0` makes each part a look-up.
_CREDITED = "select c.artist_id from thesetd.album_credits c where c.album_id ="
_TOUCHED = f"""
select l.artist_id from unnest($1::uuid[]) as n (id)
cross join lateral (select t.id, t.album_id from tracks t where t.id = n.id offset 0) t
cross join lateral ({_CREDITED} t.album_id and t.id = any(c.tracks) offset 0) l
union
select l.artist_id from unnest($2::uuid[]) as n (id) cross join lateral ({_CREDITED} n.id offset 0) l
"""  # noqa: S608 - a constant
_GUESTS = f"""
select distinct l.artist_id from albums b cross join lateral ({_CREDITED} b.id offset 0) l where b.artist_id = any($1)
"""  # noqa: S608 - a constant
_OWNER = "select id, name, spotify_id from artists where id = $1 and spotify_id is not null"
_ALBUMS = """
select b.*, b.updated_at as fetched_at, a.spotify_id as artist, a.name as artist_name
from albums b join artists a on a.id = b.artist_id where b.id = any($1)
"""
_TRACKS = f"""
select {TRACK_COLUMNS}, t.updated_at as fetched_at, b.spotify_id as album, null as artists, l.song_id, l.by_hand
from artist_tracks l join tracks t on t.id = l.track_id join albums b on b.id = t.album_id where l.artist_id = $1
union all
select {TRACK_COLUMNS}, t.updated_at, b.spotify_id, null, null, false
from tracks t join albums b on b.id = t.album_id where t.id = any($2)
"""  # noqa: S608 - a constant
# Rows of an earlier version have no artist until the artist of their album takes them over.
_SONGS = f"""
select {SONG_COLUMNS} from songs s where s.artist_id = $1
union all
select {SONG_COLUMNS} from artist_tracks l join tracks t on t.id = l.track_id
join songs s on s.spotify_id = t.spotify_id join albums b on b.id = t.album_id
where l.artist_id = $1 and b.artist_id = $1 and s.artist_id is null and s.key is null
"""  # noqa: S608 - constants
_COLUMNS: Mapping[str, str] = {
    "id": "uuid",
    "artist_id": "uuid",
    "key": "text",
    "name": "text",
    "artist": "text",
    "spotify_id": "text",
    "album_spotify_id": "text",
    "album": "text",
    "album_type": "text",
    "album_art_url": "text",
    "release_date": "text",
    "released_on": "date",
    "disc_number": "integer",
    "track_number": "integer",
    "duration_ms": "integer",
    "explicit": "boolean",
    "isrc": "text",
    "popularity": "smallint",
    "preview_url": "text",
    "is_playable": "boolean",
    "version": "text",
    "offered": "boolean",
    "played": "boolean",
    "merged_into": "uuid",
}
_OF_FACE = tuple(_COLUMNS.keys() & attrs.fields_dict(Face).keys())
SONG_VALUES = ", ".join(column for column in _COLUMNS if column != "id")
_LISTED = ", ".join(_COLUMNS)
_PARAMETERS = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_COLUMNS.values(), start=2))
_NEW = f"""
insert into songs as t ({_LISTED}, created_at, updated_at)
select n.*, $1, $1 from unnest({_PARAMETERS}) as n ({_LISTED})
"""  # noqa: S608 - names of columns
_ADD = f"{_NEW} returning t.id"  # if another artist's row has the id, the batch is undone, and written by _WRITE
_WRITE = f"""
{_NEW}
on conflict (id) do update set {", ".join(f"{c} = excluded.{c}" for c in _COLUMNS if c != "id")}, updated_at = $1
returning t.id
"""
_FREE = "update songs set spotify_id = null where id = any($1) returning id"
_CREDIT = """
insert into thesetd.album_credits (artist_id, album_id, tracks, songs, created_at)
select $1, n.album_id, array_agg(n.track_id), array_agg(n.song_id), $5
from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as n (album_id, track_id, song_id) group by n.album_id
on conflict (artist_id, album_id) do update set tracks = excluded.tracks, songs = excluded.songs
"""
_CLASSIFY = """
update tracks t set classes = array(select jsonb_array_elements_text(n.classes::jsonb)),
    evidence = n.evidence::jsonb, updated_at = $1
from unnest($2::text[], $3::text[], $4::text[]) as n (spotify_id, classes, evidence)
where t.spotify_id = n.spotify_id returning t.id
"""
_RENAME = """
update songs s set artist = n.name, updated_at = $2
from (
    select o.id, a.name from artists a
    cross join lateral (select o.id, o.artist from songs o where o.artist_id = a.id offset 0) o
    where a.id = any($1) and o.artist is distinct from a.name
) n where s.id = n.id returning s.id
"""


@attrs.define
class SettledSongs:
    """The outcome for songs, for the classes of tracks, and for links to those."""

    songs: Stored = attrs.field(factory=Stored)
    tracks: Stored = attrs.field(factory=Stored)
    credits: Stored = attrs.field(factory=Stored)


async def touched_artists(connection: Connection, tracks: Collection[UUID], albums: Collection[UUID]) -> Iterable[UUID]:
    """Return the artists whose tracks, or the albums of those, have changed."""
    if not tracks and not albums:
        return ()
    return [row["artist_id"] for row in await connection.fetch(_TOUCHED, list(tracks), list(albums))]


async def with_guests(connection: Connection, artists: Collection[UUID]) -> Collection[UUID]:
    """Add the artists that are credited on the albums of these."""
    if not artists:
        return artists
    return {*artists, *(row["artist_id"] for row in await connection.fetch(_GUESTS, list(artists)))}


async def settle_songs(
    connection: Connection, artists: Iterable[UUID], at: datetime, fresh: NewLinks = NO_LINKS
) -> SettledSongs:
    """Derive the songs of these artists from their tracks, and write what differs.

    `fresh` are tracks that artists are to be linked to: they are, with their songs. Those that this transaction has
    just inserted come with what is known of them, and are not read back.
    """
    settled = SettledSongs()
    for artist in sorted({*artists, *fresh}):
        owner, new = await connection.fetchrow(_OWNER, artist), fresh.get(artist, {})
        if owner is not None:
            named = SongOwner(id=owner["id"], name=owner["name"], spotify_id=owner["spotify_id"])
            await _settle(connection, named, at, settled, new)
        elif new:
            settled.credits.add(await link_tracks(connection, [(artist, track) for track in new], at))
    return settled


async def rename_artist(connection: Connection, artists: Collection[UUID], at: datetime) -> Stored:
    """Write artists' names, which may have changed, into their songs."""

    async def rename(part: Sequence[UUID]) -> Stored:
        return Stored(changed={row["id"] for row in await connection.fetch(_RENAME, part, at)})

    return await halving(connection, sorted(artists), rename, lambda one, why: reject("songs", str(one), why, ""))


async def _settle(connection: Connection, owner: SongOwner, at: datetime, settled: SettledSongs, fresh: Tracks) -> None:
    read = await connection.fetch(_TRACKS, owner.id, [track for track, known in fresh.items() if known is None])
    tracks = [*map(stored_track_of, read), *(known for known in fresh.values() if known is not None)]
    albums = await connection.fetch(_ALBUMS, list({one.album_id for one in tracks}))
    rows = await connection.fetch(_SONGS, owner.id)
    stored = [song_of(row) for row in rows]
    by_id = {row["spotify_id"]: (album_of(row), row["artist_name"]) for row in albums}
    records = {one.track.spotify_id: one.track for one in tracks}
    links = {one.track.spotify_id: one.link for one in tracks if one.link is not None}
    placed = ((track, *by_id[track.album_spotify_id]) for track in records.values())
    listed = [CreditedTrack(track=track, album=album, album_artist=name) for track, album, name in placed]
    derived = derive(owner, listed, stored, links, make=FAST)
    settled.tracks.add(await _classify(connection, records, derived.recordings, at))
    writing = _Writing(connection=connection, owner=owner, derived=derived, at=at, settled=settled)
    known = await writing.write_songs(stored, offered={row["id"] for row in rows if row["offered"]})
    await writing.credit_tracks(tracks, set(fresh), known)


@attrs.frozen(kw_only=True)
class _Writing:
    """Writes the difference between an artist's stored songs and what they should be."""

    connection: Connection
    owner: SongOwner
    derived: Derived
    at: datetime
    settled: SettledSongs

    async def write_songs(self, stored: Sequence[RepertoireSong], offered: Collection[UUID]) -> set[UUID]:
        """Write songs that differ from the stored ones, of which these are offered; return all ids that have a row."""
        before = {song.id: song for song in stored}
        changed = [
            song for song in self.derived.songs if before.get(song.id) != song or song.offered != (song.id in offered)
        ]
        await self._free_faces(stored, changed)
        is_new = {song.id: is_at_once() and song.id not in before for song in changed}
        written = Stored()
        for statement, new in ((_ADD, True), (_WRITE, False)):
            part = [song for song in changed if is_new[song.id] is new]
            written.add(await halving(self.connection, part, partial(self._write, statement=statement), _rejected))
        self.settled.songs.add(written)
        return {*before, *written.ids}

    async def _write(self, part: Sequence[RepertoireSong], *, statement: str) -> Stored:
        rows = [_row(self.owner, song) for song in part]
        columns = (without_nulls([row[column] for row in rows]) for column in _COLUMNS)
        found = await self.connection.fetch(statement, self.at, *columns)
        ids = {row["id"] for row in found}
        skipped = [_rejected(song, SKIPPED) for song in part if song.id not in ids]
        return Stored(ids=ids, changed=ids, rejects=skipped)

    async def _free_faces(self, stored: Sequence[RepertoireSong], changed: Sequence[RepertoireSong]) -> None:
        """Remove faces that other songs are about to get: no two songs may share one, even temporarily."""
        holders = {face: song for song in stored if (face := _taken(song)) is not None}
        losing = {holders[face].id for song in changed if (face := _taken(song)) in holders} - {
            song.id for song in changed if (face := _taken(song)) in holders and holders[face].id == song.id
        }

        async def free(part: Sequence[UUID]) -> Stored:
            await self.connection.fetch(_FREE, part)
            return Stored()

        await halving(self.connection, sorted(losing), free, lambda one, why: reject("songs", str(one), why, ""))

    async def credit_tracks(
        self, tracks: Sequence[StoredTrack], new: Collection[UUID], known: Collection[UUID]
    ) -> None:
        """Credit the artist with its tracks, and point them at their songs, as far as those have a row.

        An album whose tracks are all credited and pointed is not written.
        """
        wanted = {track: link.song for track, link in self.derived.links.items() if link.song in known}
        on: dict[UUID, list[tuple[UUID, UUID, UUID | None]]] = defaultdict(list)
        differing, added = set(), Counter[UUID]()
        for one in tracks:
            album, song = one.album_id, wanted.get(one.track.spotify_id)
            on[album].append((album, one.id, song))
            added[album] += one.id in new
            if (one.link.song if one.link else None) != song or one.id in new:
                differing.add(album)

        async def credit(part: Sequence[UUID]) -> Stored:
            columns = zip(*chain.from_iterable(on[album] for album in part), strict=True)
            await self.connection.execute(_CREDIT, self.owner.id, *map(list, columns), self.at)
            return Stored(links=sum(added[album] for album in part))

        def rejected(album: UUID, why: object) -> Reject:
            return reject("artist_tracks", f"{self.owner.id} {album}", why, "")

        self.settled.credits.add(await halving(self.connection, sorted(differing), credit, rejected))


def _taken(song: RepertoireSong) -> str | None:
    """Return the track that no other song of the artist may have as its face."""
    return song.face.spotify_id if song.face is not None and song.merged_into is None else None


async def _classify(
    connection: Connection, tracks: Mapping[str, Track], recordings: Mapping[str, Recording], at: datetime
) -> Stored:
    """Write the classes of tracks whose classes have changed."""
    changed = [
        (track, recording)
        for track, recording in sorted(recordings.items())
        if (tracks[track].classes, dict(tracks[track].evidence)) != (recording.classes, dict(recording.evidence))
    ]

    async def write(part: Sequence[tuple[str, Recording]]) -> Stored:
        found = await connection.fetch(
            _CLASSIFY,
            at,
            [track for track, _ in part],
            [json.dumps(class_names(recording.classes)) for _, recording in part],
            [json.dumps(evidence_document(recording.evidence), ensure_ascii=False) for _, recording in part],
        )
        return Stored(changed={row["id"] for row in found})

    return await halving(connection, changed, write, lambda one, why: reject("tracks", one[0], why, ""))


def _row(owner: SongOwner, song: RepertoireSong) -> Mapping[str, Any]:
    face = song.face
    return {
        **{column: getattr(face, column) if face is not None else None for column in _OF_FACE},
        "id": song.id,
        "artist_id": owner.id,
        "key": song.key,
        "name": song.title,
        "artist": owner.name,
        "popularity": song.popularity,
        "version": face.version.value if face is not None else None,
        "offered": song.offered,
        "played": song.played,
        "merged_into": song.merged_into,
    }


def _rejected(song: RepertoireSong, why: object) -> Reject:
    return reject("songs", song.face.spotify_id if song.face else str(song.id), why, song.title)
