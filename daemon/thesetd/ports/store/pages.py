"""What is stored of setlist.fm's pages."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class PageStore(Protocol):
    """Pages that may be gone."""

    async def unseen(self, artist_id: UUID, mbid: str, *, since: datetime, limit: int) -> tuple[str, ...]:
        """Return the ids of an artist's pages under an MBID that no answer has held since a moment, the oldest first.

        Those that are marked as gone are left out.
        """
        ...
