"""Runs pure work that takes tenths of a second in a thread, so that the database's event loop stays responsive."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

LITTLE = 200  # number of items below which the work is done before a thread has started


async def offload(items: int, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run pure work, in a thread if it has many items, and return its result."""
    if items <= LITTLE:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)
