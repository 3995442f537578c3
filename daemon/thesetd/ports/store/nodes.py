"""Which nodes run: names, heartbeats and hints."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Protocol

import attrs

from thesetd.domain.ids import Seq
from thesetd.domain.work.jobs import Owner


class HintKind(Enum):
    """What a commit left to do."""

    JOBS = "jobs"
    ORDERS = "orders"
    EVENTS = "events"
    PAUSES = "pauses"
    CHANGES = "changes"


@attrs.frozen
class Hint:
    """What some node committed; `seq` is the number of the last event."""

    left: HintKind
    seq: Seq | None = None


@attrs.frozen(kw_only=True)
class Heartbeat:
    """What a node learns with a beat.

    `beats` tells how often each other node that runs jobs has beaten: one whose count stands still has crashed.
    `retaken` says that the name had been let go of: the others may be without theirs at this moment, too. `live` are
    all nodes that hold their names, this one included.
    """

    beats: Mapping[str, int]
    retaken: bool
    live: frozenset[str] = frozenset()


class NodeStore(Protocol):
    """Which nodes run: each holds its name in the database while it does."""

    async def join(self, name: str, *, now: datetime) -> Owner:
        """Take a name and begin its next epoch.

        Raises:
            NameTaken: another process holds the name and works.
            StoreUnavailable: it cannot be taken now.
        """
        ...

    async def beat(self, owner: Owner) -> Heartbeat:
        """Prove that the name is still held, taking it again where the connection was lost; count this beat.

        Raises:
            NameTaken: another process holds the name now, or held it in between.
            StoreUnavailable: the database does not answer.
        """
        ...

    async def hint(self) -> Hint:
        """Wait for the next hint, of the kind that waits longest; several of a kind may be one.

        Those that were given while the connection was lost are made up for when it is there again.
        """
        ...
