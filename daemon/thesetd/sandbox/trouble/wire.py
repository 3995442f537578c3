"""Answers that no HTTP server would send: bytes written past it, straight to the connection.

The server that accepts a connection puts its stream into the scope (`RAW`). In process, if there is no connection,
such an answer is an empty 502.
"""

import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http import HTTPStatus

import trio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

RAW = "thesetd.sandbox.raw"
NO_STATUS = 0
Script = Callable[[trio.SocketStream], Awaitable[None]]

_OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
_HUGE_BYTES = 5_000_000
_HEADERS = 200_000
_DRIP_S = 1.0
_HINT_S = 0.01


class RawAnswer(Response):
    """Runs a script on the connection and closes it."""

    def __init__(self, script: Script) -> None:
        super().__init__(status_code=NO_STATUS)
        self._script = script

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; see `starlette.responses.Response`."""
        stream = scope.get("extensions", {}).get(RAW)
        if stream is None:
            await Response(status_code=HTTPStatus.BAD_GATEWAY)(scope, receive, send)
            return
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._script(stream)
        await trio.aclose_forcefully(stream)


def _bytes(*parts: bytes) -> Script:
    async def script(stream: trio.SocketStream) -> None:
        for part in parts:
            await stream.send_all(part)

    return script


def _for_ever(start: bytes, again: bytes, every_s: float) -> Script:
    async def script(stream: trio.SocketStream) -> None:
        await stream.send_all(start)
        while True:
            await stream.send_all(again)
            await trio.sleep(every_s)

    return script


async def _many_headers(stream: trio.SocketStream) -> None:
    await stream.send_all(_OK + b"".join(b"x-%d: 1\r\n" % number for number in range(_HEADERS)) + b"\r\n")


async def _reset(stream: trio.SocketStream) -> None:
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


SCRIPTS: Mapping[str, Script] = {
    "headers-drip": _for_ever(b"HTTP/1.1 200 OK\r\n", b"X", _DRIP_S),
    "early-hints-endless": _for_ever(b"", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", _HINT_S),
    "header-huge": _bytes(_OK, b"x: ", b"a" * _HUGE_BYTES, b"\r\n\r\n"),
    "headers-many": _many_headers,
    "chunk-truncated": _bytes(_OK, b"transfer-encoding: chunked\r\n\r\n10\r\n", b'{"a": [1,'),
    "length-truncated": _bytes(_OK, b"content-length: 500\r\n\r\n", b'{"a": 1}'),
    "close-truncated": _bytes(_OK, b"connection: close\r\n\r\n", b'{"items": []'),
    "lengths-two": _bytes(
        _OK, b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n", b'8\r\n{"a": 1}\r\n0\r\n\r\n'
    ),
    "status-zero": _bytes(b"HTTP/1.1 000 Zero\r\ncontent-length: 0\r\n\r\n"),
    "garbage": _bytes(b"\x00\x01SSH-2.0\r\n\r\n"),
    "closed": _bytes(),
    "reset": _reset,
}
