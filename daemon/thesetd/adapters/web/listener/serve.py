"""Runs the two listeners: a Unix socket and TCP, each with its own cap on connections.

The cap has room for every request that the listener admits, and for idle connections. If it is reached, the connection
that has been idle longest is closed in favour of the new one, so that silent clients and half-sent heads cannot lock
others out.

`hypercorn.trio.serve` is not used: it does not allow for the class and the cap that limit clients.
"""

import errno
import logging
import math
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import attrs
import trio
from hypercorn.config import Config
from hypercorn.trio.worker_context import WorkerContext
from starlette.types import ASGIApp

from thesetd.adapters.regular_files import check_regular
from thesetd.adapters.web.access.names import look_up
from thesetd.adapters.web.listener.connection import HttpConnection, first_head
from thesetd.adapters.web.listener.doors import PLACES
from thesetd.adapters.web.listener.unix_socket import bound_socket, group_number
from thesetd.domain.errors import ConfigError, ListenerUnavailable

# AF_UNIX answers EAGAIN at once when the backlog is full; 4,096 is the kernel's own default cap (net.core.somaxconn).
BACKLOG = 4096
CONNECTIONS = sum(PLACES.values()) + 256  # all admitted requests, and some idle connections
Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]
_log = logging.getLogger("thesetd.web")


@attrs.frozen(kw_only=True)
class ListenerLimits:
    """The limits of one listener's clients.

    Args:
        write_timeout_s: for each write; a client that does not read for this long is disconnected.
        idle_timeout_s: for a connection without a request, and for the arrival of a request's head.
        connections: open at once; beyond that an idle one is closed, or else the new client is refused.
        head_bytes: the size of a request's first line and headers.
    """

    write_timeout_s: float = 5.0
    idle_timeout_s: float = 30.0
    connections: int = CONNECTIONS
    head_bytes: int = 16 * 1024


async def serve_unix(
    app: ASGIApp,
    path: Path,
    *,
    mode: int = 0o660,
    group: str | None = None,
    backlog: int = BACKLOG,
    limits: ListenerLimits | None = None,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve on a Unix socket until cancelled, which ends every connection at once; reports the path when it listens.

    Raises:
        ConfigError: the path cannot be used: too long, no such folder, another daemon's, not a socket, no such group.
        ListenerUnavailable: the group cannot be looked up now.
    """
    number = None if group is None else str(await look_up(partial(group_number, group)))
    with bound_socket(path, mode=mode, group=number, backlog=backlog) as sock:
        listener = trio.SocketListener(trio.socket.from_stdlib_socket(sock))
        await _serve(app, [listener], limits or ListenerLimits(), str(path), task_status)


async def serve_tcp(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    key: str = "http.listen",
    tls: ssl.SSLContext | None = None,
    limits: ListenerLimits | None = None,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve on TCP until cancelled, which ends every connection at once; reports "host:port" when it listens.

    `key` is where the address comes from, `tls` makes it serve HTTPS.

    Raises:
        ConfigError: the address is taken, or cannot be one of this machine.
        ListenerUnavailable: the address is not on this machine yet.
    """
    try:
        listeners = await trio.open_tcp_listeners(port, host=host)
    except OSError as error:
        raise _cannot_listen(key, host, port, error) from error
    address, bound = listeners[0].socket.getsockname()[:2]
    name = f"[{address}]:{bound}" if ":" in address else f"{address}:{bound}"
    taken = [trio.SSLListener(one, tls, https_compatible=True) for one in listeners] if tls else listeners
    await _serve(app, taken, limits or ListenerLimits(), name, task_status)


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Read a certificate with its chain, and its key.

    Raises:
        ConfigError: they cannot be read, or do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        check_regular(certificate, key)
        context.load_cert_chain(certificate, key, "")  # an encrypted key is refused, not asked for on the terminal
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or getattr(error, "reason", None) or type(error).__name__
        raise ConfigError(
            [f"http.tls_certificate: {certificate} with {key} is unusable ({reason}): check both files"]
        ) from error
    return context


async def inspect_tcp(host: str, port: int, *, daemon_runs: bool, key: str = "http.listen") -> str:
    """Report whether a daemon could listen on this address, by binding it briefly.

    Raises:
        ConfigError: it could not. An address in use is assumed to be that of the daemon, if one is running.
        ListenerUnavailable: it could not now.
    """
    try:
        for listener in await trio.open_tcp_listeners(port, host=host):
            await listener.aclose()
    except OSError as error:
        if error.errno == errno.EADDRINUSE and daemon_runs:
            return f"{host}:{port} is in use, as the daemon runs now"
        raise _cannot_listen(key, host, port, error) from error
    return f"{host}:{port} is free"


def _cannot_listen(key: str, host: str, port: int, error: OSError) -> ConfigError | ListenerUnavailable:
    """Distinguish temporary from permanent errors: interfaces and names may come up after the daemon."""
    fault = f"cannot listen on {host}:{port} ({error.strerror})"
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return ListenerUnavailable(f"{fault}: the address is not on this machine yet")
    return ConfigError([f"{key}: {fault}: choose another address or port"])


async def _serve(
    app: ASGIApp,
    listeners: Sequence[trio.SocketListener | trio.SSLListener[trio.SocketStream]],
    limits: ListenerLimits,
    name: str,
    task_status: trio.TaskStatus[str],
) -> None:
    door = _Door(app, limits)
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, door.admit, listeners)
        task_status.started(name)


class _Door:
    """Accepts connections up to the cap, and keeps an error of one from closing the listener."""

    def __init__(self, app: ASGIApp, limits: ListenerLimits) -> None:
        self._app = app
        self._limits = limits
        self._config = _config(limits)
        self._context = WorkerContext(None)
        self._open: set[trio.CancelScope] = set()
        self._idle: dict[trio.CancelScope, None] = {}  # the idle ones of these, longest first
        self._turning_away = 0

    async def admit(self, stream: Stream) -> None:
        if len(self._open) >= self._limits.connections and not self._evict():
            await self._turn_away(stream)
            return
        scope = trio.CancelScope(deadline=trio.current_time() + self._limits.idle_timeout_s)
        self._open.add(scope)
        self._idle[scope] = None
        try:
            with scope:
                await self._serve(stream, scope)
        except Exception:  # noqa: BLE001 - a connection is a child of its own: its fault must not end the others
            _log.exception("a connection ended with an error")
        finally:
            self._open.discard(scope)
            self._idle.pop(scope, None)

    async def _serve(self, stream: Stream, scope: trio.CancelScope) -> None:
        received = await first_head(stream, self._limits.head_bytes)
        if not received:
            return
        scope.deadline = math.inf  # from here on hypercorn counts the idle time
        connection = HttpConnection(
            self._app,
            self._config,
            self._context,
            stream,
            received=received,
            write_timeout_s=self._limits.write_timeout_s,
            on_idle=partial(self._note_idle, scope),
        )
        await connection.run()

    def _note_idle(self, scope: trio.CancelScope, idle: bool) -> None:  # noqa: FBT001 - hypercorn's own word
        self._idle.pop(scope, None)
        if idle and scope in self._open:
            self._idle[scope] = None

    def _evict(self) -> bool:
        """Close the connection that has been idle longest; return whether there was one."""
        oldest = next(iter(self._idle), None)
        if oldest is None:
            return False
        self._idle.pop(oldest)
        self._open.discard(oldest)
        oldest.cancel()
        return True

    async def _turn_away(self, stream: Stream) -> None:
        if self._turning_away >= _TURNING_AWAY:
            return
        self._turning_away += 1
        try:
            with trio.move_on_after(_TURN_AWAY_S), suppress(trio.BrokenResourceError):
                # A client whose socket closes before it has sent its request sees a broken pipe instead of the answer.
                await stream.receive_some(self._limits.head_bytes)
                await stream.send_all(_BUSY)
        finally:
            self._turning_away -= 1


_TURNING_AWAY = 64  # refused clients at once; further ones are closed without an answer
_TURN_AWAY_S = 1.0
_BUSY_BODY = (
    b'{"type":"urn:thesetd:problem:too-many-connections","title":"Too many connections","status":503,'
    b'"detail":"the daemon serves as many connections as it may: try again in a few seconds"}'
)
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 2\r\n"
    b"connection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(_BUSY_BODY), _BUSY_BODY)
)


def _config(limits: ListenerLimits) -> Config:
    config = Config()
    config.accesslog = None
    config.errorlog = _log
    config.include_server_header = False
    config.keep_alive_timeout = limits.idle_timeout_s
    config.h11_max_incomplete_size = limits.head_bytes
    return config
