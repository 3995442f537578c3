"""Stores predicted setlists: the songs that are offered for voting on a coming show.

Rows of songs are never deleted, since they may have votes: see `thesetd.domain.prediction.offered`. If a list holds a
song under the row of another that was merged into it, the song keeps that row and its votes.
"""

import struct
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.lookup import concert_rows, derived_id
from thesetd.adapters.postgres.rows.merge import SKIPPED, Stored, halving, reject
from thesetd.adapters.postgres.songs.song_keys import SongRows
from thesetd.adapters.postgres.text import is_storable
from thesetd.domain.errors import StoreRejected
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.records import PredictedSetlist, PredictedSong, Reject
from thesetd.domain.prediction.offered import OfferedSong, changed_rows, under_present_rows

_ARTISTS = """
select space, id, artist_id from thesetd.artist_ids
where (space, id) in (select * from unnest($1::text[], $2::text[])) and artist_id is not null
"""

_INSERT = """
insert into setlists (id, show_id, artist_id, expected_songs, concerts, created_at, updated_at)
select case when exists (
    select from setlists t where t.id = n.id and t.artist_id = n.artist_id and t.show_id <> n.show_id  -- it moved there
) then gen_random_uuid() else id end, show_id, artist_id, expected_songs, concerts, $6, $6
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::integer[])
    as n (id, show_id, artist_id, expected_songs, concerts)
on conflict (show_id, artist_id) do nothing returning id
"""

_FIND = """
select t.id, t.locked_at is not null as locked, n.number
from unnest($1::uuid[], $2::uuid[]) with ordinality as n (show_id, artist_id, number)
join setlists t on t.show_id = n.show_id and t.artist_id = n.artist_id order by n.number for update of t
"""

_SONGS = """
select setlist_id, song_id, position, title, probability, encore, reason, dropped_at is not null as dropped,
    added_after_lock
from setlist_songs where setlist_id = any($1) order by setlist_id, position for update
"""

_ADD_SONGS = """
insert into setlist_songs as t (setlist_id, song_id, position, title, probability, encore, reason, dropped_at,
    added_after_lock, created_at, updated_at)
select setlist_id, song_id, position, title, probability, encore, reason, case when dropped then $10::timestamptz end,
    added_after_lock, $10, $10
from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::real[], $6::boolean[], $7::text[], $8::boolean[],
    $9::boolean[]) as n (setlist_id, song_id, position, title, probability, encore, reason, dropped, added_after_lock)
"""
_WRITE_SONGS = f"""
{_ADD_SONGS}
on conflict (setlist_id, song_id) do update
set position = excluded.position, title = excluded.title, probability = excluded.probability,
    encore = excluded.encore, reason = excluded.reason, added_after_lock = excluded.added_after_lock,
    dropped_at = case when excluded.dropped_at is not null then coalesce(t.dropped_at, excluded.dropped_at) end,
    updated_at = excluded.updated_at
"""

_TOUCH = """
update setlists t set expected_songs = n.expected_songs, concerts = n.concerts, updated_at = $5
from unnest($1::uuid[], $2::integer[], $3::integer[], $4::boolean[]) as n (id, expected_songs, concerts, songs_changed)
where t.id = n.id and (n.songs_changed
    or (t.expected_songs, t.concerts) is distinct from (n.expected_songs, n.concerts)) returning t.id
"""


@attrs.frozen
class _Prediction:
    """A predicted setlist with the rows it refers to, each song once."""

    id: UUID
    show: UUID
    artist: UUID
    songs: tuple[OfferedSong[UUID], ...]
    said: PredictedSetlist
    key: str


async def store_predictions(connection: Connection, setlists: Sequence[PredictedSetlist], at: datetime) -> Stored:
    """Update stored setlists to these predictions; one whose show or artist has no row is rejected.

    A song keeps its row, whatever its position, even if it is no longer predicted. A song without a row gets one. A
    locked setlist only gains songs.
    """
    predictions, rows, rejects = await _resolved(connection, setlists, at)

    async def store(part: Sequence[_Prediction]) -> Stored:
        return await _replace(connection, part, rows, at)

    stored = await halving(connection, predictions, store, lambda p, reason: reject("setlists", p.key, reason, ""))
    stored.rejects += rejects
    return stored


async def _resolved(
    connection: Connection, setlists: Sequence[PredictedSetlist], at: datetime
) -> tuple[list[_Prediction], SongRows, list[Reject]]:
    artists = await _artists(connection, {s.artist for s in setlists})
    shows: dict[tuple[ProviderName, str], UUID] = {}
    for provider in sorted({s.show_provider for s in setlists}):
        wanted = (s.show_provider_id for s in setlists if s.show_provider == provider)
        found_ = await concert_rows(connection, "shows", provider, wanted)
        shows |= {(provider, key): row for key, row in found_.items()}
    keys = (song.song_key for setlist in setlists for song in setlist.songs)
    rows = await SongRows.load(connection, artists.values(), keys)
    titles = {
        (artists[setlist.artist], song.song_key): song.title
        for setlist in setlists
        for song in setlist.songs
        if setlist.artist in artists
    }
    rejects = await rows.make(connection, titles, at)
    found: dict[tuple[UUID, UUID], _Prediction] = {}
    for setlist in setlists:
        key = f"{setlist.show_provider_id}:{setlist.artist.id}"
        show = shows.get((setlist.show_provider, setlist.show_provider_id))
        artist = artists.get(setlist.artist)
        if show is None or artist is None:
            rejects.append(reject("setlists", key, f"its {'artist' if show else 'show'} is not known", ""))
            continue
        placed: dict[UUID, OfferedSong[UUID]] = {}
        for song in sorted(setlist.songs, key=lambda song: song.position):
            if (row := rows.find(artist, song.song_key)) is not None:
                placed.setdefault(row, _offered(row, song))
        derived = derived_id("setlists", setlist.show_provider, key)
        found[show, artist] = _Prediction(derived, show, artist, tuple(placed.values()), setlist, key)
    return list(found.values()), rows, rejects


async def _artists(connection: Connection, refs: Collection[Ref]) -> dict[Ref, UUID]:
    storable = [ref for ref in refs if is_storable(ref.id)]
    rows = await connection.fetch(_ARTISTS, [ref.space for ref in storable], [ref.id for ref in storable])
    return {Ref(row["space"], row["id"]): row["artist_id"] for row in rows}


def _offered(row: UUID, song: PredictedSong) -> OfferedSong[UUID]:
    return OfferedSong(
        song=row,
        position=song.position,
        title=song.title,
        probability=_single(song.probability),
        encore=song.encore,
        reason=song.reason or None,
    )


def _single(value: float) -> float:
    """Round to the precision of a `real` column, so that equal values compare as equal."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


async def _replace(connection: Connection, predictions: Sequence[_Prediction], rows: SongRows, at: datetime) -> Stored:
    shows, artists = [p.show for p in predictions], [p.artist for p in predictions]
    expected, concerts = [p.said.expected_songs for p in predictions], [p.said.concerts for p in predictions]
    found = await connection.fetch(_INSERT, [p.id for p in predictions], shows, artists, expected, concerts, at)
    new = {row["id"] for row in found}
    setlists = {row["number"]: row for row in await connection.fetch(_FIND, shows, artists)}
    skipped = [reject("setlists", p.key, SKIPPED, "") for n, p in enumerate(predictions, 1) if n not in setlists]
    predictions = [predictions[number - 1] for number in setlists]
    current = await _current(connection, [setlist["id"] for setlist in setlists.values()])
    await rows.add_foreign(connection, {song.song for songs in current.values() for song in songs})
    changed = {
        setlist["id"]: changed_rows(
            current[setlist["id"]],
            under_present_rows(prediction.songs, current[setlist["id"]], rows.standing),
            locked=setlist["locked"],
        )
        for setlist, prediction in zip(setlists.values(), predictions, strict=True)
    }
    refused = await _write(connection, changed, new, at)
    lost = Counter(one.key.partition(" ")[0] for one in refused)
    if any(lost[str(row)] == len(songs) > 0 and not current[row] for row, songs in changed.items()):
        raise StoreRejected(refused[0].reason)  # a setlist without songs is invalid; bisection finds it
    touched = await connection.fetch(
        _TOUCH,
        list(changed),
        [p.said.expected_songs for p in predictions],
        [p.said.concerts for p in predictions],
        [bool(songs) and setlist not in new for setlist, songs in changed.items()],
        at,
    )
    return Stored(
        ids=set(changed),
        changed=new | {r["id"] for r in touched},
        rejects=[*skipped, *refused],
    )


async def _current(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, list[OfferedSong[UUID]]]:
    """Read all songs of setlists, dropped ones included."""
    found: dict[UUID, list[OfferedSong[UUID]]] = defaultdict(list)
    for row in await connection.fetch(_SONGS, ids):
        found[row["setlist_id"]].append(
            OfferedSong(
                song=row["song_id"],
                position=row["position"],
                title=row["title"],
                probability=row["probability"],
                encore=row["encore"],
                reason=row["reason"],
                dropped=row["dropped"],
                added_after_lock=row["added_after_lock"],
            )
        )
    return found


async def _write(
    connection: Connection,
    changed: Mapping[UUID, Sequence[OfferedSong[UUID]]],
    new: Collection[UUID],
    at: datetime,
) -> Sequence[Reject]:
    """Write songs; return those that the database refuses.

    No other transaction sees `new` setlists yet, so none has put songs into them: there is nothing to read first.
    """

    async def write(part: Sequence[tuple[UUID, OfferedSong[UUID]]], statement: str) -> Stored:
        await _write_songs(connection, statement, part, at)
        return Stored()

    def rejected(item: tuple[UUID, OfferedSong[UUID]], why: object) -> Reject:
        return reject("setlist_songs", f"{item[0]} {item[1].song}", why, item[1].title)

    refused: list[Reject] = []
    for statement, is_new in ((_ADD_SONGS, True), (_WRITE_SONGS, False)):
        rows = [(setlist, song) for setlist, songs in changed.items() if (setlist in new) is is_new for song in songs]
        refused += (await halving(connection, rows, partial(write, statement=statement), rejected)).rejects
    return refused


async def _write_songs(
    connection: Connection, statement: str, rows: Sequence[tuple[UUID, OfferedSong[UUID]]], at: datetime
) -> None:
    await connection.fetch(
        statement,
        [setlist for setlist, _ in rows],
        [song.song for _, song in rows],
        [song.position for _, song in rows],
        [song.title for _, song in rows],
        [song.probability for _, song in rows],
        [song.encore for _, song in rows],
        [song.reason for _, song in rows],
        [song.dropped for _, song in rows],
        [song.added_after_lock for _, song in rows],
        at,
    )
