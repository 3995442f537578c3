"""What people look up and decide about venues."""

from typing import Protocol

from thesetd.domain.music.edits import Edit, Edited
from thesetd.domain.shows.venue_edits import VenueView


class VenueStore(Protocol):
    """Where venues are looked up."""

    async def find_venues(self, what: str, *, limit: int) -> tuple[VenueView, ...]:
        """Return the venue of a row's or provider's id; or those of a name, without links, the most used first."""
        ...


class VenueDesk(Protocol):
    """What an operator asks and decides. Each raises StoreUnavailable while the database is away."""

    async def venues(self, what: str, *, limit: int) -> tuple[VenueView, ...]:
        """Look venues up; see `VenueStore`."""
        ...

    async def edit(self, edit: Edit) -> Edited:
        """Carry out a decision and return what came of it."""
        ...
