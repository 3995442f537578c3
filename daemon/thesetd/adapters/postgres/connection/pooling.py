"""Detects a pooler, and whether it uses a different server session for each transaction.

A pooler announces a process id of its own when a session starts, so if the server runs under the announced id, there is
no pooler. Behind a transaction pooler a server session is free between our transactions: the next connection that needs
one receives that of the first (PgBouncer uses the last used one), or the first receives another (poolers that rotate).
A session pooler does neither.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum

import asyncpg

from thesetd.adapters.postgres.connection.connect import Connection
from thesetd.domain.errors import ConfigError

ROUNDS = 3  # attempts, as another client of the pooler may take the session in question
_NO_TRANSACTIONS = "statement pooling mode"  # PgBouncer's message at the beginning of a transaction
WAIT_S = 3.0  # for a server session; a pool of sessions may have none left while we hold one


class Pooling(Enum):
    """The kind of pooler between us and the server."""

    NONE = "none"
    SESSIONS = "sessions"
    TRANSACTIONS = "transactions"
    STATEMENTS = "single statements"


def check_pooling(found: Pooling, path: str, *, sessions: bool) -> None:
    """Check that an address is usable: all need transactions, and one for sessions needs sessions as well.

    Raises:
        ConfigError: it is not usable.
    """
    if found is Pooling.STATEMENTS:
        raise ConfigError(
            [f"{path}: a pooler of statements (pool_mode) answers: use pool_mode = transaction or session"]
        )
    if sessions and found is Pooling.TRANSACTIONS:
        raise ConfigError([f"{path}: a pooler of transactions (pool_mode) answers: name the server"])


async def pooling(connect: Callable[[], Awaitable[Connection]]) -> Pooling:
    """Detect the pooler between us and the server.

    Args:
        connect: opens a connection without settings or named prepared statements.
    """
    first = await connect()
    try:
        try:
            own = await _session(first)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if _NO_TRANSACTIONS in str(error):
                return Pooling.STATEMENTS
            raise
        await first.execute("rollback")
        if own == first.get_server_pid():
            return Pooling.NONE
        for _ in range(ROUNDS):
            if await _is_shared(own, first, connect):
                return Pooling.TRANSACTIONS
    finally:
        first.terminate()
    return Pooling.SESSIONS


async def _is_shared(own: int, first: Connection, connect: Callable[[], Awaitable[Connection]]) -> bool:
    second = await connect()
    try:
        async with asyncio.timeout(WAIT_S):
            if await _session(second) == own or await _session(first) != own:
                return True
            await first.execute("rollback")
    except TimeoutError:
        return False
    finally:
        second.terminate()
    return False


async def _session(connection: Connection) -> int:
    """Begin a transaction, and return the id of the server process that runs it."""
    await connection.execute("begin")
    pid: int = await connection.fetchval("select pg_backend_pid()")
    return pid
