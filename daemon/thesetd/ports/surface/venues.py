"""Documents about venues, and operators' decisions about them."""

from typing import Annotated
from uuid import UUID

import attrs

from thesetd.domain.documents import Says
from thesetd.ports.surface.decisions import DecisionShown

_NAME = Says(example="Harbour Arena")


@attrs.frozen(kw_only=True)
class VenueLinkShown:
    """Another venue of the same city that is, may be, or is not the same place."""

    other: UUID
    name: Annotated[str, _NAME]
    verdict: Annotated[str, Says(choices=("same", "review", "apart"))]
    shared_nights: Annotated[int, Says("Concerts of one act on one night at both.")]
    apart_nights: Annotated[int, Says("Concerts of one act on one night at this one and elsewhere.")]
    by_person: bool


@attrs.frozen(kw_only=True)
class VenueShown:
    """A venue as one provider knows it; links and decisions are included only if a single venue is requested."""

    id: UUID
    name: Annotated[str, _NAME]
    city: Annotated[str | None, Says(example="Belfast")]
    country_code: Annotated[str | None, Says(example="GB")]
    ticketmaster_id: Annotated[str | None, Says(example="KovZ9177L17")]
    setlistfm_id: Annotated[str | None, Says(example="6bd6ca6e")]
    same_as: Annotated[UUID | None, Says("The venue that stands for the place, if that is another one.")]
    links: tuple[VenueLinkShown, ...]
    decisions: tuple[DecisionShown, ...]


@attrs.frozen(kw_only=True)
class Venues:
    """The venues."""

    venues: tuple[VenueShown, ...]


@attrs.frozen(kw_only=True)
class MergeVenueInto:
    """The venue that is the same place."""

    into: Annotated[str, Says("The id of a venue's row.")]


@attrs.frozen(kw_only=True)
class VenueDecisionMade:
    """The effect of a decision."""

    decision: Annotated[int | None, Says("The number to undo it by.")]
