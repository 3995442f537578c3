"""Requests tracks similar to an artist's, and analyses of its songs."""

from collections.abc import Sequence
from typing import Protocol

from thesetd.domain.music.records import AudioFeatures, Recommendation


class Advisor(Protocol):
    """Queries the catalogue's provider while a caller waits; the answers are not stored.

    Each method raises BadReference, UnknownArtist, AmbiguousArtist: the reference does not name exactly one stored
    artist; NotOffered: the provider does not offer this to our credentials; ProviderError: as the gate reports;
    StoreUnavailable.
    """

    async def recommendations(self, artist: str, *, limit: int) -> Sequence[Recommendation]:
        """Return at most `limit` tracks similar to those of a stored artist."""
        ...

    async def features(self, artist: str, *, limit: int) -> Sequence[tuple[str, AudioFeatures]]:
        """Return the analyses of a stored artist's most popular songs, at most `limit`, each with its title."""
        ...
