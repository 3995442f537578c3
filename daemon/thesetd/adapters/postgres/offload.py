"""Pure work that takes tenths of a second is done in a thread, since the database's event loop serves everybody."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

LITTLE = 200  # items; less is done before a thread has begun


async def offload(items: int, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Return what pure work returns, done in a thread if it is about many items."""
    if items <= LITTLE:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)
