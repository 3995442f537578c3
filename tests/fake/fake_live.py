"""Subscriptions to committed events in memory, which hand over each event as it is told."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import trio

from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.progress import CommittedEvent
from thesetd.ports.control import Lagged, Take

QUEUE = 256  # events a subscription holds


class Queue:
    """A subscription of the fake; loses its oldest when it is full, like the real one."""

    def __init__(self, job_id: JobId | None) -> None:
        self.job_id = job_id
        self.events = deque[CommittedEvent]()
        self.first_dropped: Seq | None = None
        self.closed = False
        self.changed = trio.Event()
        self.take: Take | None = None

    def offer(self, event: CommittedEvent) -> None:
        """Take an event."""
        if len(self.events) == QUEUE:
            self.first_dropped = self.first_dropped or self.events.popleft().seq
        self.events.append(event)
        self._hand_over()

    def end(self) -> None:
        """Let no more come."""
        self._hand_over()
        self.take, self.closed = None, True
        self.changed.set()

    def _hand_over(self) -> None:
        if self.take is None or self.first_dropped is not None:
            self.changed.set()
        elif self.events:
            events = tuple(self.events)
            self.events.clear()
            if not self.take(events):
                self.take = None
                self.changed.set()

    async def hand_to(self, take: Take) -> None:
        """Hand over what there is and what comes, until it is refused."""
        await trio.lowlevel.checkpoint_if_cancelled()
        self.take, self.changed = take, trio.Event()
        try:
            self._hand_over()
            if not self.closed:
                await self.changed.wait()
        finally:
            self.take = None

    async def receive_all(self) -> tuple[CommittedEvent, ...]:
        """Return what there is, or say that the reader lags or that the daemon stops."""
        await trio.lowlevel.checkpoint()
        while not self.events:
            if self.closed:
                raise trio.EndOfChannel
            self.changed = trio.Event()
            await self.changed.wait()
        events, first_dropped = tuple(self.events), self.first_dropped
        self.events.clear()
        self.first_dropped = None
        if first_dropped is not None:
            raise Lagged(first_dropped)
        return events


class FakeLive:
    """A `Live`; `on_subscribe` runs whenever a subscription begins."""

    def __init__(self) -> None:
        self.queues: set[Queue] = set()
        self.on_subscribe: Callable[[JobId | None], None] = lambda _: None

    def subscribe(self, job_id: JobId | None = None) -> AbstractAsyncContextManager[Queue]:
        """Listen."""
        return self._subscription(job_id)

    @asynccontextmanager
    async def _subscription(self, job_id: JobId | None) -> AsyncIterator[Queue]:
        queue = Queue(job_id)
        self.queues.add(queue)
        self.on_subscribe(job_id)
        try:
            yield queue
        finally:
            self.queues.discard(queue)

    def tell(self, event: CommittedEvent, queues: Iterable[Queue] = ()) -> None:
        """Let the listeners hear of an event."""
        for queue in queues or self.queues:
            if queue.job_id in {None, event.job_id}:
                queue.offer(event)

    def close(self) -> None:
        """Stop, as far as listeners can tell."""
        for queue in self.queues:
            queue.end()
