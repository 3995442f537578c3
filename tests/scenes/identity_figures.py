"""How right a verdict on a world is whose artists are known."""

from collections import defaultdict

import attrs

from identity_world import Truth
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.identity.statements import IdentityEvidence, Link, Rule
from thesetd.domain.identity.verdicts import Verdict


@attrs.frozen(kw_only=True)
class Figures:
    """Right and wrong links, artists that are whole, and famous artists with a namesake's id.

    Links to ids that nobody has read yet are `claims`: they wait to be judged, and are no links of that artist.
    """

    right: int
    wrong: tuple[Link, ...]
    claims: int
    whole: int
    artists: int
    poisoned: frozenset[Ref]
    reviews: int

    @property
    def precision(self) -> float:
        """The share of links that are right."""
        return self.right / (self.right + len(self.wrong))


def judge(truth: Truth, world: IdentityEvidence, verdict: Verdict) -> Figures:
    """Compare a verdict with the truth."""
    links = [link for link in verdict.links if link.rule is not Rule.CLAIMED]
    wrong = [link for link in links if truth.owner[link.pair.one] != truth.owner[link.pair.other]]
    acts: dict[int, set[frozenset[Ref]]] = defaultdict(set)
    for ids in verdict.acts:
        for ref in ids:
            acts[truth.owner[ref]].add(ids)
    famous = truth.famous & {record.ref for record in world.records}
    return Figures(
        right=len(links) - len(wrong),
        wrong=tuple(wrong),
        claims=len(verdict.links) - len(links),
        whole=sum(len(found) == 1 for found in acts.values()),
        artists=len(acts),
        poisoned=frozenset(
            ref for ids in verdict.acts for ref in ids & famous if len({truth.owner[one] for one in ids}) > 1
        ),
        reviews=len(verdict.reviews),
    )
