"""A breaker, as callers see it."""

from contextlib import AbstractContextManager
from typing import Protocol


class BreakerPort(Protocol):
    """A breaker as its callers see it; `thesetd.actors.supervision.guard.BreakerGuard` implements it."""

    def admit(self) -> float:
        """Return 0.0 to let a call through, or the seconds to wait; an admitted call must run in `judge`."""
        ...

    def judge(self) -> AbstractContextManager[None]:
        """Watch the admitted call in this block and learn from how it ends."""
        ...
