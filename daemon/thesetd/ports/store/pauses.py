"""Stores pauses, for every node and across restarts."""

from datetime import datetime
from typing import Protocol

import attrs


@attrs.frozen(kw_only=True)
class Pause:
    """What an operator has paused, and since when; `drained` are the nodes that have no call in progress any more."""

    what: str
    since: datetime
    drained: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Busy:
    """What may still be running: the nodes that hold their names, and the number of running jobs."""

    nodes: frozenset[str]
    jobs: int


class PauseStore(Protocol):
    """The pauses, for every node and across restarts."""

    async def in_force(self) -> tuple[Pause, ...]:
        """Return all pauses, by name."""
        ...

    async def pause(self, what: str, *, at: datetime) -> bool:
        """Pause something; return False, changing nothing, if it is paused already."""
        ...

    async def resume(self, what: str) -> bool:
        """End a pause, which makes the jobs that waited for it due; return False if there is none."""
        ...

    async def mark_drained(self, what: str, node: str) -> None:
        """Record that a node has no work of the paused kind in progress any more."""
        ...

    async def busy(self) -> Busy:
        """Return what may still be running."""
        ...
