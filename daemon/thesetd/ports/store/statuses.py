"""Jobs, events and artists, as clients ask about them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from thesetd.domain.ids import JobId, Seq
from thesetd.domain.music.reference import ArtistRef
from thesetd.domain.work.jobs import JobKind, JobState, KnownArtist
from thesetd.domain.work.progress import CommittedEvent
from thesetd.ports.surface.jobs import ImportStatus


class StatusStore(Protocol):
    """What people ask about."""

    async def status(self, job_id: JobId) -> ImportStatus | None:
        """Return one job, None if there is none of that id."""
        ...

    async def listed(
        self,
        *,
        states: Sequence[JobState] = (),
        kinds: Sequence[JobKind] = (),
        artist: str | None = None,
        since: datetime | None = None,
        request: str | None = None,
        before: JobId | None = None,
        limit: int = 50,
    ) -> tuple[ImportStatus, ...]:
        """List jobs, newest first, of all states and kinds if none is named.

        Args:
            states: only jobs in one of them.
            kinds: only jobs of one of them.
            artist: only jobs of the artist with this slug, name or id of ours, or that were asked for in these words.
            since: only jobs created at this moment (aware UTC) or later.
            request: only the job that the request with this id began.
            before: only jobs with a smaller id.
            limit: at most so many.
        """
        ...

    async def events(self, *, after: Seq, job_id: JobId | None, limit: int) -> tuple[CommittedEvent, ...]:
        """Return committed events after a sequence number, in order, of one job or of all."""
        ...

    async def find_artist(self, ref: ArtistRef) -> tuple[KnownArtist, ...]:
        """Find stored artists by an id (a provider's or our own), by slug, or by this exact name (folded).

        A name that no artist has may be a former name or a slug.
        """
        ...

    async def headliner(self, show_id: UUID) -> tuple[KnownArtist, date | None] | None:
        """Return the first act of a show that has an id, and the show's day; None if there is none."""
        ...
