"""Stores albums, tracks, and which artists a track is credited to."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import TypeAlias
from uuid import UUID

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.catalog_records import (
    FIRST_DISC,
    NO_PLACE,
    StoredTrack,
    as_inserted,
    class_names,
    evidence_document,
)
from thesetd.adapters.postgres.rows.lookup import artist_rows, derived_id, row_ids
from thesetd.adapters.postgres.rows.merge import FIRST, NEWEST, Row, Stored, Table, halving, reject, upsert
from thesetd.adapters.postgres.text import MAX_KEY, is_storable
from thesetd.domain.identity import spaces
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.music.records import Album, ReadList, Reject, Track

_Pair: TypeAlias = tuple[UUID, UUID]
Tracks: TypeAlias = Mapping[UUID, StoredTrack | None]  # None: has to be read
NewLinks: TypeAlias = Mapping[UUID, Tracks]  # of artists to tracks
NO_LINKS: NewLinks = {}

# The default of a value that was never given; a known value stays if a later answer leaves it out.
_OR = f"coalesce({NEWEST}, {{else_}})"

ALBUMS = Table(
    "albums",
    columns={
        "artist_id": "uuid",
        "artist_spotify_ids": "text[]",
        "spotify_id": "text",
        "name": "text",
        "album_type": "text",
        "album_group": "text",
        "release_date": "text",
        "release_date_precision": "text",
        "released_on": "date",
        "total_tracks": "integer",
        "read_tracks": "integer",
        "label": "text",
        "upc": "text",
        "image_url": "text",
        "version": "text",
        "available": "boolean",
    },
    keys=("spotify_id",),
    rules={  # an album that was taken down may have no credits: its artist is known from before
        "artist_id": "case when n.leads and (n.artist_spotify_ids is not null or o.artist_spotify_ids is null) "
        "then n.artist_id else coalesce(o.artist_id, n.artist_id) end",
        "album_type": _OR.replace("{else_}", "'other'"),
    },
)
TRACKS = Table(
    "tracks",
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
        "is_playable": "boolean",
        "classes": "text[]",
        "evidence": "jsonb",
    },
    keys=("spotify_id",),
    rules={
        "disc_number": _OR.replace("{else_}", str(FIRST_DISC)),
        "track_number": _OR.replace("{else_}", str(NO_PLACE)),
        # an initial value: `thesetd.adapters.postgres.songs.songs` decides with album and artist
        "classes": FIRST,
        "evidence": FIRST,
    },
    tells_first=True,
)

_READ = """
insert into thesetd.lists as t (id, read_at, total) select * from unnest($1::uuid[], $2::timestamptz[], $3::integer[])
on conflict (id) do update set read_at = greatest(t.read_at, excluded.read_at), total = excluded.total
"""
_UNLINKED = """
select n.artist_id, n.track_id, t.album_id from unnest($1::uuid[], $2::uuid[]) as n (artist_id, track_id)
join tracks t on t.id = n.track_id
where not exists (
    select from thesetd.album_credits c
    where c.artist_id = n.artist_id and c.album_id = t.album_id and n.track_id = any(c.tracks)
)
"""
_LINK = f"""
with missing as ({_UNLINKED}), linked as (
    insert into thesetd.album_credits as c (artist_id, album_id, tracks, songs, created_at)
    select artist_id, album_id, array_agg(track_id), array_agg(null::uuid), $3 from missing group by artist_id, album_id
    on conflict (artist_id, album_id) do update
    set tracks = c.tracks || excluded.tracks, songs = c.songs || excluded.songs
)
select artist_id from missing
"""  # noqa: S608 - a constant
_LEAVE_OPEN = """
insert into thesetd.open_credits (artist_spotify_id, track_id) select * from unnest($1::text[], $2::uuid[])
on conflict do nothing
"""
_OPEN = """
select a.id as artist_id, c.track_id from thesetd.open_credits c join artists a on c.artist_spotify_id = a.spotify_id
where a.id = any($1)
"""
_CLOSE = """
delete from thesetd.open_credits c using unnest($1::uuid[], $2::uuid[]) as n (artist_id, track_id), artists a
where a.id = n.artist_id and c.artist_spotify_id = a.spotify_id and c.track_id = n.track_id
"""
_FIRST = """
select b.id as album_id, f.artist_id
from artists a join albums b on b.artist_spotify_ids @> array[a.spotify_id] cross join lateral (
    select (
        select f.id from unnest(b.artist_spotify_ids) with ordinality as c (spotify_id, place)
        join artists f on f.spotify_id = c.spotify_id order by place limit 1
    ) as artist_id
) f
where a.id = any($1) and b.artist_id <> f.artist_id
"""
_ADOPT = """
update albums b set artist_id = n.artist_id, updated_at = $3
from unnest($1::uuid[], $2::uuid[]) as n (artist_id, album_id) where b.id = n.album_id returning b.id
"""


async def store_albums(connection: Connection, albums: Sequence[Album], at: datetime) -> Stored:
    """Insert or merge albums; an album none of whose artists has a row is rejected.

    An album belongs to the first credited artist that has a row. Until there is one, it belongs to the artist in whose
    list it appears. `adopt_albums` makes this independent of the order in which artists are imported.
    """
    named = [(*filter(_may_be_id, album.artist_spotify_ids), album.artist_spotify_id) for album in albums]
    artists = await artist_rows(connection, spaces.SPOTIFY, chain.from_iterable(named))
    rows = [
        (_album(album, next((artists[one] for one in names if one in artists), None)), album.artist_spotify_id)
        for album, names in zip(albums, named, strict=True)
    ]
    return await _store_children(connection, ALBUMS, rows, at)


async def adopt_albums(connection: Connection, artists: Iterable[UUID], at: datetime) -> Stored:
    """Assign to artists, which may be new, the albums that belong to them rather than to others."""
    found = await connection.fetch(_FIRST, list(artists))

    async def adopt(part: Sequence[_Pair]) -> Stored:
        return Stored(changed={row["id"] for row in await connection.fetch(_ADOPT, *_columns(part), at)})

    pairs = sorted({(row["artist_id"], row["album_id"]) for row in found})
    return await halving(connection, pairs, adopt, lambda pair, why: reject("albums", str(pair[1]), why, ""))


async def store_lists(connection: Connection, lists: Sequence[ReadList]) -> None:
    """Record that lists were read."""
    found = {one.id: one for one in sorted(lists, key=lambda one: one.read_at)}.values()
    columns = [one.id for one in found], [one.read_at for one in found], [one.total for one in found]
    await connection.execute(_READ, *columns)


async def store_tracks(
    connection: Connection, songs: Sequence[Track], at: datetime
) -> tuple[Stored, Mapping[str, UUID], Tracks]:
    """Insert or merge tracks, and return the rows of stored ones; a track whose album has no row is rejected.

    New tracks are also returned as they would be read back, unless they arrived more than once.
    """
    albums = await row_ids(connection, "albums", "spotify_id", (song.album_spotify_id for song in songs))
    rows = [(_track(s, albums.get(s.album_spotify_id)), s.album_spotify_id) for s in songs]
    stored = await _store_children(connection, TRACKS, rows, at)
    times = Counter(row["id"] for row, _ in rows)
    added = {
        (track := row["id"]): StoredTrack(track, row["album_id"], as_inserted(song)) if times[track] == 1 else None
        for (row, _), song in zip(rows, songs, strict=True)
        if row["id"] in stored.added
    }
    return stored, {row["spotify_id"]: row["id"] for row, _ in rows if row["id"] in stored.ids}, added


async def store_credits(
    connection: Connection,
    songs: Sequence[Track],
    rows: Mapping[str, UUID],
    new: Tracks,
    at: datetime,
    *,
    at_end: bool,
) -> tuple[Stored, NewLinks]:
    """Link stored tracks to those of their artists that have a row, or return what to link, if that is done `at_end`.

    Credits of the others stay open until `settle_credits` finds a row. So a link exists as soon as both of its ends do,
    whatever the order in which artists are imported. `rows` are those of tracks just stored; `new` ones have no links.
    """
    pairs = await _credited(connection, songs, rows)
    if not at_end:
        return await link_tracks(connection, pairs, at), NO_LINKS
    older = {(artist, track) for artist, track in pairs if track not in new}
    unlinked = await connection.fetch(_UNLINKED, *_columns(older)) if older else ()
    found: dict[UUID, dict[UUID, StoredTrack | None]] = defaultdict(dict)
    for artist, track in sorted({*(pairs - older), *((row["artist_id"], row["track_id"]) for row in unlinked)}):
        found[artist][track] = new.get(track)
    return Stored(), found


async def _credited(connection: Connection, songs: Sequence[Track], rows: Mapping[str, UUID]) -> set[_Pair]:
    """Return the pairs of artists that have a row and stored tracks; leave the other credits open."""
    named = [(artist, song.spotify_id) for song in songs for artist in song.artist_spotify_ids if _may_be_id(artist)]
    artists = await artist_rows(connection, spaces.SPOTIFY, (artist for artist, _ in named))
    refused = {song for _, song in named if song not in rows}  # by an earlier batch they may have a row
    stored = {**rows, **await row_ids(connection, "tracks", "spotify_id", refused)}
    links = {(artists[artist], stored[song]) for artist, song in named if artist in artists and song in stored}
    still_open = {(artist, stored[song]) for artist, song in named if artist not in artists and song in stored}
    if still_open:
        await connection.execute(_LEAVE_OPEN, *_columns(still_open))
    return links


async def settle_credits(connection: Connection, artists: Iterable[UUID], at: datetime) -> Stored:
    """Link artists, which may be new, to the tracks that were stored before them."""
    found = await connection.fetch(_OPEN, list(artists))
    pairs = {(row["artist_id"], row["track_id"]) for row in found}
    if pairs:
        await connection.execute(_CLOSE, *_columns(pairs))
    return await link_tracks(connection, pairs, at)


async def link_tracks(connection: Connection, pairs: Iterable[_Pair], at: datetime) -> Stored:
    """Link artists to tracks, as far as they are not yet."""

    async def link(part: Sequence[_Pair]) -> Stored:
        linked = await connection.fetch(_LINK, *_columns(part), at)
        return Stored(links=len(linked), ids={row["artist_id"] for row in linked})

    def rejected(pair: _Pair, why: object) -> Reject:
        return reject("artist_tracks", f"{pair[0]} {pair[1]}", why, "")

    return await halving(connection, sorted(pairs), link, rejected)


def _may_be_id(spotify_id: str) -> bool:
    """Return whether an artist can ever be stored under this id."""
    return is_storable(spotify_id) and len(spotify_id) <= MAX_KEY


def _columns(pairs: Collection[tuple[UUID | str, UUID]]) -> list[list[UUID | str]]:
    return [list(column) for column in zip(*sorted(pairs), strict=True)]


async def _store_children(
    connection: Connection, table: Table, rows: Sequence[tuple[Row, str]], at: datetime
) -> Stored:
    """Store rows with the id of their parent, the first column of the table; rows without a parent are rejected."""
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
        "artist_spotify_ids": list(filter(_may_be_id, album.artist_spotify_ids)) or None,
        "spotify_id": album.spotify_id,
        "name": album.name.strip() or None,
        "album_type": album.album_type,
        "album_group": album.album_group,
        "release_date": album.release_date,
        "release_date_precision": album.precision,
        "released_on": album.released_on,
        "total_tracks": album.total_tracks,
        "read_tracks": album.read_tracks,
        "label": album.label,
        "upc": album.upc,
        "image_url": album.image_url,
        "version": album.version.value if album.name.strip() else None,  # without its name it cannot be identified
        "available": album.available,
    }


def _track(song: Track, album_id: UUID | None) -> Row:
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
        "is_playable": song.is_playable,
        "classes": class_names(song.classes),
        "evidence": evidence_document(song.evidence),
    }
