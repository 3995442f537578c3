"""Defines what `decide` returns: artists, links, refusals, reviews and aliases."""

from collections.abc import Mapping

import attrs

from thesetd.domain.identity.spaces import Ref, Space, rank
from thesetd.domain.identity.statements import Link, Reason, RefusedLink, Strength


@attrs.frozen(kw_only=True)
class Proposal:
    """A candidate, and the evidence for it."""

    ref: Ref
    name: str
    evidence: tuple[str, ...] = ()
    audience: int | None = None


@attrs.frozen(kw_only=True)
class ReviewQuestion:
    """A question to an operator: which of these ids of one space is this artist? The likeliest proposal comes first."""

    about: Ref
    space: Space
    name: str
    reason: Reason
    proposals: tuple[Proposal, ...] = ()


@attrs.frozen(kw_only=True)
class Verdict:
    """The whole decision. `acts` are the artists as sets of ids; `aliases` lead from older ids to those in use.

    `lost` are ids that their provider no longer knows and that have no successor.
    """

    acts: frozenset[frozenset[Ref]]
    links: tuple[Link, ...]
    refusals: tuple[RefusedLink, ...]
    reviews: tuple[ReviewQuestion, ...]
    aliases: Mapping[Ref, Ref]
    lost: frozenset[Ref]

    def verified(self, act: frozenset[Ref]) -> bool:
        """Return whether every id of an artist is proven by more than its name, alone or through the others."""
        proven = [link for link in self.links if link.pair.one in act and link.strength.verified]
        used = act - self.aliases.keys()  # links between ids in use
        reached = {min(used, key=rank)} if used else set()
        while grown := {r for link in proven for r in _ends(link) if reached & _ends(link)} - reached:
            reached |= grown
        return len(used) > 1 and used <= reached

    def by_name(self, act: frozenset[Ref]) -> frozenset[Space]:
        """Return the spaces in which only the name speaks for an artist's id, or for candidates."""
        links = [link for link in self.links if link.pair.one in act and link.strength <= Strength.UNIQUE_NAME]
        joined = set() if self.verified(act) else {ref.space for link in links for ref in _ends(link)}
        open_ = {one.space for one in self.reviews if one.about in act and one.reason is Reason.UNPROVEN}
        return frozenset(joined | open_)


def _ends(link: Link) -> set[Ref]:
    return {link.pair.one, link.pair.other}


def stronger(one: Link, other: Link) -> Link:
    """Return the stronger of two links; of equally strong ones the one that sorts first."""
    return min(one, other, key=lambda link: (-link.strength, link.rule, link.evidence))
