"""Caches responses."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.gate.calls import Request, Response


@attrs.frozen(kw_only=True)
class Cached:
    """A stored answer.

    Times are aware UTC: it is fresh until `fresh_until`, and served as stale-if-error until `stale_until`.

    `layer` is where it was found: memory or redis; it is ignored in comparisons.
    """

    response: Response
    refresh_after: datetime
    fresh_until: datetime
    stale_until: datetime
    layer: str = attrs.field(default="memory", eq=False)


@attrs.frozen(kw_only=True)
class CacheLook:
    """What is kept, and whether the call that brings a new answer is claimed for this node."""

    kept: Cached | None = None
    claimed: bool = False


class ResponseCache(Protocol):
    """A cache of answers; losing them only costs calls. Its methods never raise."""

    async def get(self, request: Request) -> Cached | None:
        """Return the cached answer to an equal request, fresh or stale."""
        ...

    async def look(self, request: Request, since: datetime | None = None, *, again: bool = False) -> CacheLook:
        """Return what is kept; if that is no fresh answer received at `since` (aware UTC) or later, claim the call.

        An answer that only serves instead of an error may be left out: `get` returns it. `again`: the caller has looked
        and waits for another's call, so finding nothing is not reported as another miss.
        """
        ...

    async def put(self, request: Request, response: Response) -> None:
        """Cache an answer for the lifetime of its endpoint; answers that must not be cached are ignored."""
        ...

    async def claim(self, request: Request) -> bool:
        """Return whether this node may make the call: False while another node is making an identical one.

        A claim expires by itself, and ends when the answer is put. While the shared store is unavailable every node may
        call.
        """
        ...

    async def release(self, request: Request) -> None:
        """Release this node's claim, if it has one: the call brought no answer to cache."""
        ...


class CacheInvalidation(Protocol):
    """Makes cached answers outdated by what they are about. Its method never raises."""

    async def invalidate(self, tags: Sequence[str], before: datetime | None = None) -> int:
        """Invalidate all answers with one of these tags (`thesetd.domain.gate.cache_tags`), on every node.

        Answers received after `before` (aware UTC) stay, if that is less than a minute ago. Returns how many of the
        invalidated answers this process held; other nodes follow within seconds.
        """
        ...


class JobCache(CacheInvalidation, Protocol):
    """The cache as jobs use it."""

    def keeps_answers(self) -> bool:
        """Return whether a restarted daemon finds the answers again: False while the shared store is unavailable."""
        ...


class MeasuredCache(ResponseCache, JobCache, Protocol):
    """The cache as an operator sees it."""

    def size(self) -> dict[str, int]:
        """Return how full this process's part is."""
        ...
