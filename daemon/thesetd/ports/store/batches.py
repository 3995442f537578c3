"""The writer's way into the database."""

from collections.abc import Sequence
from typing import Protocol

from thesetd.domain.errors import StoreError
from thesetd.domain.work.batches import Batch, Written


class BatchStore(Protocol):
    """The writer's way into the database."""

    async def write(self, batch: Batch) -> Written:
        """Store a batch in one transaction. It is never cancelled half-way: the caller's cancellation waits for it.

        A row that the database refuses goes to the rejects and the rest is stored.

        Raises:
            LostLease: the batch's job belongs to another run; nothing was stored.
            AlreadyFired: the schedule is no longer due at that time; nothing was stored.
            StoreUnavailable: the outcome is unknown; writing the same batch again is safe.
            StoreRejected: the whole batch is refused; nothing was stored.
        """
        ...

    async def write_all(self, batches: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
        """Store several batches with one commit; each is stored completely or, with its error, not at all.

        At most one of the batches may belong to a job.

        Raises:
            StoreUnavailable: as in `write`, for all of them.
        """
        ...
