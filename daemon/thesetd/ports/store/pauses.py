"""What is paused, for every node and every run of it."""

from datetime import datetime
from typing import Protocol

import attrs


@attrs.frozen(kw_only=True)
class Pause:
    """What an operator has paused, and since when; `drained` are the nodes that have no call under way any more."""

    what: str
    since: datetime
    drained: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Busy:
    """Who could still be at work: the nodes that hold their names, and how many jobs run."""

    nodes: frozenset[str]
    jobs: int


class PauseStore(Protocol):
    """What is paused, for every node and across restarts."""

    async def in_force(self) -> tuple[Pause, ...]:
        """Return all that is paused, by name."""
        ...

    async def pause(self, what: str, *, at: datetime) -> bool:
        """Pause something; False if it is paused already, which changes nothing."""
        ...

    async def resume(self, what: str) -> bool:
        """End a pause, which makes due what waited for it; False if there is none."""
        ...

    async def mark_drained(self, what: str, node: str) -> None:
        """Say that a node has nothing under way any more of what is paused."""
        ...

    async def busy(self) -> Busy:
        """Say who could still be at work."""
        ...
