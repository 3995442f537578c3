"""Stores operators' rulings: where a page belongs, what a name in setlists means, which acts play."""

from datetime import datetime
from uuid import UUID

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.show_days import complete_shows
from thesetd.adapters.postgres.setlists.bill_rulings import WHO, rule_bill, undo_bill
from thesetd.adapters.postgres.setlists.nights import settle_nights
from thesetd.adapters.postgres.setlists.songs import settle_names
from thesetd.domain.music.edits import BillActs, Edited, MatchSong, PlacePage, UndoRuling
from thesetd.domain.music.keys import compact

_PAGE = "select artist_id from thesetd.setlist_pages where setlistfm_id = $1"
_SHOW = """
select s.is_announced or coalesce(c.is_announced, false)
from artist_shows l join shows s on s.id = l.show_id left join shows c on c.id = coalesce(s.merged_into, s.concert_id)
where s.id = $1 and l.artist_id = $2
"""
_PLACE = """
insert into thesetd.setlist_rulings (setlistfm_id, show_id, who, at) values ($1, $2, $3, $4) returning number
"""
_ACT = "select id from artists where slug = $1"
_SONG = "select 1 from songs where id = $1 and artist_id = $2 and merged_into is null"
_MATCH = """
insert into thesetd.song_rulings (artist_id, key, name, song_id, who, at) values ($1, $2, $3, $4, $5, $6)
returning number
"""
_UNDO = {
    "page": """
        update thesetd.setlist_rulings r set undone_at = $2 from thesetd.setlist_pages p
        where r.number = $1 and r.undone_at is null and p.setlistfm_id = r.setlistfm_id returning p.artist_id
    """,
    "song": """
        update thesetd.song_rulings set undone_at = $2 where number = $1 and undone_at is null returning artist_id
    """,
}


async def rule(connection: Connection, edit: PlacePage | MatchSong | BillActs | UndoRuling, at: datetime) -> Edited:
    """Store a ruling, or withdraw one, and update what depends on it."""
    match edit:
        case PlacePage():
            return await _place(connection, edit, at)
        case MatchSong():
            return await _match(connection, edit, at)
        case BillActs():
            return await rule_bill(connection, edit, at)
        case UndoRuling(about="bill"):
            return await undo_bill(connection, edit.number, at)
        case UndoRuling():
            return await _undo(connection, edit, at)


async def _place(connection: Connection, edit: PlacePage, at: datetime) -> Edited:
    """Assign a page to a show of its act, or to none."""
    artist: UUID | None = await connection.fetchval(_PAGE, edit.page)
    if artist is None:
        return Edited(problem=f"no page {edit.page} of a known artist", found=False)
    sold = True if edit.show is None else await connection.fetchval(_SHOW, edit.show, artist)
    if sold is None:
        return Edited(problem=f"{edit.show} is not a show of the page's artist")
    if not sold:
        return Edited(problem=f"only a page tells of show {edit.show}: give a show that is sold, or none")
    number: int = await connection.fetchval(_PLACE, edit.page, edit.show, WHO, at)
    await _settle(connection, artist, at)
    return Edited(number=number)


async def _match(connection: Connection, edit: MatchSong, at: datetime) -> Edited:
    """Record which song of an act a name in its setlists means, or that it is not a song."""
    artist: UUID | None = await connection.fetchval(_ACT, edit.slug)
    if artist is None:
        return Edited(problem=f"no artist {edit.slug}", found=False)
    if edit.song is not None and await connection.fetchval(_SONG, edit.song, artist) is None:
        return Edited(problem=f"{edit.song} is not a song of {edit.slug}")
    key = compact(edit.name)
    if not key:
        return Edited(problem="a name without letters means nothing")
    number: int = await connection.fetchval(_MATCH, artist, key, edit.name, edit.song, WHO, at)
    await settle_names(connection, (artist,), at)
    return Edited(number=number, song=edit.song)


async def _undo(connection: Connection, edit: UndoRuling, at: datetime) -> Edited:
    """Withdraw a ruling: the automatic decision applies again."""
    artist: UUID | None = await connection.fetchval(_UNDO[edit.about], edit.number, at)
    if artist is None:
        return Edited(problem=f"no decision {edit.number} about a {edit.about} to undo", found=False)
    await _settle(connection, artist, at)
    return Edited(number=edit.number)


async def _settle(connection: Connection, artist: UUID, at: datetime) -> None:
    await settle_nights(connection, (artist,), at)
    await settle_names(connection, (artist,), at)
    await complete_shows(connection, at)
