"""Operators' decisions about which venues are one place.

The writer carries them out, and every later sync respects them.
"""

from datetime import datetime
from uuid import UUID

import attrs


@attrs.frozen(kw_only=True)
class MergeVenues:
    """Two venues are one place."""

    venue: UUID
    into: UUID


@attrs.frozen(kw_only=True)
class SplitVenue:
    """A venue is a separate place, not the one that it was taken for."""

    venue: UUID


@attrs.frozen(kw_only=True)
class UndoVenueDecision:
    """A merge or split is undone: everything it changed is restored."""

    number: int


@attrs.frozen(kw_only=True)
class VenueLink:
    """Another venue that is, may be, or is not the same place, and the concerts that are evidence."""

    other: UUID
    name: str
    verdict: str
    shared_nights: int
    apart_nights: int
    by_person: bool


@attrs.frozen(kw_only=True)
class VenueDecision:
    """A merge or split that an operator made."""

    number: int
    what: str
    words: str
    made_at: datetime
    undone_at: datetime | None = None


@attrs.frozen(kw_only=True)
class VenueView:
    """A venue; `same_as` is the venue that represents the place, None if that is this one."""

    id: UUID
    name: str
    city: str | None
    country_code: str | None
    ticketmaster_id: str | None
    setlistfm_id: str | None
    same_as: UUID | None
    links: tuple[VenueLink, ...] = ()
    decisions: tuple[VenueDecision, ...] = ()
