"""Stores operators' rulings on bills that sellers do not list: they override every later answer of a seller.

The places on the bill that a ruling changes are stored with it, so that its undo restores them. While it is in force,
answers of the seller do not change the bill.
"""

import json
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import asyncpg

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.reading import json_column
from thesetd.adapters.postgres.rows.restoring import RowChange, Snapshot, differing, put_back, row_key_of
from thesetd.adapters.postgres.rows.show_days import complete_shows
from thesetd.adapters.postgres.rows.standings import settle_standings
from thesetd.adapters.postgres.setlists.nights import concerned, settle_nights
from thesetd.adapters.postgres.text import is_storable
from thesetd.domain.music.edits import BillActs, Edited

_SHOW = "select id, is_addon from shows where id = $1 and is_announced and merged_into is null for update"
_ARTISTS = "select slug, id from artists where slug = any($1) and merged_into is null"
_HOLDS = "select distinct show_id from thesetd.bill_rulings where show_id = any($1) and undone_at is null"
_PLACES = "select to_jsonb(l)::text as row from artist_shows l where l.show_id = $1"
_SET = """
insert into artist_shows as t (artist_id, show_id, is_headliner, set_order, created_at, updated_at)
select n.id, $1, n.place = 1, n.place, $3, $3 from unnest($2::uuid[]) with ordinality as n (id, place)
on conflict (artist_id, show_id) do update
set is_headliner = excluded.is_headliner, set_order = excluded.set_order, left_at = null, updated_at = $3
where (t.is_headliner, t.set_order, t.left_at) is distinct from (excluded.is_headliner, excluded.set_order, null)
"""
# An act that played there is on the bill, whatever later answers say.
_LEAVE = """
update artist_shows t set left_at = $3, is_headliner = false, updated_at = $3
where t.show_id = $1 and t.artist_id <> all($2) and t.left_at is null
    and not exists (select from actual_setlists p where p.show_id = t.show_id and p.artist_id = t.artist_id)
"""
_KEEP = "insert into thesetd.bill_rulings (show_id, acts, before, who, at) values ($1, $2, $3, $4, $5) returning number"
_UNDO = (
    "update thesetd.bill_rulings set undone_at = $2 where number = $1 and undone_at is null returning show_id, before"
)
_LATER = """
select min(l.number) from thesetd.bill_rulings r join thesetd.bill_rulings l on l.show_id = r.show_id
where r.number = $1 and l.number > r.number and l.undone_at is null
"""
_KEY = ("artist_id", "show_id")
WHO = "operator"  # the socket's group decides which operators may do this


async def ruled_bills(connection: Connection, shows: Collection[UUID]) -> set[UUID]:
    """Return those of the shows that have a ruling on their bill."""
    return {row["show_id"] for row in await connection.fetch(_HOLDS, list(shows))}


async def rule_bill(connection: Connection, edit: BillActs, at: datetime) -> Edited:
    """Put artists on the bill of a show, and remove all others."""
    show = await connection.fetchrow(_SHOW, edit.show)
    if show is None:
        return Edited(problem=f"no show {edit.show} that is sold", found=False)
    if show["is_addon"]:
        return Edited(problem=f"{edit.show} is sold beside a concert: give that one")
    known = {row["slug"]: row["id"] for row in await connection.fetch(_ARTISTS, [*filter(is_storable, edit.artists)])}
    if unknown := [slug for slug in edit.artists if slug not in known]:
        return Edited(problem=f"no artist {unknown[0]}", found=False)
    acts = [known[slug] for slug in dict.fromkeys(edit.artists)]
    before = await _places(connection, edit.show)
    await connection.execute(_SET, edit.show, acts, at)
    await connection.execute(_LEAVE, edit.show, acts, at)
    after = await _places(connection, edit.show)
    changed = [{"before": before.get(place), "after": after.get(place)} for place in differing(before, after)]
    number: int = await connection.fetchval(_KEEP, edit.show, acts, json.dumps(changed), WHO, at)
    await _settle(connection, edit.show, at)
    return Edited(number=number)


async def undo_bill(connection: Connection, number: int, at: datetime) -> Edited:
    """Restore the places that a ruling changed."""
    if later := await connection.fetchval(_LATER, number):
        return Edited(problem=f"answer {later} is about the same bill: undo it first")
    ruling = await connection.fetchrow(_UNDO, number, at)
    if ruling is None:
        return Edited(problem=f"no decision {number} about a bill to undo", found=False)
    for change in json_column(ruling["before"]):
        before, after = (json.loads(one) if one else None for one in (change["before"], change["after"]))
        await put_back(connection, RowChange("artist_shows", _KEY, before, after))
    await _settle(connection, ruling["show_id"], at)
    return Edited(number=number)


async def _places(connection: Connection, show: UUID) -> Snapshot:
    rows: list[asyncpg.Record] = await connection.fetch(_PLACES, show)
    return {("artist_shows", row_key_of(json.loads(row["row"]), _KEY)): row["row"] for row in rows}


async def _settle(connection: Connection, show: UUID, at: datetime) -> None:
    shows = {show, *await settle_standings(connection, (show,), (), at)}
    await settle_nights(connection, await concerned(connection, shows, (), ()), at)
    await complete_shows(connection, at)
