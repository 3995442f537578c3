"""A pool's mailbox: interactive calls first, fair among users; then the background lanes in turn."""

import bisect
import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import trio

from thesetd.actors.messages import Fetch
from thesetd.domain.gate.lanes import Fairness, InteractiveRate, Turns, UserRate
from thesetd.domain.ids import JobId
from thesetd.domain.work.diagnosis import CallSnapshot, CallStage
from thesetd.domain.work.jobs import Lane
from thesetd.ports.surface.gate import LaneView

CAPACITY = 2_500  # in each lane; a waiting call takes 0.7 kB, 1.9 kB with its caller; senders wait if the lane is full


class LaneMailbox:
    """A bounded mailbox with one queue per lane. It belongs to the wiring and survives its pool's crashes.

    Each lane has its own capacity: a flood in one never blocks a sender of another.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        """Start empty, with this capacity in each lane."""
        self._background: dict[Lane, deque[Fetch]] = {lane: deque() for lane in Lane if lane is not Lane.INTERACTIVE}
        self._people: list[tuple[int, int, Fetch]] = []  # by round, then by arrival
        self._fairness = Fairness()
        self._arrivals = itertools.count()
        self._room = {lane: trio.Semaphore(capacity, max_value=capacity) for lane in Lane}
        self._served = dict.fromkeys(Lane, 0)
        self._turns = Turns()
        self._calls, self._replies = InteractiveRate(), InteractiveRate()
        self._idle = trio.lowlevel.ParkingLot()
        self._urgent = trio.lowlevel.ParkingLot()

    async def send(self, fetch: Fetch) -> None:
        """Put a call in its lane, waiting for room."""
        room = self._room[fetch.lane]
        if room.value:  # without a turn of trio's loop, since the sender waits for its answer next
            room.acquire_nowait()
        else:
            await room.acquire()
        if fetch.lane is Lane.INTERACTIVE:
            place = self._fairness.place(fetch.call.purpose.job_id)
            bisect.insort(self._people, (place, next(self._arrivals), fetch))
        else:
            if not self._background[fetch.lane]:
                self._turns.join(fetch.lane)
            self._background[fetch.lane].append(fetch)
        if fetch.is_for_reply and self._urgent:
            self._urgent.unpark()
        else:
            self._idle.unpark()

    async def receive(self) -> Fetch:
        """Take the next call whose sender still waits for it."""
        await trio.lowlevel.checkpoint()
        while (fetch := self._take(self._first)) is None:
            await self._idle.park()
        return fetch

    async def receive_urgent(self) -> Fetch:
        """Take the next call that blocks a reply, and no other."""
        await trio.lowlevel.checkpoint()
        while (fetch := self._take(self._first_urgent)) is None:
            await self._urgent.park()
        return fetch

    def user_rate(self) -> UserRate:
        """Return the recent rate of users' calls; see `InteractiveRate`."""
        now = trio.current_time()
        return UserRate(self._calls.per_s(now), self._replies.per_s(now))

    def __len__(self) -> int:
        """Return how many calls are waiting."""
        return len(self._people) + sum(map(len, self._background.values()))

    def views(self) -> tuple[LaneView, ...]:
        """Return each lane, the most urgent first."""
        now = trio.current_time()
        return tuple(
            LaneView(
                lane=lane.label,
                waiting=len(queue),
                oldest_s=max((now - fetch.waiting_since for fetch in queue), default=0.0),
                served=self._served[lane],
            )
            for lane, queue in self._waiting()
        )

    def of(self, job_id: JobId) -> tuple[CallSnapshot, ...]:
        """Return where the calls of a job wait, each with the calls before it in its lane."""
        return tuple(
            CallSnapshot(
                provider=fetch.call.request.provider,
                endpoint=fetch.call.request.endpoint,
                place=CallStage.LANE,
                ahead=ahead,
            )
            for _, queue in self._waiting()
            for ahead, fetch in enumerate(queue)
            if fetch.call.purpose.job_id == job_id and fetch.reply.wanted
        )

    def _waiting(self) -> Iterator[tuple[Lane, Sequence[Fetch]]]:
        yield Lane.INTERACTIVE, [fetch for _, _, fetch in self._people]
        yield from self._background.items()

    def _take(self, first: Callable[[], Lane | None]) -> Fetch | None:
        while (lane := first()) is not None:
            fetch = self._next_of_people() if lane is Lane.INTERACTIVE else self._background[lane].popleft()
            self._room[lane].release()
            if wanted := fetch.reply.wanted:
                self._account(fetch)
            if lane is not Lane.INTERACTIVE and not self._background[lane]:
                self._turns.leave(lane)
            if wanted:
                return fetch
            fetch.reply.close()
        return None

    def _next_of_people(self) -> Fetch:
        place, _, fetch = self._people.pop(0)
        self._fairness.served(place)
        return fetch

    def _first(self) -> Lane | None:
        return Lane.INTERACTIVE if self._people else self._turns.first()

    def _first_urgent(self) -> Lane | None:
        return Lane.INTERACTIVE if self._people and self._people[0][2].is_for_reply else None

    def _account(self, fetch: Fetch) -> None:
        self._served[fetch.lane] += 1
        if fetch.lane is not Lane.INTERACTIVE:
            self._turns.served(fetch.lane)
            return
        for rate in (self._calls, self._replies) if fetch.is_for_reply else (self._calls,):
            rate.note(trio.current_time())
