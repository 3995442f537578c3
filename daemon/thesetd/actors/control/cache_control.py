"""Shows and invalidates the cache for operators; implements `thesetd.ports.control.CacheKeeper`."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from thesetd.domain.errors import UnknownArtist
from thesetd.domain.gate.cache_tags import artist_tags
from thesetd.domain.music.reference import parse_reference
from thesetd.ports.gate import MeasuredCache
from thesetd.ports.store import StatusStore


@attrs.frozen(kw_only=True)
class CacheControl:
    """The cache, its hit counts, and the artists whose responses can be invalidated."""

    answers: MeasuredCache
    tally: Callable[[], Mapping[str, Any]]
    statuses: StatusStore

    async def cache(self) -> dict[str, Any]:
        """Return size, hits and misses; see `CacheKeeper`."""
        return {**self.answers.size(), **self.tally()}

    async def invalidate(self, artist: str) -> int:
        """Invalidate an artist's cached responses; see `CacheKeeper`."""
        known = await self.statuses.find_artist(parse_reference(artist))
        if not known:
            raise UnknownArtist(artist)
        return await self.answers.invalidate(artist_tags(pair for found in known for pair in found.ids.items()))
