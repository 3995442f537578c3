"""Serves one client's connection: hypercorn's HTTP/1.1, with hard limits in both directions.

hypercorn shields its socket writes from cancellation, so one client that does not read would block the daemon's
shutdown for ever, and an unread request body blocks the connection. Both are fixed here, by a subclass and by a wrapper
around the application. HTTP/2 is not supported: a write deadline cannot cover its flow control.
"""

import math
import os
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import h11
import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.events import Response
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from thesetd.adapters.web.access.peers import PEER
from thesetd.adapters.web.listener.push import OUTGOING, Outgoing
from thesetd.adapters.web.listener.request_ids import identify, returning
from thesetd.adapters.web.problems import Problem
from thesetd.ports.pulse import busy

MAX_BODY_BYTES = 64 * 1024
_OBVIOUSLY_NONE = 0x21  # no request begins with a byte below this; h11 rejects such a byte at once
_BLANK_LINE = re.compile(rb"\n\r?\n")  # how h11 finds the end of a head
ANSWER_S = 60.0  # until an answer begins; the body has its own deadline, the store's calls have timeouts


async def first_head(stream: trio.abc.ReceiveStream, head_bytes: int) -> bytes:
    """Read until there is something to answer: a complete head, an overlong or invalid one, or the client's end.

    A `HttpConnection` costs ten times as much as this wait (tasks, parser), too much for clients that send half a head:
    5,000 of them delayed a probe by ten seconds.
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
    """Serves one stream; a write that exceeds its deadline or is cancelled ends the connection."""

    # Any, because hypercorn's annotation is a TLS stream, but it accepts anything that behaves like one.
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
            received: the bytes read so far.
            write_timeout_s: for each write.
            on_idle: called when a request begins (False), and when it has been served (True).
        """
        socket = getattr(stream, "socket", None)  # under TLS there is no raw socket to write to
        bounded: Any = Bounded(app, self, socket)
        super().__init__(bounded, config, context, ConnectionState({}), stream)
        self._write_timeout_s = write_timeout_s
        self._received = received
        self._on_idle = on_idle
        self._reading = True
        self._socket = socket
        self._head = b""

    async def run(self) -> None:
        """Answer requests until either side closes the connection."""
        try:
            async with TaskGroup() as task_group:
                self._task_group = task_group
                self.protocol = self._http1(task_group)
                await self.idle_task.restart(task_group, self._idle_timeout)
                await self.protocol.handle(RawData(self._received))
                await self._read_data()
                # hypercorn's own code would keep a disconnected client until its idle timeout.
                self._reading = False
                await self.idle_task.stop()
        except OSError:
            return
        finally:
            await self._close()
            # Both refer back to this connection. Without them it is freed at once, not by a search for garbage.
            del self.app, self.protocol

    def _http1(self, task_group: TaskGroup) -> Any:
        state = ConnectionState({})
        return _Http1(self.app, self.config, self.context, task_group, state, False, None, None, self.protocol_send)

    async def protocol_send(self, event: Event) -> None:
        """Carry out the protocol's event; hypercorn's own version writes under a shield."""
        if isinstance(event, RawData):
            protocol: Any = self.protocol
            if protocol.sends_head:
                self._head, protocol.sends_head = event.data, False
            elif data := self._head + event.data:
                self._head = b""
                await self.write(data)
            return
        if isinstance(event, Updated):
            self._on_idle(event.idle)
        if self._reading or not isinstance(event, Updated):
            await super().protocol_send(event)

    def write_now(self, data: bytes) -> int:
        """Write what the socket accepts at once, bypassing hypercorn and h11; see `Outgoing`."""
        try:
            return 0 if self._socket is None else os.write(self._socket.fileno(), data)
        except OSError:  # its buffer is full, or the client is gone, which `write` detects
            return 0

    async def write(self, data: bytes) -> None:
        """Write all of it within the deadline; see `Outgoing`."""
        try:
            async with self.send_lock:
                with trio.fail_after(self._write_timeout_s):
                    await self.stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError):
            await trio.aclose_forcefully(self.stream)
            await self.protocol.handle(Closed())


class _Http1(H11Protocol):
    """hypercorn's HTTP/1.1 with limited heads, and without its two upgrades to HTTP/2.

    A server may ignore an Upgrade (RFC 9110, 7.8). The head of a reply with a length waits for the first piece of its
    body: one write, and one wake of the client, instead of three. One without a length begins a stream, and goes out.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.connection: _BoundedHeads = _BoundedHeads(self.config.h11_max_incomplete_size)
        self.sends_head = False

    async def stream_send(self, event: StreamEvent) -> None:
        """Carry out an event of a response."""
        self.sends_head = isinstance(event, Response) and any(name == b"content-length" for name, _ in event.headers)
        await super().stream_send(event)

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
    """h11 limits only incomplete heads of requests; this also limits one that arrives in a single read."""

    def __init__(self, head_bytes: int) -> None:
        super().__init__(h11.SERVER, head_bytes)
        self._head_bytes = head_bytes
        self.answers_head = False

    def next_event(self) -> Any:
        """Return the next event.

        Raises:
            h11.RemoteProtocolError: the input is not acceptable HTTP/1.1.
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
    """The application as run by a connection: the request's body is received concurrently, up to a limit.

    hypercorn passes a body on in a queue of ten pieces; an application that answers without reading them would block
    the connection's reader for ever. So all pieces are received at once, up to one byte more than `MAX_BODY_BYTES`,
    which shows the application that there was more; the rest is discarded.
    """

    def __init__(self, app: ASGIApp, outgoing: Outgoing, socket: Any = None) -> None:
        self._app = app
        self._outgoing = outgoing
        self._socket = socket

    async def __call__(self, scope: Scope, receive: Receive, send: Send, *_: Any) -> None:
        """Run the application for one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["extensions"] |= {OUTGOING: self._outgoing, PEER: self._socket}
        into, messages = trio.open_memory_channel[Message](2)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_take_in, receive, into)
            with busy("answers a request", ANSWER_S) as piece:

                async def begin(message: Message) -> None:
                    piece.bound_s = math.inf  # from here on writes have deadlines, and a stream may be endless
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


async def until_gone(receive: Receive) -> None:
    """Wait until the client has disconnected, discarding what else it sends."""
    while (await receive())["type"] != "http.disconnect":
        pass
