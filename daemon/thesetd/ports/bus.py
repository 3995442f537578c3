"""How the outside hears of progress."""

from typing import Protocol

from thesetd.domain.progress import CommittedEvent


class Publisher(Protocol):
    """One way to tell many."""

    async def publish(self, event: CommittedEvent) -> None:
        """Hand an event over.

        Raises:
            BusUnavailable: nobody can be told now; the event is still in the database.
        """
        ...

    async def ping(self) -> None:
        """Return when the bus answers.

        Raises:
            BusUnavailable: it does not.
        """
        ...
