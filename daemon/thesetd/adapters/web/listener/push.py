"""Writes pieces of a body of unknown length, for events to hundreds of readers.

h11 and hypercorn take four times as long for a piece as the system call that sends it. So a connection of ours offers
its own writes to the application as an ASGI extension.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

import attrs
from starlette.types import Message, Scope, Send

OUTGOING = "thesetd.outgoing"  # the name of the extension
Mark = Callable[[bytes], bytes]


class Outgoing(Protocol):
    """What a connection sends, below HTTP."""

    def write_now(self, data: bytes) -> int:
        """Write what the socket accepts without waiting; return the number of bytes, 0 if the client is gone."""
        ...

    async def write(self, data: bytes) -> None:
        """Write all of it; a client that does not take it within the write deadline is disconnected."""
        ...


@attrs.frozen
class Push:
    """Writes pieces of the body of one response, which must have begun.

    Args:
        mark: adds what HTTP puts around a piece. It is one of two functions, so that readers can share marked pieces.
        write_now: writes what it can of a marked piece without waiting; returns the number of bytes.
        write: writes the rest.
    """

    mark: Mark
    write_now: Callable[[bytes], int]
    write: Callable[[bytes], Awaitable[None]]

    @classmethod
    def into(cls, scope: Scope, send: Send) -> "Push":
        """Return the fastest way to write the body of this request's response."""
        outgoing: Outgoing | None = scope.get("extensions", {}).get(OUTGOING)
        if outgoing is None:
            return cls(_whole, _nothing_now, lambda data: send(_piece(data)))
        mark = _whole if scope["http_version"] == "1.0" else _chunk
        return cls(mark, outgoing.write_now, outgoing.write)

    async def __call__(self, data: bytes) -> None:
        """Write a piece."""
        marked = self.mark(data)
        sent = self.write_now(marked)
        if sent < len(marked):
            await self.write(marked[sent:])


def _piece(data: bytes) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": True}


def _nothing_now(_: bytes) -> int:
    return 0


def _whole(data: bytes) -> bytes:
    return data


def _chunk(data: bytes) -> bytes:
    # h11 uses chunks for a body of unknown length, and ends them at the end of the response (RFC 9112, 7.1).
    return b"%x\r\n%b\r\n" % (len(data), data)
