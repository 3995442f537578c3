"""Stores the setlists that users see: one row for each show and act, with the songs of the leading page.

A row is never deleted. If another page of the night becomes the leading one, the row follows it; if the page is
emptied, moved or gone, its songs are removed, and they return with the page.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.lookup import derived_id
from thesetd.adapters.postgres.rows.merge import Stored, halving, reject
from thesetd.domain.ids import SETLISTFM

_COLUMNS = ("setlistfm_id", "version_id", "venue_id", "event_date", "url", "tour", "info", "last_updated", "gone_at")
# Songs are compared in the database: an act may have thousands of setlists, and most of them are unchanged.
_PAGES = f"""
select p.id, p.show_id, p.verdict, cardinality(p.performed) > 0 as has_songs, {", ".join(f"p.{c}" for c in _COLUMNS)}
from thesetd.setlist_pages p where p.artist_id = $1
"""  # noqa: S608 - columns
_SETLISTS = f"""
select t.id, t.show_id, t.artist_id, {", ".join(f"t.{c}" for c in _COLUMNS)},
    (t.songs, t.encore_songs) is not distinct from (p.songs, p.encore_songs) as as_page,
    (t.songs, t.encore_songs) = ('[]'::jsonb, '[]'::jsonb) as blank
from actual_setlists t left join thesetd.setlist_pages p on p.setlistfm_id = t.setlistfm_id
where t.artist_id = $1 or t.setlistfm_id = any($2)
"""  # noqa: S608 - columns
_TYPES: Mapping[str, str] = {
    "id": "uuid",
    "show_id": "uuid",
    "artist_id": "uuid",
    "setlistfm_id": "text",
    "version_id": "text",
    "venue_id": "uuid",
    "event_date": "date",
    "url": "text",
    "tour": "text",
    "info": "text",
    "last_updated": "timestamptz",
    "gone_at": "timestamptz",
}
# Rows may swap places: each is first detached from its show and page, so that no two collide temporarily.
_LET_GO = """
update actual_setlists set show_id = null, setlistfm_id = setlistfm_id || ' ' where id = any($1) returning id
"""
_WRITE = f"""
insert into actual_setlists as t ({", ".join(_TYPES)}, songs, encore_songs, created_at, updated_at)
select {", ".join(f"n.{c}" for c in _TYPES)}, coalesce(p.songs, '[]'), coalesce(p.encore_songs, '[]'), $1, $1
from unnest({", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_TYPES.values(), 3))}, $2::boolean[])
    as n ({", ".join(_TYPES)}, shown)
left join thesetd.setlist_pages p on n.shown and p.setlistfm_id = n.setlistfm_id
on conflict (id) do update set {", ".join(f"{c} = excluded.{c}" for c in _TYPES if c != "id")},
    songs = excluded.songs, encore_songs = excluded.encore_songs, updated_at = $1
returning t.id
"""  # noqa: S608 - columns
LEADING = {"joined", "own"}


@attrs.define
class _Seen:
    """The rows of an act's setlists as they should be."""

    artist: UUID
    rows: dict[UUID, dict[str, object]] = attrs.field(factory=dict)
    shown: set[UUID] = attrs.field(factory=set)

    def put(self, row: UUID, page: asyncpg.Record, *, show: UUID | None, shown: bool) -> None:
        said = {column: page[column] for column in _COLUMNS}
        self.rows[row] = {**said, "id": row, "show_id": show, "artist_id": self.artist}
        if shown:
            self.shown.add(row)

    def differs(self, row: UUID, stored: asyncpg.Record | None) -> bool:
        """Return whether a stored row differs from what it should be: with the songs of its page, or with none."""
        if stored is None or not stored["as_page" if row in self.shown else "blank"]:
            return True
        return self.rows[row] != {column: stored[column] for column in _TYPES}


async def settle_played(connection: Connection, artist: UUID, at: datetime) -> Stored:
    """Update an act's setlists to its pages; return those that changed."""
    pages = {row["setlistfm_id"]: row for row in await connection.fetch(_PAGES, artist)}
    stored = {row["id"]: row for row in await connection.fetch(_SETLISTS, artist, list(pages))}
    wanted = _wanted(artist, pages, stored)
    changed = [row for key, row in wanted.rows.items() if wanted.differs(key, stored.get(key))]

    async def write(part: Sequence[dict[str, object]]) -> Stored:
        await connection.fetch(_LET_GO, [row["id"] for row in part])
        shown = [row["id"] in wanted.shown for row in part]
        found = await connection.fetch(_WRITE, at, shown, *([row[column] for row in part] for column in _TYPES))
        return Stored(ids={row["id"] for row in found}, changed={row["id"] for row in found})

    return await halving(
        connection, changed, write, lambda row, why: reject("actual_setlists", str(row["setlistfm_id"]), why, row)
    )


def _wanted(artist: UUID, pages: Mapping[str, asyncpg.Record], stored: Mapping[UUID, asyncpg.Record]) -> _Seen:
    leading = {key: page for key, page in sorted(pages.items()) if _leads(page)}
    at_page = {row["setlistfm_id"]: row for row in stored.values()}
    free = {row["show_id"]: row["id"] for row in stored.values() if row["setlistfm_id"] not in leading}
    seen = _Seen(artist)
    for key, page in leading.items():
        known = at_page[key]["id"] if key in at_page else free.pop(page["show_id"], None)
        row = known or derived_id("actual_setlists", SETLISTFM, key)
        if row in seen.rows or (known is None and row in stored):
            row = derived_id("actual_setlists", SETLISTFM, f"{key} again")
        seen.put(row, page, show=page["show_id"], shown=True)
    taken = {row["show_id"] for row in seen.rows.values()}
    for row in stored.values():
        if row["id"] not in seen.rows:
            source = pages.get(row["setlistfm_id"], row)
            show = source["show_id"] if source is not row and source["verdict"] in LEADING else None
            seen.put(row["id"], source, show=None if show in taken else show, shown=False)
            taken.add(show)
    return seen


def _leads(page: asyncpg.Record) -> bool:
    """Return whether a page is a setlist: it leads its night, has songs, and exists."""
    return page["verdict"] in LEADING and page["show_id"] is not None and page["has_songs"] and page["gone_at"] is None
