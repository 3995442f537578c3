"""Maps keys of songs to their rows, and rows to the song that they now stand for."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.merge import Stored, halving, reject
from thesetd.adapters.postgres.text import is_storable
from thesetd.domain.music.records import Reject
from thesetd.domain.music.repertoire import song_id

# Songs with one of these keys, those that stand for others, and what these stand for.
_COLUMNS = "s.id, s.artist_id, s.key, s.merged_into, s.offered"
_SONGS = f"""
with merged as (
    select s.* from (
        select unnest($1::uuid[]) as id union select a.id from artists a where a.merged_into = any($1)
    ) a cross join lateral (
        select {_COLUMNS} from songs s where s.artist_id = a.id and s.merged_into is not null offset 0
    ) s
)
select s.* from unnest($1::uuid[]) as a (id) cross join unnest($2::text[]) as k (key) cross join lateral (
    select {_COLUMNS} from songs s where s.artist_id = a.id and md5(s.key) = md5(k.key) offset 0
) s
union
select * from merged
union
select s.* from merged m cross join lateral (
    select {_COLUMNS} from songs s where s.id = m.merged_into offset 0
) s where s.artist_id = any($1)
"""  # noqa: S608 - a constant
# A song known only from setlists has a row without a recording, and belongs to its act like any other.
_MAKE = """
insert into songs as t (id, artist_id, key, name, artist, offered, played, created_at, updated_at)
select n.id, n.artist_id, n.key, n.title, a.name, true, true, $5, $5
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) as n (id, artist_id, key, title)
join artists a on a.id = n.artist_id
on conflict (id) do update set offered = true, played = true, updated_at = $5
returning t.id
"""
# Rows of earlier versions were tracks, shared by artists; this finds the artist's song for one.
_FOREIGN = """
select s.id, l.artist_id, l.song_id from songs s join tracks t on t.spotify_id = s.spotify_id
join artist_tracks l on l.album_id = t.album_id and l.track_id = t.id
where s.id = any($1) and l.artist_id = any($2) and l.song_id is not null and s.artist_id is distinct from l.artist_id
"""

SongKey = tuple[UUID, str]  # an artist, and the key of one of its songs


@attrs.define
class _Known:
    id: UUID
    merged_into: UUID | None
    offered: bool


@attrs.define
class SongRows:
    """The songs of some artists that have some keys, and those that were merged."""

    artists: frozenset[UUID]
    _by_key: dict[SongKey, _Known]
    _by_id: dict[UUID, _Known]

    @classmethod
    async def load(cls, connection: Connection, artists: Iterable[UUID], keys: Iterable[str]) -> "SongRows":
        """Read the songs of these artists that have one of these keys: of a whole repertoire few are needed."""
        wanted, named = frozenset(artists), sorted(key for key in {*keys} if is_storable(key))
        rows = await connection.fetch(_SONGS, sorted(wanted), named) if wanted else []
        known = {row["id"]: _Known(row["id"], row["merged_into"], row["offered"]) for row in rows}
        return cls(
            wanted, {(row["artist_id"], row["key"]): known[row["id"]] for row in rows if row["key"] is not None}, known
        )

    def find(self, artist: UUID, key: str) -> UUID | None:
        """Return the current song for this key."""
        known = self._by_key.get((artist, key))
        return None if known is None else self.standing(known.id)

    def standing(self, song: UUID) -> UUID:
        """Return the song that one stands for: itself, or what it was merged into."""
        seen = {song}
        while (known := self._by_id.get(song)) and known.merged_into is not None and known.merged_into not in seen:
            song = known.merged_into
            seen.add(song)
        return song

    async def make(self, connection: Connection, wanted: Mapping[SongKey, str], at: datetime) -> list[Reject]:
        """Make sure that there is a song for each key; a new one gets the given title."""
        lacking = sorted(key for key in wanted if self._lacks(*key) and is_storable(key[1] + wanted[key]))

        async def store(part: Collection[SongKey]) -> Stored:
            ids = {self.find(*key) or song_id(*key): key for key in part}
            rows = [(song, *key, wanted[key]) for song, key in ids.items()]
            for found in await connection.fetch(_MAKE, *map(list, zip(*rows, strict=True)), at):
                known = self._by_id[found["id"]] = _Known(found["id"], None, offered=True)
                self._by_key.setdefault(ids[found["id"]], known)
            return Stored()

        stored = await halving(connection, lacking, store, lambda key, why: reject("songs", key[1], why, wanted[key]))
        return stored.rejects

    async def add_foreign(self, connection: Connection, songs: Collection[UUID]) -> None:
        """Learn which songs other artists' rows stand for, since lists from earlier versions contain them."""
        unknown = sorted(song for song in songs if song not in self._by_id)
        for row in await connection.fetch(_FOREIGN, unknown, sorted(self.artists)) if unknown else ():
            self._by_id.setdefault(row["id"], _Known(row["id"], row["song_id"], offered=False))

    def _lacks(self, artist: UUID, key: str) -> bool:
        found = self.find(artist, key)
        return found is None or (found in self._by_id and not self._by_id[found].offered)
