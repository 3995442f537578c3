"""Interprets the parameters of an address, whichever library they were written for.

Names are compared without case, `_`, `-` and spaces, so that libpq's `sslmode`, Npgsql's `SSL Mode` and JDBC's
`sslMode` are one. A parameter that has a meaning here is honoured or refused. Any other is ignored and named in one
warning: poolers, ORMs and drivers have hundreds, and every console prints some. A name that is one slip away from one
that protects the connection is refused, because ignoring it would connect with less protection than the operator
requested.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import attrs
from rapidfuzz import fuzz

_ALIASES: Mapping[str, str] = {
    "database": "dbname",
    "db": "dbname",
    "initialcatalog": "dbname",
    "server": "host",
    "hosts": "host",
    "unixsock": "host",
    "unixsocket": "host",
    "unixsocketpath": "host",
    "socketpath": "host",
    "username": "user",
    "userid": "user",
    "uid": "user",
    "passwd": "password",
    "pwd": "password",
    "tls": "ssl",
    "sslca": "sslrootcert",
    "rootcertificate": "sslrootcert",
    "sslcertificate": "sslcert",
    "timeout": "connecttimeout",
    "logintimeout": "connecttimeout",
    "connectiontimeout": "connecttimeout",
    "connectiontimeoutmillis": "connecttimeoutmillis",
    "tcpkeepalive": "keepalives",
    "tcpkeepalivetime": "keepalivesidle",
    "tcpkeepaliveinterval": "keepalivesinterval",
    "fallbackapplicationname": "applicationname",
    "currentschema": "schema",
    "searchpath": "schema",
    "targetservertype": "targetsessionattrs",
    "targetsessionattributes": "targetsessionattrs",
    "charset": "clientencoding",
    "encoding": "clientencoding",
}
MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_MODES = {mode.replace("-", ""): mode for mode in MODES} | {"noverify": "require"}
_YES, _NO = ("1", "true", "on", "yes", "t", "y"), ("0", "false", "off", "no", "f", "n")
_STANDBYS = ("readonly", "standby", "preferstandby", "slave", "secondary", "preferslave", "prefersecondary")
_PRIMARIES = ("any", "readwrite", "primary", "master", "preferprimary")
_TLS_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_PROTECTING = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl")
_CONNECTORS = {"cloudsqlinstance": "cloudSqlInstance", "socketfactory": "socketFactory"}  # they define where to connect
_SLIP = 88.0  # similarity out of 100: one letter missing, doubled or different
LONGEST_CONNECT_S = 60.0
_SOCKET_BOUNDS = {"keepalives": 1, "keepalivesidle": 32767, "keepalivesinterval": 32767, "keepalivescount": 127}
_SOCKET_BOUNDS["tcpusertimeout"] = 2**31 - 1
_WRITTEN = {
    "keepalivesidle": "keepalives_idle",
    "keepalivesinterval": "keepalives_interval",
    "keepalivescount": "keepalives_count",
    "tcpusertimeout": "tcp_user_timeout",
}
_OPTION = re.compile(r"(?:-c\s*|--)([A-Za-z_][\w.-]*)=((?:\\.|[^\s\\])*)|([A-Za-z][\w-]*=(?:\\.|[^\s\\])*)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_. -]{0,40}")


@attrs.frozen(kw_only=True)
class Tls:
    """The protection of a connection. Files are named as in the address; `system`: the system's authorities."""

    mode: str = "prefer"
    root_certificate: str | None = None
    certificate: str | None = None
    key: str | None = None
    key_password: str | None = attrs.field(default=None, repr=False)
    revoked: str | None = None
    lowest: str = "TLSv1.2"
    highest: str | None = None
    direct: bool = False

    @property
    def is_required(self) -> bool:
        """Return whether a connection without TLS is refused."""
        return MODES.index(self.mode) >= MODES.index("require")

    @property
    def is_verified(self) -> bool:
        """Return whether the certificate must be trusted: as in libpq, also for `require` if an authority is named."""
        return self.mode.startswith("verify") or (self.mode == "require" and self.root_certificate is not None)


@attrs.frozen(kw_only=True)
class Parameters:
    """The parameters of each connection; `ignored` names those without a meaning here.

    Attributes:
        settings: settings of the server, from `options`.
        startup: the rest of `options`: words for a hosting proxy, such as `endpoint=...`.
        socket: values of keepalives and of `tcp_user_timeout` (ms), by canonical name.
    """

    tls: Tls = attrs.field(factory=Tls)
    connect_s: float | None = None
    application_name: str = "thesetd"
    schemas: tuple[str, ...] = ("public",)
    settings: Mapping[str, str] = attrs.field(factory=dict)
    startup: str = ""
    socket: Mapping[str, int] = attrs.field(factory=dict)
    passfile: str | None = None
    ignored: tuple[str, ...] = ()


class Words:
    """The parameters of an address that have not been consumed yet."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Take names and values, as written.

        Raises:
            ValueError: a parameter has two values.
        """
        self._values: dict[str, str] = {}
        self._written: dict[str, str] = {}
        for written, value in pairs:
            name = canonical(written)
            if not value.strip():
                continue
            if self._values.get(name, value) != value:
                raise ValueError(f"{readable(written)} has two values")
            self._values[name], self._written[name] = value.strip(), written

    def __contains__(self, name: str) -> bool:
        """Return whether a parameter is left."""
        return name in self._values

    def take(self, name: str) -> str:
        """Remove a parameter and return its value; empty if there is none."""
        return self._values.pop(name, "")

    def put(self, name: str, value: str) -> None:
        """Set the parameter under another name."""
        self._values[name] = value

    def left(self) -> Mapping[str, str]:
        """Return the unused parameters: canonical names, with the names as written."""
        return {name: readable(self._written[name]) for name in self._values}


def canonical(name: str) -> str:
    """Return the one form of a parameter's name."""
    plain = re.sub(r"[\s_-]", "", name).lower()
    return _ALIASES.get(plain, plain)


def readable(name: str) -> str:
    """Return a parameter's name as written, unless it could be part of something secret."""
    return name.strip() if _NAME.fullmatch(name.strip()) else "(unreadable)"


def read_parameters(words: Words) -> Parameters:
    """Return the meaning of parameters.

    Raises:
        ValueError: a value is invalid for its parameter, or contradicts another; the message begins with the name.
    """
    if "service" in words:
        raise ValueError("service: service files are not read: write the address itself")
    if _enum(words, "targetsessionattrs", "target_session_attrs", (*_PRIMARIES, *_STANDBYS)) in _STANDBYS:
        raise ValueError("target_session_attrs: the daemon writes: use primary or read-write")
    if connector := next((word for word in _CONNECTORS if word in words), None):
        raise ValueError(
            f"{_CONNECTORS[connector]}: connectors are not used: name the host, or the socket's folder as host"
        )
    ignored = _unsupported(words)
    settings, startup = _options(words.take("options"))
    schemas = words.take("schema") or settings.pop("search_path", "")
    found = Parameters(
        tls=_tls(words),
        connect_s=_connect_s(words),
        application_name=words.take("applicationname")[:63] or "thesetd",
        schemas=tuple(part.strip().strip('"') for part in schemas.split(",") if part.strip()) or ("public",),
        settings=settings,
        startup=startup,
        socket={name: _whole(words, name, most) for name, most in _SOCKET_BOUNDS.items() if name in words},
        passfile=words.take("passfile") or None,
    )
    left = words.left()
    for name, written in left.items():
        near = next((known for known in _PROTECTING if fuzz.ratio(name, known) >= _SLIP), None)
        if near:
            raise ValueError(f"{written}: no such parameter: did you mean {near}?")
    return attrs.evolve(found, ignored=(*ignored, *left.values()))


def _unsupported(words: Words) -> list[str]:
    """Consume parameters that are implied or unsupported; return the names of ignored ones."""
    ignored = []
    if _enum(words, "channelbinding", "channel_binding", ("disable", "prefer", "require")) == "require":
        ignored.append("channel_binding=require")
    if _enum(words, "gssencmode", "gssencmode", ("disable", "prefer", "require")) == "require":
        raise ValueError("gssencmode: GSSAPI encryption is not supported: use sslmode")
    encoding = words.take("clientencoding")
    if encoding and _plain(encoding) not in {"utf8", "unicode", "auto"}:
        ignored.append("client_encoding")
    return ignored


def _tls(words: Words) -> Tls:
    _from_prisma(words)
    written, switch = words.take("sslmode"), words.take("ssl") or ("true" if words.take("requiressl") == "1" else "")
    mode = _mode("sslmode", written) if written else None
    wanted = _switched(switch) if switch else None
    if mode and wanted and (mode == "disable") != (wanted == "disable"):
        raise ValueError("ssl and sslmode contradict each other")
    root = words.take("sslrootcert") or None
    if root == "system":
        if mode not in {None, "verify-full"}:
            raise ValueError("sslrootcert: system needs sslmode=verify-full")
        mode = "verify-full"
    modes = [value for value in (mode, wanted) if value]
    found = Tls(
        mode=max(modes, key=MODES.index) if modes else "prefer",
        root_certificate=root,
        certificate=words.take("sslcert") or None,
        key=words.take("sslkey") or None,
        key_password=words.take("sslpassword") or None,
        revoked=words.take("sslcrl") or None,
        lowest=_version(words, "sslminprotocolversion", "ssl_min_protocol_version") or "TLSv1.2",
        highest=_version(words, "sslmaxprotocolversion", "ssl_max_protocol_version"),
        direct=_enum(words, "sslnegotiation", "sslnegotiation", ("postgres", "direct")) == "direct",
    )
    if found.key and not found.certificate:
        raise ValueError("sslkey: needs sslcert")
    if found.direct and not found.is_required:
        raise ValueError("sslnegotiation: direct needs sslmode=require, verify-ca or verify-full")
    return found


def _from_prisma(words: Words) -> None:
    """Translate Prisma's parameters, in which `sslcert` is the authority's certificate."""
    if "sslidentity" in words:
        raise ValueError("sslidentity: a PKCS 12 file cannot be read: use sslcert and sslkey")
    accept = _enum(words, "sslaccept", "sslaccept", ("strict", "acceptinvalidcerts"))
    if accept and "sslcert" in words:
        words.put("sslrootcert", words.take("sslcert"))
    if accept == "strict" and "sslrootcert" in words:
        words.take("sslmode")
        words.put("sslmode", "verify-full")


def _mode(name: str, value: str) -> str:
    if _plain(value) not in _MODES:
        raise ValueError(f"{name}: expected {', '.join(MODES)}")
    return _MODES[_plain(value)]


def _switched(value: str) -> str:
    if value.lower() in (*_YES, *_NO):
        return "require" if value.lower() in _YES else "disable"
    try:
        return _mode("ssl", value)
    except ValueError:
        raise ValueError(f"ssl: expected true, false or a mode of sslmode: {', '.join(MODES)}") from None


def _version(words: Words, name: str, written: str) -> str | None:
    found = words.take(name)
    if not found:
        return None
    versions = {version.lower(): version for version in _TLS_VERSIONS}
    if found.lower() not in versions:
        raise ValueError(f"{written}: expected {', '.join(_TLS_VERSIONS)}")
    return versions[found.lower()]


def _connect_s(words: Words) -> float | None:
    """Return the timeout of one attempt; zero or negative values keep the daemon's default."""
    found, thousandths = words.take("connecttimeout"), words.take("connecttimeoutmillis")
    if not (found or thousandths):
        return None
    try:
        seconds = float(found) if found else float(thousandths) / 1000
    except ValueError:
        raise ValueError("connect_timeout: expected a number of seconds") from None
    if not abs(seconds) < float("inf"):
        raise ValueError("connect_timeout: expected a number of seconds")
    return min(max(seconds, 1.0), LONGEST_CONNECT_S) if seconds > 0 else None


def _whole(words: Words, name: str, most: int) -> int:
    value = words.take(name)
    if name == "keepalives" and value.lower() in (*_YES, *_NO):
        return int(value.lower() in _YES)
    if not re.fullmatch(r"[0-9]{1,10}", value) or int(value) > most:
        raise ValueError(f"{_WRITTEN.get(name, name)}: expected a whole number from 0 to {most}")
    return int(value)


def _options(text: str) -> tuple[dict[str, str], str]:
    """Split the command line of a server session: its settings, and the words for a hosting proxy."""
    if "+" in text and not re.search(r"\s", text):
        text = text.replace("+", " ")  # form encoding, in which + is a space
    settings: dict[str, str] = {}
    startup: list[str] = []
    at = 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        if not (found := _OPTION.match(text, at)):
            raise ValueError("options: expected -c name=value")
        if found[1]:
            settings[found[1].replace("-", "_").lower()] = re.sub(r"\\(.)", r"\1", found[2])
        else:
            startup.append(found[3])
        at = found.end()
    return settings, " ".join(startup)


def _enum(words: Words, name: str, written: str, values: Sequence[str] | Collection[str]) -> str:
    found = _plain(words.take(name))
    if found and found not in values:
        raise ValueError(f"{written}: expected {', '.join(values)}")
    return found


def _plain(value: str) -> str:
    return re.sub(r"[\s_-]", "", value).lower()
