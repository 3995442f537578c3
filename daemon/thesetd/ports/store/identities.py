"""Reads the stored identities of artists."""

from typing import Protocol
from uuid import UUID

from thesetd.domain.identity.reporting import Identified
from thesetd.domain.identity.verdicts import ReviewQuestion


class IdentityStore(Protocol):
    """The stored identities of artists."""

    async def identified(self, artist_id: UUID) -> Identified:
        """Return everything stored about the identity of an artist that has a row."""
        ...

    async def identity_reviews(self, *, limit: int) -> tuple[ReviewQuestion, ...]:
        """Return the open questions for operators, newest first."""
        ...
