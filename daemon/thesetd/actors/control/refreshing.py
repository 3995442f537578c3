"""Enqueues refreshes that a caller waits for; implements `thesetd.ports.control.Refresher`."""

from uuid import UUID

import attrs

from thesetd.actors.asking import WriterHandle
from thesetd.actors.control.freshness_control import FindsArtists
from thesetd.domain.errors import UnknownShow
from thesetd.domain.freshness.copies import LOOKS, Aspect
from thesetd.domain.shows.local_days import Days, is_over
from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import REQUEST_ID, KnownArtist, Lane, look_job
from thesetd.ports.clock import Clock
from thesetd.ports.store import StatusStore


@attrs.frozen(kw_only=True)
class RefreshControl:
    """Refreshes like those of schedules, but in the interactive lane.

    One that is already waiting is brought forward.
    """

    statuses: StatusStore
    artists: FindsArtists
    writer: WriterHandle
    clock: Clock

    async def refresh_artist(self, artist: str, aspect: Aspect, request_id: str | None = None) -> Accepted:
        """Enqueue a refresh of an artist; see `Refresher`."""
        return await self._enqueue(await self.artists.known(artist), aspect, request_id)

    async def refresh_show(self, show: UUID, request_id: str | None = None) -> Accepted:
        """Enqueue a refresh of a show's headliner; see `Refresher`."""
        found = await self.statuses.headliner(show)
        if found is None:
            raise UnknownShow(show)
        artist, day = found
        over = day is not None and is_over(Days(day=day), self.clock.now())
        return await self._enqueue(artist, Aspect.SETLISTS if over else Aspect.SHOWS, request_id)

    async def _enqueue(self, artist: KnownArtist, aspect: Aspect, request_id: str | None) -> Accepted:
        job = look_job(LOOKS[aspect], Lane.INTERACTIVE, artist.key())
        if request_id:
            job = attrs.evolve(job, args={**job.args, REQUEST_ID: request_id})
        written = await self.writer.write_soon(Batch(at=self.clock.now(), enqueue=(job,)))
        return written.enqueued[0]
