"""Up to which event the outside has been notified."""

from typing import Protocol

from thesetd.domain.ids import Seq


class OutboxStore(Protocol):
    """How far the outside has been told."""

    async def published_seq(self) -> Seq:
        """Return the number up to which every event was handed over for certain."""
        ...

    async def mark_published(self, seq: Seq) -> None:
        """Move that number on; it never moves back."""
        ...

    async def last_seq(self) -> Seq:
        """Return the number of the last committed event, 0 if there never was one. Numbers have no gaps."""
        ...
