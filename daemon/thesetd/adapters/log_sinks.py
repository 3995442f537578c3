"""Writes log lines to a file descriptor or the journal. Logging never stops the daemon.

The descriptor may be closed, a pipe whose reader is gone or stopped, a full disk, or a stopped terminal. So nothing
here raises, and nothing waits longer than `PATIENCE_S`, once: a slow reader gets its lines, a stuck one costs one wait.
Lines that could not be written are counted; the next line is tried again.
"""

import os
import select
import socket
import stat
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TextIO

JOURNAL_SOCKET = Path("/run/systemd/journal/socket")
PATIENCE_S = 0.05
CHUNK_BYTES = 4096  # PIPE_BUF: what a pipe that polls as writable takes without blocking, pipe(7)
LONGEST_BYTES = 128 * 1024  # size of one journal entry: the kernel refuses datagrams over net.core.wmem_default


class Sink(Protocol):
    """Takes lines without a line end; `lost` counts those that could not be written."""

    lost: int

    def write(self, line: str) -> bool:
        """Write one line; return whether it was written."""
        ...


class StreamSink:
    """A file descriptor of any kind."""

    def __init__(self, descriptor: int) -> None:
        """Take the descriptor, which stays open."""
        self.lost = 0
        self._descriptor = descriptor
        self._stuck = self._torn = False

    def write(self, line: str) -> bool:
        """Write one line; see `Sink`."""
        data = line.encode("utf-8", "replace") + b"\n"
        rest = b"\n" + data if self._torn else data  # so that a partial line ends before the next one
        whole = len(rest)
        while rest:
            count = self._send(rest[:CHUNK_BYTES])
            if not count:
                break
            rest = rest[count:]
        self._torn = 0 < len(rest) < whole or (self._torn and bool(rest))
        self._stuck = bool(rest)
        self.lost += self._stuck
        return not self._stuck

    def _send(self, data: bytes) -> int:
        """Write what fits without waiting; return 0 if nothing does."""
        try:
            poll = select.poll()
            poll.register(self._descriptor, select.POLLOUT)
            if not poll.poll(0 if self._stuck else PATIENCE_S * 1000):
                return 0
            if stat.S_ISSOCK(os.fstat(self._descriptor).st_mode):
                with socket.socket(fileno=os.dup(self._descriptor)) as channel:
                    return channel.send(data, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
            return os.write(self._descriptor, data)
        except OSError:
            return 0


class TextSink:
    """A text stream in this process."""

    def __init__(self, stream: TextIO) -> None:
        """Take the stream."""
        self.lost = 0
        self._stream = stream

    def write(self, line: str) -> bool:
        """Write one line; see `Sink`."""
        self._stream.write(line + "\n")
        return True


class Journal:
    """The journal's native protocol: fields with each message, by which `journalctl` can select.

    Source: systemd.io/JOURNAL_NATIVE_PROTOCOL, read 2026-11-28.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Take the path of the journal's socket, by default the system's."""
        self._path = path or JOURNAL_SOCKET

    def send(self, fields: Mapping[str, str]) -> bool:
        """Send one entry; return whether the journal accepted it."""
        data = b"".join(_field(name, value) for name, value in fields.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
                channel.setblocking(False)
                channel.sendto(data, os.fspath(self._path))
        except OSError:
            return False
        return True


def _field(name: str, value: str) -> bytes:
    data = value.encode("utf-8", "replace")[:LONGEST_BYTES]
    if b"\n" in data:
        return name.encode() + b"\n" + struct.pack("<Q", len(data)) + data + b"\n"
    return name.encode() + b"=" + data + b"\n"


def is_one_stream(one: int, other: int) -> bool:
    """Return whether two descriptors refer to the same stream, so that one reader gets the lines of both."""
    try:
        return os.path.sameopenfile(one, other)
    except OSError:
        return False


def is_journal(environ: Mapping[str, str], descriptor: int = 2) -> bool:
    """Return whether a descriptor leads to the journal.

    The variable alone is inherited even if the stream is redirected.

    Source: systemd.exec(5), JOURNAL_STREAM.
    """
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def fill_gaps() -> None:
    """Replace closed standard streams by a file that refuses writes.

    Otherwise the first socket or file that is opened would get the number, and log lines would be written into it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # opening assigns the lowest free number, which is this one
