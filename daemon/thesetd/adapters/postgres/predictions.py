"""Predicted setlists: the songs that are offered for voting on a coming show."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.lookup import CONCERT_COLUMN, derived_id, row_ids
from thesetd.adapters.postgres.merge import Stored, halving, reject
from thesetd.domain.ids import ProviderName
from thesetd.domain.records import PredictedSetlist, Reject

_INSERT = """
insert into setlists (id, show_id, artist_id, created_at, updated_at)
select id, show_id, artist_id, $4, $4
from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as n (id, show_id, artist_id)
on conflict (show_id, artist_id) do nothing returning id
"""

_FIND = """
select t.id from unnest($1::uuid[], $2::uuid[]) with ordinality as n (show_id, artist_id, number)
join setlists t on t.show_id = n.show_id and t.artist_id = n.artist_id order by n.number
"""

_REPLACE_SONGS = """
with arrived as (
    select * from unnest($2::uuid[], $3::uuid[], $4::integer[], $5::text[])
        as n (setlist_id, song_id, position, title)
), gone as (
    delete from setlist_songs t where t.setlist_id = any($1) and not exists (
        select from arrived n where n.setlist_id = t.setlist_id and n.song_id = t.song_id
    ) returning t.setlist_id
), written as (
    insert into setlist_songs as t (setlist_id, song_id, position, title, created_at, updated_at)
    select setlist_id, song_id, position, title, $6, $6 from arrived
    on conflict (setlist_id, song_id) do update
    set position = excluded.position, title = excluded.title, updated_at = excluded.updated_at
    where (t.position, t.title) is distinct from (excluded.position, excluded.title)
    returning t.setlist_id
)
update setlists set updated_at = $6
where id in (select setlist_id from gone union select setlist_id from written) returning id
"""


@attrs.frozen
class _Prediction:
    """A predicted setlist with the rows it refers to; `songs` are (song, position, title), each song once."""

    id: UUID
    show: UUID
    artist: UUID
    songs: tuple[tuple[UUID, int, str], ...]
    key: str


async def store_predictions(connection: Connection, setlists: Sequence[PredictedSetlist], at: datetime) -> Stored:
    """Replace predicted setlists by these where they differ; one whose show or artist has no row is rejected.

    A song that stays keeps its row, whatever position it moves to. A song without a row is left out and rejected.
    """
    predictions, rejects = await _resolved(connection, setlists)

    async def store(part: Sequence[_Prediction]) -> Stored:
        return await _replace(connection, part, at)

    stored = await halving(connection, predictions, store, lambda p, reason: reject("setlists", p.key, reason, ""))
    stored.rejects += rejects
    return stored


async def _resolved(
    connection: Connection, setlists: Sequence[PredictedSetlist]
) -> tuple[list[_Prediction], list[Reject]]:
    artists = await row_ids(connection, "artists", "spotify_id", (s.artist_spotify_id for s in setlists))
    songs = await row_ids(
        connection, "songs", "spotify_id", (song.song_spotify_id for s in setlists for song in s.songs)
    )
    shows: dict[tuple[ProviderName, str], UUID] = {}
    for provider, column in CONCERT_COLUMN.items():
        wanted = (s.show_provider_id for s in setlists if s.show_provider == provider)
        shows |= {(provider, key): row for key, row in (await row_ids(connection, "shows", column, wanted)).items()}
    found: dict[tuple[UUID, UUID], _Prediction] = {}
    rejects: list[Reject] = []
    for setlist in setlists:
        key = f"{setlist.show_provider_id}:{setlist.artist_spotify_id}"
        show = shows.get((setlist.show_provider, setlist.show_provider_id))
        artist = artists.get(setlist.artist_spotify_id)
        if show is None or artist is None:
            rejects.append(reject("setlists", key, f"its {'artist' if show else 'show'} is not known", ""))
            continue
        unique = {song.song_spotify_id: song for song in reversed(setlist.songs)}
        rejects += [reject("setlist_songs", s, f"song of {key} is not known", "") for s in unique if s not in songs]
        placed = tuple((songs[s], song.position, song.title) for s, song in unique.items() if s in songs)
        row = derived_id("setlists", setlist.show_provider, key)
        found[show, artist] = _Prediction(row, show, artist, placed, key)
    return list(found.values()), rejects


async def _replace(connection: Connection, predictions: Sequence[_Prediction], at: datetime) -> Stored:
    new = await connection.fetch(
        _INSERT,
        [p.id for p in predictions],
        [p.show for p in predictions],
        [p.artist for p in predictions],
        at,
    )
    rows = await connection.fetch(
        _FIND,
        [p.show for p in predictions],
        [p.artist for p in predictions],
    )
    ids = [r["id"] for r in rows]
    altered = await _replace_songs(connection, list(zip(ids, predictions, strict=True)), at)
    return Stored(ids=set(ids), changed={r["id"] for r in new} | altered)


async def _replace_songs(
    connection: Connection, setlists: Sequence[tuple[UUID, _Prediction]], at: datetime
) -> set[UUID]:
    songs = [(setlist, *song) for setlist, prediction in setlists for song in prediction.songs]
    altered = await connection.fetch(
        _REPLACE_SONGS,
        [setlist for setlist, _ in setlists],
        [song[0] for song in songs],
        [song[1] for song in songs],
        [song[2] for song in songs],
        [song[3] for song in songs],
        at,
    )
    return {r["id"] for r in altered}
