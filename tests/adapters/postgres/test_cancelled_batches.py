import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio

from sample_rows import artist, batch, new_job
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.work.batches import Batch

Look = Callable[..., Awaitable[list[Any]]]


class _Cancelling:
    """A connection that cancels a scope when its statement of a certain number is done."""

    def __init__(self, connection: Any, number: int, scope: trio.CancelScope) -> None:
        self._connection, self._left, self._scope = connection, number, scope

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._connection, name)
        if not name.startswith(("execute", "fetch")):
            return method

        async def run(*args: Any, **kwargs: Any) -> Any:
            result = await method(*args, **kwargs)
            self._left -= 1
            if self._left == 0:
                self._scope.cancel()
            return result

        return run


class _CancellingBridge(AsyncioBridge):
    """Runs each write over a connection that cancels it half-way."""

    def __init__(self) -> None:
        self.scope, self.number = trio.CancelScope(), 0

    async def shielded(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        connection, *others = args
        return await super().shielded(function, _Cancelling(connection, self.number, self.scope), *others, **kwargs)


@pytest.mark.real
async def test_a_cancelled_batch_is_whole_or_not_there(migrated_dsn: str, bridge: AsyncioBridge, look: Look) -> None:
    """Cancelled before it begins, a batch is not there; cancelled after any of its statements, it is there whole.

    The caller knows which, and the connection is as good as before: the batches after it are stored as well.
    """
    acknowledged, cancelling = set(), _CancellingBridge()
    async with PostgresStore.open(migrated_dsn, cancelling) as store:
        for number in itertools.count():
            import_: Batch = batch(
                artists=(artist(spotify_id=f"A{number}", slug=f"a{number}"),), enqueue=(new_job(str(number)),)
            )
            with trio.CancelScope() as scope:
                cancelling.scope, cancelling.number = scope, number
                if number == 0:
                    scope.cancel()
                await store.batches.write(import_)
                acknowledged.add(number)
            if not scope.cancel_called:
                break
    assert acknowledged == set(range(1, number + 1))
    assert number > 3
    assert {int(key) for key in await look("select unique_key from thesetd.jobs")} == acknowledged
    assert await look("select count(*) from artists") == [len(acknowledged)]
