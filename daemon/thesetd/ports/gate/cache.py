"""Responses kept for a while."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.gate.calls import Request, Response


@attrs.frozen(kw_only=True)
class Cached:
    """A stored answer. Times are aware UTC: fresh until `fresh_until`, instead of an error until `stale_until`.

    `layer` is where it was found: memory or redis. It does not make two answers different.
    """

    response: Response
    refresh_after: datetime
    fresh_until: datetime
    stale_until: datetime
    layer: str = attrs.field(default="memory", eq=False)


class ResponseCache(Protocol):
    """Answers kept for a while; losing them costs calls, nothing else. Never raises."""

    async def get(self, request: Request) -> Cached | None:
        """Return what is kept for an equal request, fresh or stale."""
        ...

    async def put(self, request: Request, response: Response) -> None:
        """Keep an answer for the lifetimes of its endpoint; answers that may not be kept are ignored."""
        ...

    async def invalidate(self, tags: Sequence[str], before: datetime | None = None) -> int:
        """Forget all answers with one of these tags (`thesetd.domain.gate.subjects`), on every node.

        Those that were received after `before` (aware UTC) stay, if that is less than a minute ago. Returns how many of
        them this process held; other nodes notice within seconds.
        """
        ...

    async def claim(self, request: Request) -> bool:
        """Return whether this node may make the call: False while another node is making an identical one.

        A claim lapses by itself, and when the answer is put. With the shared store lost everybody may.
        """
        ...

    async def release(self, request: Request) -> None:
        """Release this node's claim, if it has one: the call brought no answer to keep."""
        ...


class MeasuredCache(ResponseCache, Protocol):
    """The cache as an operator sees it."""

    def size(self) -> dict[str, int]:
        """Return how full this process' part is."""
        ...
