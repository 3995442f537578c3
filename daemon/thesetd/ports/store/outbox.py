"""Tracks up to which event subscribers have been notified."""

from typing import Protocol

from thesetd.domain.ids import Seq


class OutboxStore(Protocol):
    """The progress of publishing."""

    async def published_seq(self) -> Seq:
        """Return the number up to which every event has certainly been published."""
        ...

    async def mark_published(self, seq: Seq) -> None:
        """Advance that number; it never moves back."""
        ...

    async def last_seq(self) -> Seq:
        """Return the number of the last committed event, 0 if there never was one. Numbers have no gaps."""
        ...
