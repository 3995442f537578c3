"""Places that are taken without a turn of trio's loop while one is free.

trio's locks yield to other tasks whenever they are taken, free or not. A call passes four of these, each between two
waits for a socket, which yield anyway. The locks of Redis's link and of the limiter do yield: meanwhile other callers
join the one who has the turn.
"""

import trio

from thesetd.ports.background import is_in_background

MOST_OVERTAKING = 4  # of users' tasks in a row may overtake a background task


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


class SharedRoom:
    """A number of places for users' work and background work, which wait apart: users' goes first.

    Background work never takes the last place, if there are several: users need not wait for what takes long there.
    """

    def __init__(self, places: int) -> None:
        self._free, self._for_others = places, max(1, places - 1)
        self._overtaking = 0
        self._users, self._others = trio.lowlevel.ParkingLot(), trio.lowlevel.ParkingLot()

    @property
    def value(self) -> int:
        """Return how many places are free."""
        return self._free

    @property
    def waiting(self) -> int:
        """Return how many tasks wait for one."""
        return len(self._users) + len(self._others)

    async def __aenter__(self) -> None:
        if not is_in_background():
            if self._free:
                self._free -= 1
            else:
                await self._users.park()
        elif self._free and self._for_others:
            self._free, self._for_others = self._free - 1, self._for_others - 1
        else:
            await self._others.park()

    async def __aexit__(self, *_: object) -> None:
        self._free, self._for_others = self._free + 1, self._for_others + is_in_background()
        while self._free and (self._users or (self._others and self._for_others)):
            self._free -= 1
            if self._users and not (self._others and self._for_others and self._overtaking == MOST_OVERTAKING):
                self._overtaking += bool(self._others and self._for_others)
                self._users.unpark()
            else:
                self._overtaking, self._for_others = 0, self._for_others - 1
                self._others.unpark()
