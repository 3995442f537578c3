"""Moves what came through an id with it to another artist: places on bills, setlists, the catalogue.

A place on a bill that also came through another id of the old artist stays, and the new artist gets one too. If the new
artist is already on the bill there is nothing to move.

Songs move with the last id of their space: recorded ones with Spotify's, those that were only played with the MBID.
They keep their rows, and so their votes; a song that the new artist already has is pointed at that.
"""

from datetime import datetime
from uuid import UUID

from thesetd.adapters.postgres.database import Connection
from thesetd.domain.identity.spaces import MUSICBRAINZ, SPOTIFY, Ref

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
update artist_shows set left_at = coalesce(left_at, $3), is_headliner = false, updated_at = $3
where artist_id = $2 and show_id = any($1)
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
update actual_setlists p set artist_id = $4, updated_at = $5 from thesetd.artist_sources s
where (s.space, s.id) = ($1, $2) and s.kind = 'setlist' and p.id = s.row_id and p.artist_id = $3
"""
_PAGES = """
update thesetd.setlist_pages set artist_id = $3, updated_at = $4 where artist_mbid = $1 and artist_id = $2
"""
# If a row has two catalogues, an album moves with the id that it credits; all albums if the row has no other id left.
_ALBUMS = """
update albums b set artist_id = $3, updated_at = $4 where b.artist_id = $2 and (
    b.artist_spotify_ids @> array[$1] or not exists (
        select from thesetd.artist_ids i where i.artist_id = $2 and i.space = 'spotify'
    )
)
"""
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
_SONGS = """
update songs s set artist_id = $2, artist = a.name, updated_at = $3 from artists a
where a.id = $2 and s.artist_id = $1 and ({which}) and not exists (
    select from songs o where o.artist_id = $2
        and (o.key = s.key or o.spotify_id = s.spotify_id and o.merged_into is null and s.merged_into is null)
)
"""
_SAME_SONGS = """
update songs s set merged_into = coalesce(o.merged_into, o.id), offered = false, updated_at = $3 from songs o
where s.artist_id = $1 and o.artist_id = $2 and ({which}) and s.merged_into is null
    and (o.key = s.key or o.spotify_id = s.spotify_id and o.merged_into is null)
"""


async def move(connection: Connection, ref: Ref, source: UUID, target: UUID, at: datetime) -> str:
    """Move what came through an id from one artist's row to another's; return in words what, "" for nothing.

    The id already belongs to the target.
    """
    shows = [row["row_id"] for row in await connection.fetch(_SHOWS, ref.space, ref.id, source)]
    kept = {row["row_id"] for row in await connection.fetch(_STAYS, shows, source)} if shows else set()
    going = [show for show in shows if show not in kept]
    if kept:
        await connection.execute(_COPY_PLACES, sorted(kept), source, target, at)
    if going:
        await connection.execute(_MOVE_PLACES, going, source, target, at)
        await connection.execute(_LEAVE_PLACES, going, source, at)
        await connection.execute(_PREDICTED, going, source, target, at)
    counts = {
        "shows": len(shows),
        "setlists": _count(await connection.execute(_PLAYED, ref.space, ref.id, source, target, at)),
    }
    if ref.space == MUSICBRAINZ:
        await connection.execute(_PAGES, ref.id, source, target, at)
    if ref.space == SPOTIFY:
        counts["albums"] = _count(await connection.execute(_ALBUMS, ref.id, source, target, at))
    if ref.space in {SPOTIFY, MUSICBRAINZ} and await connection.fetchval(_LAST, source, ref.space):
        which = f"not ({_ONLY_PLAYED})" if ref.space == SPOTIFY else _ONLY_PLAYED
        await connection.execute(_SONGS.format(which=which), source, target, at)
        await connection.execute(_SAME_SONGS.format(which=which), source, target, at)
    if ref.space == SPOTIFY:
        await connection.execute(_CREDITS, source, target)
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{ref} left with {told}" if told else ""


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
