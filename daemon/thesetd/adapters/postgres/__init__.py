"""PostgreSQL: everything that outlives the process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres.batches import PostgresBatches
from thesetd.adapters.postgres.database import Database
from thesetd.adapters.postgres.jobs import PostgresJobs
from thesetd.adapters.postgres.migrations import Migration, check_schema, migrate
from thesetd.adapters.postgres.repertoire import PostgresRepertoire
from thesetd.adapters.postgres.schedules import PostgresSchedules
from thesetd.adapters.postgres.status import PostgresStatus

__all__ = ["Database", "Migration", "PostgresStore", "check_schema", "migrate"]


class PostgresStore(PostgresBatches, PostgresJobs, PostgresStatus, PostgresSchedules, PostgresRepertoire):
    """All the store ports over one database."""

    @classmethod
    @asynccontextmanager
    async def open(cls, dsn: str, bridge: AsyncioBridge) -> AsyncIterator["PostgresStore"]:
        """Give the store over a database that answers and has this version's schema, until the end of the block.

        Raises:
            ConfigError: `dsn` is malformed, or the schema is not this version's (see `check_schema`).
            StoreUnavailable: the database cannot be reached; the text says which one.
        """
        async with Database.open(dsn, bridge) as database:
            await check_schema(database)
            yield cls(database)
