"""Reads the stored pages of setlist.fm."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID


class PageStore(Protocol):
    """The pages as they were last seen."""

    async def unseen(self, artist_id: UUID, mbid: str, *, since: datetime, limit: int) -> tuple[str, ...]:
        """Return the ids of an artist's pages under an MBID that no answer has held since a moment, oldest first.

        Pages marked as gone are left out.
        """
        ...

    async def versions(self, artist_id: UUID, mbid: str, *, since: datetime, limit: int) -> Mapping[str, str]:
        """Return the versions of this many of an artist's latest pages, by id.

        Empty unless all were seen since a moment.

        Pages marked as gone are left out.
        """
        ...
