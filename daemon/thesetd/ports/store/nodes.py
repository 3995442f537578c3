"""The running nodes: names, heartbeats and hints."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Protocol

import attrs

from thesetd.domain.ids import Seq
from thesetd.domain.work.jobs import Owner


class HintKind(Enum):
    """The kind of work that a commit caused."""

    JOBS = "jobs"
    ORDERS = "orders"
    EVENTS = "events"
    PAUSES = "pauses"
    CHANGES = "changes"


@attrs.frozen
class Hint:
    """A node's commit; `seq` is the number of the last event."""

    left: HintKind
    seq: Seq | None = None


@attrs.frozen(kw_only=True)
class Heartbeat:
    """What a node learns from a heartbeat.

    `beats` counts the heartbeats of each other node that runs jobs: one whose count has stopped has crashed. `retaken`
    says that the name had been lost: the other nodes may lack theirs at this moment, too. `live` are all nodes that
    hold their names, this one included.
    """

    beats: Mapping[str, int]
    retaken: bool
    live: frozenset[str] = frozenset()


class NodeStore(Protocol):
    """The running nodes: each holds its name in the database while it runs."""

    async def join(self, name: str, *, now: datetime) -> Owner:
        """Take a name and begin its next epoch.

        Raises:
            NameTaken: another running process holds the name.
            StoreUnavailable: the name cannot be taken now.
        """
        ...

    async def beat(self, owner: Owner) -> Heartbeat:
        """Prove that the name is still held, retake it if the connection was lost, and count this beat.

        Raises:
            NameTaken: another process holds the name, or has held it in the meantime.
            StoreUnavailable: the database does not answer.
        """
        ...

    async def hint(self) -> Hint:
        """Wait for the next hint, of the kind that has waited longest; several of a kind may be merged.

        Hints missed while the connection was lost are made up for when it is back.
        """
        ...
