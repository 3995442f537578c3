"""The command's side of the control socket: HTTP/1.1 by the standard library, which starts fast.

Errors, one class per reaction: `Unreachable` (there is no daemon to talk to: start it, or name its socket), `Broken`
(it was there and went away: come back), `Refusal` (it answered with a problem document: tell the person).
"""

import errno
import http.client
import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ANSWER_TIMEOUT_S = 60.0  # phase 1 of an import is answered in 3 s; a provider's own deadline stands behind it
SILENCE_TIMEOUT_S = 40.0  # the daemon says something at least every 15 s
_BUSY_S = 2.0
_BUSY_PAUSE_S = 0.02


class Unreachable(Exception):
    """Nobody answers on the socket; the text says why and what to do."""


class Broken(Exception):
    """The connection broke before the answer was complete."""


class Refusal(Exception):
    """The daemon answered with an error; `document` is its problem document (RFC 9457).

    `retry_after_s` is when it wants to be asked again, None where it does not say.
    """

    def __init__(self, status: int, document: Mapping[str, Any], retry_after_s: float | None = None) -> None:
        """Keep the answer."""
        self.retry_after_s = retry_after_s
        super().__init__(str(document.get("detail") or f"the daemon answered with HTTP status {status}"))
        self.status = status
        self.document = document


class UnixConnection(http.client.HTTPConnection):
    """An HTTP connection over a Unix socket."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        """Prepare; nothing is opened yet."""
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Connect; a full backlog, which Unix sockets report at once (EAGAIN), is tried again for up to 2 s."""
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


class Daemon:
    """The daemon behind one socket, asked in JSON."""

    def __init__(self, path: Path) -> None:
        """Take the socket's path; each request opens its own connection."""
        self.path = path

    def get(self, target: str) -> Any:
        """Ask for a resource; see `post` for what it raises."""
        return self._ask("GET", target)

    def post(self, target: str, document: Any = None) -> Any:
        """Ask for something to be done.

        Raises:
            Unreachable: nobody listens, or it is not thesetd; nothing was done.
            Broken: the daemon went away; whether it was done is not known.
            Refusal: the daemon says no.
            UnicodeEncodeError: the target or the document holds lone surrogates; nothing was sent.
        """
        return self._ask(
            "POST", target, None if document is None else json.dumps(document, ensure_ascii=False).encode()
        )

    def put(self, target: str) -> Any:
        """Ask for something to be as it is named; see `post` for what it raises."""
        return self._ask("PUT", target)

    def delete(self, target: str) -> Any:
        """Ask for something not to be any more; see `post` for what it raises."""
        return self._ask("DELETE", target)

    @contextmanager
    def stream(self, target: str, after: int | None) -> Iterator[Iterator[dict[str, Any] | None]]:
        """Open a stream of progress events: each as its JSON, and None for a keep-alive comment, until it ends.

        Args:
            target: the stream.
            after: the sequence number of the last event that was seen; None leaves the beginning to the daemon.

        Raises:
            Unreachable, Broken, Refusal: as for `post`, also while the stream is read.
        """
        headers = {"Accept": "text/event-stream"} | ({} if after is None else {"Last-Event-ID": str(after)})
        with self._response("GET", target, None, headers, SILENCE_TIMEOUT_S) as response:
            yield _events(response)

    def _ask(self, method: str, target: str, body: bytes | None = None) -> Any:
        headers = {"Content-Type": "application/json"} if body else {}
        with self._response(method, target, body, headers, ANSWER_TIMEOUT_S) as response:
            return json.loads(response.read())

    @contextmanager
    def _response(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str], timeout_s: float
    ) -> Iterator[http.client.HTTPResponse]:
        connection = UnixConnection(self.path, timeout_s)
        try:
            self._connect(connection)
            # A daemon that refuses early may close before it has read all; its answer is there nevertheless.
            with suppress(BrokenPipeError):
                connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            # /health answers 503 with its checks, which is no problem document.
            if response.status >= http.client.BAD_REQUEST and response.headers.get_content_type() != "application/json":
                hint = response.headers.get("retry-after", "")
                raise Refusal(response.status, _problem(response), float(hint) if hint.isdecimal() else None)
            yield response
        except http.client.RemoteDisconnected as error:
            raise Broken("the daemon closed the connection") from error
        except http.client.BadStatusLine as error:
            raise Unreachable(f"what listens on {self.path} does not speak HTTP: is it thesetd?") from error
        except TimeoutError as error:
            raise Broken(f"the daemon was silent for {timeout_s:.0f} s") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Broken(f"the connection to the daemon broke ({str(error) or type(error).__name__})") from error
        finally:
            connection.close()

    def _connect(self, connection: UnixConnection) -> None:
        try:
            connection.connect()
        except OSError as error:
            raise Unreachable(_hint(self.path, error)) from error


def _events(response: http.client.HTTPResponse) -> Iterator[dict[str, Any] | None]:
    """Read server-sent events: the JSON of each one's data, None for a comment; events without data are passed over."""
    data: list[str] = []
    for raw in response:
        line = raw.decode().rstrip("\r\n")
        if line.startswith(":"):
            yield None
        elif line.startswith("data:"):
            data.append(line.removeprefix("data:"))
        elif not line and data:
            yield json.loads("\n".join(data))
            data = []


def _problem(response: http.client.HTTPResponse) -> Mapping[str, Any]:
    try:
        document = json.loads(response.read())
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _hint(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"no daemon at {path}: start one with `thesetd run`, or name its socket with --socket"
    if isinstance(error, ConnectionRefusedError) and not path.is_socket():
        return f"{path} is not a socket: name the daemon's socket with --socket"
    if isinstance(error, ConnectionRefusedError):
        return f"stale socket {path}: no daemon is listening; start one with `thesetd run`"
    if isinstance(error, PermissionError):
        return f"not permitted to use {path}: be a member of {_group(path)}, or run this as the daemon's user"
    if error.errno == errno.EAGAIN:
        return f"the daemon at {path} is too busy to take another connection: try again"
    return f"cannot connect to {path}: {error.strerror or error}"


def _group(path: Path) -> str:
    import grp  # noqa: PLC0415 - needed for this one sentence only

    for place in (path, path.parent):  # who may not enter the folder sees the folder alone, which has the same group
        with suppress(OSError, KeyError):
            return f"the group {grp.getgrgid(place.stat().st_gid).gr_name!r}"
    return "the socket's group"
