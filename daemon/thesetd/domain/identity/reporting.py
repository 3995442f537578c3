"""Defines what is shown of an artist's identity: its ids, links with their evidence, open questions, and decisions."""

from datetime import datetime
from uuid import UUID

import attrs

from thesetd.domain.identity.decisions import Entry
from thesetd.domain.identity.spaces import Ref, rank
from thesetd.domain.identity.statements import Reason, Rule
from thesetd.domain.identity.verdicts import ReviewQuestion


@attrs.frozen(kw_only=True)
class ShownLink:
    """A link or a refusal, as it is stored."""

    one: Ref
    other: Ref
    decision: str
    why: Rule | Reason
    evidence: tuple[str, ...]
    decided_at: datetime


@attrs.frozen(kw_only=True)
class Identified:
    """Everything stored about an artist's identity. `aliases` lead from older ids to those in use."""

    id: UUID
    slug: str
    name: str
    verified: bool
    is_stub: bool
    ids: tuple[Ref, ...]
    aliases: tuple[Ref, ...] = ()
    lost: tuple[Ref, ...] = ()
    links: tuple[ShownLink, ...] = ()
    reviews: tuple[ReviewQuestion, ...] = ()
    words: tuple[Entry, ...] = ()

    def first(self) -> Ref:
        """Return the id that represents the artist, which must have one."""
        return min((ref for ref in self.ids if ref not in self.aliases), key=rank, default=min(self.ids, key=rank))
