"""Turns the configuration, one TOML file and the environment, into frozen classes, reporting all faults at once.

Precedence, weakest first: defaults, the file, systemd credentials, `<key>_file`, the names that TheSet already uses in
its environment (DATABASE_URL, ...), `THESETD_<SECTION>__<KEY>`.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from thesetd.adapters.certificates import environment_faults
from thesetd.adapters.postgres.connection.address import parse as parse_database
from thesetd.adapters.postgres.database import LEAST
from thesetd.adapters.providers.registry import ENDPOINTS, PROVIDERS
from thesetd.adapters.providers.spec import ProviderSettings
from thesetd.adapters.redis.address import parse as parse_redis
from thesetd.adapters.redis.bus import CHANNEL
from thesetd.adapters.web.access.tokens import parse_tokens
from thesetd.app.configuration.origins import Origins
from thesetd.app.configuration.sources import (
    FORMATS,
    lay_credentials,
    lay_environment,
    lay_files,
    read_config_file,
    secrets_in,
)
from thesetd.app.configuration.structure import between, part, said, web_address
from thesetd.app.configuration.webhooks import WebhookKeys, webhooks
from thesetd.domain import places
from thesetd.domain.addresses import check_host
from thesetd.domain.cron import check_cron
from thesetd.domain.errors import ConfigError
from thesetd.domain.gate.cache_policy import LONGEST_S, NEGATIVE_S, REFRESH_PART, LifetimeTable, configured, usual
from thesetd.domain.gate.credentials import pasted, without_secrets
from thesetd.domain.webhooks import WebhookTarget
from thesetd.domain.work.jobs import Lane
from thesetd.domain.work.schedules import DEFAULTS, Schedule, check_zone
from thesetd.ports.surface.endpoints import Scope

LEVELS = ("debug", "info", "warning", "error")
HIGHEST_PORT = 65535
MOST_CONNECTIONS = 100  # connections of one daemon; it does not use more than a handful


@attrs.frozen(kw_only=True)
class NodeKeys:
    """This daemon's identity: a name that no other running daemon has."""

    name: str = attrs.field(factory=socket.gethostname)

    @name.validator
    def _visible(self, _: Any, value: str) -> None:
        if not value.strip() or not value.isprintable():
            raise ValueError(f"invalid name {value!r}: expected printable text, for example node-1")


_TAKEN = ("thesetd", "theset_documents")  # schemas that hold other things


@attrs.frozen(kw_only=True)
class DatabaseKeys:
    """PostgreSQL; without a DSN a private server runs under the state directory.

    `session_dsn` bypasses a transaction pooler, `connections` limits all connections together. The catalogue is in
    `schema`, else in that of the address, else in public.
    """

    dsn: str | None = attrs.field(default=None, repr=False)
    session_dsn: str | None = attrs.field(default=None, repr=False)
    connections: int | None = attrs.field(default=None)
    schema: str | None = attrs.field(default=None)

    @dsn.validator
    @session_dsn.validator
    def _readable(self, _: Any, value: str | None) -> None:
        if value:
            try:
                parse_database(value, "")
            except ConfigError as error:
                raise ValueError(error.faults[0].removeprefix(": ")) from None

    @session_dsn.validator
    def _beside(self, _: Any, value: str | None) -> None:
        if value and not self.dsn:
            raise ValueError("needs database.dsn")

    @schema.validator
    def _named(self, _: Any, value: str | None) -> None:
        if value is not None and (not re.fullmatch(r"[a-z_][a-z0-9_$]{0,62}", value) or value in _TAKEN):
            raise ValueError(f"invalid schema {value!r}: expected a name in lower case, other than {', '.join(_TAKEN)}")

    @connections.validator
    def _enough(self, _: Any, value: int | None) -> None:
        if value is not None and not LEAST <= value <= MOST_CONNECTIONS:
            raise ValueError(f"{value} is not between {LEAST} and {MOST_CONNECTIONS}")


@attrs.frozen(kw_only=True)
class Redis:
    """Redis; without a URL a private server runs under the state directory. `ca_file` is trusted for TLS."""

    url: str | None = attrs.field(default=None, converter=attrs.converters.optional(pasted), repr=False)
    ca_file: Path | None = None
    channel: str = attrs.field(default=CHANNEL)

    @channel.validator
    def _name(self, _: Any, value: str) -> None:
        if not re.fullmatch(r"[!-~]+", value):
            raise ValueError(f"invalid channel {value!r}: expected printable characters without spaces")


@attrs.frozen(kw_only=True)
class Control:
    """The control socket: its path, its mode in octal, the group that may use it, and the scopes of its users.

    Scopes list users and @groups; None means every user of the socket.
    """

    socket: Path | None = attrs.field(default=None)
    mode: str = attrs.field(default="0660")
    group: str | None = None
    read_by: tuple[str, ...] | None = None
    import_by: tuple[str, ...] | None = None
    operate_by: tuple[str, ...] | None = None

    @socket.validator
    def _file(self, _: Any, value: Path | None) -> None:
        if value is not None and (not value.name or "\0" in str(value)):
            raise ValueError("expected the path of a socket, for example /run/thesetd/thesetd.sock")

    @mode.validator
    def _octal(self, _: Any, value: str) -> None:
        if not re.fullmatch("0?[0-7]{3}", value):
            raise ValueError(f"invalid file mode {value!r}: expected octal digits, for example 0660")

    @property
    def is_narrowed(self) -> bool:
        """Return whether any scope is restricted."""
        return any(who is not None for who in self.scopes().values())

    def scopes(self) -> Mapping[Scope, tuple[str, ...] | None]:
        """Return the holders of each scope."""
        return {Scope.READ: self.read_by, Scope.IMPORT: self.import_by, Scope.OPERATE: self.operate_by}


@attrs.frozen(kw_only=True)
class Http:
    """The listeners on TCP: the read-only one, and `api` for the control surface; port 0 for any free one.

    `tokens` has a line `name scopes token` for each caller; `origins` are those of web pages that may use the API.
    """

    listen: str = attrs.field(default="127.0.0.1:9464")
    api: str | None = attrs.field(default=None)
    tokens: str | None = attrs.field(default=None, repr=False)
    origins: tuple[str, ...] = attrs.field(default=())
    tls_certificate: Path | None = None
    tls_key: Path | None = attrs.field(default=None)

    def exposed(self) -> Iterator[tuple[str, str]]:
        """Return the addresses that expose something unprotected to other hosts, each with what and the remedy."""
        if not _loopback(_host(self.listen)):
            yield "http.listen", f"{self.listen} shows other hosts the status page and metrics without a token"
        if self.api and not self.tls_key and not _loopback(_host(self.api)):
            yield "http.api", f"{self.api} takes tokens without TLS: set http.tls_certificate and http.tls_key"

    @listen.validator
    @api.validator
    def _address(self, _: Any, value: str | None) -> None:
        if value is None:
            return
        host, _sep, port = value.rpartition(":")
        if not host or not re.fullmatch("[0-9]{1,5}", port) or int(port) > HIGHEST_PORT:
            raise ValueError(f"invalid address {value!r}: expected host:port, for example 127.0.0.1:9464")
        check_host(host.strip("[]"))

    @api.validator
    def _guarded(self, _: Any, value: str | None) -> None:
        if value and not self.tokens and not _loopback(_host(value)):
            raise ValueError(f"{value} is open to other hosts: set http.tokens_file, or listen on 127.0.0.1")

    @tokens.validator
    def _readable(self, _: Any, value: str | None) -> None:
        if value is not None:
            parse_tokens(value)

    @origins.validator
    def _exact(self, _: Any, value: tuple[str, ...]) -> None:
        if odd := [one for one in value if not re.fullmatch(r"https?://[^/\s*]+", one)]:
            raise ValueError(f"invalid origin {odd[0]!r}: expected scheme and host, for example https://theset.example")

    @tls_key.validator
    def _both(self, _: Any, value: Path | None) -> None:
        if (value is None) != (self.tls_certificate is None):
            raise ValueError("http.tls_certificate and http.tls_key belong together: set both or none")


def _host(address: str) -> str:
    return address.rpartition(":")[0].strip("[]")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _lower(text: str) -> str:
    return text.lower()


def _one_of(values: Collection[str]) -> Callable[[Any, Any, str], None]:
    def check(_: Any, __: Any, value: str) -> None:
        if value not in values:
            raise ValueError(f"invalid value {said(value)}: expected {', '.join(values)}")

    return check


@attrs.frozen(kw_only=True)
class LogKeys:
    """What is logged and how: auto is text on a terminal and JSON elsewhere. A collector at `otlp_url` gets spans."""

    level: str = attrs.field(default="info", converter=_lower, validator=_one_of(LEVELS))
    format: str = attrs.field(default="auto", converter=_lower, validator=_one_of(FORMATS))
    otlp_url: str | None = attrs.field(default=None, validator=web_address("http://127.0.0.1:4318", optional=True))


@attrs.frozen(kw_only=True)
class Cache:
    """The cache: its memory, how old an answer may be for a user's import, and the lifetimes of answers."""

    memory_bytes: int = attrs.field(default=64 << 20, validator=between(0, 16 << 30))
    import_age_s: float = attrs.field(default=0.0, validator=between(0, LONGEST_S))
    refresh_part: float = attrs.field(default=REFRESH_PART, validator=between(0, 1))
    negative_s: float = attrs.field(default=NEGATIVE_S, validator=between(0, LONGEST_S))
    lifetimes: LifetimeTable = attrs.field(factory=lambda: usual(ENDPOINTS))


@attrs.frozen(kw_only=True)
class Config:
    """The whole configuration."""

    state_dir: Path
    node: NodeKeys = attrs.field(factory=NodeKeys)
    database: DatabaseKeys = attrs.field(factory=DatabaseKeys)
    redis: Redis = attrs.field(factory=Redis)
    control: Control = attrs.field(factory=Control)
    http: Http = attrs.field(factory=Http)
    log: LogKeys = attrs.field(factory=LogKeys)
    cache: Cache = attrs.field(factory=Cache)
    providers: Mapping[str, ProviderSettings] = attrs.field(factory=dict)
    schedules: Mapping[str, Schedule] = attrs.field(factory=dict)
    webhooks: Mapping[str, WebhookKeys] = attrs.field(factory=dict)
    origins: Origins = attrs.field(factory=Origins, eq=False, repr=False)

    def hooks(self) -> tuple[WebhookTarget, ...]:
        """Return the webhooks' receivers."""
        return tuple(keys.hook(name) for name, keys in self.webhooks.items())

    def socket_path(self, environ: Mapping[str, str]) -> Path:
        """Return the control socket's path."""
        return self.control.socket or places.control_socket(environ, self.state_dir)


def load(path: Path | None, environ: Mapping[str, str], *, state_dir: str | None = None) -> Config:
    """Read the file, apply the environment on top, and check everything; `state_dir` takes precedence over both.

    Raises:
        ConfigError: with every fault and its path.
    """
    table = read_config_file(path) if path else {}
    faults, origins = list(environment_faults(environ)), Origins()
    if path:
        origins.note_all(table, f"file {path}")
    table.setdefault("state_dir", str(places.state_dir(environ)))
    lay_credentials(table, environ, faults, origins)
    lay_files(table, faults, origins)
    lay_environment(table, environ, faults, origins)
    if state_dir is not None:
        table["state_dir"] = state_dir
        origins.note(("state_dir",), "option --state-dir")
    secrets = sorted(secrets_in(table), key=len, reverse=True)
    config = _structure(table, faults)
    if faults or config is None:
        raise ConfigError([without_secrets(fault, secrets) for fault in faults])
    return attrs.evolve(config, origins=origins)


def defaults(state_dir: Path) -> Config:
    """Return the default configuration; `state_dir` is passed, since its default depends on the environment."""
    faults: list[str] = []
    config = _structure({"state_dir": str(state_dir)}, faults)
    if config is None:
        raise ConfigError(faults)
    return config


def _structure(table: dict[str, Any], faults: list[str]) -> Config | None:
    sections = {
        "node": NodeKeys,
        "database": DatabaseKeys,
        "redis": Redis,
        "control": Control,
        "http": Http,
        "log": LogKeys,
    }
    known: dict[str, Any] = {name: part(table.pop(name, {}), cls, name, faults) for name, cls in sections.items()}
    state_dir = table.pop("state_dir")
    if not isinstance(state_dir, str):
        faults.append(f"state_dir: expected text, not {said(state_dir)}")
    elif not state_dir.strip() or "\0" in state_dir:
        faults.append("state_dir: is empty: write a directory, for example /var/lib/thesetd")
    _check_redis(known["redis"], faults)
    known["cache"] = _cache(table.pop("cache", {}), faults)
    known["providers"] = _providers(table.pop("providers", {}), faults)
    known["webhooks"] = webhooks(table.pop("webhooks", {}), faults)
    known["schedules"] = _schedules(table.pop("schedules", {}), faults)
    faults.extend(f"{name}: no such section or key" for name in table)
    return None if faults else Config(state_dir=Path(state_dir).expanduser().absolute(), **known)


def _check_redis(redis: Redis | None, faults: list[str]) -> None:
    if redis is not None and redis.url:
        try:
            parse_redis(redis.url, ca_file=redis.ca_file)
        except ConfigError as error:
            faults.extend(error.faults)


def _providers(value: Any, faults: list[str]) -> dict[str, ProviderSettings]:
    if not isinstance(value, dict):
        faults.append("providers: must be a table of providers")
        return {}
    specs = {spec.name: spec for spec in PROVIDERS}
    faults.extend(
        f"providers.{name}: no such provider; expected one of {', '.join(specs)}"
        for name in sorted(value.keys() - specs)
    )
    parts = {n: part(value.get(n, {}), spec.settings, f"providers.{n}", faults) for n, spec in specs.items()}
    made: dict[str, ProviderSettings] = {name: settings for name, settings in parts.items() if settings is not None}
    faults.extend(f"providers.{name}.{fault}" for name, settings in made.items() for fault in settings.faults())
    return made


def _cache(value: Any, faults: list[str]) -> Cache | None:
    wishes = value.pop("lifetimes", {}) if isinstance(value, dict) else {}
    cache = part(value, Cache, "cache", faults)
    if not isinstance(wishes, dict):
        faults.append("cache.lifetimes: must be a table of providers")
        return None
    usual = cache or Cache()
    try:
        lifetimes = configured(ENDPOINTS, wishes, refresh_part=usual.refresh_part, negative_s=usual.negative_s)
    except ConfigError as error:
        faults.extend(error.faults)
        return None
    return attrs.evolve(usual, lifetimes=lifetimes)


def _cron(_: Any, __: Any, value: str | None) -> None:
    if value is not None:
        check_cron(value)


def _zone(_: Any, __: Any, value: str | None) -> None:
    if value is not None:
        check_zone(value)


@attrs.frozen(kw_only=True)
class _ScheduleKeys:
    """The keys of a schedule's table; None keeps the default."""

    cron: str | None = attrs.field(default=None, validator=_cron)
    zone: str | None = attrs.field(default=None, validator=_zone)
    enabled: bool | None = None
    lane: Lane | None = None


def _schedules(value: Any, faults: list[str]) -> dict[str, Schedule]:
    if not isinstance(value, dict):
        faults.append("schedules: must be a table of schedules")
        return {}
    extra = sorted(value.keys() - DEFAULTS)
    faults.extend(f"schedules.{name}: no such schedule; expected one of {', '.join(DEFAULTS)}" for name in extra)
    made: dict[str, Schedule] = {}
    for name, default in DEFAULTS.items():
        keys = part(value.get(name, {}), _ScheduleKeys, f"schedules.{name}", faults)
        if keys is not None:
            made[name] = attrs.evolve(default, **attrs.asdict(keys, filter=lambda _, v: v is not None))
    return made
