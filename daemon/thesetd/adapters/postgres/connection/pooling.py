"""Is there a pooler, and does it give us another server session for each transaction?

A pooler announces a process id of its own when a session starts, so a server that runs under the announced one is
alone with us. Behind a pooler of transactions a server session is free between our transactions: the next connection
that needs one is given that of the first (PgBouncer takes the one used last), or the first is given another (poolers
that take turns). A pooler of sessions does neither.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum

import asyncpg

from thesetd.adapters.postgres.connection.connect import Connection
from thesetd.domain.errors import ConfigError

ROUNDS = 3  # in which another client of the pooler may take the session that would have told
_NO_TRANSACTIONS = "statement pooling mode"  # PgBouncer's words when one begins
WAIT_S = 3.0  # for a server session; a pool of sessions has none left while we hold it


class Pooling(Enum):
    """What is between us and the server."""

    NONE = "none"
    SESSIONS = "sessions"
    TRANSACTIONS = "transactions"
    STATEMENTS = "single statements"


def check_pooling(found: Pooling, path: str, *, sessions: bool) -> None:
    """Return if an address can serve: nothing does without transactions, and one for sessions needs those as well.

    Raises:
        ConfigError: it cannot.
    """
    if found is Pooling.STATEMENTS:
        raise ConfigError(
            [f"{path}: a pooler of statements (pool_mode) answers: use pool_mode = transaction or session"]
        )
    if sessions and found is Pooling.TRANSACTIONS:
        raise ConfigError([f"{path}: a pooler of transactions (pool_mode) answers: name the server"])


async def pooling(connect: Callable[[], Awaitable[Connection]]) -> Pooling:
    """Find out what is between us and the server.

    Args:
        connect: opens a connection on which no setting is made and no statement is prepared by name.
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
