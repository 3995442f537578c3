"""Defines what a world must provide for Spotify; the synthetic and the recorded world both do.

Bodies are the provider's own JSON without paging: the provider's application adds pages, links, errors and headers.
`now` is aware UTC and decides what is coming, what is past, and which setlists have been written yet.
"""

from typing import Protocol

from thesetd.sandbox.listing import Json, ListSlots
from thesetd.sandbox.search import Query


class SpotifySource(Protocol):
    """A catalogue as Spotify sees it."""

    def entity(self, kind: str, spotify_id: str) -> Json | None:
        """Return an artist, album (without `tracks`), track or audio-features body, None if there is none."""
        ...

    def listing(self, kind: str, spotify_id: str) -> ListSlots | None:
        """Return artist-albums, album-tracks, embedded-tracks or top-tracks, None if the owner is unknown."""
        ...

    def recommendations(self, seeds: frozenset[str]) -> Json | None:
        """Return `{"tracks", "seeds"}` for artist and track ids, None if nothing is known of them."""
        ...

    def search(self, kind: str, query: Query) -> ListSlots:
        """Return the hits for an artist, album or track query, best first."""
        ...
