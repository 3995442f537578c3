"""Defines the replies to requests for work."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import attrs

from thesetd.domain.documents import Says
from thesetd.domain.ids import JobId
from thesetd.domain.work.progress import Stage


@attrs.frozen(kw_only=True)
class Accepted:
    """A job that is committed and will be run, with what is known of its artist.

    artist_id, slug and name are null until a slow provider has identified the artist.
    """

    job_id: JobId
    artist_id: UUID | None
    slug: Annotated[str | None, Says(example="gorillaz")]
    name: Annotated[str | None, Says(example="Gorillaz")]
    status: Annotated[str, Says("Its stage now.", choices=tuple(stage.value for stage in Stage))]
    joined: Annotated[bool, Says("Whether it was already under way.")] = False
    expected_at: Annotated[
        datetime | None, Says("When it is expected to be complete; null if it ended, or if too few imports are known.")
    ] = None
    expected_from: Annotated[datetime | None, Says("Four of five such imports end between these moments.")] = None
    expected_until: datetime | None = None

    def as_joined(self, *, joined: bool) -> "Accepted":
        """Return the same answer, marked as joined."""
        return attrs.evolve(self, joined=True) if joined and not self.joined else self
