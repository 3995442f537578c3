"""The one bridge from trio to asyncio: every call that asyncpg or redis-py makes on a socket passes it.

Both libraries run in the loop that the application opens at its root (`open_loop`). Because nothing bypasses this
object, a simulation can replace it and control the time, order and faults of all real I/O. Operations that belong
together (a whole transaction) are one asyncio coroutine: crossing costs about half of what a statement does.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, ParamSpec, TypeVar

import trio
import trio_asyncio

from thesetd.adapters.aio.loop import open_quick_loop

P = ParamSpec("P")
T = TypeVar("T")


@asynccontextmanager
async def open_loop() -> AsyncIterator[None]:
    """Open the asyncio loop while the block runs.

    trio-asyncio would end the block with any error that no caller is left to handle, such as that of a connection that
    was abandoned before it was lost. Every call has a timeout, so such errors are only logged here.
    """
    async with open_quick_loop() as loop:
        loop.set_exception_handler(_log)
        yield


def _log(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    asyncio.BaseEventLoop.default_exception_handler(loop, context)  # type: ignore[arg-type]  # uses nothing of the loop


class AsyncioBridge:
    """Runs all real I/O with servers; a subclass replaces `__call__` and `native` to watch or order it."""

    async def __call__(self, function: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function(*args, **kwargs)` in the asyncio loop and return its result.

        Cancellation: reaches the coroutine as `asyncio.CancelledError`; what it was doing has an unknown outcome.
        """
        result: T = await trio_asyncio.aio_as_trio(function)(*args, **kwargs)
        return result

    async def native(self, function: Callable[[], Awaitable[T]]) -> T:
        """Run I/O that needs no asyncio: a coroutine function of trio's."""
        return await function()

    async def shielded(self, function: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run it to its end even if the caller is cancelled: the rule for every database write.

        The function must limit its own time. Cancelling a transaction half-way corrupts its asyncpg connection: later
        ones seem to commit but do not.

        Cancellation: delivered before the function starts or after this returned its result, never in between.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        with trio.CancelScope(shield=True):
            result = await self(function, *args, **kwargs)
        return result  # noqa: RET504 - to mypy, a cancel scope may swallow what is raised in it
