"""Where refreshes are requested by a waiting caller."""

from typing import Protocol
from uuid import UUID

from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.work.accepted import Accepted


class Refresher(Protocol):
    """Enqueues looks in the interactive lane; an answer means that the job is committed.

    Each raises StoreUnavailable while the database is away.
    """

    async def refresh_artist(self, artist: str, aspect: Aspect, request_id: str | None = None) -> Accepted:
        """Refresh an aspect of a stored artist: a slug, a name, an id, or the id that a reply gave.

        Raises:
            BadReference, UnknownArtist, AmbiguousArtist: it names no stored artist, or several.
        """
        ...

    async def refresh_show(self, show: UUID, request_id: str | None = None) -> Accepted:
        """Refresh the shows of a show's headliner or, if the show is over, the setlists.

        Raises:
            UnknownShow: there is no such show, or no act of it is known.
        """
        ...
