"""Merges and splits venues for operators, and undoes that.

A decision is a link that automatic decisions do not change. Its changes, including events and setlists at these places,
are stored with it row by row; an undo restores them, and automatic decisions apply again.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.reading import json_column
from thesetd.adapters.postgres.rows.places import Changed, settle_places
from thesetd.adapters.postgres.rows.restoring import (
    RowChange,
    Snapshot,
    differing,
    put_back,
    restored,
    row_key_of,
    update_row,
)
from thesetd.adapters.postgres.rows.show_days import complete_shows
from thesetd.adapters.postgres.rows.standings import settle_standings
from thesetd.adapters.postgres.setlists.bill_rulings import WHO
from thesetd.adapters.postgres.setlists.nights import concerned, settle_nights
from thesetd.adapters.postgres.setlists.songs import settle_names
from thesetd.domain.music.edits import Edited
from thesetd.domain.shows.venue_edits import MergeVenues, SplitVenue, UndoVenueDecision

_VENUE = "select id, name, coalesce(same_as, id) as head from venues where id = $1 for update"
_PLACE = "select id, name from venues where id = any($1) or same_as = any($1) order by name, id"
_LINK = """
insert into thesetd.venue_links as t (one, other, verdict, shared_nights, apart_nights, by_person, decided_at)
select least($1::uuid, n.id), greatest($1, n.id), $3, 0, 0, true, $4 from unnest($2::uuid[]) as n (id)
on conflict (one, other) do update set verdict = excluded.verdict, by_person = true, decided_at = excluded.decided_at
"""
_DECIDE = """
insert into thesetd.venue_decisions (what, venue_id, others, words, before, who, made_at)
values ($1, $2, $3, $4, $5, $6, $7) returning number
"""
_DECISION = "select * from thesetd.venue_decisions where number = $1 for update"
# A later decision about the same venues would be undone with it.
_LATER = """
select min(number) from thesetd.venue_decisions
where number > $1 and undone_at is null and (venue_id = any($2) or others && $2)
"""
_SHOWS = """
select id from shows where venue_id = any($1)
union select show_id from thesetd.setlist_pages where venue_id = any($1) and show_id is not null
"""
# The tables that a decision about venues can change, each with its key and its rows, in the order in which they are
# restored.
_TABLES = {
    "thesetd.venue_links": (("one", "other"), "one = any($1) or other = any($1)"),
    "venues": (("id",), "id = any($1)"),
    "shows": (("id",), f"id in ({_SHOWS})"),
    "artist_shows": (("artist_id", "show_id"), f"show_id in ({_SHOWS})"),
    "thesetd.setlist_pages": (("id",), f"venue_id = any($1) or show_id in ({_SHOWS})"),
    "actual_setlists": (("id",), f"show_id in ({_SHOWS})"),
}


async def decide_venues(
    connection: Connection, edit: MergeVenues | SplitVenue | UndoVenueDecision, at: datetime
) -> Edited:
    """Store a decision, or undo one, and update what depends on it."""
    match edit:
        case MergeVenues():
            return await _merge(connection, edit, at)
        case SplitVenue():
            return await _split(connection, edit, at)
        case UndoVenueDecision():
            return await _undo(connection, edit.number, at)


async def _merge(connection: Connection, edit: MergeVenues, at: datetime) -> Edited:
    venue, into = [await connection.fetchrow(_VENUE, one) for one in (edit.venue, edit.into)]
    if venue is None or into is None:
        return Edited(problem=f"no venue {edit.into if venue else edit.venue}", found=False)
    if venue["head"] == into["head"]:
        return Edited(problem=f"{venue['name']!r} and {into['name']!r} are one place already")
    words = f"{venue['name']!r} is {into['name']!r}"
    return await _decide(connection, ("merge", "same", words), venue["id"], [into["id"]], at)


async def _split(connection: Connection, edit: SplitVenue, at: datetime) -> Edited:
    venue = await connection.fetchrow(_VENUE, edit.venue)
    if venue is None:
        return Edited(problem=f"no venue {edit.venue}", found=False)
    others = [row for row in await connection.fetch(_PLACE, [venue["head"]]) if row["id"] != venue["id"]]
    if not others:
        return Edited(problem=f"{venue['name']!r} is a place of its own already")
    words = f"{venue['name']!r} is not {', '.join(dict.fromkeys(repr(row['name']) for row in others))}"
    return await _decide(connection, ("split", "apart", words), venue["id"], [row["id"] for row in others], at)


async def _decide(
    connection: Connection, what: tuple[str, str, str], venue: UUID, others: Sequence[UUID], at: datetime
) -> Edited:
    """Write the links of a decision, and store with it the rows that change."""
    verb, verdict, words = what
    places = await _places(connection, [venue, *others])
    before = await _snapshot(connection, places)
    await connection.execute(_LINK, venue, list(others), verdict, at)
    await _settle(connection, places, at)
    after = await _snapshot(connection, places)
    changed = [
        {"table": place[0], "before": before.get(place), "after": after.get(place)}
        for place in differing(before, after)
    ]
    kept = json.dumps(changed)
    number: int = await connection.fetchval(_DECIDE, verb, venue, list(others), words, kept, WHO, at)
    return Edited(number=number)


async def _undo(connection: Connection, number: int, at: datetime) -> Edited:
    decision = await connection.fetchrow(_DECISION, number)
    if decision is None:
        return Edited(problem=f"no decision {number}", found=False)
    if decision["undone_at"] is not None:
        return Edited(problem=f"decision {number} is undone already")
    about = [decision["venue_id"], *decision["others"]]
    if later := await connection.fetchval(_LATER, number, about):
        return Edited(problem=f"decision {later} is about the same venues: undo it first")
    places = await _places(connection, about)
    changes = [_change(one) for one in json_column(decision["before"])]
    for table in _TABLES:
        rows = [change for change in changes if change.table == table]
        if table == "shows":
            await _put_back_shows(connection, rows)
        else:
            for change in rows:
                await put_back(connection, change)
    await _settle(connection, places, at)
    await connection.execute("update thesetd.venue_decisions set undone_at = $2 where number = $1", number, at)
    return Edited(number=number)


async def _put_back_shows(connection: Connection, changes: Sequence[RowChange]) -> None:
    """Restore shows, after detaching all of them from their pages, since two may swap a page.

    A show that the decision created stays, since it may have votes.
    """
    ids = [UUID(change.key[0]) for change in changes]
    found = await connection.fetch("select id, to_jsonb(t)::text as row from shows t where id = any($1)", ids)
    now = {str(row["id"]): json.loads(row["row"]) for row in found}
    await connection.execute("update shows set setlistfm_id = null where id = any($1)", ids)
    for change in (one for one in changes if one.key[0] in now):
        row = now[change.key[0]]
        before = {**(change.before or row), "setlistfm_id": (change.before or {}).get("setlistfm_id")}
        await update_row(connection, "shows", ("id",), restored(row, before, change.after or {}))


def _change(kept: dict[str, str | None]) -> RowChange:
    table, before, after = kept["table"], kept["before"], kept["after"]
    assert table is not None
    names, _ = _TABLES[table]
    return RowChange(table, names, json.loads(before) if before else None, json.loads(after) if after else None)


async def _places(connection: Connection, venues: Collection[UUID]) -> set[UUID]:
    """Return the venues that are one place with any of these."""
    heads = "select coalesce(same_as, id) as head from venues where id = any($1)"
    found = [row["head"] for row in await connection.fetch(heads, list(venues))]
    return {row["id"] for row in await connection.fetch(_PLACE, found)} | set(venues)


async def _snapshot(connection: Connection, venues: Collection[UUID]) -> Snapshot:
    found: Snapshot = {}
    for table, (names, which) in _TABLES.items():
        rows: list[asyncpg.Record] = await connection.fetch(
            f"select to_jsonb(t)::text as row from {table} t where {which}",  # noqa: S608 - constants
            list(venues),
        )
        found |= {(table, row_key_of(json.loads(row["row"]), names)): row["row"] for row in rows}
    return found


async def _settle(connection: Connection, venues: Collection[UUID], at: datetime) -> None:
    places = await settle_places(connection, Changed(venues=venues), at) | set(venues)
    shows = await settle_standings(connection, (), places, at)
    artists = await concerned(connection, shows, places, ())
    await settle_nights(connection, artists, at)
    await settle_names(connection, tuple(sorted(artists)), at)
    await complete_shows(connection, at)
