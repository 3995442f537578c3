"""Converts text ids to UUIDs, in the application's tables and in everything that refers to them."""

from collections.abc import Collection

from thesetd.adapters.postgres.adoption.names import ASIDE
from thesetd.adapters.postgres.adoption.shapes import quoted, read_by_views
from thesetd.adapters.postgres.connection.connect import Connection

TEXTS = ("text", "character varying", "character")
_IDS = """
select c.relname as table, format_type(a.atttypid, null) as type from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attname = 'id' and not a.attisdropped
where c.relnamespace = $1::regnamespace and c.relname = any($2) order by c.relname
"""
_REFERENCES = """
select k.conname as name, k.conrelid::regclass::text as table, pg_get_constraintdef(k.oid) as definition,
    array(select pair.one::text || '.' || quote_ident(a.attname) from unnest(k.conkey) n join pg_attribute a
        on a.attrelid = k.conrelid and a.attnum = n, lateral (select k.conrelid::regclass as one) pair) ||
    array(select pair.one::text || '.' || quote_ident(a.attname) from unnest(k.confkey) n join pg_attribute a
        on a.attrelid = k.confrelid and a.attnum = n, lateral (select k.confrelid::regclass as one) pair) as columns
from pg_constraint k where k.contype = 'f' order by k.oid
"""
_TEXTUAL = """
select c.oid::regclass::text as table, a.attname as name, c.oid::regclass::text || '.' || quote_ident(a.attname) as full
from pg_attribute a join pg_class c on c.oid = a.attrelid
where c.oid::regclass::text || '.' || quote_ident(a.attname) = any($1) and format_type(a.atttypid, null) = any($2)
order by 3
"""
_DEFAULT = """
select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d
join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
where a.attrelid = $1::text::regclass and a.attname = $2
"""
_NO_UUID = "!~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$'"


async def convert_ids(connection: Connection, names: Collection[str]) -> list[str]:
    """Convert ids to UUIDs; return why some cannot be converted."""
    faults, texts = [], []
    for row in await connection.fetch(_IDS, quoted(ASIDE), list(names)):
        table, kind = row["table"], row["type"]
        if kind == "uuid":
            continue
        advice = "give the rows UUIDs first, as config/adoption.md shows"
        if kind not in TEXTS:
            faults.append(f"{table}.id: ids are {kind}, thesetd's are UUIDs: {advice}")
            continue
        bad = await connection.fetchrow(
            f"select count(*) as rows, min(id) as sample from {ASIDE}.{quoted(table)} where id {_NO_UUID}"  # noqa: S608
        )
        assert bad is not None
        if bad["rows"]:
            faults.append(
                f"{table}.id: {bad['rows']:,} ids such as {bad['sample'][:40]!r} are no UUIDs, thesetd's are: {advice}"
            )
        texts.append(table)
    return faults or (await _convert(connection, texts) if texts else [])


async def _convert(connection: Connection, tables: Collection[str]) -> list[str]:
    """Convert ids, and every column tied to one by foreign keys, directly or not; return what prevents it."""
    changing = {f"{ASIDE}.{table}.id" for table in tables}
    keys = await connection.fetch(_REFERENCES)
    while more := {column for key in keys if changing & set(key["columns"]) for column in key["columns"]} - changing:
        tied = await connection.fetch(_TEXTUAL, sorted(more), list(TEXTS))
        if not tied:
            break
        changing |= {row["full"] for row in tied}
    columns = await connection.fetch(_TEXTUAL, sorted(changing), list(TEXTS))
    faults = [fault for row in columns for fault in await read_by_views(connection, row["table"], [row["name"]])]
    if faults:
        return faults
    touched = [key for key in keys if changing & set(key["columns"])]
    for key in touched:
        await connection.execute(f"alter table {key['table']} drop constraint {quoted(key['name'])}")
    for row in columns:
        await _to_uuid(connection, row["table"], row["name"])
    for key in touched:
        await connection.execute(f"alter table {key['table']} add constraint {quoted(key['name'])} {key['definition']}")
    return []


async def _to_uuid(connection: Connection, table: str, column: str) -> None:
    name, default = quoted(column), await connection.fetchval(_DEFAULT, table, column)
    await connection.execute(f"alter table {table} alter column {name} drop default")
    await connection.execute(f"alter table {table} alter column {name} type uuid using {name}::uuid")
    if default is not None:
        await connection.execute(f"alter table {table} alter column {name} set default ({default})::uuid")
