"""What the daemon needs of PostgreSQL, proved by doing it.

A probe takes a reading connection: what it writes is one statement outside of a transaction. That may be cancelled,
because the connection is then thrown away.
"""

import asyncpg

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.migrations import check_schema
from thesetd.domain.errors import StoreError, StoreUnavailable
from thesetd.ports.probes import Probe

_TOUCH = "update thesetd.nodes set beats = beats where name = $1"  # a real write of a row that this node owns


def database_probes(database: Database, *, node: str) -> tuple[Probe, ...]:
    """Return the probes of one database: it takes writes, and has this version's schema."""

    async def write(connection: Connection) -> None:
        await connection.execute(_TOUCH, node)

    async def prove_writes() -> None:
        try:
            await database.read(write)
        except StoreError as error:
            if not isinstance(error.__cause__, asyncpg.PostgresError) or str(error).startswith("no connection"):
                raise
            raise StoreUnavailable(f"database takes no writes: {error}") from error

    async def prove_schema() -> None:
        await check_schema(database)

    return Probe("database", prove_writes), Probe("database schema", prove_schema)
