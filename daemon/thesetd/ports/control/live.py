"""Delivers events as they are committed."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.progress import CommittedEvent

Take = Callable[[tuple[CommittedEvent, ...]], bool]


class Lagged(Exception):
    """A subscription's queue overflowed: events from `first` on were dropped, but are in the database."""

    def __init__(self, first: Seq) -> None:
        """Take the number of the first dropped event."""
        super().__init__(first)
        self.first = first


class Subscription(Protocol):
    """A bounded queue of events for one reader; a reader that is too slow loses the oldest, but can replay them."""

    async def hand_to(self, take: Take) -> None:
        """Call `take` with events as they come, in the publisher's task, which spares the caller's task the wake-ups.

        `take` gets all queued events, oldest first, and must neither block nor raise; if it returns False, it has
        taken these, and this method returns. It also returns if the queue overflowed or the daemon is stopping, which
        `receive_all` then reports.

        Cancellation: events that `take` has not got stay in the queue.
        """
        ...

    async def receive_all(self) -> tuple[CommittedEvent, ...]:
        """Wait for events and return all queued ones, oldest first.

        Raises:
            Lagged: the queue overflowed; it is empty now.
            trio.EndOfChannel: the daemon is stopping.
        """
        ...


class Live(Protocol):
    """Offers subscriptions to committed events."""

    def subscribe(self, job_id: JobId | None = None) -> AbstractAsyncContextManager[Subscription]:
        """Subscribe to the events of one job, or of all jobs."""
        ...
