"""Places that are taken without a turn of trio's loop while one is free.

trio's locks yield to other tasks whenever they are taken, free or not. A call passes four of these, each between two
waits for a socket, which yield anyway. The locks of Redis's link and of the limiter do yield: meanwhile other callers
join the one who has the turn.
"""

import trio


class QuickRoom:
    """A number of places; who waits for one gets it in turn. With one place it is a lock."""

    def __init__(self, places: int) -> None:
        self._places = trio.Semaphore(places)

    @property
    def value(self) -> int:
        """Return how many places are free."""
        return self._places.value

    @property
    def waiting(self) -> int:
        """Return how many tasks wait for one."""
        return self._places.statistics().tasks_waiting

    async def __aenter__(self) -> None:
        if self._places.value:
            self._places.acquire_nowait()
        else:
            await self._places.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._places.release()
