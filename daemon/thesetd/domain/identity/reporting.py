"""What is shown of an artist's identity: its ids, links with their evidence, open questions, and people's words."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import attrs

from thesetd.domain.identity.decisions import Entry
from thesetd.domain.identity.spaces import Ref, rank
from thesetd.domain.identity.verdicts import Review


@attrs.frozen(kw_only=True)
class ShownLink:
    """A link or a refusal, as it is stored."""

    one: Ref
    other: Ref
    decision: str
    rule: str
    evidence: tuple[str, ...]
    decided_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return the form that the control socket answers with."""
        return {
            "one": str(self.one),
            "other": str(self.other),
            "decision": self.decision,
            "rule": self.rule,
            "evidence": list(self.evidence),
            "decided_at": self.decided_at.isoformat(),
        }


@attrs.frozen(kw_only=True)
class Identified:
    """All that is stored about who an artist is. `aliases` lead from older ids to those in use."""

    id: UUID
    slug: str
    name: str
    verified: bool
    is_stub: bool
    ids: tuple[Ref, ...]
    aliases: tuple[Ref, ...] = ()
    lost: tuple[Ref, ...] = ()
    links: tuple[ShownLink, ...] = ()
    reviews: tuple[Review, ...] = ()
    words: tuple[Entry, ...] = ()

    def first(self) -> Ref:
        """Return the id that stands for the artist."""
        return min((ref for ref in self.ids if ref not in self.aliases), key=rank, default=min(self.ids, key=rank))

    def as_json(self) -> dict[str, Any]:
        """Return the form that the control socket answers with."""
        return {
            "artist_id": str(self.id),
            "slug": self.slug,
            "name": self.name,
            "verified": self.verified,
            "is_stub": self.is_stub,
            "ids": [
                {"id": str(ref), "alias": ref in self.aliases, "lost": ref in self.lost}
                for ref in sorted(self.ids, key=rank)
            ],
            "links": [link.as_json() for link in self.links],
            "reviews": [review_json(review) for review in self.reviews],
            "decisions": words_json(self.words),
        }


def review_json(review: Review) -> dict[str, Any]:
    """Return a question as the control socket answers with it."""
    return {
        "about": str(review.about),
        "name": review.name,
        "space": review.space,
        "reason": review.reason.value,
        "proposals": [
            {"id": str(one.ref), "name": one.name, "evidence": list(one.evidence), "audience": one.audience}
            for one in review.proposals
        ],
    }


def words_json(words: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return people's words as the control socket answers with them."""
    return [
        {
            "number": word.number,
            "verb": word.verb.value,
            "ids": sorted(map(str, word.ids)),
            "others": sorted(map(str, word.others)),
            "undoes": word.undoes,
            "at": word.at.isoformat() if word.at else None,
        }
        for word in words
    ]
