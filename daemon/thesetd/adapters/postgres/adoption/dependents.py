"""Moves what migrations attach to the catalogue's tables to the application's: found before, restored after."""

from collections.abc import Collection

import attrs

from thesetd.adapters.postgres.adoption.names import ASIDE
from thesetd.adapters.postgres.adoption.shapes import quoted
from thesetd.adapters.postgres.connection.connect import Connection

_INDEXES = """
select pg_get_indexdef(i.oid) as statement
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
where c.relnamespace = $1::regnamespace and c.relname = any($2)
    and not exists (select from pg_constraint k where k.conindid = i.oid and k.contype in ('p', 'u', 'x'))
order by i.relname
"""
_INDEX_NAMES = """
select i.relname from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
where c.relnamespace = $1::regnamespace and c.relname = any($2)
    and not exists (select from pg_constraint k where k.conindid = i.oid and k.contype in ('p', 'u', 'x'))
order by i.relname
"""
_TRIGGERS = """
select pg_get_triggerdef(t.oid) as statement from pg_trigger t join pg_class c on c.oid = t.tgrelid
where c.relnamespace = $1::regnamespace and c.relname = any($2) and not t.tgisinternal order by c.relname, t.tgname
"""
# Foreign keys of tables that are not replaced.
_REFERENCES = """
select format('alter table %s add constraint %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
    as statement
from pg_constraint k join pg_class f on f.oid = k.confrelid join pg_class c on c.oid = k.conrelid
where k.contype = 'f' and f.relnamespace = $1::regnamespace and f.relname = any($2)
    and not (c.relnamespace = f.relnamespace and c.relname = any($2))
order by k.oid
"""
# Views that read these tables, or read such views.
_READING = """
with recursive reading (oid) as (
    select c.oid from pg_class c where c.relnamespace = $1::regnamespace and c.relname = any($2)
    union
    select r.ev_class from reading t
    join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = t.oid
    join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
)
select c.oid from reading join pg_class c using (oid) where c.relkind = 'v' order by c.oid
"""
_VIEWS = """
select format('create view %s as %s', c.oid::regclass, pg_get_viewdef(c.oid)) as statement
from pg_class c where c.oid = any($1) order by c.oid
"""
_COMMENTS = """
select format('comment on %s %s%s is %L', case when d.objsubid > 0 then 'column' when c.relkind = 'v' then 'view'
        else 'table' end, c.oid::regclass, coalesce('.' || quote_ident(a.attname), ''), d.description) as statement
from pg_description d join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
where c.relnamespace = $1::regnamespace and c.relname = any($2) or c.oid = any($3)
order by c.relname, d.objsubid
"""


@attrs.frozen(kw_only=True)
class Dependents:
    """Statements that restore what is dropped with the catalogue's tables."""

    indexes: list[str]
    index_names: list[str]
    others: list[str]

    @classmethod
    async def of(cls, connection: Connection, schema: str, names: Collection[str]) -> "Dependents":
        """Read what depends on these tables."""
        where = (quoted(schema), list(names))
        views = [row["oid"] for row in await connection.fetch(_READING, *where)]
        others: list[str] = []
        for query, arguments in (
            (_REFERENCES, where),
            (_VIEWS, (views,)),
            (_TRIGGERS, where),
            (_COMMENTS, (*where, views)),
        ):
            others += [row["statement"] for row in await connection.fetch(query, *arguments)]
        return cls(
            indexes=[row["statement"] for row in await connection.fetch(_INDEXES, *where)],
            index_names=[row["relname"] for row in await connection.fetch(_INDEX_NAMES, *where)],
            others=others,
        )

    async def replace(self, connection: Connection, schema: str, names: Collection[str]) -> None:
        """Replace the catalogue's tables, which are dropped with their dependents, by the application's."""
        for name in names:
            await connection.execute(f"drop table {quoted(schema)}.{quoted(name)} cascade")
        for name in names:
            await connection.execute(f"alter table {ASIDE}.{quoted(name)} set schema {quoted(schema)}")

    async def restore_indexes(self, connection: Connection, schema: str) -> None:
        """Restore the indexes."""
        for name in self.index_names:
            await give_way(connection, schema, name)
        for statement in self.indexes:
            await connection.execute(statement)

    async def restore(self, connection: Connection) -> None:
        """Restore the other dependents."""
        for statement in self.others:
            await connection.execute(statement)


_NAMED = "select conname from pg_constraint where conrelid = $1::text::regclass and conname = $2"
_INDEX = "select relname from pg_class where relnamespace = $1::regnamespace and relname = $2 and relkind in ('i', 'I')"


async def give_way(connection: Connection, schema: str, name: str, table: str | None = None) -> None:
    """Rename the application's relations and constraints that have the name of one of ours on this table."""
    other = quoted(f"{name}_app")
    if table and await connection.fetchval(_NAMED, table, name):
        await connection.execute(f"alter table {table} rename constraint {quoted(name)} to {other}")
    elif await connection.fetchval(_INDEX, quoted(schema), name):
        await connection.execute(f"alter index {quoted(schema)}.{quoted(name)} rename to {other}")
