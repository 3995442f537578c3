"""Parses addresses of Redis, as consoles, clients and operators write them, into one exact form.

It reads three forms: URLs (redis-py, ioredis, go-redis, Lettuce, `redis-cli -u URL`), lists in the style of
StackExchange.Redis (`host:6380,password=...,ssl=True`), and a bare `host:port`. A parameter that has a meaning here is
applied; any other is ignored, and named in `left_out`, so that the operator is warned once. Errors are never guessed
away: they are ConfigErrors whose message names the part and shows nothing of the address.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import attrs

from thesetd.adapters.certificates import file_fault, own_certificate_fault
from thesetd.domain.addresses import check_filled, check_host, unwrapped
from thesetd.domain.errors import ConfigError

PORT, SENTINEL_PORT, HIGHEST_PORT = 6379, 26379, 65535
EXAMPLE = "redis://host:6379/0"

# (over TLS, kind) of each scheme; the second column decides how the rest is read.
_SCHEMES: Mapping[str, tuple[bool, str]] = {
    "redis": (False, "tcp"),
    "rediss": (True, "tcp"),
    "redis+tls": (True, "tcp"),
    "valkey": (False, "tcp"),
    "valkeys": (True, "tcp"),
    "tcp": (False, "tcp"),
    "tls": (True, "tcp"),
    "unix": (False, "unix"),
    "redis+unix": (False, "unix"),
    "redis+socket": (False, "unix"),
    "redis-socket": (False, "unix"),
    "redis+sentinel": (False, "sentinel"),
    "redis-sentinel": (False, "sentinel"),
    "rediss+sentinel": (True, "sentinel"),
    "rediss-sentinel": (True, "sentinel"),
    "sentinel": (False, "sentinel"),
}
_WORDS: Mapping[str, str] = {
    "db": "db",
    "database": "db",
    "defaultdatabase": "db",
    "username": "username",
    "user": "username",
    "password": "password",
    "client_name": "client_name",
    "clientname": "client_name",
    "name": "client_name",
    "tls": "tls",
    "ssl": "tls",
    "ssl_cert_reqs": "check",
    "rejectunauthorized": "check",
    "skip_verify": "no_check",
    "ssl_ca_certs": "ca_file",
    "tls_ca_file": "ca_file",
    "sslrootcert": "ca_file",
    "ssl_check_hostname": "check_name",
    "ssl_certfile": "certificate",
    "tls_cert_file": "certificate",
    "ssl_keyfile": "key",
    "tls_key_file": "key",
    "servicename": "service",
    "sentinelmasterid": "service",
    "sentinel_username": "sentinel_username",
    "sentinel_password": "sentinel_password",
}
_TRUE, _FALSE = {"true", "1", "yes", "on", "required", "cert_required"}, {"false", "0", "no", "off"}
_UNCHECKED = {"none", "cert_none", "optional", "cert_optional"}


@attrs.frozen(kw_only=True)
class RedisAddress:
    """The location of Redis and its credentials; `hosts` are those of sentinels if a service is named."""

    hosts: tuple[tuple[str, int], ...] = ()
    path: str = ""
    service: str = ""
    db: int = 0
    username: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    client_name: str | None = None
    tls: bool = False
    check: bool = True
    check_name: bool = True
    ca_file: str | None = None
    certificate: str | None = None
    key: str | None = None
    sentinel_username: str | None = None
    sentinel_password: str | None = attrs.field(default=None, repr=False)
    left_out: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the address without user and password."""
        if self.path:
            return f"unix://{quote(self.path)}"
        places = ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.hosts)
        scheme = "rediss" if self.tls else "redis"
        if self.service:
            return f"{scheme}+sentinel://{places}/{self.service}/{self.db}"
        return f"{scheme}://{places}/{self.db}"


def parse(text: str, *, ca_file: Path | None = None) -> RedisAddress:
    """Read an address.

    Args:
        text: the pasted text.
        ca_file: the certificates to trust instead of the system's, from the configuration.

    Raises:
        ConfigError: a part of it cannot be used; the message names which.
    """
    try:
        text, over_tls = _unwrapped(text)
    except ValueError as error:
        raise _fault(f"{error}: percent-encode the password") from None
    if not text:
        raise _fault(f"is empty: expected {EXAMPLE}")
    if "://" in text:
        address = _of_url(text)
    elif "," in text and "=" in text:
        address = _of_list(text)
    elif re.match("(unix:)?/", text):
        address = _of_url(f"unix://{text.removeprefix('unix:')}")
    elif re.fullmatch(r"[\w.-]+:[0-9]+|[\w-]+(\.[\w-]+)+", text):
        address = RedisAddress(hosts=_hosts(text, PORT))
    else:
        raise _fault(f"cannot be read: expected {EXAMPLE}")
    address = attrs.evolve(address, tls=address.tls or over_tls, ca_file=str(ca_file) if ca_file else address.ca_file)
    _check(address)
    return address


def _fault(text: str) -> ConfigError:
    return ConfigError([f"redis.url: {text}"])


def _unwrapped(text: str) -> tuple[str, bool]:
    """Strip what a console or a shell puts around an address.

    Return it, and whether TLS was requested outside of it.
    """
    text = unwrapped(text)
    if not re.match(r"(redis|valkey)-cli\s", text):
        return text, False
    words = text.split()[1:]
    urls = [unwrapped(word) for word in words if "://" in word]
    others = [word for word in words if "://" not in word]
    strange = [re.sub(r"=.*", "", word) for word in others if word not in {"-u", "--tls"}]
    if len(urls) != 1 or strange:
        shown = f" ({strange[0]})" if strange and strange[0].startswith("-") else ""
        raise _fault(f"this redis-cli command cannot be used{shown}: expected the address only, {EXAMPLE}")
    return urls[0], "--tls" in others


def _of_url(text: str) -> RedisAddress:
    scheme, _, rest = text.partition("://")
    scheme = scheme.lower()
    if scheme in {"redis-cluster", "redis+cluster", "rediss-cluster"}:
        raise _fault("a Redis in cluster mode is not supported: use one without (README, Redis)")
    if scheme not in _SCHEMES:
        raise _fault(f"scheme {scheme!r} is unknown: expected {EXAMPLE}" if scheme.isalnum() else f"expected {EXAMPLE}")
    tls, kind = _SCHEMES[scheme]
    authority, tail = _split(rest, unix=kind == "unix")
    before, fragment = tail.partition("#")[::2]
    path, query = before.partition("?")[::2]
    if "@" in path or "@" in fragment:
        raise _fault("the password has characters that end it early: percent-encode the password")
    user, password, place = _user(authority)
    words = parse_qsl(query, keep_blank_values=True)
    words += parse_qsl(fragment) if "=" in fragment else _of_fragment(unquote(fragment), kind)
    base = RedisAddress(tls=tls, username=user or None, password=password or None)
    if kind == "unix":
        base = attrs.evolve(base, path=unquote(place + path))
        if not base.path.startswith("/"):
            raise _fault("a socket's path must be absolute: expected unix:///path")
    elif kind == "sentinel":
        parts = [unquote(part) for part in path.strip("/").split("/") if part]
        service = parts[0] if parts and not parts[0].isdigit() else ""
        numbers = parts[1:] if service else parts
        base = attrs.evolve(
            base, hosts=_hosts(place, SENTINEL_PORT), service=service, db=_db(numbers[0]) if numbers else 0
        )
    else:
        base = attrs.evolve(base, hosts=_hosts(place or "localhost", PORT), db=_db(path.strip("/") or "0"))
        if len(base.hosts) > 1:
            raise _fault("names several hosts: a cluster is not supported, for sentinels write redis+sentinel://")
    address = _with_words(base, words, contradiction=f"{scheme}://")
    if kind == "sentinel" and not address.service:
        raise _fault("names no service of the sentinels: write redis+sentinel://host:26379/service/0")
    return address


def _of_fragment(text: str, kind: str) -> list[tuple[str, str]]:
    """Interpret a fragment: Lettuce names the sentinels' service in it, redis-rs disables certificate checks."""
    if not text:
        return []
    word = "sentinelMasterId" if kind == "sentinel" else "fragment"
    return [("ssl_cert_reqs", "none") if text == "insecure" else (word, text)]


def _split(rest: str, *, unix: bool) -> tuple[str, str]:
    """Return the part with user and hosts, and the rest; a slash in the user part must be encoded."""
    if unix:
        user, sep, path = ("", "", rest) if rest.startswith("/") else rest.rpartition("@")
        return (f"{user}@" if sep else ""), path
    match = re.search(r"[/?#]", rest)
    return (rest[: match.start()], rest[match.start() :]) if match else (rest, "")


def _user(authority: str) -> tuple[str, str, str]:
    user_part, _, place = authority.rpartition("@")
    user, _, password = user_part.partition(":")
    return _decoded(user), _decoded(password), place


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise _fault("the password has a % that encodes no character: percent-encode the password") from None


def _of_list(text: str) -> RedisAddress:
    """Read the form of StackExchange.Redis: hosts first, then key=value, separated by commas."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    places = [part for part in parts if "=" not in part]
    words = [part.split("=", 1) for part in parts if "=" in part]
    address = _with_words(RedisAddress(), ((key.strip(), value.strip()) for key, value in words), contradiction="")
    hosts = _hosts(",".join(places), SENTINEL_PORT if address.service else PORT)
    if len(hosts) > 1 and not address.service:
        raise _fault("names several hosts: a cluster is not supported, for sentinels add serviceName=")
    return attrs.evolve(address, hosts=hosts)


def _hosts(text: str, port: int) -> tuple[tuple[str, int], ...]:
    found = []
    for place in filter(None, text.split(",")):
        match = re.fullmatch(r"\[([0-9A-Fa-f:.%]+)\](?::([0-9]+))?|([^\s\[\]:@]+)(?::([0-9]*))?", place)
        if match is None:
            raise _fault("the host or the port cannot be read: expected host:6379; percent-encode the password")
        number = int(match[2] or match[4] or port)
        if not 0 < number <= HIGHEST_PORT:
            raise _fault(f"port {number} is not between 1 and {HIGHEST_PORT}")
        found.append((match[1] or _decoded(match[3]), number))
    if not found:
        raise _fault(f"names no host: expected {EXAMPLE}")
    return tuple(found)


def _with_words(
    base: RedisAddress, words: Iterable[tuple[str, str] | list[str]], *, contradiction: str
) -> RedisAddress:
    left_out: list[str] = []
    for word, value in words:
        meaning = _WORDS.get(word.lower().replace("-", "_").removeprefix("tls."))
        if meaning is None:
            left_out.append(_word(word))
            continue
        base = _MEANINGS[meaning](base, _word(word), value, contradiction)
    return attrs.evolve(base, left_out=tuple(dict.fromkeys(left_out)))


def _word(word: str) -> str:
    """Return a parameter's name if it may be shown: an unknown text may be part of a password."""
    return word if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,40}", word) else "(an unreadable parameter)"


def _db(text: str, word: str = "the database") -> int:
    if not re.fullmatch("[0-9]{1,5}", text):
        raise _fault(f"{word} must be a number, as in redis://host:6379/0; percent-encode the password")
    return int(text)


def _flag(word: str, value: str) -> bool:
    if value.lower() not in _TRUE | _FALSE:
        raise _fault(f"parameter {word} must be true or false")
    return value.lower() in _TRUE


def _tls(base: RedisAddress, word: str, value: str, scheme: str) -> RedisAddress:
    """Apply `tls=true` unless the scheme contradicts it, since the intention would be unclear."""
    wanted = _flag(word, value)
    if scheme and wanted != base.tls:
        raise _fault(
            f"parameter {word}={value.lower()} contradicts {scheme}: write rediss:// for TLS, redis:// without"
        )
    return attrs.evolve(base, tls=wanted)


def _checked(base: RedisAddress, word: str, value: str, _: str) -> RedisAddress:
    return attrs.evolve(base, check=value.lower() not in _UNCHECKED and _flag(word, value))


def _text(field: str) -> "_Meaning":
    def take(base: RedisAddress, _word: str, value: str, _scheme: str) -> RedisAddress:
        changed: dict[str, Any] = {field: value or None}
        return attrs.evolve(base, **changed)

    return take


_Meaning = Callable[[RedisAddress, str, str, str], RedisAddress]
_MEANINGS: Mapping[str, _Meaning] = {
    "db": lambda base, word, value, _: attrs.evolve(base, db=_db(value, f"parameter {word}")),
    "username": _text("username"),
    "password": _text("password"),
    "client_name": _text("client_name"),
    "ca_file": _text("ca_file"),
    "certificate": _text("certificate"),
    "key": _text("key"),
    "sentinel_username": _text("sentinel_username"),
    "sentinel_password": _text("sentinel_password"),
    "service": lambda base, _word, value, _: attrs.evolve(base, service=value),
    "tls": _tls,
    "check": _checked,
    "no_check": lambda base, word, value, _: attrs.evolve(base, check=not _flag(word, value)),
    "check_name": lambda base, word, value, _: attrs.evolve(base, check_name=_flag(word, value)),
}


def _check(address: RedisAddress) -> None:
    """Reject values with which no connection can be made."""
    if address.client_name is not None and not re.fullmatch(r"[!-~]+", address.client_name):
        raise _fault("parameter client_name must be printable and without spaces")
    try:
        for host, _ in address.hosts:
            check_host(host)
        for what, part in (("the user", address.username), ("the password", address.password)):
            check_filled(what, part or "")
    except ValueError as error:
        raise _fault(str(error)) from None
    if address.tls and address.ca_file and (fault := file_fault(Path(address.ca_file))):
        raise ConfigError([f"redis.ca_file: {fault}"])
    if address.tls and (fault := own_certificate_fault(address.certificate, address.key)):
        raise _fault(f"parameter ssl_certfile: {fault}")
