"""The setlists that people see: one row for each show and act, with the songs of the page that leads.

A row stays as long as there is one to refer to. If another page of the night comes to lead, the row of that show
follows it; if the page is emptied, moved or gone, its songs leave, and they return with the page.
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

_COLUMNS = "setlistfm_id, version_id, venue_id, event_date, url, tour, info, songs, encore_songs, last_updated, gone_at"
_PAGES = f"""
select p.id, p.show_id, p.verdict, p.performed, {", ".join(f"p.{c}" for c in _COLUMNS.split(", "))}
from thesetd.setlist_pages p where p.artist_id = $1
"""  # noqa: S608 - columns
_SETLISTS = (
    f"select id, show_id, artist_id, {_COLUMNS} from actual_setlists where artist_id = $1 or setlistfm_id = any($2)"  # noqa: S608
)
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
    "songs": "text",
    "encore_songs": "text",
    "last_updated": "timestamptz",
    "gone_at": "timestamptz",
}
_JSON = {"songs", "encore_songs"}
# Rows trade places: each lets go of its show and page first, so that none meets another's for a moment.
_LET_GO = """
update actual_setlists set show_id = null, setlistfm_id = setlistfm_id || ' ' where id = any($1) returning id
"""
_WRITE = f"""
insert into actual_setlists as t ({", ".join(_TYPES)}, created_at, updated_at)
select {", ".join(f"n.{c}::jsonb" if c in _JSON else f"n.{c}" for c in _TYPES)}, $1, $1
from unnest({", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_TYPES.values(), 2))}) as n ({", ".join(_TYPES)})
on conflict (id) do update set {", ".join(f"{c} = excluded.{c}" for c in _TYPES if c != "id")}, updated_at = $1
returning t.id
"""  # noqa: S608 - columns
NO_SONGS = "[]"
LEADING = {"joined", "own"}


@attrs.define
class _Seen:
    """The rows of an act's setlists as they are to be."""

    artist: UUID
    rows: dict[UUID, dict[str, object]] = attrs.field(factory=dict)

    def put(self, row: UUID, page: asyncpg.Record, *, show: UUID | None, shown: bool) -> None:
        self.rows[row] = {
            **{column: page[column] for column in _COLUMNS.split(", ")},
            "id": row,
            "show_id": show,
            "artist_id": self.artist,
            **({} if shown else {"songs": NO_SONGS, "encore_songs": NO_SONGS}),
        }


async def settle_played(connection: Connection, artist: UUID, at: datetime) -> Stored:
    """Bring an act's setlists up to its pages; return those that changed."""
    pages = {row["setlistfm_id"]: row for row in await connection.fetch(_PAGES, artist)}
    stored = {row["id"]: row for row in await connection.fetch(_SETLISTS, artist, list(pages))}
    wanted = _wanted(artist, pages, stored)
    before = {key: {column: row[column] for column in _TYPES} for key, row in stored.items()}
    changed = [row for key, row in wanted.items() if before.get(key) != row]

    async def write(part: Sequence[dict[str, object]]) -> Stored:
        await connection.fetch(_LET_GO, [row["id"] for row in part])
        found = await connection.fetch(_WRITE, at, *([row[column] for row in part] for column in _TYPES))
        return Stored(ids={row["id"] for row in found}, changed={row["id"] for row in found})

    return await halving(
        connection, changed, write, lambda row, why: reject("actual_setlists", str(row["setlistfm_id"]), why, row)
    )


def _wanted(
    artist: UUID, pages: Mapping[str, asyncpg.Record], stored: Mapping[UUID, asyncpg.Record]
) -> dict[UUID, dict[str, object]]:
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
    return seen.rows


def _leads(page: asyncpg.Record) -> bool:
    """Whether a page is a setlist: it leads its night, has songs, and is there."""
    return (
        page["verdict"] in LEADING
        and page["show_id"] is not None
        and bool(page["performed"])
        and page["gone_at"] is None
    )
