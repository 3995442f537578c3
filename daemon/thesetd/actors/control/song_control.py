"""Answers operators' queries and carries out their decisions about songs; implements `thesetd.ports.songs.SongDesk`."""

import attrs

from thesetd.actors.asking import WriterHandle
from thesetd.domain.music.edits import Edit, Edited, SongView
from thesetd.domain.setlists.views import PredictionScore, Review
from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import JobKind, Lane, NewJob
from thesetd.ports.clock import Clock
from thesetd.ports.songs import ReviewStore, SongStore

RECLASSIFY = NewJob(kind=JobKind.RECLASSIFY, lane=Lane.HIGH, unique_key="reclassify")


@attrs.frozen(kw_only=True)
class SongControl:
    """Decisions go through the writer, in one transaction with their changes."""

    store: SongStore
    uncertain: ReviewStore
    writer: WriterHandle
    clock: Clock

    async def songs(self, what: str) -> tuple[SongView, ...]:
        """Look songs up; see `SongDesk`."""
        return await self.store.find_songs(what)

    async def edit(self, edit: Edit) -> Edited:
        """Carry out a decision; see `SongDesk`."""
        written = await self.writer.write_soon(Batch(at=self.clock.now(), edits=(edit,)))
        return written.edited[0]

    async def reclassify(self) -> Accepted:
        """Enqueue the job; see `SongDesk`."""
        written = await self.writer.write_soon(Batch(at=self.clock.now(), enqueue=(RECLASSIFY,)))
        return written.enqueued[0]

    async def reviews(self, *, limit: int) -> tuple[Review, ...]:
        """List uncertain pages and names; see `SongDesk`."""
        return await self.uncertain.reviews(limit=limit)

    async def scores(self, slug: str | None, *, limit: int) -> tuple[PredictionScore, ...]:
        """Return the scores of predictions; see `SongDesk`."""
        return await self.uncertain.scores(slug, limit=limit)
