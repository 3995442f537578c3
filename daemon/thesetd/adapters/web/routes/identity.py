"""The routes about identities: an artist's ids and links, open questions, and decisions."""

from starlette.requests import Request

from thesetd.adapters.web.problems import bad_request
from thesetd.adapters.web.requests import number, sent
from thesetd.adapters.web.table import Handlers
from thesetd.domain.identity.decisions import Entry, Verb
from thesetd.domain.identity.reporting import Identified, ShownLink
from thesetd.domain.identity.spaces import rank
from thesetd.domain.identity.verdicts import ReviewQuestion
from thesetd.domain.work.batches import Decided
from thesetd.ports.control import Curator
from thesetd.ports.surface import routes
from thesetd.ports.surface.identity import (
    Identity,
    IdentityDecided,
    IdentityReview,
    IdentityReviews,
    KnownId,
    LinkShown,
    NewDecision,
    Proposal,
    WordShown,
)

MOST_REVIEWS = 500
_EXAMPLE = '{"verb": "link", "artist": "...", "ids": "..."}'
_UNDO = '{"verb": "undo", "number": "7"}'


class IdentityRoutes:
    """The routes about identities."""

    def __init__(self, curator: Curator) -> None:
        """Take the curator."""
        self._curator = curator

    def handlers(self) -> Handlers:
        """Return them."""
        return {
            routes.SHOW_IDENTITY: self._show,
            routes.LIST_IDENTITY_REVIEWS: self._list_reviews,
            routes.DECIDE_IDENTITY: self._decide,
        }

    async def _show(self, request: Request) -> Identity:
        return _identity(await self._curator.artist(request.path_params["artist"]))

    async def _list_reviews(self, _: Request) -> IdentityReviews:
        return IdentityReviews(reviews=tuple(map(_review, await self._curator.reviews(MOST_REVIEWS))))

    async def _decide(self, request: Request) -> IdentityDecided:
        body = await sent(request, NewDecision)
        verbs = {verb.value: verb for verb in Verb}
        verb, artist, ids = verbs.get(body.verb), body.artist or "", (body.ids or "").split()
        match verb:
            case Verb.UNDO:
                undone = number(body.number or "")
                if undone is None:
                    raise bad_request("bad-decision", f"the number of a decision is missing: send {_UNDO}")
                decided = await self._curator.undo(undone)
            case Verb.LINK | Verb.MERGE if artist and body.ids:
                decided = await self._curator.join(verb, artist, body.ids)
            case Verb.UNLINK | Verb.SPLIT if artist and ids:
                decided = await self._curator.part(verb, artist, ids)
            case _:
                raise bad_request("bad-decision", f"expected one of {', '.join(verbs)} with its members: {_EXAMPLE}")
        return _decided(decided)


def _decided(decided: Decided) -> IdentityDecided:
    known = decided.artist
    return IdentityDecided(
        number=decided.number,
        artist_id=known.id if known else None,
        slug=known.slug if known else None,
        name=known.name if known else None,
        moved=decided.moved,
        remarks=decided.remarks,
    )


def _identity(found: Identified) -> Identity:
    return Identity(
        artist_id=found.id,
        slug=found.slug,
        name=found.name,
        verified=found.verified,
        is_stub=found.is_stub,
        ids=tuple(
            KnownId(id=str(ref), alias=ref in found.aliases, lost=ref in found.lost)
            for ref in sorted(found.ids, key=rank)
        ),
        links=tuple(map(_link, found.links)),
        reviews=tuple(map(_review, found.reviews)),
        decisions=tuple(map(_word, found.words)),
    )


def _link(link: ShownLink) -> LinkShown:
    return LinkShown(
        one=str(link.one),
        other=str(link.other),
        decision=link.decision,
        rule=link.why.words,
        evidence=link.evidence,
        decided_at=link.decided_at,
    )


def _review(review: ReviewQuestion) -> IdentityReview:
    return IdentityReview(
        about=str(review.about),
        name=review.name,
        space=review.space,
        reason=review.reason.words,
        proposals=tuple(
            Proposal(id=str(one.ref), name=one.name, evidence=tuple(one.evidence), audience=one.audience)
            for one in review.proposals
        ),
    )


def _word(word: Entry) -> WordShown:
    return WordShown(
        number=word.number,
        verb=word.verb.value,
        ids=tuple(sorted(map(str, word.ids))),
        others=tuple(sorted(map(str, word.others))),
        undoes=word.undoes,
        at=word.at,
    )
