"""Runs the private servers if none are configured."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import trio

from thesetd.adapters.embedded.postgres import EmbeddedPostgres
from thesetd.adapters.embedded.redis import EmbeddedRedis
from thesetd.app.configuration.config import Config
from thesetd.ports.observer import Observer


@asynccontextmanager
async def servers(config: Config, observer: Observer) -> AsyncIterator[tuple[str, str]]:
    """Yield the addresses of PostgreSQL and Redis; start private ones, concurrently, if none are configured."""
    found = {"dsn": config.database.dsn, "url": config.redis.url}
    release = trio.Event()
    async with trio.open_nursery() as running:

        async def start(name: str, manager: AbstractAsyncContextManager[str]) -> None:
            found[name] = await running.start(_hold, manager, release)

        try:
            async with trio.open_nursery() as starting:
                if not found["dsn"]:
                    starting.start_soon(start, "dsn", EmbeddedPostgres.run(config.state_dir, observer=observer))
                if not found["url"]:
                    starting.start_soon(start, "url", EmbeddedRedis.run(config.state_dir, observer=observer))
            yield found["dsn"] or "", found["url"] or ""
        finally:
            release.set()


async def _hold(
    manager: AbstractAsyncContextManager[str],
    release: trio.Event,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    with trio.CancelScope() as scope:
        async with manager as address:
            scope.shield = True  # from here on the server outlives its users, even when everything is cancelled
            task_status.started(address)
            await release.wait()
