"""Defines what a world must provide for setlist.fm; the synthetic and the recorded world both do.

Bodies are the provider's own JSON without paging: the provider's application adds pages, links, errors and headers.
`now` is aware UTC and decides what is coming, what is past, and which setlists have been written yet.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

import attrs

from thesetd.sandbox.listing import Json


@attrs.frozen(kw_only=True)
class SetlistCard:
    """The properties of a setlist that setlist.fm can search by. Names are folded."""

    setlist_id: str
    mbid: str
    artist: str
    day: date
    venue_id: str
    venue: str
    city_id: str
    city: str
    state_code: str
    country_code: str
    tour: str
    last_updated: datetime


class SetlistfmSource(Protocol):
    """Artists, venues and setlists as setlist.fm sees them."""

    def entity(self, kind: str, slfm_id: str, now: datetime) -> Json | None:
        """Return an artist, venue or setlist body, None if there is none."""
        ...

    def artists(self) -> Sequence[Json]:
        """Return every artist's body."""
        ...

    def setlists(self, mbid: str | None, now: datetime) -> Sequence[SetlistCard]:
        """Return the setlists that exist at this moment, of one artist or of all, in no particular order."""
        ...
