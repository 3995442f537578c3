"""Implements server-sent events as a response: the head, comments, and the end when the reader is gone.

Format: WHATWG HTML, "Server-sent events" (https://html.spec.whatwg.org/multipage/server-sent-events.html).

Tested in tests/adapters/web/streams/test_sse.py, tests/adapters/web/streams/test_changes.py.
"""

from abc import abstractmethod
from http import HTTPStatus

import trio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from thesetd.adapters.web.listener.connection import until_gone
from thesetd.adapters.web.listener.push import Push

AWAY_PING_S = 2.0  # between attempts to reach the database, each with a comment for the reader
PING_S = 15.0  # below the idle timeouts of common proxies (60 s); also the longest delay until an ended job is noticed
HEAD = b"retry: 1000\n\n"
PING = b":\n\n"
AWAY = b": the database does not answer\n\n"
# nginx passes each write on at once if the response requests it (ngx_http_proxy_module, proxy_buffering); compressing
# proxies would hold events back until their buffer is full, which no-transform forbids (RFC 9111).
STREAM_HEADERS = {"cache-control": "no-store, no-transform", "x-accel-buffering": "no"}


class SseResponse(Response):
    """A response whose body is written event by event until `tell` returns or the reader is gone."""

    media_type = "text/event-stream"

    def __init__(self) -> None:
        """Prepare the head."""
        self.status_code = HTTPStatus.OK
        self.background = None
        self.init_headers(STREAM_HEADERS)
        self._gone = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the end, or until the reader is gone."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] != "HEAD":
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._stop_when_gone, receive, nursery.cancel_scope)
                await self.tell(Push.into(scope, send))
                nursery.cancel_scope.cancel()
        # Outside of that scope: the connection reports the end as a disconnect before it has closed the socket.
        if not self._gone:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    @abstractmethod
    async def tell(self, push: Push) -> None:
        """Write the body."""

    async def _stop_when_gone(self, receive: Receive, scope: trio.CancelScope) -> None:
        await until_gone(receive)
        self._gone = True
        scope.cancel()
