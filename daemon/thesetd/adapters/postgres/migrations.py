"""Applies the schema, one numbered file after another."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import NoReturn

import asyncpg
import attrs

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres.adoption.adopting import set_aside, take_back
from thesetd.adapters.postgres.adoption.shapes import quoted
from thesetd.adapters.postgres.database import Connection, Database, PoolLimits
from thesetd.adapters.postgres.rights import OWN, missing_right, tables_of
from thesetd.domain.errors import ConfigError, StoreRefused, StoreRejected

MIGRATION_LOCK = int.from_bytes(b"thesetd\x00")
LIMITS = PoolLimits(
    statement_s=600.0, idle_in_transaction_s=60.0, call_s=1200.0
)  # an index over years of data takes long
# A command that an operator runs has no time limit: the operator can interrupt it. The server reads 0 as no limit.
UNBOUNDED = PoolLimits(statement_s=0.0, idle_in_transaction_s=0.0, call_s=30 * 86400.0)
# Without this a server notices that its client was killed, and unlocks the tables, only after the statement.
_NOTICE_END = """
do $$ begin perform set_config('client_connection_check_interval', '2s', true);
exception when invalid_parameter_value then null; -- the server's system cannot tell
end $$
"""

PLAN_LOCK_S = 5.0  # a plan waits this long for tables that others use
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # rows of steps that are undone

_PREPARE = """
create schema if not exists thesetd;
create table if not exists thesetd.migrations (
    number integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null
);
"""
_STATE = """
select has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
from pg_namespace n join pg_class c on c.relnamespace = n.oid and c.relname = 'migrations' where n.nspname = 'thesetd'
"""
_MAY_CREATE = """
select has_schema_privilege(oid, 'usage') and has_schema_privilege(oid, 'create') from pg_namespace where nspname = $1
"""
_CREATOR = """
select quote_ident(d.datname) as database, pg_get_userbyid(d.datdba) as database_owner,
    quote_ident(current_user) as role, has_database_privilege(d.oid, 'create') as on_database,
    n.oid is not null as installed, pg_get_userbyid(n.nspowner) as owner
from pg_database d left join pg_namespace n on n.nspname = 'thesetd' where d.datname = current_database()
"""


_TABLES = """
select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'v') and n.nspname not in ('pg_catalog', 'information_schema') order by 1
"""


class _Undone(Exception):
    """Raised to undo a rehearsal."""


@attrs.frozen
class Migration:
    """One step of the schema: `name` is the file's, without number and ending."""

    number: int
    name: str
    sql: str = attrs.field(repr=False)

    @property
    def checksum(self) -> str:
        """Return the checksum of the text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@attrs.define
class Steps:
    """The applied steps, what was done with the application's tables, in words, and the new tables."""

    applied: list[Migration] = attrs.field(factory=list)
    lines: list[str] = attrs.field(factory=list)
    created: list[str] = attrs.field(factory=list)

    def add(self, other: "Steps") -> None:
        """Add the results of later steps."""
        self.applied += other.applied
        self.lines += other.lines
        self.created += other.created


@cache
def known_migrations() -> tuple[Migration, ...]:
    """Return the migrations of this version, numbered from 1 without a gap.

    They are read once: a running daemon keeps its own while another version is being installed over it.
    """
    found = []
    for file in (files(__package__) / "migrations").iterdir():
        number, _, name = file.name.removesuffix(".sql").partition("_")
        found.append(Migration(int(number), name, file.read_text(encoding="utf-8")))
    found.sort(key=lambda migration: migration.number)
    assert [migration.number for migration in found] == list(range(1, len(found) + 1))
    return tuple(found)


async def migrate(
    dsn: str, bridge: AsyncioBridge, *, at: datetime, schema: str | None = None, adopts: bool = False
) -> tuple[Migration, ...]:
    """Bring the schema to this version, each step in its own transaction; return the applied steps.

    With `adopts`, which an operator requests and a start does not, tables of the application with the catalogue's names
    become the catalogue's, in one transaction with all steps. Any number of processes may do this at the same time: an
    advisory lock lets one step happen at a time.

    Raises:
        ConfigError: the schema is newer than this version, or was made by other files; the database refuses a step, of
            which nothing stays; tables would have to be adopted; or `dsn` is malformed.
        StoreUnavailable: the database cannot be reached; the steps applied so far stay.
    """
    known = known_migrations()
    applied: list[Migration] = []
    async with Database.open(dsn, bridge, schema=schema, limits=UNBOUNDED if adopts else LIMITS) as database:
        if await steps_taken(database) == len(known):
            return ()

        async def step(connection: Connection) -> Steps:
            makes = schema is not None
            await connection.execute(_NOTICE_END)
            return await _apply_next(connection, known, at, database.schema, is_made=makes, adopts=adopts)

        try:
            while (steps := await database.transact(step)).applied:
                applied += steps.applied
        except (StoreRejected, StoreRefused) as error:
            raise await _refused(database, error) from error
    return tuple(applied)


async def plan(dsn: str, bridge: AsyncioBridge, *, schema: str | None = None) -> Steps:
    """Return what `migrate` would do, by doing it in one transaction that is rolled back.

    Raises:
        ConfigError, StoreUnavailable: as `migrate`.
    """
    async with Database.open(dsn, bridge, schema=schema, limits=UNBOUNDED) as database:
        if await steps_taken(database) == len(known_migrations()):
            return Steps()
        return await rehearse(database, lock_s=PLAN_LOCK_S, is_made=schema is not None, adopts=True)


async def rehearse(database: Database, *, lock_s: float, is_made: bool = False, adopts: bool = False) -> Steps:
    """Apply the missing steps in one transaction, and undo them; return what was done.

    Args:
        database: the database of the schema.
        lock_s: how long to wait for tables that others use.
        is_made: whether the schema of the catalogue is created if it is missing.
        adopts: whether tables of the application are adopted, which locks them for as long as that takes.

    Raises:
        ConfigError, StoreUnavailable: as `migrate`.
    """
    known = known_migrations()
    done = Steps()

    async def work(connection: Connection) -> NoReturn:
        await connection.execute(_NOTICE_END)
        await connection.execute(f"set local lock_timeout = {lock_s * 1000:.0f}")
        before = await _tables(connection)
        while (
            steps := await _apply_next(connection, known, EPOCH, database.schema, is_made=is_made, adopts=adopts)
        ).applied:
            done.add(steps)
        done.created = [name for name in await _tables(connection) if name not in before]
        raise _Undone

    try:
        await database.transact(work)
    except _Undone:
        return done
    except (StoreRejected, StoreRefused) as error:
        raise await _refused(database, error) from error


async def _tables(connection: Connection) -> list[str]:
    rows = await connection.fetch(_TABLES)
    return [row["name"] for row in rows]


async def check_schema(database: Database) -> None:
    """Check that the schema is the one that this version works with.

    Raises:
        ConfigError: it is older, newer, or made by other files.
        StoreUnavailable: the database cannot be reached.
    """
    known = len(known_migrations())
    count = await steps_taken(database)
    if count < known:
        raise ConfigError([f"database: its schema is at {count}, this version needs {known}: run thesetd migrate"])


async def steps_taken(database: Database) -> int:
    """Return the number of the last applied migration, without writing, locking or creating anything.

    Raises:
        ConfigError: the schema is newer than this version, or was made by other files.
        StoreRefused: this role may not see the number.
        StoreUnavailable: the database cannot be reached.
    """

    async def work(connection: Connection) -> int:
        may_read = await connection.fetchval(_STATE)
        if may_read is None:
            return 0
        if not may_read:
            raise StoreRefused(str(await missing_right(connection, database.schema, [f"{OWN}.migrations"])))
        rows = await connection.fetch("select number, checksum from thesetd.migrations order by number")
        return _compare(rows, known_migrations())

    return await database.read(work)


async def _refused(database: Database, error: StoreRejected | StoreRefused) -> ConfigError:
    """Return the error for a refused step of the schema, which an operator has to resolve."""
    advice = ""
    if isinstance(error.__cause__, asyncpg.InsufficientPrivilegeError):
        advice = f": {await _who_may(database)}"
    elif isinstance(error.__cause__, asyncpg.DuplicateTableError):
        advice = ": it is not ours: use another database or schema"
    return ConfigError([f"database.dsn: {error}{advice}"])


async def _who_may(database: Database) -> str:
    """Return in words who may change the schema, and the grant that would allow it to this role."""

    async def work(connection: Connection) -> str:
        row = await connection.fetchrow(_CREATOR)
        assert row is not None
        if row["installed"] and row["on_database"]:
            return f"run `thesetd migrate` as {row['owner']}, the owner of the schema thesetd"
        lacking = f"schema {database.schema}" if row["on_database"] else f"database {row['database']}"
        owner = f"run `thesetd migrate` as {row['database_owner']}, the owner of the database"
        return f"{owner}, or `grant create on {lacking} to {row['role']}`"

    return await database.read(work)


async def _apply_next(
    connection: Connection, known: Sequence[Migration], at: datetime, schema: str, *, is_made: bool, adopts: bool
) -> Steps:
    """Apply the next step; all of them if the application's tables have to be adopted."""
    await connection.execute("select pg_advisory_xact_lock($1)", MIGRATION_LOCK)
    await connection.execute(_PREPARE)
    rows = await connection.fetch("select number, checksum from thesetd.migrations order by number")
    count = _compare(rows, known)
    if count == len(known):
        return Steps()
    if is_made:
        await _make(connection, schema)
    may_create = await connection.fetchval(_MAY_CREATE, schema)
    if may_create is None:
        raise ConfigError([f"database.dsn: schema {schema} does not exist: create it, or name another in the address"])
    if not may_create:  # otherwise the tables would be created in the next schema of the search path
        raise asyncpg.InsufficientPrivilegeError(f"permission denied for schema {schema}")
    adoption = None if count else await set_aside(connection, schema, _catalogue(known, schema), adopts=adopts)
    if adoption is None:
        await _apply(connection, known[count], at, schema)
        return Steps([known[count]])
    for migration in known:
        await _apply(connection, migration, at, schema)
    await take_back(connection, adoption, at)
    return Steps(list(known), adoption.lines)


def _catalogue(known: Sequence[Migration], schema: str) -> list[str]:
    """Return the tables of the catalogue, with those of earlier steps: the names must be free while the steps run."""
    tables = {table for migration in known for table in tables_of((migration.sql,), schema)}
    return [table.rpartition(".")[2] for table in sorted(tables) if table.startswith(f"{schema}.")]


async def _make(connection: Connection, schema: str) -> None:
    if not await connection.fetchval("select exists (select from pg_namespace where nspname = $1)", schema):
        await connection.execute(f"create schema {quoted(schema)}")


async def _apply(connection: Connection, migration: Migration, at: datetime, schema: str) -> None:
    await connection.execute(migration.sql.replace("public.", f"{quoted(schema)}."))  # the application's tables exist
    await connection.execute(
        "insert into thesetd.migrations (number, name, checksum, applied_at) values ($1, $2, $3, $4)",
        migration.number,
        migration.name,
        migration.checksum,
        at,
    )


def _compare(rows: Sequence[asyncpg.Record], known: Sequence[Migration]) -> int:
    """Return the number of the last applied migration, after checking that all applied ones are ours."""
    if len(rows) > len(known):
        raise ConfigError(
            [f"database: its schema is at {rows[-1]['number']}, this version knows {len(known)}: upgrade thesetd"]
        )
    for row, migration in zip(rows, known, strict=False):
        if row["checksum"] != migration.checksum:
            raise ConfigError(
                [f"database: migration {row['number']} was applied with another text than this version's"]
            )
    return len(rows)
