"""The broadcaster: tells the outside of every committed event, in order.

Subscribers in this process (server-sent events) each have a bounded queue that loses its oldest events when its reader
is too slow: they can replay what they missed from the database by its sequence number. Redis gets every event that it
can take; while it is away nothing waits for it.
"""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from thesetd.actors.guard import Guard
from thesetd.actors.messages import Publish
from thesetd.domain.errors import BusUnavailable
from thesetd.domain.facts import EventPublished, EventUnpublished, SubscriberLagged
from thesetd.domain.ids import JobId
from thesetd.domain.progress import CommittedEvent
from thesetd.ports.bus import Publisher
from thesetd.ports.observer import Observer

QUEUE = 256  # events a subscriber may lag behind: several whole imports


class Queue:
    """One subscriber's events; see `thesetd.ports.control.Subscription`."""

    def __init__(self, job_id: JobId | None) -> None:
        """Listen to one job, or to all."""
        self._job_id = job_id
        self._events = deque[CommittedEvent]()
        self._changed = trio.Event()
        self._closed = False

    def offer(self, event: CommittedEvent) -> int:
        """Put an event in the queue if it is of interest; say how many older ones were dropped for it."""
        if self._job_id not in {None, event.job_id}:
            return 0
        dropped = 0
        if len(self._events) == QUEUE:
            self._events.popleft()
            dropped = 1
        self._events.append(event)
        self._changed.set()
        return dropped

    def close(self) -> None:
        """Let the reader end when it has read what is left."""
        self._closed = True
        self._changed.set()

    async def receive(self) -> CommittedEvent:
        """Wait for the next event.

        Raises:
            trio.EndOfChannel: the daemon is stopping.
        """
        while not self._events:
            if self._closed:
                raise trio.EndOfChannel
            self._changed = trio.Event()
            await self._changed.wait()
        await trio.lowlevel.checkpoint()
        return self._events.popleft()


class Subscribers:
    """Who listens in this process; see `thesetd.ports.control.Live`. It outlives the broadcaster's crashes."""

    def __init__(self, observer: Observer) -> None:
        """Start with nobody."""
        self._queues: set[Queue] = set()
        self._observer = observer
        self._closed = False

    @asynccontextmanager
    async def subscribe(self, job_id: JobId | None = None) -> AsyncIterator[Queue]:
        """Listen to one job, or to all, while the context is open."""
        queue = Queue(job_id)
        if self._closed:
            queue.close()
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    def tell(self, event: CommittedEvent) -> None:
        """Offer an event to all."""
        dropped = sum(queue.offer(event) for queue in self._queues)
        if dropped:
            self._observer.notify(SubscriberLagged(dropped=dropped))

    def close(self) -> None:
        """End every subscription: the daemon is stopping."""
        self._closed = True
        for queue in self._queues:
            queue.close()

    def __len__(self) -> int:
        """Say how many listen."""
        return len(self._queues)


class Broadcaster:
    """Hands committed events to the subscribers and to Redis."""

    def __init__(
        self,
        mailbox: trio.MemoryReceiveChannel[Publish],
        *,
        subscribers: Subscribers,
        publisher: Publisher,
        guard: Guard,
        observer: Observer,
    ) -> None:
        """Take the receiving end of the mailbox; the broadcaster works on a clone of it."""
        self._mailbox = mailbox
        self._subscribers = subscribers
        self._publisher = publisher
        self._guard = guard
        self._observer = observer

    async def run(self) -> None:
        """Work until cancelled; what is already in the mailbox is still told then."""
        async with self._mailbox.clone() as mailbox:
            try:
                async for message in mailbox:
                    await self._tell(message)
            finally:
                await self._tell_the_rest(mailbox)

    async def _tell_the_rest(self, mailbox: trio.MemoryReceiveChannel[Publish]) -> None:
        with trio.move_on_after(1, shield=True):
            while True:
                try:
                    await self._tell(mailbox.receive_nowait())
                except (trio.WouldBlock, trio.EndOfChannel):
                    return

    async def _tell(self, message: Publish) -> None:
        for event in message.events:
            self._subscribers.tell(event)
        for event in message.events:
            await self._publish(event)

    async def _publish(self, event: CommittedEvent) -> None:
        if self._guard.admit() > 0:
            self._observer.notify(EventUnpublished(seq=event.seq, error="Redis is resting after failures"))
            return
        try:
            with self._guard.judge():
                await self._publisher.publish(event)
        except BusUnavailable as error:
            self._observer.notify(EventUnpublished(seq=event.seq, error=str(error)))
        else:
            self._observer.notify(EventPublished(seq=event.seq))
