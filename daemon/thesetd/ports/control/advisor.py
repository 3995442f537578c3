"""Where tracks like an artist's, and what its songs sound like, are asked for."""

from collections.abc import Sequence
from typing import Protocol

from thesetd.domain.music.records import AudioFeatures, Recommendation


class Advisor(Protocol):
    """Asks the catalogue's provider while a caller waits; nothing of it is stored.

    Each raises BadReference, UnknownArtist, AmbiguousArtist: it names no stored artist, or several; NotOffered: the
    provider does not offer this to our credentials; ProviderError: as the gate says; StoreUnavailable.
    """

    async def recommendations(self, artist: str, *, limit: int) -> Sequence[Recommendation]:
        """Return tracks that are like those of a stored artist, `limit` at most."""
        ...

    async def features(self, artist: str, *, limit: int) -> Sequence[tuple[str, AudioFeatures]]:
        """Return what a stored artist's most popular songs sound like, `limit` at most, each with its title."""
        ...
