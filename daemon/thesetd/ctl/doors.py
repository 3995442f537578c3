"""Doors to a daemon: its control socket, or the address of its API with a token."""

import errno
import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

_BUSY_S = 2.0
_BUSY_PAUSE_S = 0.02


class Door(Protocol):
    """A way to reach a daemon; its text is its display name."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers that each request needs."""
        ...

    @property
    def prefix(self) -> str:
        """Return the prefix of each path."""
        ...

    def connection(self, timeout_s: float) -> http.client.HTTPConnection:
        """Prepare a connection; nothing is opened yet."""
        ...

    def hint(self, error: OSError) -> str:
        """Return why it cannot be reached, and what to do."""
        ...


class UnixConnection(http.client.HTTPConnection):
    """An HTTP connection over a Unix socket."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        """Prepare; nothing is opened yet."""
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Connect; a full backlog, which Unix sockets report at once (EAGAIN), is retried for up to 2 s."""
        until = time.monotonic() + _BUSY_S
        while True:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            try:
                self.sock.connect(str(self._path))
            except OSError as error:
                self.sock.close()
                if error.errno != errno.EAGAIN or time.monotonic() >= until:
                    raise
            else:
                return
            time.sleep(_BUSY_PAUSE_S)


class SocketDoor:
    """The control socket."""

    headers: Mapping[str, str] = {}
    prefix = ""

    def __init__(self, path: Path) -> None:
        """Take its path."""
        self._path = path

    def __str__(self) -> str:
        """Return the path."""
        return str(self._path)

    def connection(self, timeout_s: float) -> http.client.HTTPConnection:
        """Prepare a connection; see `Door`."""
        return UnixConnection(self._path, timeout_s)

    def hint(self, error: OSError) -> str:
        """Return why it cannot be reached, and what to do."""
        path = self._path
        if isinstance(error, FileNotFoundError):
            return f"no daemon at {path}: start one with `thesetd run`, or name its socket with --socket"
        if isinstance(error, ConnectionRefusedError) and not path.is_socket():
            return f"{path} is not a socket: name the daemon's socket with --socket"
        if isinstance(error, ConnectionRefusedError):
            return f"stale socket {path}: no daemon is listening; start one with `thesetd run`"
        if isinstance(error, PermissionError):
            return f"not permitted to use {path}: join {_group(path)}, or run this as the daemon's user"
        if error.errno == errno.EAGAIN:
            return f"the daemon at {path} is too busy to take another connection: try again"
        return f"cannot connect to {path}: {error.strerror or error}"


def _group(path: Path) -> str:
    import grp  # noqa: PLC0415 - needed for this one sentence only

    for place in (path, path.parent):  # a user without access sees only the folder, which has the same group
        with suppress(OSError, KeyError):
            return f"the group {grp.getgrgid(place.stat().st_gid).gr_name!r}"
    return "the socket's group"


class UrlDoor:
    """The API at an address, with a token. Certificates are verified with the system's, or those of SSL_CERT_FILE."""

    def __init__(self, url: str, token: str | None) -> None:
        """Take the address.

        Raises:
            ValueError: it is not an address, or no header can carry the token; the message holds no part of the token.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            raise ValueError(f"invalid URL {url[:80]!r}: expected a form like https://theset.example:9465")
        if token is not None and not (token.isascii() and token.isprintable() and token and " " not in token):
            raise ValueError("the token file must contain the token and nothing else")
        self._url, self._parts, self._port = url, parts, parts.port
        self.prefix = parts.path.rstrip("/")
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def __str__(self) -> str:
        """Return the address."""
        return self._url

    def connection(self, timeout_s: float) -> http.client.HTTPConnection:
        """Prepare a connection; see `Door`."""
        host = self._parts.hostname or ""
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, self._port, timeout=timeout_s)
        return http.client.HTTPSConnection(host, self._port, timeout=timeout_s, context=ssl.create_default_context())

    def hint(self, error: OSError) -> str:
        """Return why it cannot be reached; see `Door`."""
        if isinstance(error, ssl.SSLCertVerificationError):
            reason = error.verify_message
            return f"the certificate of {self} is refused ({reason}): trust its authority with SSL_CERT_FILE"
        if isinstance(error, ssl.SSLError):
            return f"{self} the TLS handshake failed ({error.reason}): is it http:// or https://?"
        if isinstance(error, socket.gaierror):
            return f"no host {self._parts.hostname!r} is known: check --url"
        if isinstance(error, ConnectionRefusedError):
            return f"no daemon listens at {self}: check --url, and http.api of its configuration"
        return f"cannot connect to {self}: {error.strerror or error}"
