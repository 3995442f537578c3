"""Who is who, as people see and decide it."""

from collections.abc import Sequence
from typing import Protocol

from thesetd.domain.identity.decisions import Verb
from thesetd.domain.identity.reporting import Identified
from thesetd.domain.identity.verdicts import ReviewQuestion
from thesetd.domain.work.batches import Decided


class Curator(Protocol):
    """What people see and decide about who is who. `artist` is a slug, a name or an id; an id is written in any form.

    Each raises UnknownArtist, AmbiguousArtist or BadReference for what names no artist or id.
    """

    async def artist(self, reference: str) -> Identified:
        """Show an artist's ids, links, open questions, and what people decided of it."""
        ...

    async def reviews(self, limit: int) -> tuple[ReviewQuestion, ...]:
        """Show what is left to decide."""
        ...

    async def join(self, verb: Verb, artist: str, other: str) -> Decided:
        """Link an id with an artist, or merge two artists."""
        ...

    async def part(self, verb: Verb, artist: str, ids: Sequence[str]) -> Decided:
        """Take some of an artist's ids from it."""
        ...

    async def undo(self, number: int) -> Decided:
        """Undo what a decision changed, exactly.

        Raises:
            UnknownDecision: there is no such decision, or it is undone.
        """
        ...
