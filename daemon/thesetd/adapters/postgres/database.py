"""Connections to PostgreSQL, and the only place where a transaction begins.

A cancel that lands in BEGIN poisons an asyncpg connection without a sound: what it commits afterwards is not in the
database. So a write is shielded from cancellation and bounded instead, by the server (`statement_timeout`,
`idle_in_transaction_session_timeout`) and, for a server that is no longer there, by closing the connection under it.
A connection on which anything failed or was cancelled is closed and never used again. A transaction is one asyncio
coroutine, so that it crosses from trio to asyncio once.

Everything that asyncpg raises is translated here, once.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Protocol, TypeAlias, TypeVar

import asyncpg
import attrs
import trio
from asyncpg.exceptions import _base as asyncpg_base
from asyncpg.transaction import Transaction

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres.address import describe, malformed
from thesetd.domain.errors import StoreRejected, StoreUnavailable

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
T = TypeVar("T")
Work: TypeAlias = Callable[[Connection], Awaitable[T]]

# One row is at fault: the server's data and constraint errors, an index entry or statement over its limits (54), and
# asyncpg's own refusal to encode an argument, which shares its base with lost connections.
DATA_ERRORS: tuple[type[Exception], ...] = (
    asyncpg.DataError,
    asyncpg_base.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
# The server is gone, stopping, full, or ended the transaction for its own reasons. InternalClientError is what asyncpg
# raises when a backend is terminated under it ("cannot switch to state ...", asyncpg #1069).
_UNAVAILABLE: tuple[type[Exception], ...] = (
    OSError,  # TimeoutError too
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,  # 08
    asyncpg.InvalidTransactionStateError,  # 25: idle too long, read-only after a failover
    asyncpg.TransactionRollbackError,  # 40: deadlock, serialization
    asyncpg.InsufficientResourcesError,  # 53: disk full, too many connections
    asyncpg.ObjectNotInPrerequisiteStateError,  # 55: lock not available
    asyncpg.OperatorInterventionError,  # 57: shutdown, statement timeout
    asyncpg.PostgresSystemError,  # 58
    asyncpg.InternalServerError,  # XX
)


@attrs.frozen(kw_only=True)
class Limits:
    """Bounds in seconds. `connect_s` and `call_s` hold on this side, the others in the server.

    `call_s`, for a whole transaction, is below the 30 s that a stopping daemon has at most.
    """

    connect_s: float = 5.0
    statement_s: float = 10.0
    idle_in_transaction_s: float = 10.0
    call_s: float = 25.0


@attrs.define
class _Places:
    """A fixed number of connections; each is opened when it is first needed, and again after it was thrown away."""

    count: int
    free: trio.Semaphore = attrs.field(init=False)
    idle: list[Connection] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self.free = trio.Semaphore(self.count)


class _Way(Protocol):
    """How to cross into asyncio: the bridge itself, or its shielded form."""

    async def __call__(
        self, function: Callable[[Connection, Work[T]], Awaitable[T]], connection: Connection, work: Work[T], /
    ) -> T: ...


class Database:
    """One writing connection for batches, one for notes that must not wait for those, and a few for reading."""

    def __init__(self, dsn: str, bridge: AsyncioBridge, *, readers: int = 3, limits: Limits | None = None) -> None:
        """Prepare; nothing is connected yet.

        Raises:
            ConfigError: `dsn` is no address of a PostgreSQL database.
        """
        self.address = describe(dsn)
        self._dsn = dsn
        self._bridge = bridge
        self._limits = limits or Limits()
        self._writing = _Places(1)
        self._noting = _Places(1)
        self._reading = _Places(readers)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, dsn: str, bridge: AsyncioBridge, *, readers: int = 3, limits: Limits | None = None
    ) -> AsyncIterator["Database"]:
        """Give a database that answers; its connections are closed at the end.

        Raises:
            ConfigError: `dsn` is no address of a PostgreSQL database.
            StoreUnavailable: it cannot be reached; the text says which one.
        """
        database = cls(dsn, bridge, readers=readers, limits=limits)
        try:
            await database.ping()
            yield database
        finally:
            database.close()

    def close(self) -> None:
        """Close the connections that are not in use."""
        for places in (self._writing, self._noting, self._reading):
            while places.idle:
                places.idle.pop().terminate()

    async def ping(self) -> None:
        """Return when the database answers.

        Raises:
            StoreUnavailable: it does not.
        """
        await self.read(lambda connection: connection.fetchval("select 1"))

    async def transact(self, work: Work[T], *, alone: bool = False) -> T:
        """Run `work` in a transaction on the writing connection and commit it; nothing is stored where it raises.

        With `alone` it changes something by one statement only, which is a transaction of its own.

        Raises:
            StoreUnavailable: the outcome is unknown.
            StoreRejected: the database refuses what it was given; nothing was stored.

        Cancellation: delivered before the transaction begins or after this returned, never in between.
        """
        return await self._run(self._writing, self._bridge.shielded, work if alone else partial(_committed, work=work))

    async def note(self, work: Work[T]) -> T:
        """Do the same as `transact` on a connection where no batch is ever in the way: for a few rows, without waiting.

        Raises:
            StoreUnavailable, StoreRejected: as `transact`.
        """
        return await self._run(self._noting, self._bridge.shielded, partial(_committed, work=work))

    async def state(self, work: Work[T]) -> T:
        """Run one statement that is a transaction of its own, where no batch is ever in the way.

        Raises:
            StoreUnavailable, StoreRejected: as `transact`.

        Cancellation: as `transact`.
        """
        return await self._run(self._noting, self._bridge.shielded, work)

    async def session(self) -> Connection:
        """Open a connection for what belongs to a session (locks, LISTEN); the caller ends it by `terminate`.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        return await self._bridge(self._connect)

    async def on(self, session: Connection, work: Work[T]) -> T:
        """Run statements on a session, each a transaction of its own; a session on which that fails is ended.

        Raises:
            StoreUnavailable, StoreRejected: as `transact`.

        Cancellation: as `transact`.
        """
        try:
            with translated():
                return await self._bridge.shielded(self._bounded, session, work)
        except BaseException:
            session.terminate()
            raise

    async def read(self, work: Work[T]) -> T:
        """Run statements that change nothing.

        Raises:
            StoreUnavailable, StoreRejected.

        Cancellation: at once; the connection is thrown away.
        """
        return await self._run(self._reading, self._bridge, work)

    async def _run(self, places: _Places, way: _Way, work: Work[T]) -> T:
        async with places.free:
            connection = await self._connected(places)
            try:
                with translated():
                    result = await way(self._bounded, connection, work)
            except BaseException:
                connection.terminate()
                raise
            places.idle.append(connection)
            return result

    async def _connected(self, places: _Places) -> Connection:
        while places.idle:
            if not (connection := places.idle.pop()).is_closed():
                return connection
        return await self._bridge(self._connect)

    async def _bounded(self, connection: Connection, work: Work[T]) -> T:
        """Run work and close the connection under it when it takes too long, which ends any wait for the server."""
        deadline = asyncio.get_running_loop().call_later(self._limits.call_s, connection.terminate)
        try:
            return await work(connection)
        finally:
            deadline.cancel()

    async def _connect(self) -> Connection:
        try:
            return await asyncpg.connect(self._dsn, timeout=self._limits.connect_s, server_settings=self._settings())
        except asyncpg.ClientConfigurationError:
            raise malformed() from None
        except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError) as error:
            raise StoreUnavailable(f"no connection to PostgreSQL ({self.address}): {_reason(error)}") from error

    def _settings(self) -> dict[str, str]:
        return {
            "application_name": "thesetd",
            "search_path": "public",
            "statement_timeout": f"{self._limits.statement_s * 1000:.0f}",
            "idle_in_transaction_session_timeout": f"{self._limits.idle_in_transaction_s * 1000:.0f}",
            "tcp_keepalives_idle": "10",  # so that the locks of a host that is gone are free after half a minute
            "tcp_keepalives_interval": "5",
            "tcp_keepalives_count": "4",
            "jit": "off",  # compiling a statement of a few milliseconds takes longer than running it
            "plan_cache_mode": "force_generic_plan",  # and so does planning it anew for each call
            # so no statement may serve several purposes ("$1 is null or ..."): one plan would have to
        }


def savepoint(connection: Connection) -> Transaction:
    """Give a context inside a running transaction that undoes its own statements when it is left by an exception."""
    assert connection.is_in_transaction()
    return connection.transaction()


async def _committed(connection: Connection, work: Work[T]) -> T:
    assert not connection.is_in_transaction()
    async with connection.transaction():
        return await work(connection)


@contextmanager
def translated() -> Iterator[None]:
    """Raise what asyncpg raises in this block as StoreUnavailable or StoreRejected."""
    try:
        yield
    except DATA_ERRORS as error:
        raise StoreRejected(_reason(error)) from error
    except _UNAVAILABLE as error:
        raise StoreUnavailable(_reason(error)) from error
    except asyncpg.PostgresError as error:
        raise StoreRejected(_reason(error)) from error


def _reason(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
