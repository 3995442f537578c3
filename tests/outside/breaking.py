"""Work that breaks in a part of it while the rest is being cancelled: what comes out is a group of both."""

from typing import NoReturn

import trio


async def break_in_part(error: Exception) -> NoReturn:
    """Wait to be cancelled, and fail with an error then, beside a task that ends as it should."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep_forever)
        try:
            await trio.sleep_forever()
        finally:
            raise error
