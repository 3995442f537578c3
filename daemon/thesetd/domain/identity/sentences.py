"""Words an import's remark about its artist's identity: what is to review, refused or not found, and the command."""

from collections.abc import Iterator

from thesetd.domain.identity.spaces import Ref, Space, the_space
from thesetd.domain.identity.statements import Reason
from thesetd.domain.identity.verdicts import ReviewQuestion, Verdict

_SAID = {
    Reason.NAMESAKES: "not the only artist of this name at {provider} any more",
    Reason.CONTESTED: "a link to {provider} is claimed by two artists",
    Reason.OTHER_NAME: "a link to {provider} leads to another name",
    Reason.TRIBUTE: "a tribute act of this name at {provider} was not linked",
    Reason.SUCCESSOR: "{provider} may have moved this artist to another id",
    Reason.SEVERAL_NAMES: "this name holds those of other artists at {provider}",
}


def provider_of(space: Space) -> str:
    """Return the provider whose searches list a space's candidates."""
    return the_space(space).spoken_by[0]


def identity_remarks(verdict: Verdict, act: frozenset[Ref], slug: str) -> tuple[str, ...]:
    """Return one sentence about everything that is undecided about an artist."""
    return tuple(dict.fromkeys((*_open(verdict, act, slug), *_dead(verdict, act))))


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


def _dead(verdict: Verdict, act: frozenset[Ref]) -> Iterator[str]:
    for ref in sorted(verdict.lost & act):
        yield f"{provider_of(ref.space)} no longer knows {ref.id}: what came from it stays, and is not refreshed"
