"""Sends changes as server-sent events: pages of the feed while there are any, then each change as it is published.

Numbers have no gaps and changes are immutable, so a slow reader falls back on the feed itself.
"""

from collections.abc import Collection

import trio

from thesetd.adapters.web.listener.push import Push
from thesetd.adapters.web.streams.response import AWAY, AWAY_PING_S, HEAD, PING, PING_S, SseResponse
from thesetd.domain.changes import CatalogueChange, ChangeKind
from thesetd.domain.documents import one_line
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.ids import Seq
from thesetd.ports.control import Feed

PAGE = 100


class ChangeStream(SseResponse):
    """A response that sends changes after a number until the reader is gone or the daemon stops."""

    def __init__(self, feed: Feed, *, since: Seq, kinds: Collection[ChangeKind], ping_s: float = PING_S) -> None:
        """Send the changes after `since`, which the feed still has."""
        super().__init__()
        self._feed = feed
        self._since = since
        self._kinds = kinds
        self._ping_s = ping_s

    async def tell(self, push: Push) -> None:
        """Write pages, then changes as they are published."""
        await push(HEAD)
        stays = True
        while stays:
            try:
                page = await self._feed.changes(since=self._since, kinds=self._kinds, limit=PAGE)
            except StoreUnavailable:
                await push(AWAY)
                await trio.sleep(AWAY_PING_S)
                continue
            if not page.reaches(self._since):
                return  # the reader fell too far behind: its next request is answered accordingly
            self._since = page.next
            if page.changes:
                await push(b"".join(map(_frame, page.changes)))
            if page.next == page.last:
                stays = await self._wait(push)

    async def _wait(self, push: Push) -> bool:
        while True:
            with trio.move_on_after(self._ping_s):
                return await self._feed.news(self._since) is not None
            await push(PING)


def _frame(change: CatalogueChange) -> bytes:
    """Return a change as a frame of a stream; its id is what Last-Event-ID sends back."""
    return f"id: {change.seq}\ndata: {one_line(change)}\n\n".encode()
