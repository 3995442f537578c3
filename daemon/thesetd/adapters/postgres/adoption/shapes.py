"""Reads the shapes of tables from the database."""

from collections.abc import Collection, Mapping, Sequence

import attrs

from thesetd.adapters.postgres.connection.connect import Connection

_COLUMNS = """
select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, t.typtype = 'e' as is_enum,
    a.attnotnull as required, a.attgenerated <> '' as generated, a.attidentity <> '' as identity,
    pg_get_expr(d.adbin, d.adrelid) as default, col_description(c.oid, a.attnum) as words,
    case when a.attcollation <> t.typcollation then l.collname end as collation
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
left join pg_collation l on l.oid = a.attcollation
where c.relnamespace = $1::regnamespace and c.relname = any($2) and c.relkind in ('r', 'p')
order by c.relname, a.attnum
"""
_KEYS = """
select c.relname as table, i.relname as name, k.conname as constraint, x.indisprimary as primary,
    x.indpred is null and x.indexprs is null as whole, not x.indimmediate as deferrable, array(
        select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum = any(x.indkey) order by 1
    ) as columns,
    (select f.conrelid::regclass::text || ' (' || f.conname || ')' from pg_constraint f
        where f.contype = 'f' and f.conindid = x.indexrelid order by 1 limit 1) as used_by
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
left join pg_constraint k on k.conindid = i.oid and k.contype in ('p', 'u')
where c.relnamespace = $1::regnamespace and c.relname = any($2) and x.indisunique order by c.relname, i.relname
"""
_CONSTRAINTS = """
select c.relname as table, k.conname as name, k.contype::text as kind, pg_get_constraintdef(k.oid) as definition
from pg_constraint k join pg_class c on c.oid = k.conrelid
where c.relnamespace = $1::regnamespace and c.relname = any($2) and k.contype in ('c', 'f', 'p', 'u')
order by c.relname, k.contype, k.conname
"""
_OWNERS = """
select c.relname as name, pg_get_userbyid(c.relowner) as owner, pg_has_role(c.relowner, 'usage') as ours,
    c.relkind = 'r' and not exists (select from pg_inherits h where c.oid in (h.inhparent, h.inhrelid)) as is_table,
    c.relrowsecurity as secured,
    c.relforcerowsecurity and not (r.rolsuper or r.rolbypassrls) as hides
from pg_class c join pg_roles r on r.rolname = current_user
where c.relnamespace = $1::regnamespace and c.relname = any($2) and c.relkind in ('r', 'p', 'v', 'm', 'f')
order by c.relname
"""

_TRIGGERS = """
select c.relname as table, t.tgname as name,
    case t.tgenabled when 'A' then 'enable always' when 'R' then 'enable replica' else 'enable' end as enable
from pg_trigger t join pg_class c on c.oid = t.tgrelid
where c.relnamespace = $1::regnamespace and not t.tgisinternal and t.tgenabled <> 'D' order by c.relname, t.tgname
"""
_READERS = """
select distinct a.attname as column, v.oid::regclass::text as view
from pg_attribute a join pg_depend d on d.refobjid = a.attrelid and d.refobjsubid = a.attnum
join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass join pg_class v on v.oid = r.ev_class
where a.attrelid = $1::text::regclass and a.attname = any($2) order by 1, 2
"""


@attrs.frozen(kw_only=True)
class Column:
    """A column of a table."""

    name: str
    type: str
    is_enum: bool
    required: bool
    generated: bool
    identity: bool
    default: str | None
    words: str | None
    collation: str | None


@attrs.frozen(kw_only=True)
class UniqueKey:
    """A unique index; `used_by` names a foreign key that refers to it."""

    name: str
    constraint: str | None
    primary: bool
    whole: bool
    deferrable: bool
    columns: frozenset[str]
    used_by: str | None


@attrs.frozen(kw_only=True)
class Constraint:
    """A check, key or foreign key, as PostgreSQL writes it."""

    name: str
    kind: str
    definition: str


@attrs.frozen(kw_only=True)
class TableShape:
    """A table."""

    name: str
    columns: Mapping[str, Column]
    keys: Sequence[UniqueKey]
    constraints: Sequence[Constraint]


@attrs.frozen(kw_only=True)
class Trigger:
    """A trigger of the application, and the words that switch it on."""

    table: str
    name: str
    enable: str


@attrs.frozen(kw_only=True)
class Occupant:
    """A relation with one of our names.

    `ours` if this role may change it, `secured` if it has row-level security, `hides` if that holds for its owner too.
    """

    name: str
    owner: str
    ours: bool
    is_table: bool
    secured: bool
    hides: bool


async def occupants(connection: Connection, schema: str, names: Collection[str]) -> dict[str, Occupant]:
    """Return the relations with these names."""
    rows = await connection.fetch(_OWNERS, _identifier(schema), list(names))
    return {row["name"]: Occupant(**row) for row in rows}


async def triggers(connection: Connection, schema: str) -> list[Trigger]:
    """Return the triggers of a schema's tables that are not switched off."""
    rows = await connection.fetch(_TRIGGERS, _identifier(schema))
    return [Trigger(**row) for row in rows]


async def shapes(connection: Connection, schema: str, names: Collection[str]) -> dict[str, TableShape]:
    """Read tables of a schema."""
    arguments = (_identifier(schema), list(names))
    columns: dict[str, dict[str, Column]] = {name: {} for name in names}
    for row in await connection.fetch(_COLUMNS, *arguments):
        said = {key: value for key, value in row.items() if key != "table"}
        columns[row["table"]][row["name"]] = Column(**said)
    keys: dict[str, list[UniqueKey]] = {name: [] for name in names}
    for row in await connection.fetch(_KEYS, *arguments):
        said = {key: value for key, value in row.items() if key not in {"table", "columns"}}
        keys[row["table"]].append(UniqueKey(columns=frozenset(row["columns"]), **said))
    constraints: dict[str, list[Constraint]] = {name: [] for name in names}
    for row in await connection.fetch(_CONSTRAINTS, *arguments):
        constraint = Constraint(name=row["name"], kind=row["kind"], definition=row["definition"])
        constraints[row["table"]].append(constraint)
    return {
        name: TableShape(name=name, columns=columns[name], keys=keys[name], constraints=constraints[name])
        for name in names
    }


async def read_by_views(connection: Connection, table: str, columns: Collection[str]) -> list[str]:
    """Return those of the columns whose type cannot change because views read them."""
    rows = await connection.fetch(_READERS, table, list(columns))
    name = table.rpartition(".")[2].strip('"')
    return [
        f"{name}.{row['column']}: its type changes, and the view {row['view']} reads it: drop the view, create it after"
        for row in rows
    ]


def quoted(name: str) -> str:
    """Return a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def _identifier(schema: str) -> str:
    return quoted(schema)
