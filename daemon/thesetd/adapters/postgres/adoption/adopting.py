"""The adoption itself, inside the transaction that creates the schema.

`set_aside` comes before the migrations, `take_back` after them. In between the application's tables are in a separate
schema, and the catalogue's are empty.
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.adapters.postgres.adoption.dependents import Dependents, give_way
from thesetd.adapters.postgres.adoption.differences import Difference, difference, trigger
from thesetd.adapters.postgres.adoption.identities import convert_ids
from thesetd.adapters.postgres.adoption.names import ASIDE, DOCUMENTED, FILLS, HELPERS, RELAXED, spelling
from thesetd.adapters.postgres.adoption.shapes import (
    Occupant,
    TableShape,
    occupants,
    quoted,
    read_by_views,
    shapes,
    triggers,
)
from thesetd.adapters.postgres.adoption.upkeep import (
    SYNCED,
    earlier_imports,
    fill_bill,
    headliner_column,
    keep_shows,
    note_identities,
    note_pages,
    repeated_slugs,
    show_earlier_imports,
    without_ids,
)
from thesetd.adapters.postgres.connection.connect import Connection
from thesetd.domain.errors import ConfigError
from thesetd.domain.music.names import fold

ORDER = ("artists", "venues", "shows", "artist_shows", "songs", "setlists", "setlist_songs", "actual_setlists")
_SECURED = "has row-level security: `thesetd run` needs its owner's role, one with bypassrls, or a policy for all rows"
_ADVICE = "`thesetd migrate --plan` says how they are adopted, `thesetd migrate` adopts them"


@attrs.frozen
class Adoption:
    """Tables that were set aside, and what is done with them, in words."""

    schema: str
    tables: tuple[str, ...]
    lines: list[str] = attrs.field(factory=list)


async def set_aside(
    connection: Connection, schema: str, catalogue: Collection[str], *, adopts: bool
) -> Adoption | None:
    """Move the application's tables out of the way of the catalogue's; None if there are none.

    Raises:
        ConfigError: one can never be adopted, whatever it holds; or no adoption was requested.
    """
    found = await occupants(connection, schema, catalogue)
    if not found:
        return None
    if faults := [fault for one in found.values() if (fault := _unfit(one, schema))]:
        raise ConfigError([f"database: {fault}" for fault in faults])
    if not adopts:
        raise ConfigError([f"database: {schema} has the application's tables ({', '.join(sorted(found))}): {_ADVICE}"])
    await connection.execute(f"create schema {ASIDE}; {HELPERS}")
    await connection.execute("set local timezone = 'UTC'; set constraints all immediate")
    for name in found:
        await connection.execute(f"alter table {quoted(schema)}.{quoted(name)} set schema {ASIDE}")
    lines = [f"{name}: {_SECURED}" for name in ORDER if name in found and found[name].secured]
    return Adoption(schema, tuple(name for name in (*ORDER, "import_status") if name in found), lines)


def _unfit(one: Occupant, schema: str) -> str:
    if one.name not in DOCUMENTED:
        return f"{schema}.{one.name} is not thesetd's: rename it, or name another schema for the catalogue"
    if not one.is_table:
        return f"{schema}.{one.name} is not a plain table: rename it, or name another schema for the catalogue"
    if not one.ours:
        advice = f"run `thesetd migrate` as {one.owner}, or name another schema for the catalogue"
        return f"{schema}.{one.name} belongs to {one.owner}: {advice}"
    if one.hides:
        advice = f"`alter table {schema}.{one.name} no force row level security` until it is adopted"
        return f"{schema}.{one.name} hides rows from its owner, so that it cannot be adopted as a whole: {advice}"
    return ""


async def take_back(connection: Connection, adoption: Adoption, at: datetime) -> None:
    """Turn the tables that were set aside into the catalogue's.

    Raises:
        ConfigError: something in them cannot be kept; one line each says what, why and what to do.
    """
    schema, names = adoption.schema, [name for name in adoption.tables if name in ORDER]
    if "import_status" in adoption.tables:
        await earlier_imports(connection, adoption.lines)
    silent = await triggers(connection, ASIDE)
    for one in silent:  # filling columns is nothing that the application has to hear of, or may refuse
        await connection.execute(f"alter table {ASIDE}.{quoted(one.table)} disable trigger {quoted(one.name)}")
    await _adopt(connection, adoption, names, at)
    if "import_status" in adoption.tables:
        await show_earlier_imports(connection)
    await note_identities(connection, schema, at)
    if "artists" in names:
        adoption.lines.extend(await without_ids(connection, schema))
    if "actual_setlists" in names:
        await note_pages(connection, schema, at)
    for one in silent:
        table, name = f"{quoted(schema)}.{quoted(one.table)}", quoted(one.name)
        await connection.execute(f"alter table {table} {one.enable} trigger {name}")
    await connection.execute(f"drop schema {ASIDE} cascade")


async def _adopt(connection: Connection, adoption: Adoption, names: Sequence[str], at: datetime) -> None:
    schema = adoption.schema
    counts = {name: await _count(connection, name) for name in names}
    faults = await convert_ids(connection, names)
    theirs, ours = await shapes(connection, ASIDE, names), await shapes(connection, schema, names)
    found = [difference(theirs[name], ours[name], schema) for name in names]
    _report(adoption, found, counts)
    if "artists" in names and "slug" in theirs["artists"].columns:
        adoption.lines.extend(await repeated_slugs(connection))
    for one in found:
        faults += [*one.refused, *await read_by_views(connection, f"{ASIDE}.{quoted(one.table)}", one.retyped)]
        faults += await _unconverted(connection, one)
    if faults:
        raise ConfigError([f"database: {fault}" for fault in faults])
    dependents = await Dependents.of(connection, schema, names)
    for one in found:
        await _reshape(connection, one)
    await dependents.replace(connection, schema, names)
    for one in found:
        await _fill(connection, schema, one, theirs[one.table], at)
    await _settle(connection, adoption, found, theirs, ours)
    await dependents.restore_indexes(connection, schema)
    await fill_bill(connection, schema, at)  # reads the bill of each row's show, by an index
    await dependents.restore(connection)


async def _unconverted(connection: Connection, one: Difference) -> list[str]:
    """Return in words which values cannot take the catalogue's form."""
    faults = []
    for column, expression in one.converted:
        row = await connection.fetchrow(_MISFITS, f"{ASIDE}.{quoted(one.table)}", expression)
        assert row is not None
        if row["count"]:
            faults.append(
                f"{one.table}.{column}: {row['count']:,} values cannot be converted ({row['reason']}): change them, "
                f"for example id {row['sample']}"
            )
    return faults


_MISFITS = f"select * from {ASIDE}.misfits($1, $2)"  # noqa: S608 - a constant


async def _count(connection: Connection, table: str) -> int:
    count: int = await connection.fetchval(f"select count(*) from {ASIDE}.{quoted(table)}")  # noqa: S608 - names
    return count


def _report(adoption: Adoption, found: Sequence[Difference], counts: dict[str, int]) -> None:
    for one in found:
        adoption.lines.append(f"{one.table}: adopted with {counts[one.table]:,} rows")
        adoption.lines.extend(f"{one.table}: {line}" for line in one.lines)
        if one.mirrored:
            adoption.lines.append(f"{one.table}: keeps {', '.join(one.mirrored)} in step by a trigger")


async def _reshape(connection: Connection, one: Difference) -> None:
    for action in one.alter:
        await connection.execute(f"alter table {ASIDE}.{quoted(one.table)} {action}")
    for statement in one.drops:
        await connection.execute(statement)


async def _fill(connection: Connection, schema: str, one: Difference, theirs: TableShape, at: datetime) -> None:
    """Fill new columns with the values of the application's columns, then those derived from other columns."""
    table = f"{quoted(schema)}.{one.table}"
    for name, fact in one.mirrored.items():
        if fact.ours and fact.into and fact.ours not in theirs.columns:
            kind = await connection.fetchval(_TYPE, table, fact.ours)
            taken = fact.into.format(quoted(name))
            await connection.execute(f"update {table} set {fact.ours} = ({taken})::{kind}")  # noqa: S608 - names
    await connection.execute(
        f"update {table} set created_at = coalesce(created_at, $1), "  # noqa: S608 - names
        "updated_at = coalesce(updated_at, created_at, $1)",
        at,
    )
    if one.table == "artists":
        await _fold_names(connection, table)
    headliner = await headliner_column(connection, schema)
    of_show = f"s.{quoted(headliner)}" if headliner else "null::uuid"
    for statement in FILLS.get(one.table, ()):
        await connection.execute(statement.format(quoted(schema), of_show))


_TYPE = """
select format_type(atttypid, atttypmod) from pg_attribute where attrelid = $1::text::regclass and attname = $2
"""


async def _fold_names(connection: Connection, table: str) -> None:
    rows = await connection.fetch(f"select id, name from {table}")  # noqa: S608 - names
    named: list[tuple[UUID, str]] = [(row["id"], fold(row["name"] or "")) for row in rows]
    await connection.execute(
        f"update {table} a set folded_name = n.folded "  # noqa: S608 - names
        "from unnest($1::uuid[], $2::text[]) as n (id, folded) where n.id = a.id",
        [row for row, _ in named],
        [name for _, name in named],
    )


async def _settle(
    connection: Connection,
    adoption: Adoption,
    found: Sequence[Difference],
    theirs: dict[str, TableShape],
    ours: dict[str, TableShape],
) -> None:
    """Add the catalogue's checks and keys to the tables, and the triggers that maintain the application's columns."""
    schema = adoption.schema
    faults = [fault for one in found for fault in await _unkept(connection, schema, ours[one.table])]
    if faults:
        raise ConfigError([f"database: {fault}" for fault in faults])
    for kinds in ("c", "pu", "f"):
        for one in found:
            await _constrain(connection, schema, ours[one.table], kinds)
    for one in found:
        table = f"{quoted(schema)}.{one.table}"
        await connection.execute(trigger(one, theirs[one.table], ours[one.table], schema))
        await connection.execute(
            f"create trigger thesetd_mirror before insert or update on {table} for each row "
            f"execute function thesetd.mirror_{one.table}()"
        )
        by_fact = {spelling(name): name for name in one.mirrored}
        if one.table == "shows":
            await keep_shows(connection, schema, by_fact)
        if one.table == "artists" and (synced := by_fact.get("lastsyncedat")):
            await connection.execute(SYNCED.format(quoted(schema), quoted(synced)))


async def _unkept(connection: Connection, schema: str, ours: TableShape) -> list[str]:
    """Return in words which rows violate the catalogue's rules."""
    table, faults = f"{quoted(schema)}.{ours.name}", []
    for column in ours.columns.values():
        if column.required:
            where = f"{quoted(column.name)} is null"
            faults += await _breaking(connection, table, where, f"{ours.name}.{column.name}: no value can be found for")
    for check in ours.constraints:
        if check.kind == "c" and check.name not in RELAXED:
            expression = check.definition.removeprefix("CHECK ")
            faults += await _breaking(
                connection, table, f"not {expression}", f"{ours.name}: {check.name} {expression} does not hold for"
            )
    for one in ours.constraints:
        if (reference := _REFERENCE.fullmatch(one.definition)) is not None:
            referring, other, target = reference.groups()
            where = f"{referring} is not null and not exists (select from {other} o where o.{target} = t.{referring})"
            what = f"{ours.name}.{referring}: no such id in {other.rpartition('.')[2]} for"
            faults += await _breaking(connection, table, where, what)
    for key in ours.keys:
        if key.whole:
            columns = ", ".join(map(quoted, sorted(key.columns)))
            where = f"({columns}) in (select {columns} from {table} group by {columns} having count(*) > 1)"  # noqa: S608
            faults += await _breaking(connection, table, where, f"{ours.name}: ({columns}) is the same in")
    return faults


_REFERENCE = re.compile(r"FOREIGN KEY \((\w+)\) REFERENCES ([^ (]+)\((\w+)\).*")
_SAMPLE = "coalesce('id ' || (to_jsonb(t) ->> 'id'), left(to_jsonb(t)::text, 80))"


async def _breaking(connection: Connection, table: str, where: str, what: str) -> list[str]:
    row = await connection.fetchrow(
        f"select count(*) as rows, min({_SAMPLE}) as sample from {table} t where {where}"  # noqa: S608 - names
    )
    assert row is not None
    if not row["rows"]:
        return []
    return [f"{what} {row['rows']:,} rows: change or delete them, for example {row['sample']}"]


async def _constrain(connection: Connection, schema: str, ours: TableShape, kinds: str) -> None:
    """Add checks and keys; one that the application's table already has is only renamed to ours."""
    table = f"{quoted(schema)}.{ours.name}"
    if kinds == "c":
        for column in ours.columns.values():
            if column.required:
                await connection.execute(f"alter table {table} alter column {quoted(column.name)} set not null")
    has_primary = await connection.fetchval(_PRIMARY, table)
    for one in ours.constraints:
        if one.kind not in kinds or one.name in RELAXED:
            continue
        definition = one.definition
        if one.kind == "p" and has_primary:
            definition = definition.replace("PRIMARY KEY", "UNIQUE", 1)
        there = await connection.fetchval(
            _SAME, table, one.definition, one.definition.replace("PRIMARY KEY", "UNIQUE", 1)
        )
        if there != one.name:
            await give_way(connection, schema, one.name, table)
        if there is not None:
            if there != one.name:
                await connection.execute(f"alter table {table} rename constraint {quoted(there)} to {quoted(one.name)}")
            continue
        await connection.execute(f"alter table {table} add constraint {quoted(one.name)} {definition}")


_PRIMARY = "select exists (select from pg_constraint where conrelid = $1::text::regclass and contype = 'p')"
_SAME = """
select conname from pg_constraint
where conrelid = $1::text::regclass and pg_get_constraintdef(oid) in ($2, $3) order by conname limit 1
"""
