"""Moves what came through an id with it to another artist: places on bills, setlists, the catalogue.

A place on a bill that also came through another id of the old artist stays, and the new artist gets one too. If the new
artist is already on the bill there is nothing to move.

Songs move with the last id of their space: recorded ones with Spotify's, those that were only played with the MBID.
They keep their rows, and so their votes; a song that the new artist already has is pointed at that.

A row that the application refuses to move stays where it is, and is a reject; the others move.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.merge import Stored, halving, reject
from thesetd.domain.identity.spaces import MUSICBRAINZ, SPOTIFY, Ref
from thesetd.domain.music.records import Reject

_SHOWS = """
select s.row_id from thesetd.artist_sources s
where (s.space, s.id) = ($1, $2) and s.kind = 'show' and exists (
    select from artist_shows l where l.artist_id = $3 and l.show_id = s.row_id
)
"""
_STAYS = """
select distinct o.row_id from thesetd.artist_sources o join thesetd.artist_ids i on (i.space, i.id) = (o.space, o.id)
where o.kind = 'show' and o.row_id = any($1) and i.artist_id = $2
"""
_COPY_PLACES = """
insert into artist_shows (artist_id, show_id, is_headliner, set_order, left_at, created_at, updated_at)
select $3, show_id, is_headliner, set_order, left_at, created_at, $4 from artist_shows
where artist_id = $2 and show_id = any($1) on conflict (artist_id, show_id) do nothing
"""
_LEAVE_PLACES = """
update artist_shows set left_at = coalesce(left_at, $4), is_headliner = false, updated_at = $4
where artist_id = $2 and artist_id <> $3 and show_id = any($1)
"""
_MOVE_PLACES = """
update artist_shows l set artist_id = $3, updated_at = $4 where l.artist_id = $2 and l.show_id = any($1)
    and not exists (select from artist_shows o where o.artist_id = $3 and o.show_id = l.show_id)
"""
_PREDICTED = """
update setlists p set artist_id = $3, updated_at = $4 where p.artist_id = $2 and p.show_id = any($1)
    and not exists (select from setlists o where o.artist_id = $3 and o.show_id = p.show_id)
"""
_PLAYED = """
select p.id from thesetd.artist_sources s join actual_setlists p on p.id = s.row_id
where (s.space, s.id) = ($1, $2) and s.kind = 'setlist' and p.artist_id = $3
"""
_PAGES = """
update thesetd.setlist_pages set artist_id = $3, updated_at = $4 where artist_mbid = $1 and artist_id = $2
"""
# If a row has two catalogues, an album moves with the id that it credits; all albums if the row has no other id left.
_ALBUMS = """
select b.id from albums b where b.artist_id = $2 and (
    b.artist_spotify_ids @> array[$1] or not exists (
        select from thesetd.artist_ids i where i.artist_id = $2 and i.space = 'spotify'
    )
)
"""
_GIVE = "update {table} set artist_id = $3, updated_at = $4 where id = any($1) and artist_id = $2"
# The tracks of these albums, and all others of which the row was a guest if no catalogue is left to it.
_CREDITS = """
update artist_tracks c set artist_id = $2, song_id = (
    select coalesce(s.merged_into, s.id) from songs s left join songs t on t.id = s.merged_into
    where s.id = c.song_id and coalesce(t.artist_id, s.artist_id) = $2
) from tracks t join albums b on b.id = t.album_id
where c.artist_id = $1 and c.track_id = t.id and (b.artist_id = $2 or not exists (
        select from thesetd.artist_ids i where i.artist_id = $1 and i.space = 'spotify'
    ))
    and not exists (select from artist_tracks o where o.artist_id = $2 and o.track_id = c.track_id)
"""
_LAST = "select not exists (select from thesetd.artist_ids where artist_id = $1 and space = $2)"
_ONLY_PLAYED = "s.played and s.spotify_id is null and s.merged_into is null"
_SONGS = "select s.id from songs s where s.artist_id = $1 and ({which})"
_GIVE_SONGS = """
update songs s set artist_id = $3, artist = a.name, updated_at = $4 from artists a
where a.id = $3 and s.artist_id = $2 and s.id = any($1) and not exists (
    select from songs o where o.artist_id = $3
        and (o.key = s.key or o.spotify_id = s.spotify_id and o.merged_into is null and s.merged_into is null)
)
"""
_SAME_SONGS = """
update songs s set merged_into = coalesce(o.merged_into, o.id), offered = false, updated_at = $4 from songs o
where s.artist_id = $2 and o.artist_id = $3 and s.id = any($1) and s.merged_into is null
    and (o.key = s.key or o.spotify_id = s.spotify_id and o.merged_into is null)
"""


@attrs.frozen
class MovedRows:
    """What moved with an id, in words, "" for nothing; and the rows that the application refuses to move."""

    told: str
    rejects: Sequence[Reject] = ()


async def move(connection: Connection, ref: Ref, source: UUID, target: UUID, at: datetime) -> MovedRows:
    """Move what came through an id from one artist's row to another's; the id already belongs to the target."""
    moving = _Moving(connection, source, target, at)
    shows = await moving.find(_SHOWS, ref.space, ref.id, source)
    kept = set(await moving.find(_STAYS, shows, source)) if shows else set()
    await moving.change("artist_shows", sorted(kept), _COPY_PLACES)
    await moving.change(
        "artist_shows", [show for show in shows if show not in kept], _MOVE_PLACES, _LEAVE_PLACES, _PREDICTED
    )
    played = await moving.find(_PLAYED, ref.space, ref.id, source)
    counts = {
        "shows": len(shows) - len(moving.rejects),
        "setlists": await moving.change("actual_setlists", played, _GIVE),
    }
    if ref.space == MUSICBRAINZ:
        await connection.execute(_PAGES, ref.id, source, target, at)
    if ref.space == SPOTIFY:
        counts["albums"] = await moving.change("albums", await moving.find(_ALBUMS, ref.id, source), _GIVE)
    if ref.space in {SPOTIFY, MUSICBRAINZ} and await connection.fetchval(_LAST, source, ref.space):
        which = f"not ({_ONLY_PLAYED})" if ref.space == SPOTIFY else _ONLY_PLAYED
        songs = await moving.find(_SONGS.format(which=which), source)
        await moving.change("songs", songs, _GIVE_SONGS)
        await moving.change("songs", songs, _SAME_SONGS)
    if ref.space == SPOTIFY:
        await connection.execute(_CREDITS, source, target)
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return MovedRows(f"{ref} left with {told}" if told else "", moving.rejects)


@attrs.frozen
class _Moving:
    """Moves rows from one artist to another, and collects those that are refused."""

    connection: Connection
    source: UUID
    target: UUID
    at: datetime
    rejects: list[Reject] = attrs.field(factory=list)

    async def find(self, statement: str, *arguments: object) -> list[UUID]:
        """Return the ids that a statement selects."""
        return [row[0] for row in await self.connection.fetch(statement, *arguments)]

    async def change(self, table: str, rows: Sequence[UUID], *statements: str) -> int:
        """Change rows by statements about their ids, all of them for each row; return how many the first changed."""

        async def store(part: Sequence[UUID]) -> Stored:
            done = [
                await self.connection.execute(one.format(table=table), part, self.source, self.target, self.at)
                for one in statements
            ]
            return Stored(links=int(done[0].rpartition(" ")[2]))

        stored = await halving(self.connection, rows, store, lambda one, why: reject(table, str(one), why, ""))
        self.rejects.extend(stored.rejects)
        return stored.links
