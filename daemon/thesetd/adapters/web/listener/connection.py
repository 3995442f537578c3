"""One client's connection: hypercorn's HTTP/1.1, with hard bounds in both directions.

hypercorn shields its socket writes from cancellation, so one client that does not read would block the daemon's end for
ever, and it lets a request body that the application does not read block the connection. Both are cured here, by a
subclass and by a wrapper around the application. HTTP/2 is not spoken: its flow control is beyond the reach of a write
deadline.
"""

import math
import os
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import h11
import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from thesetd.adapters.web.access.peers import PEER
from thesetd.adapters.web.listener.request_ids import identify, returning
from thesetd.adapters.web.problems import Problem
from thesetd.ports.pulse import busy

MAX_BODY_BYTES = 64 * 1024
# An ASGI extension: a function that writes pieces of a body whose length is not known. For news to hundreds of readers.
PUSH = "thesetd.push"
Push = Callable[[bytes], Awaitable[None]]
_OBVIOUSLY_NONE = 0x21  # no request begins with a byte below this; h11 refuses such a one at once
_BLANK_LINE = re.compile(rb"\n\r?\n")  # as h11 finds the end of a head
ANSWER_S = 60.0  # until an answer begins; the body has a deadline of its own, the store bounds each of its calls


async def first_head(stream: trio.abc.ReceiveStream, head_bytes: int) -> bytes:
    """Read until there is something to answer: a whole head, too long a head, none at all, or the client's end.

    A `HttpConnection` costs ten times as much as this wait (tasks, parser), which clients that send half a head are not
    worth: 5,000 of them kept a probe waiting for ten seconds.
    """
    received = bytearray()
    while len(received) <= head_bytes:
        searched = max(0, len(received) - 2)
        try:
            piece = await stream.receive_some(head_bytes)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return b""
        received += piece
        if not piece or received[0] < _OBVIOUSLY_NONE or _BLANK_LINE.search(received, searched):
            break
    return bytes(received)


class HttpConnection(TCPServer):
    """Serves one stream; a write ends at its deadline or when it is cancelled, and the connection with it."""

    # The Any: hypercorn asks for a TLS stream, and takes what behaves like one.
    def __init__(
        self,
        app: ASGIApp,
        config: Config,
        context: WorkerContext,
        stream: Any,
        *,
        received: bytes,
        write_timeout_s: float,
        on_idle: Callable[[bool], None],
    ) -> None:
        """Prepare.

        Args:
            app: answers the requests.
            config: hypercorn's.
            context: hypercorn's.
            stream: the client's socket.
            received: what was read of it so far.
            write_timeout_s: for each write.
            on_idle: is told when a request begins (False), and when it has been served (True).
        """
        socket = getattr(stream, "socket", None)  # under TLS there is none to write to
        bounded: Any = Bounded(app, self.push, socket)
        super().__init__(bounded, config, context, ConnectionState({}), stream)
        self._write_timeout_s = write_timeout_s
        self._received = received
        self._on_idle = on_idle
        self._reading = True
        self._socket = socket

    async def run(self) -> None:
        """Answer requests until one of the two sides has had enough."""
        try:
            async with TaskGroup() as task_group:
                self._task_group = task_group
                self.protocol = self._http1(task_group)
                await self.idle_task.restart(task_group, self._idle_timeout)
                await self.protocol.handle(RawData(self._received))
                await self._read_data()
                # hypercorn's own would wait for the idle time to pass before it lets go of a client that has left.
                self._reading = False
                await self.idle_task.stop()
        except OSError:
            return
        finally:
            await self._close()

    def _http1(self, task_group: TaskGroup) -> Any:
        state = ConnectionState({})
        return _Http1(self.app, self.config, self.context, task_group, state, False, None, None, self.protocol_send)

    async def protocol_send(self, event: Event) -> None:
        """Do what the protocol asks for; hypercorn's own form of this writes under a shield."""
        if isinstance(event, RawData):
            await self._write(event.data)
            return
        if isinstance(event, Updated):
            self._on_idle(event.idle)
        if self._reading or not isinstance(event, Updated):
            await super().protocol_send(event)

    async def push(self, data: bytes) -> None:
        """Write a piece of a body at once, past hypercorn and h11, which take four times as long (see PUSH)."""
        try:
            sent = 0 if self._socket is None else os.write(self._socket.fileno(), data)
        except OSError:  # its buffer is full, or the client is gone, which the usual way finds out
            sent = 0
        if sent < len(data):
            await self._write(data[sent:])

    async def _write(self, data: bytes) -> None:
        try:
            async with self.send_lock:
                with trio.fail_after(self._write_timeout_s):
                    await self.stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError):
            await trio.aclose_forcefully(self.stream)
            await self.protocol.handle(Closed())


class _Http1(H11Protocol):
    """hypercorn's HTTP/1.1 with bounded heads, and without its two doors to HTTP/2.

    A server may ignore an Upgrade (RFC 9110, 7.8).
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.connection: _BoundedHeads = _BoundedHeads(self.config.h11_max_incomplete_size)

    async def _check_protocol(self, event: h11.Request) -> None:
        """Stay with HTTP/1.1."""

    async def _send_error_response(self, status_code: int) -> None:
        status = HTTPStatus(status_code)
        kind = status.phrase.lower().replace(" ", "-")
        detail = "the request is not acceptable as HTTP/1.1: send a smaller or a well-formed head"
        problem = Problem(status=status, kind=kind, detail=detail, headers={"connection": "close"}).response()
        await self._send_h11_event(h11.Response(headers=problem.raw_headers, status_code=status_code))
        if not self.connection.answers_head:
            await self._send_h11_event(h11.Data(data=bytes(problem.body)))
        await self._send_h11_event(h11.EndOfMessage())


class _BoundedHeads(h11.Connection):
    """h11 bounds the head of a request that is incomplete; one that arrives in one read is complete at once."""

    def __init__(self, head_bytes: int) -> None:
        super().__init__(h11.SERVER, head_bytes)
        self._head_bytes = head_bytes
        self.answers_head = False

    def next_event(self) -> Any:
        """Return the next event.

        Raises:
            h11.RemoteProtocolError: what arrived is no acceptable HTTP/1.1.
        """
        event = super().next_event()
        if isinstance(event, h11.Request):
            self.answers_head = event.method == b"HEAD"
            if _size(event) > self._head_bytes:
                raise h11.RemoteProtocolError("the head is too large", error_status_hint=431)
        return event


def _size(request: h11.Request) -> int:
    line = len(request.method) + len(request.target) + len("  HTTP/1.1\r\n")
    return line + sum(len(name) + len(value) + len(": \r\n") for name, value in request.headers)


class Bounded:
    """The application as a connection runs it: the request's body is taken in beside it, and bounded.

    hypercorn hands a body over in a queue of ten pieces; an application that answers without reading them would leave
    the connection's reader waiting for ever. So all pieces are taken at once, up to one byte more than
    `MAX_BODY_BYTES`, which tells the application that there was more; the rest is thrown away.
    """

    def __init__(self, app: ASGIApp, push: Push, socket: Any = None) -> None:
        self._app = app
        self._push = push
        self._socket = socket

    async def __call__(self, scope: Scope, receive: Receive, send: Send, *_: Any) -> None:
        """Run the application for one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["extensions"] |= {PUSH: self._push, PEER: self._socket}
        into, messages = trio.open_memory_channel[Message](2)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_take_in, receive, into)
            with busy("answers a request", ANSWER_S) as piece:

                async def begin(message: Message) -> None:
                    piece.bound_s = math.inf  # from here on the writes have their deadline, and a stream has no end
                    await send(message)

                await self._app(scope, messages.receive, returning(begin, identify(scope)))
            nursery.cancel_scope.cancel()


async def _take_in(receive: Receive, into: trio.MemorySendChannel[Message]) -> None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message["body"][: MAX_BODY_BYTES + 1 - len(body)]
        if not message["more_body"] or len(body) > MAX_BODY_BYTES:
            into.send_nowait({"type": "http.request", "body": bytes(body), "more_body": False})
            await until_gone(receive)
            break
    into.send_nowait({"type": "http.disconnect"})


def pusher(scope: Scope, send: Send) -> Push:
    """Return the fastest way to write pieces of the body of this request's response, which must have begun."""
    push: Push | None = scope.get("extensions", {}).get(PUSH)
    if push is None:
        return lambda data: send({"type": "http.response.body", "body": data, "more_body": True})
    if scope["http_version"] == "1.0":
        return push
    # h11 chooses chunks for a body of unknown length, and ends them when it is told of the end (RFC 9112, 7.1).
    return lambda data: push(b"%x\r\n%b\r\n" % (len(data), data))


async def until_gone(receive: Receive) -> None:
    """Wait until the client has left, throwing away what else it sends."""
    while (await receive())["type"] != "http.disconnect":
        pass
