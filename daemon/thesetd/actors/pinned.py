"""Refreshes copies that operators pinned to a maximum age, independent of the schedules, as soon as they are older.

They run in the lane directly after users' imports. A pin cannot use the quota reserved for those.
"""

from datetime import datetime

from thesetd.actors.asking import WriterHandle
from thesetd.domain.freshness.copies import LOOKS
from thesetd.domain.work.batches import Batch, Picks
from thesetd.domain.work.jobs import Lane, look_job
from thesetd.ports.freshness import FreshnessStore

MOST = 100  # refreshes of one round; the next round comes within minutes


class PinnedLooks:
    """Enqueues refreshes of pinned copies."""

    def __init__(self, store: FreshnessStore, *, writer: WriterHandle) -> None:
        """Take the store, and the writer for jobs."""
        self._store = store
        self._writer = writer

    async def enqueue(self, now: datetime) -> None:
        """Enqueue a job for each pinned copy that is too old; recently enqueued ones are left out."""
        for overdue in await self._store.overdue(now=now, limit=MOST):
            jobs = tuple(look_job(LOOKS[overdue.aspect], Lane.HIGH, artist.key()) for artist in overdue.artists)
            picks = Picks(aspect=overdue.aspect, artists=tuple(artist.id for artist in overdue.artists))
            await self._writer.write(Batch(at=now, enqueue=jobs, picks=picks))
