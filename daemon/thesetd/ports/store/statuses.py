"""Answers clients' queries about jobs, events and artists."""

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
    """Queries about jobs, events and artists."""

    async def status(self, job_id: JobId) -> ImportStatus | None:
        """Return one job, None if the id is unknown."""
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
            artist: only jobs of the artist with this slug, name or id of this database, or requested with these words.
            since: only jobs created at this moment (aware UTC) or later.
            request: only the job that the request with this id created.
            before: only jobs with a smaller id.
            limit: at most this many.
        """
        ...

    async def events(self, *, after: Seq, job_id: JobId | None, limit: int) -> tuple[CommittedEvent, ...]:
        """Return committed events after a sequence number, in order, of one job or of all."""
        ...

    async def find_artist(self, ref: ArtistRef) -> tuple[KnownArtist, ...]:
        """Find stored artists by an id (a provider's or this database's), by slug, or by the exact name (folded).

        If no artist has the name, it may be a former name or a slug.
        """
        ...

    async def headliner(self, show_id: UUID) -> tuple[KnownArtist, date | None] | None:
        """Return the first act with an id at a show, and the show's day; None if there is none."""
        ...
