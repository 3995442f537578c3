"""Lets an operator see and change single jobs and pauses."""

from typing import Protocol

from thesetd.domain.ids import JobId
from thesetd.domain.work.diagnosis import Diagnosis
from thesetd.domain.work.jobs import Action, Ordered
from thesetd.ports.surface.daemon import PauseView


class Operator(Protocol):
    """Orders and questions about single jobs. Each method raises StoreUnavailable if the database is unavailable."""

    async def order(self, job_id: JobId, action: Action) -> Ordered:
        """Cancel or retry a job, whichever node runs it, and return the outcome."""
        ...

    async def pauses(self) -> tuple[PauseView, ...]:
        """Return all pauses."""
        ...

    async def pause(self, what: str) -> PauseView:
        """Pause a provider, a schedule, or everything, on every node until it is resumed; it may be paused already.

        Raises:
            KeyError: there is nothing with that name.
        """
        ...

    async def resume(self, what: str) -> bool:
        """End a pause; False if there was none.

        Raises:
            KeyError: there is nothing with that name.
        """
        ...

    async def why(self, job_id: JobId) -> Diagnosis | None:
        """Return why a job makes no progress, None if there is no such job; or that the database is unavailable."""
        ...
