"""Looks up venues, and takes operators' decisions about them."""

from typing import Protocol

from thesetd.domain.music.edits import Edit, Edited
from thesetd.domain.shows.venue_edits import VenueView


class VenueStore(Protocol):
    """Looks up venues."""

    async def find_venues(self, what: str, *, limit: int) -> tuple[VenueView, ...]:
        """Return the venue with a row's or provider's id; or those with a name, without links, the most used first."""
        ...


class VenueDesk(Protocol):
    """Operators' queries and decisions. Each method raises StoreUnavailable while the database is unavailable."""

    async def venues(self, what: str, *, limit: int) -> tuple[VenueView, ...]:
        """Look venues up; see `VenueStore`."""
        ...

    async def edit(self, edit: Edit) -> Edited:
        """Carry out a decision and return its outcome."""
        ...
