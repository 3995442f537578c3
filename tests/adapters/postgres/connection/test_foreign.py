"""Servers that are no PostgreSQL, or answer as none does."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from opening import waited_for
from patience import LONGEST_S


def message(kind: bytes, body: bytes) -> bytes:
    """Write one message of PostgreSQL's protocol."""
    return kind + struct.pack("!i", len(body) + 4) + body


def welcome(version: bytes) -> bytes:
    """Let a client in and name a version."""
    settings = message(b"S", b"server_version\0" + version + b"\0")
    return message(b"R", struct.pack("!i", 0)) + settings + message(b"Z", b"I")


ANSWERS = {
    "HTTP": (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", "does not speak PostgreSQL"),
    "closes": (b"", b"", "connection was closed|reset by peer"),
    "no version": (b"N", message(b"R", struct.pack("!i", 0)) + message(b"Z", b"I"), "does not answer as PostgreSQL"),
    "odd version": (b"N", welcome(b"banana"), "does not answer as PostgreSQL"),
    "unknown authentication": (b"N", message(b"R", struct.pack("!i", 77)), "unsupported authentication"),
}
Serve = Callable[[bytes, bytes], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Yield the way to serve one connection with these two answers; it gives the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer(first: bytes, second: bytes) -> None:
            with suppress(OSError), server.accept()[0] as client:  # the client may be gone at any moment
                for words in filter(None, (first, second)):
                    client.recv(4096)
                    client.sendall(words)
                client.settimeout(LONGEST_S)
                client.recv(4096)

        def begin(first: bytes, second: bytes) -> str:
            threading.Thread(target=answer, args=(first, second), daemon=True).start()
            return f"postgresql://u:hush@127.0.0.1:{server.getsockname()[1]}/d?connect_timeout={LONGEST_S:.0f}"

        yield begin


@pytest.mark.parametrize(("first", "second", "told"), ANSWERS.values(), ids=ANSWERS)
def test_a_foreign_server_is_waited_for(serve: Serve, first: bytes, second: bytes, told: str) -> None:
    """It is named in one line, and the daemon goes on: the address may lead elsewhere with the next try."""
    line = waited_for(serve(first, second))
    assert any(part in line for part in told.split("|")), line
    assert "hush" not in line
