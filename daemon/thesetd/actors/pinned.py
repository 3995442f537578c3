"""Looks at what operators pinned to an age, whatever the schedules are about: ordered as soon as it is older.

They run in the lane right behind people's imports. A pin cannot spend what is kept for those.
"""

from datetime import datetime

from thesetd.actors.asking import WriterHandle
from thesetd.domain.freshness.copies import LOOKS
from thesetd.domain.identity.spaces import Space
from thesetd.domain.work.batches import Batch, Picks
from thesetd.domain.work.jobs import Lane, look_job
from thesetd.ports.freshness import FreshnessStore

MOST = 100  # looks of one round; the next one comes within minutes


class PinnedLooks:
    """Orders looks at pinned copies."""

    def __init__(self, store: FreshnessStore, *, writer: WriterHandle, lead: Space) -> None:
        """Take the store; `lead` is the space of the ids by which artists are named."""
        self._store = store
        self._writer = writer
        self._lead = lead

    async def order(self, now: datetime) -> None:
        """Enqueue a job for each pinned copy that is too old; one that was ordered lately is left out."""
        for overdue in await self._store.overdue(now=now, limit=MOST):
            keyed = [(artist.id, key) for artist in overdue.artists if (key := artist.key_in(self._lead))]
            jobs = tuple(look_job(LOOKS[overdue.aspect], Lane.HIGH, key) for _, key in keyed)
            picks = Picks(aspect=overdue.aspect, artists=tuple(artist for artist, _ in keyed))
            await self._writer.write(Batch(at=now, enqueue=jobs, picks=picks))
