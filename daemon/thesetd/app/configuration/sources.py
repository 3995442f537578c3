"""Reads the sources of the configuration: a TOML file, and the environment on top of it; both still plain tables."""

import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from thesetd.adapters.providers.registry import PROVIDERS
from thesetd.adapters.regular_files import check_regular
from thesetd.app.configuration.origins import Origins
from thesetd.app.configuration.structure import secrets_of
from thesetd.domain.errors import ConfigError
from thesetd.domain.gate.credentials import pasted
from thesetd.domain.work.schedules import DEFAULTS

PREFIX = "THESETD_"
# Variables read by the commands themselves or by the tests; not keys of the configuration.
OTHER_VARIABLES = {"THESETD_CONFIG", "THESETD_CORPUS"}
TOP_LEVEL = {"state_dir"}
FORMATS = ("auto", "text", "json")  # of the log
DEEPEST, LONGEST_BITS = 8, 64
MOST_DOTS = 64  # longest line: tomllib's time for a dotted key grows with the square of its parts
LONGEST_BYTES = 64 << 10  # several times the size of a file with every key; a longer one would take long to be rejected
# Docker's links repeat the environment of another container after ENV_, which may be one of ours, with our keys. The
# variables of a Kubernetes Service whose name has two dashes contain two underscores.
_INJECTED = re.compile(
    r"(?:[A-Z0-9]+_)*?ENV_|(?:[A-Z0-9]+_+)*?(?:PORT_[0-9]+_(?:TCP|UDP|SCTP)|SERVICE_(?:HOST|PORT)(?:_|$))"
)
_INJECTED_VALUE = re.compile(r"(?:tcp|udp|sctp)://\S+:[0-9]+")  # suffixes of NAME_PORT

TomlTable = dict[str, Any]
KeyPath = tuple[str, ...]


def read_config_file(path: Path) -> TomlTable:
    """Read the file.

    Raises:
        ConfigError: it does not exist, or is not valid TOML.
    """
    try:
        table = tomllib.loads(_text(path))
        _check_bounds(table)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None
    except RecursionError:
        raise ConfigError([f"{path}: tables or lists are nested too deeply"]) from None
    except ValueError as error:
        reason = "a number has too many digits" if "int_max_str_digits" in str(error) else error
        raise ConfigError([f"{path}: {reason}"]) from None
    return table


def log_format(path: Path | None, environ: Mapping[str, str]) -> str:
    """Return the format of the log, as far as a faulty configuration states it."""
    try:
        log = read_config_file(path).get("log") if path and path.is_file() else {}
    except ConfigError:
        log = {}
    said = environ.get(f"{PREFIX}LOG__FORMAT") or (log.get("format") if isinstance(log, dict) else None)
    form = pasted(said).lower() if isinstance(said, str) else ""
    return form if form in FORMATS else "auto"


def _check_bounds(table: TomlTable) -> None:
    """Reject values that no key can have, before anything traverses or prints them.

    Raises:
        RecursionError, ValueError: tables or lists are nested too deeply; a number is too large.
    """
    level: list[Any] = [table]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer)]
        if any(isinstance(value, int) and value.bit_length() > LONGEST_BITS for value in level):
            raise ValueError(f"a number has more than {LONGEST_BITS} bits")
        level = [value for value in level if isinstance(value, dict | list)]
    if level:
        raise RecursionError


def _text(path: Path) -> str:
    """Read a hand-written file: with a size limit, and without the byte-order mark that some editors add.

    Raises:
        OSError, ValueError: it cannot be read; it is too long, or not UTF-8.
    """
    check_regular(path)
    with path.open("rb") as file:
        content = file.read(LONGEST_BYTES + 1)
    if len(content) > LONGEST_BYTES:
        raise ValueError(f"too long: at most {LONGEST_BYTES} bytes are read")
    text = content.decode("utf-8-sig")
    if any(line.count(".") > MOST_DOTS for line in text.splitlines() if not line.lstrip().startswith("#")):
        raise ValueError(f"a line has more than {MOST_DOTS} dots")
    return text


def secrets_in(table: TomlTable) -> tuple[str, ...]:
    """Return the values of secret keys, to be hidden wherever else they appear."""
    found = (_value(table, key) for key in _secret_keys(table))
    return tuple(pasted(value) for value in found if isinstance(value, str) and value)


def _value(table: TomlTable, key: KeyPath) -> Any:
    section = _section(table, key[:-1])
    return section.get(key[-1]) if isinstance(section, dict) else None


def _secret_keys(table: TomlTable) -> list[KeyPath]:
    """Return every key that may come from a file or a credential."""
    providers: list[KeyPath] = [("providers", s.name, field) for s in PROVIDERS for field in secrets_of(s.settings)]
    hooks = table.get("webhooks")
    names = hooks if isinstance(hooks, dict) else ()
    webhooks: list[KeyPath] = [("webhooks", name, key) for name in names for key in ("url", "secret")]
    return [
        ("database", "dsn"),
        ("database", "session_dsn"),
        ("redis", "url"),
        ("http", "tokens"),
        *providers,
        *webhooks,
    ]


def lay_credentials(table: TomlTable, environ: Mapping[str, str], faults: list[str], origins: Origins) -> None:
    """Take secrets from systemd's credentials, which are files named like the key: providers.spotify.client_secret."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    for key in _secret_keys(table) if folder else ():
        file = Path(folder or "") / ".".join(key)
        if file.is_file():
            _put(table, key, _secret(file, ".".join(key), faults))
            origins.note(key, f"credential {file.name}")


def lay_files(table: TomlTable, faults: list[str], origins: Origins) -> None:
    """Take secrets from the files that `<key>_file` names."""
    for key in _secret_keys(table):
        section = _section(table, key[:-1])
        if isinstance(section, dict) and (name := section.pop(f"{key[-1]}_file", None)) is not None:
            if isinstance(name, str):
                section[key[-1]] = _secret(Path(name), ".".join(key) + "_file", faults)
                origins.note(key, f"file of {'.'.join(key)}_file")
            else:
                faults.append(f"{'.'.join(key)}_file: must be the path of a file")


def _secret(file: Path, key: str, faults: list[str]) -> str:
    """Read a secret; an invalid path is not shown: the secret itself may have been written there."""
    try:
        return pasted(_text(file))
    except (OSError, ValueError) as error:
        shown = str(file) if file.is_absolute() else "the file"
        reason = getattr(error, "strerror", None) or type(error).__name__  # a ValueError's message may show the content
        faults.append(f"{key}: {shown} cannot be read ({reason})")
        return ""


def lay_environment(table: TomlTable, environ: Mapping[str, str], faults: list[str], origins: Origins) -> None:
    """Take TheSet's established names, then THESETD_<SECTION>__<KEY>; a name ending in _FILE names a secret's file."""
    established: dict[str, KeyPath] = {"DATABASE_URL": ("database", "dsn"), "REDIS_URL": ("redis", "url")}
    for spec in PROVIDERS:
        established |= {name: ("providers", spec.name, field) for name, field in spec.environment.items()}
    secret = frozenset(_secret_keys(table))
    for name, key in established.items():
        if environ.get(name):
            _put(table, key, environ[name])
            origins.note(key, f"environment {name}")
        elif key in secret and (file := environ.get(f"{name}_FILE")):
            _put(table, key, _secret(Path(pasted(file)), f"{name}_FILE", faults))
            origins.note(key, f"environment {name}_FILE")
    for name, value in sorted(environ.items()):
        if (own := _key(name, value)) is None:
            continue
        of_file = (*own[:-1], own[-1].removesuffix("_file"))
        is_file = own[-1].endswith("_file") and of_file in secret
        origins.note(of_file if is_file else own, f"environment {name}")
        if is_file:
            _put(table, of_file, _secret(Path(pasted(value)), name, faults))
        else:
            _put(table, own, value if own in secret else pasted(value))  # docker's --env-file keeps quotes
    _match_names(_section(table, ("schedules",)), DEFAULTS)
    for spec in PROVIDERS:
        _match_names(_section(table, ("cache", "lifetimes", spec.name)), {one.name for one in spec.endpoints})


def foreign(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return variables that look like ours but are not: Kubernetes and Docker describe services of our name in such."""
    ours = {name for name in environ if name.startswith(PREFIX)} - OTHER_VARIABLES
    return tuple(sorted(name for name in ours if _key(name, environ[name]) is None))


def _key(name: str, value: str) -> KeyPath | None:
    """Return the key that a variable sets, None if it sets none: a key has two underscores after its section."""
    rest = name.removeprefix(PREFIX)
    if not name.startswith(PREFIX) or name in OTHER_VARIABLES or _INJECTED.match(rest):
        return None
    if rest.endswith("_PORT") and _INJECTED_VALUE.fullmatch(value):
        return None
    if "__" not in rest.strip("_") and rest.lower() not in TOP_LEVEL:
        return None
    return tuple(rest.lower().replace("-", "_").split("__"))


def _match_names(section: Any, known: Collection[str]) -> None:
    """Let an environment variable use SYNC_TRENDING for the name sync-trending."""
    for name in list(section) if isinstance(section, dict) else ():
        if name not in known and (dashed := name.replace("_", "-")) in known:
            said = section.pop(name)
            if isinstance(said, dict) and isinstance(section.get(dashed), dict):
                section[dashed].update(said)
            else:
                section[dashed] = said


def _section(table: TomlTable, path: KeyPath) -> Any:
    for part in path:
        if not isinstance(table, dict):
            return None
        table = table.get(part, {})
    return table


def _put(table: TomlTable, key: KeyPath, value: str) -> None:
    for part in key[:-1]:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            return  # the file has a value in place of a section: reported when it is structured
        table = inner
    table[key[-1]] = value
