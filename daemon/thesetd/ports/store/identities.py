"""What is stored about who is who."""

from typing import Protocol
from uuid import UUID

from thesetd.domain.identity.reporting import Identified
from thesetd.domain.identity.verdicts import ReviewQuestion


class IdentityStore(Protocol):
    """What is stored about who is who."""

    async def identified(self, artist_id: UUID) -> Identified:
        """Return all that is stored about who an artist is; it has a row."""
        ...

    async def identity_reviews(self, *, limit: int) -> tuple[ReviewQuestion, ...]:
        """Return what is left to people to decide, newest first."""
        ...
