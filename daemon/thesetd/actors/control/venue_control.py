"""Answers operators' queries and carries out their decisions about venues.

Implements `thesetd.ports.venues.VenueDesk`.
"""

import attrs

from thesetd.actors.asking import WriterHandle
from thesetd.domain.music.edits import Edit, Edited
from thesetd.domain.shows.venue_edits import VenueView
from thesetd.domain.work.batches import Batch
from thesetd.ports.clock import Clock
from thesetd.ports.venues import VenueStore


@attrs.frozen(kw_only=True)
class VenueControl:
    """Decisions go through the writer, in one transaction with their changes."""

    store: VenueStore
    writer: WriterHandle
    clock: Clock

    async def venues(self, what: str, *, limit: int) -> tuple[VenueView, ...]:
        """Look venues up; see `VenueDesk`."""
        return await self.store.find_venues(what, limit=limit)

    async def edit(self, edit: Edit) -> Edited:
        """Carry out a decision; see `VenueDesk`."""
        written = await self.writer.write_soon(Batch(at=self.clock.now(), edits=(edit,)))
        return written.edited[0]
