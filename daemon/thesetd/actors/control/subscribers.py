"""The subscribers of this process, each with a bounded queue that drops its oldest events if its reader is too slow.

Lost events can be replayed from the database by sequence number.

A reader either waits for its queue, or leaves a function that takes its events. These functions are called in rounds by
one task, at most one round per `ROUND_S`: events of a burst are handed over together, no reader's task is woken, and
after each `TURN` readers all other tasks of the process have their turn. With 500 readers and ten events a second that
takes a quarter of the time of waking each reader for each event.
"""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from thesetd.domain.facts import SubscriberLagged
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.progress import CommittedEvent
from thesetd.ports.control import Lagged, Take
from thesetd.ports.observer import Observer

QUEUE = 256  # events that a subscriber may lag behind: several whole imports
ROUND_S = 0.05  # from the start of a round to that of the next: unnoticed by readers, and bursts take one write
TURN = 250  # readers served before other tasks have a turn, 6 ms: with 50 the last of 500 waited twice as long


class Queue:
    """The queue of one subscriber; see `thesetd.ports.control.Subscription`."""

    def __init__(self, job_id: JobId | None) -> None:
        """Subscribe to one job, or to all jobs."""
        self._job_id = job_id
        self._events = deque[CommittedEvent]()
        self._first_dropped: Seq | None = None
        self._changed = trio.Event()
        self._closed = False
        self._take: Take | None = None

    def offer(self, event: CommittedEvent) -> int:
        """Put an event in the queue if it is of interest; return how many older ones were dropped for it."""
        if self._job_id not in {None, event.job_id}:
            return 0
        dropped = 0
        if len(self._events) == QUEUE:
            oldest = self._events.popleft()
            self._first_dropped = self._first_dropped or oldest.seq
            dropped = 1
        self._events.append(event)
        if self._take is None:
            self._changed.set()
        return dropped

    def hand_over(self) -> None:
        """Let the reader's function take what is queued; wake the reader if it refuses more or if events were lost."""
        if self._take is None or not self._events:
            return
        if self._first_dropped is None:
            events = tuple(self._events)
            self._events.clear()
            if self._take(events):
                return
        self._take = None
        self._changed.set()

    def close(self) -> None:
        """End the subscription once the reader has what is left."""
        self.hand_over()
        self._take, self._closed = None, True
        self._changed.set()

    async def hand_to(self, take: Take) -> None:
        """Hand events over as they come; see `thesetd.ports.control.Subscription`."""
        await trio.lowlevel.checkpoint_if_cancelled()
        self._take, self._changed = take, trio.Event()
        try:
            self.hand_over()
            if not self._closed:
                await self._changed.wait()
        finally:
            self._take = None

    async def receive(self) -> CommittedEvent:
        """Wait for the next event.

        Raises:
            trio.EndOfChannel: the daemon is stopping.
        """
        await self._wait()
        await trio.lowlevel.checkpoint()
        return self._events.popleft()

    async def receive_all(self) -> tuple[CommittedEvent, ...]:
        """Wait for events and return all queued ones; see `thesetd.ports.control.Subscription`."""
        await self._wait()
        events, first_dropped = tuple(self._events), self._first_dropped
        self._events.clear()
        self._first_dropped = None
        if first_dropped is not None:
            raise Lagged(first_dropped)
        return events

    async def _wait(self) -> None:
        await trio.lowlevel.checkpoint_if_cancelled()
        while not self._events:
            if self._closed:
                raise trio.EndOfChannel
            self._changed = trio.Event()
            await self._changed.wait()


class Subscribers:
    """The subscribers of this process; see `thesetd.ports.control.Live`. They outlive the broadcaster's crashes."""

    def __init__(self, observer: Observer) -> None:
        """Start without subscribers."""
        self._queues: set[Queue] = set()
        self._observer = observer
        self._news = trio.Event()
        self._closed = False

    @asynccontextmanager
    async def subscribe(self, job_id: JobId | None = None) -> AsyncIterator[Queue]:
        """Subscribe to one job, or to all jobs, while the context is open."""
        queue = Queue(job_id)
        if self._closed:
            queue.close()
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    def tell(self, event: CommittedEvent) -> None:
        """Offer an event to all subscribers; `spread` hands it over to those that left a function for it."""
        dropped = sum(queue.offer(event) for queue in self._queues)
        if dropped:
            self._observer.notify(SubscriberLagged(dropped=dropped))
        self._news.set()

    async def spread(self) -> None:
        """Hand over events in rounds until cancelled; the first round has what an earlier call left."""
        while True:
            self._news = trio.Event()
            began = trio.current_time()
            for served, queue in enumerate(tuple(self._queues), 1):
                queue.hand_over()
                if not served % TURN:
                    await trio.lowlevel.checkpoint()
            await trio.sleep_until(began + ROUND_S)
            await self._news.wait()

    def close(self) -> None:
        """End every subscription: the daemon is stopping."""
        self._closed = True
        for queue in self._queues:
            queue.close()

    def __len__(self) -> int:
        """Return the number of subscribers."""
        return len(self._queues)
