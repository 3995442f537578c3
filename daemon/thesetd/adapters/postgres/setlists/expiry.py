"""Clears content of setlist.fm that has been kept as long as its terms allow.

The played songs are deleted, in every version; ids, version numbers, addresses and the shows of pages stay. A page that
is fetched again has its songs again.
"""

from datetime import datetime

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.gate.ledger import PIECE
from thesetd.domain.ids import SETLISTFM

SOURCE = SETLISTFM
OLD_PAGES = """
thesetd.setlist_pages p left join thesetd.readings r on r.id = p.reading_id
where greatest(p.fetched_at, r.fetched_at) < $1
    and (p.songs <> '[]' or p.encore_songs <> '[]' or p.info is not null)
"""
OLD_NAMES = """
thesetd.played_names o where not exists (
    select from thesetd.setlist_pages p left join thesetd.readings r on r.id = p.reading_id
    where p.artist_id = o.artist_id and greatest(p.fetched_at, r.fetched_at) >= $1
)
"""
_CLEAR = f"""
with old as (
    select p.id, p.setlistfm_id from {OLD_PAGES} limit $2 for update of p
), cleared as (
    update thesetd.setlist_pages p
    set songs = '[]', encore_songs = '[]', performed = '{{}}', set_names = '{{}}', info = null, updated_at = $3
    from old where p.id = old.id
), shown as (
    update actual_setlists a set songs = '[]', encore_songs = '[]', info = null, updated_at = $3
    from old where a.setlistfm_id = old.setlistfm_id
), versions as (
    delete from thesetd.setlist_versions v using old where v.page_id = old.id
)
select count(*) from old
"""  # noqa: S608 - a constant
_NAMES = f"""
with gone as (
    delete from thesetd.played_names n where ctid = any(array(
        select o.ctid from {OLD_NAMES} limit $2
    )) returning 1
)
select count(*) from gone
"""  # noqa: S608 - a constant


async def clear_pages(connection: Connection, *, before: datetime, now: datetime) -> int:
    """Clear some pages that were last fetched before a moment; return how many."""
    count: int = await connection.fetchval(_CLEAR, before, PIECE, now)
    return count


async def forget_names(connection: Connection, *, before: datetime) -> int:
    """Delete the meanings of names that are on no page any more; return how many."""
    count: int = await connection.fetchval(_NAMES, before, PIECE)
    return count
