"""Opens a connection: tries every server of the address in turn, each with a timeout and a fresh name look-up.

Only parameters that every pooler knows are sent at the start of a session; our settings follow in one statement. Errors
are classified by the daemon's reaction: `StoreRefused` for credentials, databases and settings, which an operator has
to fix, `StoreUnavailable` for everything temporary. The message is the server's own.
"""

import asyncio
import getpass
import os
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg
from asyncpg.exceptions import TargetServerAttributeNotMatched

from thesetd.adapters.embedded.launch import has_passwd_entry
from thesetd.adapters.postgres.connection.address import PATH, Address, Host, local
from thesetd.adapters.postgres.connection.arrays import ask_by_type
from thesetd.adapters.postgres.connection.known_types import KnowingConnection
from thesetd.adapters.postgres.connection.tls import context_of, explain
from thesetd.domain.errors import ConfigError, StoreRefused, StoreUnavailable

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# Prepared statements that a session keeps; none behind a transaction pooler. An import takes about 150 different ones:
# with room for fewer, each evicts the next, and all are planned again every time.
STATEMENTS = 400
# How long a session keeps each, whether it is used or not. With asyncpg's default of five minutes nearly every
# statement of a refresh was planned again. New statistics renew plans at once; without any, none is older than this.
STATEMENT_LIFE_S = 3600

_REFUSALS: tuple[type[Exception], ...] = (
    asyncpg.InvalidAuthorizationSpecificationError,  # 28: password, pg_hba.conf, no such role
    asyncpg.InvalidCatalogNameError,  # 3D000: no such database
    asyncpg.InsufficientPrivilegeError,  # 42501: no right to connect
    asyncpg.UndefinedObjectError,  # 42704: a setting that the server does not have
    asyncpg.InvalidParameterValueError,  # 22023: a value that a setting cannot have
    asyncpg.CantChangeRuntimeParamError,  # 55P02
)
_FOREIGN = (AttributeError, LookupError, TypeError, ValueError)  # raised by asyncpg when it parses something unknown
_CLOSED = "unexpected connection_lost() call"  # in asyncpg's words
_NO_TLS = "rejected SSL upgrade"  # asyncpg's words for a server that has none
_UNSUPPORTED = re.compile(r"unsupported startup parameter: (\S+)")  # PgBouncer, as 08P01
_PEER = "Peer authentication failed"
# Poolers' words for what the server has codes for; they send all of them as 08P01 or XX000.
_POOLERS_REFUSALS = re.compile(
    r"no such (database|user)|not allowed|\w+ authentication failed|(database|role) \".*\" does not exist"
    r"|tenant or user not found",
    re.IGNORECASE,
)
_OPTIONS = {
    "keepalives": (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    "keepalivesidle": (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
    "keepalivesinterval": (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
    "keepalivescount": (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
    "tcpusertimeout": (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
}
_USUAL = {"keepalives": 1, "keepalivesidle": 10, "keepalivesinterval": 5, "keepalivescount": 4}


class Connector:
    """Opens connections to the database of one address."""

    def __init__(self, address: Address, settings: Mapping[str, str], *, connect_s: float, path: str = PATH) -> None:
        """Take the settings for all connections.

        Args:
            address: its own `connect_timeout` takes precedence over `connect_s`.
            settings: the settings of each session, which override those of the address.
            connect_s: the timeout of one attempt.
            path: the key of the address in the configuration.

        Raises:
            ConfigError: a file that the address names cannot be used, or there is no user name from any source.
        """
        ask_by_type()
        found = address.parameters
        if not (address.user or os.environ.get("PGUSER")):
            _check_own_name(path)
        self.address = address
        self.pooled = False  # transaction by transaction: settings then apply to one transaction
        self.schema = found.schemas[0]
        self.on_move: Callable[[], None] = lambda: None  # when a connection led to another server than the one before
        self._started: datetime | None = None  # the server of the newest connection
        self._settings = {**found.settings, "search_path": ", ".join(map(_quoted, found.schemas)), **settings}
        self._connect_s = found.connect_s or connect_s
        context = context_of(found.tls, path)
        self._tls = context if found.tls.is_required or found.tls.certificate else found.tls.mode
        self._several = len(address.hosts) > 1 and address.hosts != local(address.hosts[0].port)

    async def open(self, *, bare: bool = False) -> Connection:
        """Connect to the first server that answers and, if there are several, accepts writes.

        A `bare` connection has none of the session's settings and prepares nothing by name.

        Raises:
            StoreRefused: a server answers, but refuses access.
            StoreUnavailable: none can be used now.
        """
        errors: dict[Host, StoreUnavailable] = {}
        for host in self.address.hosts:
            try:
                return await self._open(host, bare=bare or self.pooled)
            except StoreUnavailable as error:
                errors[host] = error
        told = [error for error in errors.values() if not isinstance(error.__cause__, FileNotFoundError)]
        worst = next((e for e in told if isinstance(e, StoreRefused)), None) or (told or list(errors.values()))[-1]
        raise type(worst)(f"no connection to PostgreSQL ({self.address}): {worst}") from worst.__cause__

    async def _open(self, host: Host, *, bare: bool) -> Connection:
        try:
            async with asyncio.timeout(self._connect_s):
                return await self._connect(host, bare=bare)
        except ssl.SSLError as error:
            raise StoreUnavailable(explain(error)) from error
        except TimeoutError as error:
            raise StoreUnavailable(f"{host} does not answer within {self._connect_s:g} s") from error
        except TargetServerAttributeNotMatched as error:
            raise StoreUnavailable(f"{host} takes no writes: it is a standby or read-only") from error
        except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError, asyncpg.PostgresError) as error:
            raise self._translated(error, host) from error
        except _FOREIGN as error:
            raise StoreUnavailable(f"{host} does not answer as PostgreSQL does") from error

    async def _connect(self, host: Host, *, bare: bool) -> Connection:
        """Connect and set the session up; nothing is left open if that fails."""
        found = self.address.parameters
        settings = {"application_name": found.application_name}
        if found.startup:
            settings["options"] = found.startup
        arguments: dict[str, Any] = {
            "host": host.name,
            "port": host.port,
            "user": self.address.user,
            "database": self.address.database,
            "password": self.address.password,
            "passfile": found.passfile,
            "ssl": False if host.is_socket else self._tls,
            "direct_tls": found.tls.direct,
            "target_session_attrs": "read-write" if self._several else "any",
            "server_settings": settings,
            "statement_cache_size": 0 if bare else STATEMENTS,
            "max_cached_statement_lifetime": STATEMENT_LIFE_S,
            "timeout": self._connect_s,
            "connection_class": KnowingConnection,
        }
        connection: Connection = await asyncpg.connect(**arguments)
        try:
            if not host.is_socket:
                self._tune(connection)
            if not bare:
                self._note_server(await connection.fetchval(self.settings(local=False)))
        except BaseException:
            connection.terminate()
            raise
        return connection

    def settings(self, *, local: bool) -> str:
        """Return the statement that sets a session up, or only the transaction it is in; it says the server's start."""
        calls = (f"set_config({_literal(k)}, {_literal(v)}, {str(local).lower()})" for k, v in self._settings.items())
        return f"select pg_postmaster_start_time(), {', '.join(calls)}"

    def _note_server(self, started: datetime) -> None:
        """Notice that the address now leads to another server: no two were started at the same microsecond."""
        if self._started not in {None, started}:
            self.on_move()
        self._started = started

    def _tune(self, connection: Connection) -> None:
        """Set keepalives so that a vanished server is noticed, as the address requires."""
        raw = connection._transport.get_extra_info("socket")  # type: ignore[attr-defined]  # noqa: SLF001 - no other way
        for name, value in {**_USUAL, **self.address.parameters.socket}.items():
            if value or name == "keepalives":  # 0 means the system's default
                raw.setsockopt(*_OPTIONS[name], value)

    def _translated(self, error: Exception, host: Host) -> StoreUnavailable:
        """Return the error as the class that says whether it is temporary."""
        text = first_line(error)
        tls = self.address.parameters.tls
        if _NO_TLS in text:
            needed = f"does not offer TLS, which sslmode={tls.mode} needs"
            return StoreUnavailable(f"{host} {needed if tls.is_required else 'does not speak PostgreSQL: is it one?'}")
        if found := _UNSUPPORTED.search(text):
            advice = f"allow it in the pooler: ignore_startup_parameters = {found[1]}"
            return StoreRefused(f"{text} ({advice})")
        if text.startswith(_PEER) and not has_passwd_entry(os.geteuid()):
            return StoreRefused(f"{text} (install libnss-systemd, which names user {os.geteuid()})")
        if isinstance(error, _REFUSALS) or _POOLERS_REFUSALS.match(text):
            return StoreRefused(text)
        return StoreUnavailable(text)


def _check_own_name(path: str) -> None:
    """Reject an address without a user if this process's uid has no name, as in containers with arbitrary uids.

    Raises:
        ConfigError: the uid has no name.
    """
    try:
        getpass.getuser()
    except (KeyError, OSError):
        advice = "write postgresql://user:password@host/database"
        raise ConfigError(
            [f"{path}: names no user, and user {os.geteuid()} of this process has no name: {advice}"]
        ) from None


def first_line(error: Exception) -> str:
    """Return the first line of the server's or system's message, or the name of an error without a message."""
    if isinstance(error, OSError) and error.errno and not isinstance(error, socket.gaierror):
        return os.strerror(error.errno).lower()  # without error numbers and a repeated address
    if isinstance(error, ConnectionError) and str(error) in {"", _CLOSED}:
        return "the connection was closed"
    return next(iter(str(error).splitlines()), type(error).__name__)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
