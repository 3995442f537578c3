"""Undoes the changes of an operator's decision: rows are restored column by column.

Columns that have been changed otherwise since stay.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection

_REFERRING = """
select format('%s where %I = $1', c.conrelid::regclass, a.attname) as rows
from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
where c.contype = 'f' and c.confrelid = $1::text::regclass and array_length(c.conkey, 1) = 1
"""
_POINTED = "songs s join artist_tracks l on l.artist_id = s.artist_id and l.song_id = s.id where s.id = $1"
RowKey: TypeAlias = tuple[str, ...]
Snapshot: TypeAlias = dict[tuple[str, RowKey], str]


@attrs.frozen
class RowChange:
    """One row that a decision changed, with the columns of its table's key; None if the row did not exist."""

    table: str
    names: tuple[str, ...]
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def key(self) -> RowKey:
        """Return the values of its key."""
        row = self.before or self.after
        assert row is not None
        return row_key_of(row, self.names)


def row_key_of(row: Mapping[str, Any], names: Sequence[str]) -> RowKey:
    """Return the values of a row's key."""
    return tuple(str(row[column]) for column in names)


def differing(before: Snapshot, after: Snapshot) -> list[tuple[str, RowKey]]:
    """Return the keys of rows that differ between two snapshots."""
    return [place for place in sorted({*before, *after}) if before.get(place) != after.get(place)]


async def put_back(connection: Connection, change: RowChange) -> None:
    """Restore a row: write it back, insert it if it is gone, or delete it if it did not exist before."""
    named = " and ".join(f"t.{column}::text = ${number}" for number, column in enumerate(change.names, start=1))
    statement = f"select to_jsonb(t)::text as row from {change.table} t where {named}"  # noqa: S608 - constants
    found = await connection.fetchval(statement, *change.key)
    now = json.loads(found) if found else None
    if change.before is None:
        await connection.execute(f"delete from {change.table} t where {named}", *change.key)  # noqa: S608 - constants
    elif now is None:
        await insert_row(connection, change.table, change.before)
    elif (row := restored(now, change.before, change.after or {})) != now:
        await update_row(connection, change.table, change.names, row)


def restored(now: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return a row with the changes from `before` to `after` reverted, in columns that still have the later value."""
    return {
        column: before.get(column) if column in after and value == after[column] else value
        for column, value in now.items()
    }


async def insert_row(connection: Connection, table: str, row: Mapping[str, Any]) -> None:
    """Insert a row that was deleted."""
    listed = ", ".join(sorted(row.keys() - await _generated(connection, table)))
    statement = f"""
        insert into {table} ({listed}) select {listed} from jsonb_populate_record(null::{table}, $1::jsonb)
        on conflict do nothing
    """  # noqa: S608 - constants and columns of the catalogue
    await connection.execute(statement, json.dumps(row))


async def update_row(connection: Connection, table: str, names: Sequence[str], row: Mapping[str, Any]) -> None:
    """Write all columns of a row."""
    listed = sorted(row.keys() - {*names} - await _generated(connection, table))
    named = " and ".join(f"t.{column} = n.{column}" for column in names)
    statement = f"""
        update {table} t set {", ".join(f"{column} = n.{column}" for column in listed)}
        from jsonb_populate_record(null::{table}, $1::jsonb) as n where {named}
    """  # noqa: S608 - constants and columns of the catalogue
    await connection.execute(statement, json.dumps(row))


async def _generated(connection: Connection, table: str) -> set[str]:
    """Return the generated columns, which cannot be written."""
    rows = await connection.fetch(
        "select attname from pg_attribute where attrelid = $1::text::regclass and attgenerated <> ''", table
    )
    return {row["attname"] for row in rows}


async def drop_empty(connection: Connection, table: str, rows: Iterable[UUID]) -> None:
    """Delete rows that the undone decision had made, unless they have ids again or anything refers to them.

    A transaction that begins to refer to a row waits for its lock, and finds it gone: no row of the application is
    deleted with it.
    """
    referring = [row["rows"] for row in await connection.fetch(_REFERRING, table)]
    if table == "songs":
        referring.append(_POINTED)
    for row in rows:
        await connection.execute(f"select 1 from {table} where id = $1 for update", row)  # noqa: S608 - constants
        used = [await connection.fetchval(f"select exists (select from {one})", row) for one in referring]  # noqa: S608 - names of the catalogue
        if not any(used):
            await connection.execute(f"delete from {table} where id = $1", row)  # noqa: S608 - constants
