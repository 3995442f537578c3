"""Reads the stored pages of setlist.fm."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

import attrs


@attrs.frozen(kw_only=True)
class LastEdit:
    """The page of an act that was edited last, of those that are stored, and when (aware UTC, the provider's clock).

    `together` is how many pages were edited at that moment.
    """

    page: str
    at: datetime
    together: int = 1


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

    async def last_edit(self, artist_id: UUID, mbid: str) -> LastEdit | None:
        """Return which of an artist's pages under an MBID was edited last; None if no page says when.

        Pages marked as gone are left out.
        """
        ...
