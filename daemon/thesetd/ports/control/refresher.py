"""Accepts refreshes that a caller waits for."""

from typing import Protocol
from uuid import UUID

from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.work.accepted import Accepted


class Refresher(Protocol):
    """Enqueues refreshes in the interactive lane; a reply means that the job is committed.

    Each method raises StoreUnavailable while the database is unavailable.
    """

    async def refresh_artist(self, artist: str, aspect: Aspect, request_id: str | None = None) -> Accepted:
        """Refresh an aspect of a stored artist, given by a slug, a name, a provider's id, or an artist id from a reply.

        Raises:
            BadReference, UnknownArtist, AmbiguousArtist: it does not name exactly one stored artist.
        """
        ...

    async def refresh_show(self, show: UUID, request_id: str | None = None) -> Accepted:
        """Refresh the shows of a show's headliner or, if the show is over, its setlists.

        Raises:
            UnknownShow: there is no such show, or none of its acts is known.
        """
        ...
