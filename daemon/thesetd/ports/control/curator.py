"""Lets operators see and decide the identities of artists."""

from collections.abc import Sequence
from typing import Protocol

from thesetd.domain.identity.decisions import Verb
from thesetd.domain.identity.reporting import Identified
from thesetd.domain.identity.verdicts import ReviewQuestion
from thesetd.domain.work.batches import Decided


class Curator(Protocol):
    """Identities, as operators see and decide them. `artist` is a slug, a name or an id; ids may be in any form.

    Each method raises UnknownArtist, AmbiguousArtist or BadReference if the text does not name an artist or id.
    """

    async def artist(self, reference: str) -> Identified:
        """Return an artist's ids, links, open questions, and decisions about it."""
        ...

    async def reviews(self, limit: int) -> tuple[ReviewQuestion, ...]:
        """Return what is left to decide."""
        ...

    async def join(self, verb: Verb, artist: str, other: str) -> Decided:
        """Link an id with an artist, or merge two artists."""
        ...

    async def part(self, verb: Verb, artist: str, ids: Sequence[str]) -> Decided:
        """Separate some of an artist's ids from it."""
        ...

    async def undo(self, number: int) -> Decided:
        """Undo what a decision changed, exactly.

        Raises:
            UnknownDecision: the decision does not exist, or is already undone.
        """
        ...
