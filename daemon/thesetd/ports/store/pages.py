"""What is stored of setlist.fm's pages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID


class PageStore(Protocol):
    """Pages as they were seen last."""

    async def unseen(self, artist_id: UUID, mbid: str, *, since: datetime, limit: int) -> tuple[str, ...]:
        """Return the ids of an artist's pages under an MBID that no answer has held since a moment, the oldest first.

        Those that are marked as gone are left out.
        """
        ...

    async def versions(self, artist_id: UUID, mbid: str, *, since: datetime, limit: int) -> Mapping[str, str]:
        """Return the versions of so many of an artist's latest pages by id; none unless all were seen since a moment.

        Those that are marked as gone are left out.
        """
        ...
