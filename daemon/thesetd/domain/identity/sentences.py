"""Words an import's remark about its artist's identity: what is to review, refused or not found, and the command."""

from collections import defaultdict
from collections.abc import Iterator

from thesetd.domain.identity.spaces import Ref, Space, strongest_first, the_space
from thesetd.domain.identity.statements import Reason
from thesetd.domain.identity.verdicts import ReviewQuestion, Verdict

_SAID = {
    Reason.NAMESAKES: "not the only artist of this name at {provider} any more",
    Reason.CONTESTED: "a link to {provider} is claimed by two artists",
    Reason.OTHER_NAME: "a link to {provider} leads to another name",
    Reason.TRIBUTE: "a tribute act of this name at {provider} was not linked",
    Reason.SUCCESSOR: "{provider} may have moved this artist to another id",
    Reason.PART_OF_NAME: "a name at {provider} contains this one among others",
    Reason.SEVERAL_NAMES: "this name contains those of other artists at {provider}",
}

_DISAGREE = {Reason.OTHER_NAME, Reason.TRIBUTE, Reason.NO_ACT}  # of refused links between two acts


def provider_of(space: Space) -> str:
    """Return the provider whose searches list a space's candidates."""
    return the_space(space).spoken_by[0]


def identity_remarks(verdict: Verdict, act: frozenset[Ref], slug: str) -> tuple[str, ...]:
    """Return one sentence about everything that is undecided, refused or dead about an artist."""
    return tuple(dict.fromkeys((*_open(verdict, act, slug), *_refused(verdict, act, slug), *_dead(verdict, act))))


def _open(verdict: Verdict, act: frozenset[Ref], slug: str) -> Iterator[str]:
    for review in verdict.reviews:
        if review.about in act:
            yield f"{_what(review)}: `thesetctl artist review {slug}`"


def _what(review: ReviewQuestion) -> str:
    provider, count = provider_of(review.space), len(review.proposals)
    if review.reason is not Reason.UNPROVEN:
        return _SAID[review.reason].format(provider=provider)
    return unproven(count, provider)


def unproven(count: int, provider: str) -> str:
    """Return the words for a number of candidates of which none is linked."""
    if count == 1:
        return f"1 artist of this name at {provider}, not proven"
    return f"{count} artists of this name at {provider}, none proven"


def _refused(verdict: Verdict, act: frozenset[Ref], slug: str) -> Iterator[str]:
    """Count the acts that a link leads to or comes from although they are others: tribute acts, wrong links."""
    others: dict[Space, set[Ref]] = defaultdict(set)
    for refusal in verdict.refusals:
        ends = {refusal.pair.one, refusal.pair.other}
        if refusal.final and refusal.reason in _DISAGREE and len(away := ends - act) == 1:
            others[next(iter(away)).space] |= away
    for space in strongest_first(others):
        count, provider = len(others[space]), provider_of(space)
        links = f"a link with an act at {provider} was" if count == 1 else f"links with {count} acts at {provider} were"
        yield f"{links} refused: `thesetctl artist show {slug}`"


def _dead(verdict: Verdict, act: frozenset[Ref]) -> Iterator[str]:
    for ref in sorted(verdict.lost & act):
        yield f"{provider_of(ref.space)} no longer knows {ref.id}: what came from it stays, and is not refreshed"
