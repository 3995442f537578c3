"""A pool's mailbox: the most urgent lane first, within a lane first come first served."""

from collections import deque

import trio

from thesetd.actors.messages import Fetch
from thesetd.domain.jobs import Lane

CAPACITY = 10_000  # a waiting call is about 1 kB; beyond this the senders wait


class LaneMailbox:
    """A bounded mailbox with one queue per lane. It belongs to the wiring and survives its pool's crashes."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        """Start empty."""
        self._lanes: dict[Lane, deque[Fetch]] = {lane: deque() for lane in Lane}
        self._waiting = trio.Semaphore(0)
        self._room = trio.Semaphore(capacity, max_value=capacity)

    async def send(self, fetch: Fetch) -> None:
        """Put a call in its lane, waiting for room."""
        await self._room.acquire()
        self._lanes[fetch.lane].append(fetch)
        self._waiting.release()

    async def receive(self) -> Fetch:
        """Take the next call whose sender still waits for it."""
        while True:
            await self._waiting.acquire()
            self._room.release()
            fetch = next(lane for lane in self._lanes.values() if lane).popleft()
            if fetch.reply.statistics().open_receive_channels:
                return fetch
            fetch.reply.close()

    def __len__(self) -> int:
        """Say how many calls wait."""
        return sum(map(len, self._lanes.values()))

    def depths(self) -> dict[Lane, int]:
        """Say how many calls wait in each lane."""
        return {lane: len(queue) for lane, queue in self._lanes.items()}
