"""Parses the address of a database in any form that a hosting console prints, without any I/O.

An address is a URL (with the scheme of any driver), libpq's `key=value` words, or ADO.NET's `Key=Value;`. Its
parameters are interpreted in `parameters`. An error names the part that is wrong. It never shows the address, which may
hold a password, nor any value that could be part of one.
"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote, unquote

import attrs

from thesetd.adapters.postgres.connection.parameters import Parameters, Words, canonical, read_parameters
from thesetd.domain.addresses import check_filled, check_host, unwrapped
from thesetd.domain.errors import ConfigError

PATH = "database.dsn"
DEFAULT_PORT = 5432
HIGHEST_PORT = 65535
LOCAL = ("/run/postgresql", "/var/run/postgresql", "/tmp", "localhost")  # noqa: S108 - where servers of this host are

_SCHEME = re.compile(r"(?:jdbc:)?(?:postgres(?:ql)?|pgsql|psql|postgis)(?:\+[a-z0-9_]+)?://", re.IGNORECASE)
_COMMAND = re.compile(r"psql\s+(?=[\"'a-z])")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_WORD = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)")
_PAIR = re.compile(r"\s*([A-Za-z][\w ]*?)\s*=\s*(?:\"((?:[^\"]|\"\")*)\"|'((?:[^']|'')*)'|([^;\"']*))\s*(?:;|$)")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_BETWEEN = re.compile(r";\s*[A-Za-z][\w ]*=")  # keys of the pairs of ADO.NET
_HOST = re.compile(r"(?:\[([^\]]*)\]|([^:\[\]]*))(?::(\d*))?")

_SOCKET = re.compile(r"(/.*)/\.s\.PGSQL\.([0-9]+)")  # the file of a socket; libpq expects its folder
_PLACEHOLDER = re.compile(
    r"[\[{<(]?\s*(?:your|my|the|db|database)?[-_ ]?(?:password|pwd|pass)\s*[\]}>)]|[*\u2022]+", re.IGNORECASE
)
_VARIABLE = re.compile(r"\$[{(A-Za-z]|%[A-Za-z_]+%|\{\{")

_HOLD_AT = frozenset({"user", "password", "applicationname", "passfile"})  # parameters whose values may contain an @
ENCODE = "percent-encode the password (for example @ as %40, / as %2F, ? as %3F, % as %25)"


@attrs.frozen
class Host:
    """One server: its name or address, or the folder of its Unix socket."""

    name: str
    port: int

    @property
    def is_socket(self) -> bool:
        """Return whether it is the folder of a socket."""
        return self.name.startswith("/")

    def __str__(self) -> str:
        """Return its name as written in an address."""
        return f"{f'[{self.name}]' if ':' in self.name and not self.is_socket else self.name}:{self.port}"


@attrs.frozen(kw_only=True)
class Address:
    """The location of a database, the user, and the parameters of its connections."""

    hosts: tuple[Host, ...]
    database: str | None
    user: str | None
    password: str | None = attrs.field(repr=False)
    parameters: Parameters

    def __str__(self) -> str:
        """Return host, port, database and user, which may be shown."""
        hosts = self.hosts
        names = ",".join(host.name for host in hosts) if hosts != local(hosts[0].port) else "the local socket"
        ports = ",".join(str(port) for port in dict.fromkeys(host.port for host in hosts))
        database, user = self.database or "of the user's name", self.user or "of this process"
        return f"host {names}, port {ports}, database {database}, user {user}"

    @property
    def url(self) -> str:
        """Return the same address without password and parameters."""
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        database = quote(self.database or "", safe="")
        if any(host.is_socket for host in self.hosts):
            first = self.hosts[0]
            return f"postgresql://{user}/{database}?host={quote(first.name)}&port={first.port}"
        return f"postgresql://{user}{','.join(map(str, self.hosts))}/{database}"


def parse(text: str, path: str = PATH) -> Address:
    """Read an address.

    Raises:
        ConfigError: it cannot be parsed, or a parameter's value is invalid or contradicts another.
    """
    try:
        return _parse(_unwrapped(text))
    except ValueError as error:
        raise ConfigError([f"{path}: {error}"]) from None


def within(address: Address, schema: str | None) -> Address:
    """Return the address with the catalogue in this schema; unchanged if none is given."""
    if schema is None:
        return address
    return attrs.evolve(address, parameters=attrs.evolve(address.parameters, schemas=(schema,)))


def local(port: int) -> tuple[Host, ...]:
    """Return the hosts to try on this machine, for an address that names none."""
    return tuple(Host(place, port) for place in LOCAL)


def _unwrapped(text: str) -> str:
    """Strip what a shell, an editor or a console leaves around an address."""
    try:
        text = unwrapped(text)
        while command := _COMMAND.match(text):
            text = unwrapped(text[command.end() :])
    except ValueError as error:
        raise ValueError(f"{error}: if it belongs to the password, {ENCODE}") from None
    return text


def _parse(text: str) -> Address:
    if scheme := _SCHEME.match(text):
        authority, database, words = _split(text[scheme.end() :])
    elif "://" not in text and re.match(r"[A-Za-z][\w ]*=", text):
        authority, database, words = "", "", Words(_pairs(text))
    else:
        found = "is the name of a variable that was not replaced, " if _VARIABLE.match(text) else ""
        raise ValueError(f"{found}not of the form postgresql://user:password@host:port/database")
    userinfo, _, hostlist = authority.rpartition("@")
    user, _, password = userinfo.partition(":")
    user = words.take("user") or _decoded(user, "the user")
    password = words.take("password") or _decoded(password, "the password")
    database = words.take("dbname") or _decoded(database, "the database")
    for what, part in (("the user", user), ("the password", password), ("the database", database)):
        check_filled(what, part)
    return Address(
        hosts=_hosts(words, hostlist),
        database=database or None,
        user=user or None,
        password=password or None,
        parameters=read_parameters(words),
    )


def _split(text: str) -> tuple[str, str, Words]:
    """Split a URL after its scheme.

    An unescaped character of the password can shift the borders of the parts; then an @ is in the wrong place.
    """
    rest, _, query = text.partition("?")
    authority, _, database = rest.partition("/")
    pairs = [part.partition("=") for part in query.replace("&amp;", "&").split("&") if part]
    if "@" in database or any(
        "@" in name or ("@" in value and canonical(name) not in _HOLD_AT) for name, _, value in pairs
    ):
        raise ValueError(f"cannot be read: {ENCODE}")
    decoded = [(name, _decoded(value, "a parameter") if sep else "true") for name, sep, value in pairs]
    return authority, database, Words(decoded)


def _decoded(text: str, what: str) -> str:
    """Undo percent-encoding as libpq does: strictly, and leaving + unchanged."""
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        decoded = "\0"
    if _BAD_PERCENT.search(text) or "\0" in decoded:
        advice = ENCODE if what == "the password" else "percent-encode it"
        raise ValueError(f"{what} has a % that encodes no character: {advice}")
    return decoded


def _pairs(text: str) -> Sequence[tuple[str, str]]:
    """Read `Key=Value;Key="Val;ue"` as ADO.NET does, or libpq's `key=value key='va lue'`."""
    if _BETWEEN.search(_QUOTED.sub("", text)):
        return [(word[1], _value(word)) for word in _each(_PAIR, text, "a ; or quotes into double quotes")]
    found = _each(_WORD, text, "spaces or quotes into single quotes, as libpq asks for")
    return [(word[1], re.sub(r"\\(.)", r"\1", word[2] if word[2] is not None else word[3])) for word in found]


def _value(word: re.Match[str]) -> str:
    if word[2] is not None:
        return word[2].replace('""', '"')
    return word[3].replace("''", "'") if word[3] is not None else word[4].strip()


def _each(form: re.Pattern[str], text: str, advice: str) -> Iterator[re.Match[str]]:
    """Yield the matches of a form, one after the other, to the end of the text."""
    at = 0
    while text[at:].strip():
        if not (word := form.match(text, at)):
            raise ValueError(f"cannot be read: put a value with {advice}")
        yield word
        at = word.end()


def _hosts(words: Words, hostlist: str) -> tuple[Host, ...]:
    """Return the servers; parameters override the part before the database's name, as in libpq."""
    named, ports = words.take("host"), words.take("port")
    address = words.take("hostaddr")
    if (file := _SOCKET.fullmatch(named)) and not ports:
        named, ports = file.groups()
    parts = [_host(part, raw=not (named or address)) for part in (address or named or hostlist).split(",")]
    given = ports.split(",") if ports else [port for _, port in parts]
    if len(given) == 1:
        given *= len(parts)
    if len(given) != len(parts):
        raise ValueError(f"names {len(parts)} hosts and {len(given)} ports: give each host its port, or one for all")
    hosts: list[Host] = []
    for (name, _), port in zip(parts, given, strict=True):
        number = _port(port)
        if not name.startswith("/"):
            check_host(name or LOCAL[-1])
        hosts.extend([Host(name, number)] if name else local(number))
    return tuple(hosts)


def _host(text: str, *, raw: bool) -> tuple[str, str]:
    name = _decoded(text, "the host") if raw else text
    if name.startswith("/"):
        folder, colon, port = name.rpartition(":")
        return (folder, port) if raw and colon and port.isdecimal() else (name, "")
    if not (found := _HOST.fullmatch(name.strip())):
        if name.count(":") > 1 and not raw:
            return name, ""  # a bare IPv6 address
        raise ValueError(f"the port is not a number: if it is part of the password, {ENCODE}")
    return found[1] if found[1] is not None else found[2], found[3] or ""


def _port(text: str) -> int:
    if not text.strip():
        return DEFAULT_PORT
    if not text.strip().isdecimal() or not 0 < int(text) <= HIGHEST_PORT:
        raise ValueError("the port is not between 1 and 65535")
    return int(text)
