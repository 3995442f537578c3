"""Documents about the identities of artists, and operators' decisions about them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import attrs

from thesetd.domain.documents import Says

VERBS = ("link", "unlink", "merge", "split", "undo")
_ID = "spotify:3AA28KZvwAUcZuOKwyblJQ"


@attrs.frozen(kw_only=True)
class Proposal:
    """A candidate."""

    id: Annotated[str, Says(example=_ID)]
    name: Annotated[str, Says(example="Gorillaz")]
    evidence: Annotated[tuple[str, ...], Says(example=["same name"])]
    audience: Annotated[int | None, Says("Followers, or pages of setlists.")]


@attrs.frozen(kw_only=True)
class IdentityReview:
    """A question about an artist for an operator to decide."""

    about: Annotated[str, Says("The id of the artist that the question is about, as space:id.", example=_ID)]
    name: Annotated[str, Says(example="Gorillaz")]
    space: Annotated[str, Says("The id space of the candidates.", example="setlistfm")]
    reason: Annotated[str, Says("Why it is not certain.")]
    proposals: tuple[Proposal, ...]


@attrs.frozen(kw_only=True)
class IdentityReviews:
    """The questions left for operators to decide, newest first."""

    reviews: tuple[IdentityReview, ...]


@attrs.frozen(kw_only=True)
class KnownId:
    """An id of an artist."""

    id: Annotated[str, Says(example=_ID)]
    alias: Annotated[bool, Says("An older id that leads to one in use.")]
    lost: Annotated[bool, Says("Its provider no longer knows it.")]


@attrs.frozen(kw_only=True)
class LinkShown:
    """Two ids that are, or are not, one artist."""

    one: Annotated[str, Says(example=_ID)]
    other: Annotated[str, Says(example="setlistfm:e21ccd69-e013-45b5-ac27-f138e79e8681")]
    decision: Annotated[str, Says(choices=("automatic", "person", "review", "rejected"))]
    rule: str
    evidence: Annotated[tuple[str, ...], Says(example=["same name"])]
    decided_at: datetime


@attrs.frozen(kw_only=True)
class WordShown:
    """An operator's decision."""

    number: int
    verb: Annotated[str, Says(choices=VERBS)]
    ids: Annotated[tuple[str, ...], Says(example=[_ID])]
    others: tuple[str, ...]
    undoes: int | None
    at: datetime | None


@attrs.frozen(kw_only=True)
class Identity:
    """Everything stored about an artist's identity."""

    artist_id: UUID
    slug: Annotated[str, Says(example="gorillaz")]
    name: Annotated[str, Says(example="Gorillaz")]
    verified: Annotated[bool, Says("Whether its ids are proven by more than a name.")]
    is_stub: Annotated[bool, Says("Known from a bill only, never imported.")]
    ids: tuple[KnownId, ...]
    links: tuple[LinkShown, ...]
    reviews: tuple[IdentityReview, ...]
    decisions: tuple[WordShown, ...]


@attrs.frozen(kw_only=True)
class NewDecision:
    """A decision to make: a verb with the members that it needs."""

    verb: Annotated[str, Says(choices=VERBS, example="link")]
    artist: Annotated[str | None, Says("A slug, a name, or an id in any form.", example="gorillaz")] = None
    ids: Annotated[str | None, Says("An id; several, separated by blanks; for merge an artist.", example=_ID)] = None
    number: Annotated[str | None, Says("Of the decision to undo.", example="7")] = None


@attrs.frozen(kw_only=True)
class IdentityDecided:
    """The effect of a decision."""

    number: int | None
    artist_id: UUID | None
    slug: Annotated[str | None, Says(example="gorillaz")]
    name: Annotated[str | None, Says(example="Gorillaz")]
    moved: Annotated[tuple[str, ...], Says("What went to another artist.", example=[])]
    remarks: Annotated[tuple[str, ...], Says("What of it is not settled.", example=[])]
