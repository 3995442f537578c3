"""Single jobs and pauses, as an operator sees and changes them."""

from typing import Protocol

from thesetd.domain.ids import JobId
from thesetd.domain.work.jobs import Action, Ordered
from thesetd.domain.work.why import Why
from thesetd.ports.surface.daemon import PauseView


class Operator(Protocol):
    """What an operator orders, and asks about single jobs. Each raises StoreUnavailable where the database is away."""

    async def order(self, job_id: JobId, action: Action) -> Ordered:
        """Cancel or retry a job, whichever node runs it, and return the outcome."""
        ...

    async def pauses(self) -> tuple[PauseView, ...]:
        """Show all that is paused."""
        ...

    async def pause(self, what: str) -> PauseView:
        """Pause a provider, a schedule, or all, on every node and until it is resumed; it may be paused already.

        Raises:
            KeyError: there is nothing of that name.
        """
        ...

    async def resume(self, what: str) -> bool:
        """End a pause; False if there was none.

        Raises:
            KeyError: there is nothing of that name.
        """
        ...

    async def why(self, job_id: JobId) -> Why | None:
        """Return why a job makes no progress, None if there is no such job; while the database is away, just that."""
        ...
