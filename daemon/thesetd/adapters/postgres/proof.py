"""Readiness of the database, proved by doing what the daemon needs: a write, with this schema and with every right."""

import asyncpg

from thesetd.adapters.postgres.connection.connect import first_line
from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.migrations import known_migrations
from thesetd.adapters.postgres.rights import missing_right, tables_of
from thesetd.domain.errors import StoreRefused, StoreRejected, StoreUnavailable

# A row that some node has, so that it is really written: a read-only server and a full disk refuse that.
_WRITE = "update thesetd.nodes set beats = beats where name = (select max(name) from thesetd.nodes)"
_VERSION = "select max(number) from thesetd.migrations"


class Proof:
    """Proves that the database can be worked with, each time anew."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        known = known_migrations()
        self._database = database
        self._version = len(known)
        self._tables = tables_of([migration.sql for migration in known], database.schema)

    async def prove(self) -> None:
        """Return when the daemon can work.

        Raises:
            StoreUnavailable: it cannot; the text is the server's own.
        """
        try:
            await self._database.note(self._check)
        except StoreRejected as error:
            raise StoreUnavailable(str(error)) from error
        if trouble := self._database.trouble():
            raise StoreUnavailable(trouble)

    async def check_rights(self) -> None:
        """Return when the role has every right on the daemon's tables.

        Raises:
            StoreRefused: it lacks one; the text has the GRANT that gives it.
        """
        await self._database.read(self._rights)

    async def _check(self, connection: Connection) -> None:
        await self._rights(connection)
        version = await connection.fetchval(_VERSION)
        if version != self._version:
            raise StoreRefused(f"the schema is at {version}, this version works with {self._version}")
        try:
            await connection.execute(_WRITE)
        except asyncpg.PostgresError as error:
            raise StoreUnavailable(f"the database takes no writes: {first_line(error)}") from error

    async def _rights(self, connection: Connection) -> None:
        if missing := await missing_right(connection, self._database.schema, self._tables):
            raise StoreRefused(str(missing))
