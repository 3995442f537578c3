"""The schema, one numbered file after another."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files

import asyncpg
import attrs

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres.database import Connection, Database, Limits
from thesetd.adapters.postgres.rights import OWN, missing_right
from thesetd.domain.errors import ConfigError, StoreRefused, StoreRejected

MIGRATION_LOCK = int.from_bytes(b"thesetd\x00")
LIMITS = Limits(
    statement_s=600.0, idle_in_transaction_s=60.0, call_s=1200.0
)  # an index over years of data takes its time

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
_CREATOR = """
select quote_ident(d.datname) as database, pg_get_userbyid(d.datdba) as database_owner,
    quote_ident(current_user) as role, has_database_privilege(d.oid, 'create') as on_database,
    n.oid is not null as installed, pg_get_userbyid(n.nspowner) as owner
from pg_database d left join pg_namespace n on n.nspname = 'thesetd' where d.datname = current_database()
"""


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
    """Give the migrations of this version, numbered from 1 without a gap."""
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
        ConfigError: the schema is newer than this version, or was made by other files; or `dsn` is malformed.
        StoreUnavailable: the database cannot be reached; the steps applied so far stay.
        StoreRejected: the database refuses a step, of which nothing stays.
    """
    known = known_migrations()
    applied: list[Migration] = []
    async with Database.open(dsn, bridge, limits=LIMITS) as database:
        if await _applied(database) == len(known):
            return ()

        async def step(connection: Connection) -> Migration | None:
            return await _apply_next(connection, known, at, database.schema)

        try:
            while migration := await database.transact(step):
                applied.append(migration)
        except StoreRejected as error:
            if isinstance(error.__cause__, asyncpg.InsufficientPrivilegeError):
                raise ConfigError([f"database.dsn: {error}: {await _who_may(database)}"]) from error
            raise
    return tuple(applied)


async def check_schema(database: Database) -> None:
    """Return when the schema is the one that this version works with.

    Raises:
        ConfigError: it is older, newer, or made by other files.
        StoreUnavailable: the database cannot be reached.
    """
    known = len(known_migrations())
    count = await _applied(database)
    if count < known:
        raise ConfigError([f"database: its schema is at {count}, this version needs {known}: run thesetd migrate"])


async def _applied(database: Database) -> int:
    """Give the number of the last migration that was applied; nothing is written, locked or created for it."""

    async def work(connection: Connection) -> int:
        may_read = await connection.fetchval(_STATE)
        if may_read is None:
            return 0
        if not may_read:
            raise StoreRefused(str(await missing_right(connection, database.schema, [f"{OWN}.migrations"])))
        rows = await connection.fetch("select number, checksum from thesetd.migrations order by number")
        return _compare(rows, known_migrations())

    return await database.read(work)


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
    """Give the number of the last migration that was applied, once it is clear that all were ours."""
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
