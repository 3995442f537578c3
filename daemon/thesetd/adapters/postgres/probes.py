"""Probes what the daemon needs from PostgreSQL by using it.

A probe uses a reading connection: its write is one statement outside of a transaction. That may be cancelled, because
the connection is then discarded.
"""

from functools import partial

import asyncpg

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.migrations import check_schema, known_migrations
from thesetd.adapters.postgres.rights import missing_right, missing_table, tables_of
from thesetd.domain.errors import StoreError, StoreRefused, StoreUnavailable
from thesetd.ports.probes import Probe

_TOUCH = "update thesetd.nodes set beats = beats where name = $1"  # a real write of a row that this node owns


def database_probes(database: Database, *, node: str) -> tuple[Probe, ...]:
    """Return the probes of one database: it accepts writes, has this version's schema, and grants all needed rights."""

    async def prove_schema() -> None:
        await check_schema(database)

    async def prove_rights() -> None:
        await check_rights(database)

    async def prove_connections() -> None:
        if trouble := database.trouble():
            raise StoreUnavailable(trouble)

    return (
        Probe("database", partial(prove_writes, database, node=node)),
        Probe("database schema", prove_schema),
        Probe("database rights", prove_rights),
        Probe("database connections", prove_connections),
    )


async def prove_writes(database: Database, *, node: str) -> None:
    """Write the row of a node, if it has one.

    Raises:
        StoreUnavailable: the database accepts no writes; the message is its own.
    """

    async def write(connection: Connection) -> None:
        await connection.execute(_TOUCH, node)

    try:
        await database.read(write)
    except StoreError as error:
        if not isinstance(error.__cause__, asyncpg.PostgresError) or str(error).startswith("no connection"):
            raise
        raise StoreUnavailable(f"database takes no writes: {error}") from error


async def check_rights(database: Database) -> None:
    """Check that the daemon's tables exist and the role has every right on them.

    Raises:
        StoreRefused: it lacks one; the message has the GRANT that gives it, or what else to change.
    """
    tables = tables_of(tuple(migration.sql for migration in known_migrations()), database.schema)

    async def look(connection: Connection) -> None:
        if table := await missing_table(connection, tables):
            advice = (
                f"name the schema that `thesetd migrate` filled instead of {database.schema} (schema= in the address)"
            )
            raise StoreRefused(f"there is no table {table}: {advice}")
        if missing := await missing_right(connection, database.schema, tables):
            raise StoreRefused(str(missing))

    await database.read(look)
