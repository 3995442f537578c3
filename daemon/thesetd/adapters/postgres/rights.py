"""Checks the rights of the daemon's role, and finds the missing GRANT; README prints the same lines.

Every role may read the system catalogue, so nothing has to be tried, and no refusal happens half-way.
"""

import re
from collections.abc import Sequence
from functools import cache

import attrs

from thesetd.adapters.postgres.connection.connect import Connection

OWN = "thesetd"
_CREATED = re.compile(r"create table (?:if not exists )?([\w.]+)", re.IGNORECASE)
_DROPPED = re.compile(r"drop table (?:if exists )?([\w.]+)", re.IGNORECASE)
_RENAMED = re.compile(r"alter table ([\w.]+) rename to (\w+)", re.IGNORECASE)

_SCHEMAS = """
select n.nspname as name from pg_namespace n
where n.nspname = any($1) and not has_schema_privilege(n.oid, 'usage') order by n.nspname
"""
_TABLES = """
select n.nspname as schema, c.relname as name, string_agg(lower(p.what), ', ') as rights
from unnest($1::text[]) w (name)
join pg_namespace n on n.nspname || '.' = substring(w.name from '^.*[.]')
join pg_class c on c.relnamespace = n.oid and n.nspname || '.' || c.relname = w.name
cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) with ordinality as p (what, number)
where not has_table_privilege(c.oid, p.what)
group by n.nspname, c.relname order by n.nspname = 'thesetd' desc, c.relname
"""

_GONE = """
select w.name from unnest($1::text[]) w (name)
where not exists (
    select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname || '.' || c.relname = w.name
)
order by w.name
"""


@attrs.frozen
class Missing:
    """A right that the role lacks, and the statement that gives it."""

    what: str
    grant: str

    def __str__(self) -> str:
        """Return both in words."""
        return f"{self.what}: as the owner run `{self.grant}`"


@cache
def tables_of(scripts: tuple[str, ...], schema: str) -> tuple[str, ...]:
    """Return the tables that migrations create, with their schemas; `schema` has those of the application."""
    found: set[str] = {f"{OWN}.migrations"}
    for script in scripts:
        found |= {_full(name, schema) for name in _CREATED.findall(script)}
        found -= {_full(name, schema) for name in _DROPPED.findall(script)}
        for old, new in _RENAMED.findall(script):
            found.discard(_full(old, schema))
            found.add(_full(f"{old.rpartition('.')[0]}.{new}".lstrip("."), schema))
    return tuple(sorted(found))


async def missing_table(connection: Connection, tables: Sequence[str]) -> str | None:
    """Return the first of these tables that does not exist; None if all do."""
    name: str | None = await connection.fetchval(_GONE, list(tables))
    return name


async def missing_right(connection: Connection, schema: str, tables: Sequence[str]) -> Missing | None:
    """Return the first right that the role lacks to work with these tables; None if it lacks none."""
    role = await connection.fetchval("select quote_ident(current_user)")
    schemas = await connection.fetch(_SCHEMAS, [schema, OWN])
    if schemas:
        names = ", ".join(row["name"] for row in schemas)
        return Missing(f"permission denied for schema {names}", f"grant usage on schema {schema}, {OWN} to {role}")
    lacking = await connection.fetch(_TABLES, list(tables))
    if not lacking:
        return None
    first, *others = lacking
    more = f" and {len(others)} more" if others else ""
    grant = f"grant select, insert, update, delete on all tables in schema {schema}, {OWN} to {role}"
    return Missing(f"permission denied for table {first['schema']}.{first['name']}{more} ({first['rights']})", grant)


def _full(name: str, schema: str) -> str:
    """Return a table's name with its schema."""
    bare = name.removeprefix("public.")
    return bare if "." in bare else f"{schema}.{bare}"
