"""The way to open a world of nodes on one Redis."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock as Clock

from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.domain.gate.windows import Window
from virtual_nodes import Open, World


@pytest.fixture
def open_world(redis_server: str, mock_clock: Clock) -> Open:
    """Yield the way to open a world of nodes with these limits."""

    @asynccontextmanager
    async def opened(windows: Sequence[Window]) -> AsyncIterator[World]:
        async with open_quick_loop(), trio.open_nursery() as nursery:
            world = World(redis_server, mock_clock, nursery, windows)
            async with trio.open_nursery() as world.nursery:
                yield world
                world.nursery.cancel_scope.cancel()
            await world.aclose()

    return opened
