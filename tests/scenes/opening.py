"""Opening a database as the daemon does, without the rest of it: quick, and in the same words."""

import attrs
import pytest
import trio

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.postgres import PostgresStore, migrate
from thesetd.adapters.postgres.connection.address import parse
from thesetd.adapters.postgres.database import Connection
from thesetd.domain.errors import ConfigError, StoreUnavailable, leaves


@attrs.frozen(kw_only=True)
class Opened:
    """What was found on the other side."""

    ignored: tuple[str, ...]
    is_protected: bool
    is_pooled: bool


def opened(dsn: str, *, session_dsn: str | None = None, connections: int | None = None) -> Opened:
    """Bring the schema up to date, open the store, write once, become a node."""

    async def work() -> Opened:
        async with open_quick_loop():
            bridge = AsyncioBridge()
            await migrate(dsn, bridge, at=SystemClock().now())
            async with PostgresStore.open(dsn, bridge, session_dsn=session_dsn, connections=connections) as store:
                await store.nodes.join("opening", now=SystemClock().now())
                for probe in store.probes(node="opening"):
                    await probe.prove()
                return Opened(
                    ignored=parse(dsn).parameters.ignored,
                    is_protected=await store.database.read(_is_protected),
                    is_pooled=store.database.is_pooled,
                )

    try:
        return trio.run(work)
    except BaseExceptionGroup as group:
        raise next(leaves(group)) from None


async def _is_protected(connection: Connection) -> bool:
    found: bool = await connection.fetchval("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
    return found


def refused(dsn: str, **keys: object) -> str:
    """Return the line that the daemon would end with, exit code 78."""
    with pytest.raises(ConfigError) as caught:
        opened(dsn, **keys)  # type: ignore[arg-type]
    (line,) = caught.value.faults
    assert len(line.splitlines()) == 1
    return line


def waited_for(dsn: str, **keys: object) -> str:
    """Return the line that says what the daemon would wait for."""
    with pytest.raises(StoreUnavailable) as caught:
        opened(dsn, **keys)  # type: ignore[arg-type]
    return str(caught.value)
