"""Where configuration comes from: a TOML file, and what the environment lays over it; all still plain tables."""

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from thesetd.adapters.providers.registry import PROVIDERS
from thesetd.domain.errors import ConfigError
from thesetd.domain.lifetimes import DEFAULTS as LIFETIMES
from thesetd.domain.schedules import DEFAULTS

PREFIX = "THESETD_"
# Read by the commands themselves or by the tests, no keys of the configuration.
OTHER_VARIABLES = {"THESETD_CONFIG", "THESETD_CORPUS"}

Table = dict[str, Any]
Key = tuple[str, ...]


def read(path: Path) -> Table:
    """Read the file.

    Raises:
        ConfigError: it is not there, or no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: {error}"]) from None


def _secret_keys() -> list[Key]:
    """Name every key that may be a file or a credential."""
    providers: list[Key] = [("providers", spec.name, field) for spec in PROVIDERS for field in spec.secrets]
    return [("database", "dsn"), ("redis", "url"), *providers]


def lay_credentials(table: Table, environ: Mapping[str, str], faults: list[str]) -> None:
    """Take secrets from systemd's credentials, which are files named like the key: providers.spotify.client_secret."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    for key in _secret_keys() if folder else ():
        file = Path(folder or "") / ".".join(key)
        if file.is_file():
            _put(table, key, _secret(file, ".".join(key), faults))


def lay_files(table: Table, faults: list[str]) -> None:
    """Take secrets from the files that `<key>_file` names."""
    for key in _secret_keys():
        section = _section(table, key[:-1])
        if isinstance(section, dict) and (name := section.pop(f"{key[-1]}_file", None)) is not None:
            section[key[-1]] = _secret(Path(str(name)), ".".join(key) + "_file", faults)


def _secret(file: Path, key: str, faults: list[str]) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{key}: {file} cannot be read ({type(error).__name__})")
        return ""


def lay_environment(table: Table, environ: Mapping[str, str]) -> None:
    """Take TheSet's established names, then THESETD_<SECTION>__<KEY>."""
    established: dict[str, Key] = {"DATABASE_URL": ("database", "dsn"), "REDIS_URL": ("redis", "url")}
    for spec in PROVIDERS:
        established |= {name: ("providers", spec.name, field) for name, field in spec.environment.items()}
    for name, key in established.items():
        if environ.get(name):
            _put(table, key, environ[name])
    for name, value in sorted(environ.items()):
        if name.startswith(PREFIX) and name not in OTHER_VARIABLES:
            _put(table, tuple(name.removeprefix(PREFIX).lower().replace("-", "_").split("__")), value)
    _match_names(_section(table, ("schedules",)), DEFAULTS)
    for provider, lifetimes in LIFETIMES.items():
        _match_names(_section(table, ("cache", "lifetimes", provider)), lifetimes)


def _match_names(section: Any, known: Collection[str]) -> None:
    """Let an environment variable say SYNC_TRENDING for what is called sync-trending."""
    for name in list(section) if isinstance(section, dict) else ():
        if name not in known and (dashed := name.replace("_", "-")) in known:
            said = section.pop(name)
            if isinstance(said, dict) and isinstance(section.get(dashed), dict):
                section[dashed].update(said)
            else:
                section[dashed] = said


def _section(table: Table, path: Key) -> Any:
    for part in path:
        if not isinstance(table, dict):
            return None
        table = table.get(part, {})
    return table


def _put(table: Table, key: Key, value: str) -> None:
    for part in key[:-1]:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            return  # the file has a value where a section belongs: reported when it is structured
        table = inner
    table[key[-1]] = value
