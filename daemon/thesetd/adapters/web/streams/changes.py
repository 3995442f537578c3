"""Changes as server-sent events: pages of the feed as long as there are any, then each change as it is published.

Numbers have no gaps and a change never changes, so the feed itself is what a slow reader falls back on.
"""

from collections.abc import Collection
from http import HTTPStatus

import trio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from thesetd.adapters.web.listener.connection import Push, pusher, until_gone
from thesetd.adapters.web.streams.sse import AWAY_PING_S, HEAD, PING_S, STREAM_HEADERS
from thesetd.domain.changes import CatalogueChange, ChangeKind
from thesetd.domain.documents import one_line
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.ids import Seq
from thesetd.ports.control import Feed

PAGE = 100
_PING, _AWAY = b":\n\n", b": the database does not answer\n\n"


class ChangeStream(Response):
    """A response that tells changes after a number until the reader is gone or the daemon stops."""

    media_type = "text/event-stream"

    def __init__(self, feed: Feed, *, since: Seq, kinds: Collection[ChangeKind], ping_s: float = PING_S) -> None:
        """Tell what comes after `since`, which the feed reaches."""
        self.status_code = HTTPStatus.OK
        self.background = None
        self.init_headers(STREAM_HEADERS)
        self._feed = feed
        self._since = since
        self._kinds = kinds
        self._ping_s = ping_s
        self._gone = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the end, or until the reader is gone."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] != "HEAD":
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._stop_when_gone, receive, nursery.cancel_scope)
                await self._tell(pusher(scope, send))
                nursery.cancel_scope.cancel()
        if not self._gone:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _stop_when_gone(self, receive: Receive, scope: trio.CancelScope) -> None:
        await until_gone(receive)
        self._gone = True
        scope.cancel()

    async def _tell(self, push: Push) -> None:
        await push(HEAD)
        stays = True
        while stays:
            try:
                page = await self._feed.changes(since=self._since, kinds=self._kinds, limit=PAGE)
            except StoreUnavailable:
                await push(_AWAY)
                await trio.sleep(AWAY_PING_S)
                continue
            if not page.reaches(self._since):
                return  # the reader fell too far behind: its next request is told so
            self._since = page.next
            if page.changes:
                await push(b"".join(map(_frame, page.changes)))
            if page.next == page.last:
                stays = await self._wait(push)

    async def _wait(self, push: Push) -> bool:
        while True:
            with trio.move_on_after(self._ping_s):
                return await self._feed.news(self._since)
            await push(_PING)


def _frame(change: CatalogueChange) -> bytes:
    """Return a change as it stands in a stream; its id is what Last-Event-ID sends back."""
    return f"id: {change.seq}\ndata: {one_line(change)}\n\n".encode()
