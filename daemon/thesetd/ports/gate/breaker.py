"""A breaker, as callers see it."""

from contextlib import AbstractContextManager
from typing import Protocol


class Fuse(Protocol):
    """A breaker as those see it who call something through it; `thesetd.actors.supervision.guard.Guard` is one."""

    def admit(self) -> float:
        """Let a call through (0.0), or say how many seconds to wait; an admitted call must run in `judge`."""
        ...

    def judge(self) -> AbstractContextManager[None]:
        """Watch the admitted call in this block and learn from how it ends."""
        ...
