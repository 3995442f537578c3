"""Defines how progress is published."""

from collections.abc import Sequence
from typing import Protocol

import attrs

from thesetd.domain.ids import Seq
from thesetd.domain.work.progress import CommittedEvent


@attrs.frozen
class Position:
    """The number up to which all events were published, and the identity of that event (`CommittedEvent.identity`)."""

    seq: Seq
    event: str


class Publisher(Protocol):
    """One channel to many subscribers that remembers how far it has published, so any node can continue from there."""

    async def position(self) -> Position | None:
        """Return the position up to which all events were published, None if none is remembered.

        Raises:
            BusUnavailable: Redis is unavailable.
        """
        ...

    async def publish(self, events: Sequence[CommittedEvent], *, after: Seq | None) -> Seq | None:
        """Publish, in order, those of the events that have not been published yet.

        Args:
            events: at least one, without a gap between their numbers.
            after: the number right before the first of them; None to publish them regardless of the position.

        Returns:
            The new position. If it is before `after`, or None, nothing was published: the events in between come first.

        Raises:
            BusUnavailable: nothing can be published now; the events are still in the database.
        """
        ...
