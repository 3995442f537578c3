"""What a world must be able to tell, one protocol per provider; the synthetic and the recorded world both do.

Bodies are the provider's own JSON without paging: the provider's application adds pages, links, errors and headers.
`now` is aware UTC and decides what is coming, what is past, and which setlists have been written yet.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

import attrs

from thesetd.sandbox.listing import Json, Listing
from thesetd.sandbox.search import Query


class SpotifySource(Protocol):
    """A catalogue as Spotify sees it."""

    def entity(self, kind: str, spotify_id: str) -> Json | None:
        """Give an artist, album (without `tracks`), track or audio-features body, None where there is none."""
        ...

    def listing(self, kind: str, spotify_id: str) -> Listing | None:
        """Give artist-albums, album-tracks, embedded-tracks or top-tracks, None where the owner is not known."""
        ...

    def recommendations(self, seeds: frozenset[str]) -> Json | None:
        """Give `{"tracks", "seeds"}` for artist and track ids, None where nothing is known of them."""
        ...

    def search(self, kind: str, query: Query) -> Listing:
        """Give the hits for an artist, album or track query, best first."""
        ...


@attrs.frozen(kw_only=True)
class EventCard:
    """What a Ticketmaster search can ask of an event. `text` is folded; `local_date` is None while to be announced."""

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
    """What a Ticketmaster search can ask of an attraction or a venue. `text` is folded."""

    card_id: str
    name: str
    text: str
    segment_id: str = ""
    country_code: str = ""


class TicketmasterSource(Protocol):
    """Attractions, events and venues as Ticketmaster sees them."""

    def entity(self, kind: str, tm_id: str, now: datetime) -> Json | None:
        """Give an attraction, event or venue body, None where there is none."""
        ...

    def events(self, attraction_ids: frozenset[str] | None, now: datetime) -> Sequence[EventCard]:
        """Give the events that a search sees, those of some attractions only where ids are given."""
        ...

    def names(self, kind: str) -> Sequence[NameCard]:
        """Give every attraction or venue."""
        ...


@attrs.frozen(kw_only=True)
class SetlistCard:
    """What a setlist.fm search can ask of a setlist. Names are folded."""

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
        """Give an artist, venue or setlist body, None where there is none."""
        ...

    def artists(self) -> Sequence[Json]:
        """Give every artist's body."""
        ...

    def setlists(self, mbid: str | None, now: datetime) -> Sequence[SetlistCard]:
        """Give the setlists that exist at this moment, of one artist or of all, in no particular order."""
        ...


@attrs.frozen
class World:
    """One world, seen by three providers. `label` is what the ready line says of it."""

    label: str
    spotify: SpotifySource
    ticketmaster: TicketmasterSource
    setlistfm: SetlistfmSource
