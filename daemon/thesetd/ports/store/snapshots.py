"""Where jobs stand: what `thesetctl why` and the status line are made of."""

from datetime import datetime
from typing import Protocol

from thesetd.domain.ids import JobId
from thesetd.domain.work.waits import Deferred
from thesetd.domain.work.why import JobSnapshot


class SnapshotStore(Protocol):
    """What is known of jobs that make no progress."""

    async def snapshot(self, job_id: JobId, *, now: datetime) -> JobSnapshot | None:
        """Return what is known of why a job is not further, None for an unknown id."""
        ...

    async def deferred(self, now: datetime) -> tuple[Deferred, ...]:
        """Count the deferred jobs by what they wait for, most first."""
        ...
