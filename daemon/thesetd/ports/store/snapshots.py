"""Reads the state of jobs for `thesetctl why` and the status line."""

from datetime import datetime
from typing import Protocol

from thesetd.domain.ids import JobId
from thesetd.domain.work.deferrals import Deferred
from thesetd.domain.work.diagnosis import JobSnapshot


class SnapshotStore(Protocol):
    """What is known about jobs that make no progress."""

    async def snapshot(self, job_id: JobId, *, now: datetime) -> JobSnapshot | None:
        """Return what is known about a job's lack of progress, None for an unknown id."""
        ...

    async def deferred(self, now: datetime) -> tuple[Deferred, ...]:
        """Count the deferred jobs by what they wait for, the most frequent first."""
        ...
