"""How progress is published."""

from collections.abc import Sequence
from typing import Protocol

import attrs

from thesetd.domain.ids import Seq
from thesetd.domain.work.progress import CommittedEvent


@attrs.frozen
class Position:
    """The number up to which all events were published, and which event that was (`CommittedEvent.identity`)."""

    seq: Seq
    event: str


class Publisher(Protocol):
    """One channel to many subscribers that remembers how far it has published: any node may continue from there."""

    async def position(self) -> Position | None:
        """Return the last event up to which all were published, None if none is remembered.

        Raises:
            BusUnavailable: it cannot be asked now.
        """
        ...

    async def publish(self, events: Sequence[CommittedEvent], *, after: Seq | None) -> Seq | None:
        """Publish those of these events that are not published yet, in order.

        Args:
            events: at least one, without a gap between their numbers.
            after: the number right before the first of them; None to publish them whatever is remembered.

        Returns:
            The position now. If it is before `after`, or None, nothing was published: what lies between comes first.

        Raises:
            BusUnavailable: nothing can be published now; the events are still in the database.
        """
        ...
