"""Where pure work is done."""

import threading

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres.offload import LITTLE, offload


async def test_much_work_is_done_in_a_thread(bridge: AsyncioBridge) -> None:
    """The event loop of the database stays free for others; a little work is done at once."""

    async def where(items: int) -> int:
        return await bridge(offload, items, threading.get_ident)

    assert await where(LITTLE) == threading.get_ident()
    assert await where(LITTLE + 1) != threading.get_ident()
