"""Manages connections to PostgreSQL; the only place that begins transactions.

A cancellation during BEGIN silently corrupts an asyncpg connection: what it commits afterwards is not in the database.
So a write is shielded from cancellation and limited by timeouts instead: by the server (`statement_timeout`,
`idle_in_transaction_session_timeout`) and, if the server has vanished, by closing the connection under it. A connection
on which anything failed or was cancelled is closed and never used again. A transaction is one asyncio coroutine, so
that it crosses from trio to asyncio only once.

Everything that asyncpg raises is translated here, once.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol, TypeAlias, TypeVar

import attrs
import trio

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres.admission import check_encoding, connections_within, look
from thesetd.adapters.postgres.connection.address import parse, within
from thesetd.adapters.postgres.connection.connect import Connection, Connector
from thesetd.adapters.postgres.connection.deadlines import CallDeadlines
from thesetd.adapters.postgres.connection.pooling import Pooling, check_pooling, pooling
from thesetd.adapters.postgres.translation import translated, translated_as_whole
from thesetd.adapters.quick_room import SharedRoom
from thesetd.domain.errors import ConfigError, StoreRefused, StoreUnavailable
from thesetd.ports.survey import PoolUse

__all__ = ["LEAST", "OPEN_SAVEPOINT", "Connection", "Database", "DatabaseWork", "PoolLimits", "savepoint"]

T = TypeVar("T")
DatabaseWork: TypeAlias = Callable[[Connection], Awaitable[T]]

_SAVEPOINT = "thesetd"  # inside one another they may have one name: the inner one is meant
OPEN_SAVEPOINT = f"savepoint {_SAVEPOINT}"  # as the `first` statement of a transaction
SETTLING_S, AGAIN_S = 2.0, 0.05  # until the server notices that connections were closed
USUAL, LEAST = 6, 3  # connections: for batches, for notes, for the session that holds the node's name, and for reading


@attrs.frozen(kw_only=True)
class PoolLimits:
    """Timeouts in seconds. `connect_s` and `call_s` apply on this side, the others in the server.

    `call_s`, for a whole transaction, is below the 30 s that a stopping daemon has at most.
    """

    connect_s: float = 5.0
    statement_s: float = 10.0
    idle_in_transaction_s: float = 10.0
    call_s: float = 25.0


@attrs.define
class _Places:
    """A fixed number of connections; each is opened when it is first needed, and reopened after it was discarded."""

    count: int
    free: SharedRoom = attrs.field(init=False)
    trouble: str = ""
    idle: list[Connection] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self.free = SharedRoom(self.count)

    def use(self, name: str) -> PoolUse:
        busy, waiting = self.count - self.free.value, self.free.waiting
        return PoolUse(name=name, limit=self.count, busy=busy, idle=len(self.idle), waiting=waiting)


class _Way(Protocol):
    """A way to cross into asyncio: the bridge itself, or its shielded form."""

    async def __call__(
        self,
        function: Callable[[Connection, DatabaseWork[T]], Awaitable[T]],
        connection: Connection,
        work: DatabaseWork[T],
        /,
    ) -> T: ...


class Database:
    """One connection for batches, one for notes that must not wait for those, a few for reading, one of them users'."""

    def __init__(
        self,
        dsn: str,
        bridge: AsyncioBridge,
        *,
        session_dsn: str | None = None,
        connections: int | None = None,
        schema: str | None = None,
        limits: PoolLimits | None = None,
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            dsn: the address of the database.
            bridge: the bridge to asyncio.
            session_dsn: an address that bypasses a transaction pooler, for session features.
            connections: the maximum number, including that session, at least LEAST; None means the usual number, or
                fewer if the server has no room for them.
            schema: the schema of the catalogue, instead of the address's.
            limits: the timeouts.

        Raises:
            ConfigError: an address cannot be used.
        """
        self._bridge = bridge
        self._limits = limits or PoolLimits()
        self._deadlines = CallDeadlines(self._limits.call_s)
        self._direct = Connector(within(parse(dsn), schema), _settings(self._limits), connect_s=self._limits.connect_s)
        self._sessions = self._direct
        if session_dsn:
            path = "database.session_dsn"
            address = within(parse(session_dsn, path), schema)
            self._sessions = Connector(address, _settings(self._limits), connect_s=self._limits.connect_s, path=path)
        self.address = str(self._direct.address)
        self.schema = self._direct.schema
        self._connections = connections
        self.connections = connections or USUAL  # maximum number at the same time
        self._writing = self._noting = self._reading = _Places(1)
        self._share(connections or USUAL)
        self._age = 0
        for connector in (self._direct, self._sessions):  # who only reads would stay on the old server, without error
            connector.on_move = self._distrust
        self._is_behind_pooler = False

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        dsn: str,
        bridge: AsyncioBridge,
        *,
        session_dsn: str | None = None,
        connections: int | None = None,
        schema: str | None = None,
        limits: PoolLimits | None = None,
    ) -> AsyncIterator["Database"]:
        """Yield a database that answers; its connections are closed at the end.

        Raises:
            ConfigError: an address cannot be used, or a server refuses access; the message says which one and why.
            StoreUnavailable: it cannot be reached; the message says which one.
        """
        database = cls(dsn, bridge, session_dsn=session_dsn, connections=connections, schema=schema, limits=limits)
        try:
            await database.meet()
            yield database
        except StoreRefused as error:
            raise ConfigError([f"database.dsn: {error}"]) from error
        finally:
            database.close()

    @property
    def has_sessions(self) -> bool:
        """Return whether a connection can use session features: locks, LISTEN."""
        return not self._sessions.pooled

    @property
    def is_pooled(self) -> bool:
        """Return whether a pooler may use a different session for each transaction."""
        return self._direct.pooled

    async def meet(self) -> None:
        """Connect for the first time, and detect a pooler.

        Raises:
            ConfigError: the address for sessions leads to a transaction pooler.
            StoreUnavailable: the database does not answer.
        """
        found = await self._pooling(self._direct)
        check_pooling(found, "database.dsn", sessions=False)
        self._direct.pooled = found is Pooling.TRANSACTIONS
        self._is_behind_pooler = found is not Pooling.NONE
        if self._sessions is not self._direct:
            check_pooling(await self._pooling(self._sessions), "database.session_dsn", sessions=True)
        encoding, room = await self.read(look)
        check_encoding(encoding)
        if not self._is_behind_pooler:  # which multiplexes connections
            began = trio.current_time()
            while room.free < (self._connections or LEAST) and trio.current_time() - began < SETTLING_S:
                await trio.sleep(AGAIN_S)
                encoding, room = await self.read(look)
            self._share(connections_within(room, self._connections, usual=USUAL, least=LEAST))

    async def _pooling(self, connector: Connector) -> Pooling:
        with translated():
            return await self._bridge(pooling, partial(connector.open, bare=True))

    def _share(self, connections: int) -> None:
        """Distribute connections, reserving one for the separate session.

        If there are few, writes and notes share one.
        """
        self.close()
        self.connections = connections
        self._writing = _Places(1)
        self._noting = self._writing if connections <= LEAST else _Places(1)
        self._reading = _Places(max(1, connections - LEAST))

    def pools(self) -> tuple[PoolUse, ...]:
        """Return the use of the connections at this moment; a pool of two purposes is shown under both."""
        named = {"batches": self._writing, "notes": self._noting, "reading": self._reading}
        return tuple(places.use(name) for name, places in named.items())

    def trouble(self) -> str:
        """Return why a required connection could not be opened at the last attempt; empty if all could be opened."""
        return next((p.trouble for p in (self._writing, self._noting, self._reading) if p.trouble), "")

    def close(self) -> None:
        """Close the connections that are not in use."""
        for places in (self._writing, self._noting, self._reading):
            while places.idle:
                places.idle.pop().terminate()

    async def transact(self, work: DatabaseWork[T], *, alone: bool = False, first: str = "") -> T:
        """Run `work` in a transaction on the writing connection and commit it; nothing is stored if it raises.

        With `alone` only one statement changes something, which is a transaction by itself. A statement that is `first`
        travels with the one that begins the transaction.

        Raises:
            StoreUnavailable: the outcome is unknown.
            StoreRejected: the database refuses the data; nothing was stored.

        Cancellation: delivered before the transaction begins or after this returned, never in between.
        """
        return await self._run(self._writing, self._bridge.shielded, work, framed=not alone, first=first)

    async def note(self, work: DatabaseWork[T]) -> T:
        """Do the same as `transact` on a connection without batches: for a few rows, without waiting.

        Raises:
            StoreUnavailable, StoreRejected: as `transact`.
        """
        return await self._run(self._noting, self._bridge.shielded, work, framed=True)

    async def state(self, work: DatabaseWork[T]) -> T:
        """Run one statement that is a transaction by itself, on a connection without batches.

        Raises:
            StoreUnavailable, StoreRejected: as `transact`.

        Cancellation: as `transact`.
        """
        return await self._run(self._noting, self._bridge.shielded, work)

    async def session(self) -> Connection:
        """Open a connection for session features (locks, LISTEN); the caller ends it with `terminate`.

        Raises:
            StoreUnavailable: the database cannot be reached.
        """
        return await self._bridge(self._sessions.open)

    async def on(self, session: Connection, work: DatabaseWork[T]) -> T:
        """Run statements on a session, each a transaction by itself; if one fails, the session is ended.

        Raises:
            StoreUnavailable, StoreRejected: as `transact`.

        Cancellation: as `transact`.
        """
        try:
            with translated_as_whole():
                return await self._bridge.shielded(self._bounded, session, work)
        except BaseException:
            session.terminate()
            raise

    async def read(self, work: DatabaseWork[T]) -> T:
        """Run read-only statements.

        Raises:
            StoreUnavailable, StoreRejected.

        Cancellation: at once; the connection is discarded.
        """
        return await self._run(self._reading, self._bridge, work)

    async def _run(
        self, places: _Places, way: _Way, work: DatabaseWork[T], *, framed: bool = False, first: str = ""
    ) -> T:
        if framed or self._direct.pooled:
            work = partial(self._committed, work=work, first=first)
        async with places.free:
            age = self._age  # a connection that is opened while others become distrusted is used once
            connection = await self._connected(places)
            try:
                with translated_as_whole():
                    result = await way(self._bounded, connection, work)
            except BaseException as error:
                connection.terminate()
                if isinstance(error, StoreUnavailable):
                    self._distrust()
                raise
            if age == self._age:
                places.idle.append(connection)
            else:
                connection.terminate()
            return result

    def _distrust(self) -> None:
        """Stop using all present connections: the name now leads, or may lead, to another server."""
        self._age += 1
        self.close()

    async def _connected(self, places: _Places) -> Connection:
        while places.idle:
            if not (connection := places.idle.pop()).is_closed():
                return connection
        try:
            connection = await self._bridge(self._direct.open)
        except StoreUnavailable as error:
            places.trouble = str(error)
            raise
        places.trouble = ""
        return connection

    async def _bounded(self, connection: Connection, work: DatabaseWork[T]) -> T:
        """Run work, and close the connection under it if it takes too long, which ends any wait for the server."""
        with self._deadlines.bound(connection.terminate):
            return await work(connection)

    async def _committed(self, connection: Connection, work: DatabaseWork[T], *, first: str) -> T:
        assert not connection.is_in_transaction()
        settings = self._direct.settings(local=True) if self._direct.pooled else ""
        try:
            await connection.execute(_joined("begin", settings, first))
            result = await work(connection)
            if (done := await connection.execute("commit")) != "COMMIT":  # a failed statement went unnoticed
                raise StoreUnavailable(f"the database ended a transaction with {done}")
        except BaseException:
            if not connection.is_closed():
                await connection.execute("rollback")
            raise
        return result


def _settings(limits: PoolLimits) -> dict[str, str]:
    return {
        "statement_timeout": f"{limits.statement_s * 1000:.0f}",
        "idle_in_transaction_session_timeout": f"{limits.idle_in_transaction_s * 1000:.0f}",
        "idle_session_timeout": "0",  # our sessions are kept, and a terminated one fails the next request on it
        "tcp_keepalives_idle": "10",  # so that the locks of a vanished host are free after half a minute
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "4",
        "jit": "off",  # compiling a statement of a few milliseconds takes longer than running it
        "plan_cache_mode": "force_generic_plan",  # and so does planning each call again
        # so no statement may serve several purposes ("$1 is null or ..."): one plan would have to
        "enable_seqscan": "off",  # a plan made while a table was small would read all of it until it is analysed
    }


@attrs.frozen
class savepoint:  # noqa: N801 - used like a function
    """A block in a running transaction; its statements are undone if it is left by an exception.

    The statements `first` and `last` belong to the block, and travel with those that begin and end it. One that is
    `open` was opened by OPEN_SAVEPOINT and lasts until the commit, so it takes no statement. It is no generator, which
    would set attributes of the exception: asyncpg's warnings refuse that.
    """

    _connection: Connection
    _first: str = attrs.field(default="", kw_only=True)
    _last: str = attrs.field(default="", kw_only=True)
    _open: bool = attrs.field(default=False, kw_only=True)

    async def __aenter__(self) -> None:
        """Begin."""
        assert self._connection.is_in_transaction()
        if not self._open:
            await self._or_undo(_joined(OPEN_SAVEPOINT, self._first))

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Keep what was done, or undo it."""
        if error is not None:
            await self._undo()
        elif not self._open:
            await self._or_undo(_joined(self._last, f"release savepoint {_SAVEPOINT}"))

    async def _or_undo(self, statements: str) -> None:
        try:
            await self._connection.execute(statements)
        except BaseException:
            await self._undo()
            raise

    async def _undo(self) -> None:
        if not self._connection.is_closed():
            await self._connection.execute(f"rollback to savepoint {_SAVEPOINT}; release savepoint {_SAVEPOINT}")


def _joined(*statements: str) -> str:
    return "; ".join(filter(None, statements))
