"""Examines a database as a run would find it, without changing it.

Missing steps of the schema are rehearsed in one transaction that is rolled back: only that shows whether this role may
apply them, and whether tables of the same names are in the way.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres.database import Connection, Database, PoolLimits
from thesetd.adapters.postgres.migrations import known_migrations, rehearse, steps_taken
from thesetd.adapters.postgres.probes import check_rights, prove_writes
from thesetd.adapters.postgres.queue.nodes import LIVES
from thesetd.domain.errors import StoreUnavailable

LIMITS = PoolLimits(statement_s=20.0)
LOCK_S = 2.0  # a rehearsal waits this long for tables that others use

_SERVER = """
select current_setting('server_version') as version,
    (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as is_protected
"""
_NODE = f"""
select n.leased or {LIVES.format(node="n.name")} from thesetd.nodes n where n.name = $1
"""  # noqa: S608 - constants


class Examination:
    """Examines one database step by step.

    Each step returns what works, in words, and raises what would prevent a run.
    """

    def __init__(
        self,
        dsn: str,
        bridge: AsyncioBridge,
        *,
        session_dsn: str | None = None,
        connections: int | None = None,
        schema: str | None = None,
    ) -> None:
        """Take the same arguments as a run; see `Database`."""
        self._arguments = {
            "session_dsn": session_dsn,
            "connections": connections,
            "schema": schema,
            "limits": LIMITS,
        }
        self._dsn, self._bridge = dsn, bridge
        self._database: Database
        self._missing = 0

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[str]:
        """Connect, detect a pooler, check encoding and connections.

        Raises:
            ConfigError, StoreUnavailable: as `Database.open`.
        """
        async with Database.open(self._dsn, self._bridge, **self._arguments) as database:  # type: ignore[arg-type]
            self._database = database
            yield await self._described()

    async def _described(self) -> str:
        async def look(connection: Connection) -> str:
            row = await connection.fetchrow(_SERVER)
            assert row is not None
            return f"PostgreSQL {row['version'].split()[0]}, {'TLS' if row['is_protected'] else 'no TLS'}"

        database = self._database
        pooler = " behind a pooler of transactions" if database.is_pooled else ""
        names = "" if database.has_sessions or not database.is_pooled else ", the node's name is leased"
        return f"{database.address}: {await database.read(look)}{pooler}{names}, {database.connections} connections"

    async def schema(self) -> str:
        """Compare the schema with this version's; rehearse the missing steps.

        Raises:
            ConfigError: a run would be refused.
            StoreUnavailable: a rehearsal cannot be made now.
        """
        known, count = len(known_migrations()), await steps_taken(self._database)
        self._missing = known - count
        if not self._missing:
            return f"at step {count}, which this version needs"
        try:
            await rehearse(self._database, lock_s=LOCK_S)
        except StoreUnavailable as error:
            if isinstance(error.__cause__, asyncpg.LockNotAvailableError):
                raise StoreUnavailable("its missing steps cannot be tried while others use the tables") from error
            raise
        return f"at step {count}: a run takes steps {count + 1} to {known}, which work"

    async def rights(self) -> str:
        """Check each right on each table.

        Raises:
            StoreRefused: one is missing; the message has the GRANT that gives it.
        """
        if self._missing:
            return "the role that takes the schema's steps owns what they make"
        await check_rights(self._database)
        return "the role may do all that is needed"

    async def writes(self) -> str:
        """Test a write.

        Raises:
            StoreUnavailable: the server accepts no writes now; the message has its words.
        """
        if not self._missing:
            await prove_writes(self._database, node="")
        return "the database takes writes"

    async def name(self, node: str) -> str:
        """Report whether a daemon uses this name now, which is not a fault: it may be the one being checked."""

        async def look(connection: Connection) -> bool:
            return bool(await connection.fetchval(_NODE, node))

        if not self._missing and await self._database.read(look):
            return f"a daemon runs as node {node!r} now: a second one of that name would be refused"
        return f"no daemon runs as node {node!r} now"
