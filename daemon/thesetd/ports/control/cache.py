"""Lets an operator see and change the cache."""

from typing import Any, Protocol


class CacheKeeper(Protocol):
    """The cache, as an operator sees and changes it."""

    async def cache(self) -> dict[str, Any]:
        """Return the hits and misses of the cache, by layer and endpoint, and its size."""
        ...

    async def invalidate(self, artist: str) -> int:
        """Delete cached answers about an artist (an id of a provider, or an exact name); return how many.

        Raises:
            BadReference, UnknownArtist: it does not name a known artist.
        """
        ...
