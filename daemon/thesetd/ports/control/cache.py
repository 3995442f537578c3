"""The cache, as an operator sees and changes it."""

from typing import Any, Protocol


class CacheKeeper(Protocol):
    """What an operator sees and changes of the cache."""

    async def cache(self) -> dict[str, Any]:
        """Show the hits and misses of the cache, by layer and endpoint, and its size."""
        ...

    async def invalidate(self, artist: str) -> int:
        """Forget what is cached of an artist (an id of a provider, or an exact name); say how many answers.

        Raises:
            BadReference, UnknownArtist: it names no artist that is known here.
        """
        ...
