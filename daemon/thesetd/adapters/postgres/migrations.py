"""The schema, one numbered file after another."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files

import asyncpg
import attrs

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres.database import Connection, Database, PoolLimits
from thesetd.adapters.postgres.rights import OWN, missing_right
from thesetd.domain.errors import ConfigError, StoreRefused, StoreRejected

MIGRATION_LOCK = int.from_bytes(b"thesetd\x00")
LIMITS = PoolLimits(
    statement_s=600.0, idle_in_transaction_s=60.0, call_s=1200.0
)  # an index over years of data takes its time

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # of steps that are undone

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


class _Undone(Exception):
    """Undoes what a rehearsal did."""


@attrs.frozen
class Migration:
    """One step of the schema: `name` is the file's, without number and ending."""

    number: int
    name: str
    sql: str = attrs.field(repr=False)

    @property
    def checksum(self) -> str:
        """Tell this text from another."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known_migrations() -> tuple[Migration, ...]:
    """Return the migrations of this version, numbered from 1 without a gap."""
    found = []
    for file in (files(__package__) / "migrations").iterdir():
        number, _, name = file.name.removesuffix(".sql").partition("_")
        found.append(Migration(int(number), name, file.read_text(encoding="utf-8")))
    found.sort(key=lambda migration: migration.number)
    assert [migration.number for migration in found] == list(range(1, len(found) + 1))
    return tuple(found)


async def migrate(dsn: str, bridge: AsyncioBridge, *, at: datetime) -> tuple[Migration, ...]:
    """Bring the schema to this version, each step in a transaction of its own; give the steps that were applied.

    Any number of processes may do this at the same time: an advisory lock lets one step happen at a time.

    Raises:
        ConfigError: the schema is newer than this version, or was made by other files; the database refuses a step, of
            which nothing stays; or `dsn` is malformed.
        StoreUnavailable: the database cannot be reached; the steps applied so far stay.
    """
    known = known_migrations()
    applied: list[Migration] = []
    async with Database.open(dsn, bridge, limits=LIMITS) as database:
        if await steps_taken(database) == len(known):
            return ()

        async def step(connection: Connection) -> Migration | None:
            return await _apply_next(connection, known, at, database.schema)

        try:
            while migration := await database.transact(step):
                applied.append(migration)
        except (StoreRejected, StoreRefused) as error:
            raise await _refused(database, error) from error
    return tuple(applied)


async def rehearse(database: Database, *, lock_s: float) -> None:
    """Take the steps that are missing in one transaction, and undo them.

    Args:
        database: whose schema it is.
        lock_s: how long to wait for tables that others use.

    Raises:
        ConfigError, StoreUnavailable: as `migrate`.
    """
    known = known_migrations()

    async def work(connection: Connection) -> None:
        await connection.execute(f"set local lock_timeout = {lock_s * 1000:.0f}")
        while await _apply_next(connection, known, EPOCH, database.schema):
            continue
        raise _Undone

    try:
        await database.transact(work)
    except _Undone:
        return
    except (StoreRejected, StoreRefused) as error:
        raise await _refused(database, error) from error


async def check_schema(database: Database) -> None:
    """Return when the schema is the one that this version works with.

    Raises:
        ConfigError: it is older, newer, or made by other files.
        StoreUnavailable: the database cannot be reached.
    """
    known = len(known_migrations())
    count = await steps_taken(database)
    if count < known:
        raise ConfigError([f"database: its schema is at {count}, this version needs {known}: run thesetd migrate"])


async def steps_taken(database: Database) -> int:
    """Return the number of the last migration that was applied; nothing is written, locked or created for it.

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
    """Return what somebody has to change before the schema's next step can be taken: it never comes good by itself."""
    advice = ""
    if isinstance(error.__cause__, asyncpg.InsufficientPrivilegeError):
        advice = f": {await _who_may(database)}"
    elif isinstance(error.__cause__, asyncpg.DuplicateTableError):
        advice = ": it is not ours: use another database or schema"
    return ConfigError([f"database.dsn: {error}{advice}"])


async def _who_may(database: Database) -> str:
    """Say who may change the schema, and by which grant this role could."""

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
    connection: Connection, known: Sequence[Migration], at: datetime, schema: str
) -> Migration | None:
    await connection.execute("select pg_advisory_xact_lock($1)", MIGRATION_LOCK)
    await connection.execute(_PREPARE)
    rows = await connection.fetch("select number, checksum from thesetd.migrations order by number")
    count = _compare(rows, known)
    if count == len(known):
        return None
    migration = known[count]
    may_create = await connection.fetchval(_MAY_CREATE, schema)
    if may_create is None:
        raise ConfigError([f"database.dsn: schema {schema} does not exist: create it, or name another in the address"])
    if not may_create:  # else the next schema of the search path would get the tables
        raise asyncpg.InsufficientPrivilegeError(f"permission denied for schema {schema}")
    quoted = schema.replace('"', '""')
    await connection.execute(migration.sql.replace("public.", f'"{quoted}".'))  # the application's tables are there
    await connection.execute(
        "insert into thesetd.migrations (number, name, checksum, applied_at) values ($1, $2, $3, $4)",
        migration.number,
        migration.name,
        migration.checksum,
        at,
    )
    return migration


def _compare(rows: Sequence[asyncpg.Record], known: Sequence[Migration]) -> int:
    """Return the number of the last migration that was applied, once it is clear that all were ours."""
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
