"""Defines what a world must provide for Ticketmaster; the synthetic and the recorded world both do.

Bodies are the provider's own JSON without paging: the provider's application adds pages, links, errors and headers.
`now` is aware UTC and decides what is coming, what is past, and which setlists have been written yet.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

import attrs

from thesetd.sandbox.listing import Json


@attrs.frozen(kw_only=True)
class EventCard:
    """The properties of an event that Ticketmaster can search by.

    `text` is folded; `local_date` is None if to be announced.
    """

    event_id: str
    name: str
    text: str
    attraction_ids: frozenset[str]
    venue_id: str
    country_code: str
    city: str
    segment_id: str
    local_date: date | None
    starts_at: datetime | None
    tba: bool = False
    tbd: bool = False


@attrs.frozen(kw_only=True)
class NameCard:
    """The properties of an attraction or a venue that Ticketmaster can search by. `text` is folded."""

    card_id: str
    name: str
    text: str
    segment_id: str = ""
    country_code: str = ""


class TicketmasterSource(Protocol):
    """Attractions, events and venues as Ticketmaster sees them."""

    def entity(self, kind: str, tm_id: str, now: datetime) -> Json | None:
        """Return an attraction, event or venue body, None if there is none."""
        ...

    def events(self, attraction_ids: frozenset[str] | None, now: datetime) -> Sequence[EventCard]:
        """Return the events that a search finds, only those of some attractions if ids are given."""
        ...

    def names(self, kind: str) -> Sequence[NameCard]:
        """Return every attraction or venue."""
        ...
