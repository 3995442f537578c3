"""What operators paste, what shells and orchestrators inject, and what an editor or an attacker leaves in a file."""

import os
import re
import socket
from pathlib import Path

import attrs
import pytest

from thesetd.adapters.postgres.connection.address import parse
from thesetd.adapters.postgres.connection.tls import context_of
from thesetd.adapters.providers.registry import PROVIDERS
from thesetd.app.configuration.config import Config, load
from thesetd.app.configuration.sources import LONGEST_BYTES, _secret_keys, foreign
from thesetd.app.configuration.structure import secrets_of
from thesetd.domain.errors import ConfigError
from thesetd.domain.gate.credentials import pasted

ENVIRON = {"HOME": "/home/user"}
KEY = "kQ3+/=x.y-Z_0"
CONTACT = "ops@example.org"
CREDENTIALS = [(spec.name, field) for spec in PROVIDERS for field in spec.environment.values()]
AROUND = {
    "zero width space": f"{KEY}\u200b",
    "double quotes": f'"{KEY}"',
    "typographic quotes": f"“{KEY}”",
    "German quotes": f"„{KEY}“",
    "guillemets": f"« {KEY} »",
    "backticks": f"`{KEY}`",
    "CR and newline": f"{KEY}\r\n",
    "byte-order mark": f"\ufeff{KEY}",
    "no-break space": f"\u00a0{KEY}\u202f",
    "word joiner": f"\u2060{KEY}\u2060",
    "right-to-left mark": f"{KEY}\u200f",
    "quotes in quotes, blanks between": f"“ '{KEY}' ”\t\n",
}
WITHIN = {
    "a tab": "abc\tdef",
    "an em dash": "abc\u2014def",
    "a newline": "abc\ndef",
    "a zero width space": "abc\u200bdef",
    "an accent": "abcédef",
    "Cyrillic": "аbcdef",
    "an emoji": "abc\U0001f511",
    "DEL": "abc\x7fdef",
}


def value(config: Config, provider: str, field: str) -> object:
    """Return a key of a provider."""
    return attrs.asdict(config.providers[provider], recurse=False)[field]


def faults(path: Path | None, environ: dict[str, str], state_dir: str | None = None) -> tuple[str, ...]:
    """Return what is wrong."""
    with pytest.raises(ConfigError) as caught:
        load(path, environ, state_dir=state_dir)
    return caught.value.faults


@pytest.mark.parametrize("text", AROUND.values(), ids=AROUND)
@pytest.mark.parametrize(("provider", "field"), CREDENTIALS)
def test_what_pasting_leaves_around_a_key_is_taken_off(tmp_path: Path, provider: str, field: str, text: str) -> None:
    """The key is clean wherever it came from: environment, file, systemd credential, and for every provider alike."""
    key = CONTACT if field == "contact" else KEY
    text = text.replace(KEY, key)
    name = f"THESETD_PROVIDERS__{provider}__{field}".upper()
    assert value(load(None, ENVIRON | {name: text}), provider, field) == key
    assert pasted(text) == key
    if field in secrets_of(next(spec.settings for spec in PROVIDERS if spec.name == provider)):
        (tmp_path / "key").write_text(text)
        (tmp_path / f"providers.{provider}.{field}").write_text(text)
        file = tmp_path / "thesetd.toml"
        file.write_text(f'[providers.{provider}]\n{field}_file = "{tmp_path}/key"\n')
        assert value(load(file, ENVIRON), provider, field) == key
        assert value(load(None, ENVIRON | {"CREDENTIALS_DIRECTORY": str(tmp_path)}), provider, field) == key


@pytest.mark.parametrize("text", WITHIN.values(), ids=WITHIN)
@pytest.mark.parametrize(("provider", "field"), CREDENTIALS)
def test_what_no_header_can_carry_is_a_fault_that_names_the_key(provider: str, field: str, text: str) -> None:
    """The line has the key's name and nothing of the key."""
    (fault,) = faults(None, ENVIRON | {f"THESETD_PROVIDERS__{provider}__{field}".upper(): text})
    assert fault.startswith(f"providers.{provider}.{field}: the key has a character that no header can carry")
    assert "abc" not in fault
    assert "def" not in fault


def test_addresses_are_pasted_too() -> None:
    """Quotes and line ends around an address of PostgreSQL or Redis are no part of it."""
    environ = {"DATABASE_URL": '"postgresql://db/x"\r\n', "REDIS_URL": "\ufeff“redis://cache:6379/0”"}
    config = load(None, ENVIRON | environ)
    assert config.redis.url == "redis://cache:6379/0"
    assert config.database.dsn is not None  # its quotes may be libpq's own: its parser takes them off
    assert parse(config.database.dsn, "").url == parse("postgresql://db/x", "").url


def test_a_secret_may_be_a_file_that_the_environment_names(tmp_path: Path) -> None:
    """As containers have their secrets: under each name with _FILE. What cannot be read is a fault with that name."""
    (tmp_path / "dsn").write_text("postgresql://u:hush@db/x\n")
    (tmp_path / "key").write_text(f'"{KEY}"\r\n')
    (tmp_path / "thesetd.toml").write_text('[database]\ndsn = "postgresql://other/y"\n')
    names = {
        "DATABASE_URL_FILE": str(tmp_path / "dsn"),
        "SETLISTFM_API_KEY_FILE": f'"{tmp_path / "key"}"',
        "THESETD_PROVIDERS__SPOTIFY__CLIENT_SECRET_FILE": str(tmp_path / "key"),
    }
    config = load(tmp_path / "thesetd.toml", ENVIRON | names)
    assert config.database.dsn == "postgresql://u:hush@db/x"
    assert value(config, "setlistfm", "api_key") == value(config, "spotify", "client_secret") == KEY
    named = load(None, ENVIRON | names | {"DATABASE_URL": "postgresql://named/z"})
    assert named.database.dsn == "postgresql://named/z"
    assert faults(None, ENVIRON | {"REDIS_URL_FILE": "/nowhere"}) == (
        "REDIS_URL_FILE: /nowhere cannot be read (No such file or directory)",
    )


def test_quotes_that_an_env_file_leaves_are_no_part_of_a_value() -> None:
    """Docker takes KEY="value" to the letter; levels may be written in capitals."""
    environ = {"THESETD_HTTP__LISTEN": '"127.0.0.1:9999"', "THESETD_LOG__LEVEL": "'WARNING' "}
    config = load(None, ENVIRON | environ)
    assert (config.http.listen, config.log.level) == ("127.0.0.1:9999", "warning")
    assert faults(None, ENVIRON | {"THESETD_LOG__LEVEL": "loud"}) == (
        "log.level: invalid value 'loud': expected debug, info, warning, error",
    )


def test_the_example_in_a_refusal_can_be_read() -> None:
    """It is not taken for an address with a password."""
    (fault,) = faults(None, ENVIRON | {"DATABASE_URL": "hush"})
    assert fault == "database.dsn: not of the form postgresql://user:password@host:port/database"


SECRETS = [
    ("database", "dsn"), ("redis", "url"), ("providers.spotify", "client_secret"),
    ("providers.ticketmaster", "api_key"), ("providers.setlistfm", "api_key"),
]  # fmt: skip
TYPES = ["8675309", "86753.09", "1986-07-09", "1986-07-09T08:06:05Z", "['s8675309']", "{ s8675309 = 1 }", "true"]


@pytest.mark.parametrize(("section", "key"), SECRETS)
@pytest.mark.parametrize("toml", TYPES)
def test_a_secret_is_never_printed_whatever_its_type(tmp_path: Path, section: str, key: str, toml: str) -> None:
    """A secret without quotes is a fault that says so and shows nothing of it, also under `<key>_file`."""
    for name in (key, f"{key}_file"):
        file = tmp_path / "thesetd.toml"
        file.write_text(f"[{section}]\n{name} = {toml}\n")
        text = "\n".join(faults(file, ENVIRON))
        assert text.startswith(f"{section}.{name}: must be ")
        assert not re.search("8675|1986|true", text)


def test_a_secret_in_the_place_of_its_file_is_not_shown(tmp_path: Path) -> None:
    """`api_key_file` with the key itself names the key of the configuration only."""
    file = tmp_path / "thesetd.toml"
    file.write_text(f'[providers.setlistfm]\napi_key_file = "{KEY}"\n')
    assert faults(file, ENVIRON) == (
        "providers.setlistfm.api_key_file: the file cannot be read (No such file or directory)",
    )


BOMBS = {
    "nested lists": "x = " + "[" * 20_000,
    "closed lists": "x = " + "[" * 900 + "]" * 900,
    "nested tables": "x = " + "{a = " * 20_000,
    "dotted keys": "a" + ".a" * 20_000 + " = 1",
    "a deep header": "[" + "a." * 20_000 + "a]",
    "many digits": "[http]\nlisten = " + "9" * 10_000,
    "many hexadecimal digits": "[providers.spotify]\nconcurrency = 0x" + "f" * 10_000,
    "a number in a list": "[providers.spotify]\nlimits = [0x" + "f" * 10_000 + "]",
    "a number of a lifetime": "[cache.lifetimes.spotify]\nartist = 0x" + "f" * 2_000,
    "a huge file": "# " + "x" * LONGEST_BYTES,
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_bomb_ends_in_one_short_line(tmp_path: Path, text: str) -> None:
    """Deep nesting, huge numbers and huge files are refused at once."""
    file = tmp_path / "thesetd.toml"
    file.write_text(text)
    (fault,) = faults(file, ENVIRON)
    assert fault.startswith(str(file))
    assert len(fault) < 200
    assert "\n" not in fault


def test_a_file_without_bounds_is_refused(tmp_path: Path) -> None:
    """What takes long to read is not read to its end."""
    file = tmp_path / "thesetd.toml"
    with file.open("wb") as sparse:
        sparse.truncate(1 << 40)
    (fault,) = faults(file, ENVIRON)
    assert "too long" in fault


def test_the_mark_of_an_editor_before_the_file_is_no_fault(tmp_path: Path) -> None:
    """A byte-order mark and CRLF line ends, as Windows' editors write them."""
    file = tmp_path / "thesetd.toml"
    file.write_bytes(b"\xef\xbb\xbf[node]\r\nname = 'a'\r\n")
    assert load(file, ENVIRON).node.name == "a"


@pytest.mark.parametrize(
    "injected",
    [
        {"THESETD_PORT": "tcp://10.0.0.7:9464", "THESETD_SERVICE_HOST": "10.0.0.7", "THESETD_SERVICE_PORT": "9464",
         "THESETD_SERVICE_PORT_METRICS": "9464", "THESETD_PORT_9464_TCP": "tcp://10.0.0.7:9464",
         "THESETD_PORT_9464_TCP_ADDR": "10.0.0.7", "THESETD_PORT_9464_TCP_PROTO": "tcp"},
        {"THESETD_METRICS_PORT_9464_TCP": "tcp://10.0.0.7:9464", "THESETD_METRICS_SERVICE_HOST": "10.0.0.7"},
        {"THESETD_NAME": "/web/thesetd", "THESETD_ENV_LANG": "C", "THESETD_ENV_THESETD_LOG__LEVEL": "loud",
         "THESETD_1_ENV_THESETD_LOG__LEVEL": "loud", "THESETD_1_PORT_9464_TCP": "tcp://172.17.0.5:9464"},
        {"THESETD_WEB__CANARY_SERVICE_HOST": "10.0.0.7", "THESETD_WEB__CANARY_PORT": "tcp://10.0.0.7:80",
         "THESETD_WEB__CANARY_PORT_80_TCP_ADDR": "10.0.0.7", "THESETD_WEB__CANARY_SERVICE_PORT_HTTP": "80"},
        {"THESETD_VERSION": "1.0", "THESETD_HOME": "/opt/thesetd", "THESETD_": "", "THESETD__": ""},
    ],
)  # fmt: skip
def test_what_is_injected_beside_the_keys_is_ignored(injected: dict[str, str]) -> None:
    """Variables of a Service, a container link or an image that are named after us change nothing."""
    assert load(None, ENVIRON | injected) == load(None, ENVIRON)
    assert set(foreign(ENVIRON | injected)) == set(injected)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("THESETD_LOGG__LEVEL", "logg: no such section or key"),
        ("THESETD_LOG__LEVLE", "log.levle: no such key"),
        ("THESETD_PROVIDER__SPOTIFY__MARKET", "provider: no such section or key"),
        ("THESETD_SERVICE__NAME", "service: no such section or key"),
        ("THESETD_HTTP__PORT", "http.port: no such key"),
    ],
)
def test_a_mistyped_variable_is_a_fault(name: str, fault: str) -> None:
    """Two underscores make it a key of ours."""
    assert faults(None, ENVIRON | {name: "debug"}) == (fault,)
    assert foreign({name: "debug"}) == ()


@pytest.mark.parametrize("empty", ["", " ", "\t"])
def test_an_empty_state_directory_is_refused(tmp_path: Path, empty: str) -> None:
    """It would be the current directory, wherever that is: by option, environment and file."""
    file = tmp_path / "thesetd.toml"
    file.write_text(f'state_dir = "{empty}"\n')
    wrong = ("state_dir: is empty: write a directory, for example /var/lib/thesetd",)
    assert faults(None, ENVIRON, state_dir=empty) == wrong
    assert faults(None, ENVIRON | {"THESETD_STATE_DIR": empty}) == wrong
    if empty != "\t":
        assert faults(file, ENVIRON) == wrong


def file_keys() -> list[tuple[str, dict[str, str]]]:
    """Name every way to have the daemon read a file, each with `{file}` for its path: lines of TOML, variables."""
    folders = [f"providers.{spec.name}" for spec in PROVIDERS]
    certified = "verify-full&sslrootcert"
    dsn = "postgresql://u@db.example/d?sslmode="
    return [
        *((f"[{section}]\nca_file = '{{file}}'", {}) for section in folders),
        *((f"[{'.'.join(key[:-1])}]\n{key[-1]}_file = '{{file}}'", {}) for key in _secret_keys({})),
        ("[redis]\nurl = 'rediss://r.example'\nca_file = '{file}'", {}),
        ("[redis]\nurl = 'rediss://r.example?ssl_certfile={file}&ssl_keyfile={file}'", {}),
        ("", {"DATABASE_URL": f"{dsn}{certified}={{file}}"}),
        ("", {"DATABASE_URL": f"{dsn}require&sslcert={{file}}"}),
        ("", {"DATABASE_URL": f"{dsn}require&sslcert=/dev/null&sslkey={{file}}"}),
        ("", {"DATABASE_URL": f"{dsn}{certified}=system&sslcrl={{file}}"}),
        ("", {"SSL_CERT_FILE": "{file}"}),
        ("", {"DATABASE_URL_FILE": "{file}"}),
        ("", {"THESETD_PROVIDERS__SPOTIFY__CLIENT_SECRET_FILE": "{file}"}),
    ]


@pytest.mark.parametrize(("text", "environ"), file_keys())
def test_no_file_is_waited_for(tmp_path: Path, text: str, environ: dict[str, str]) -> None:
    """A pipe that nobody writes to is refused before it is opened, whatever names it: the start never hangs in it."""
    pipe, file = tmp_path / "pipe", tmp_path / "thesetd.toml"
    os.mkfifo(pipe)
    file.write_text(text.replace("{file}", str(pipe)))
    named = ENVIRON | {name: value.replace("{file}", str(pipe)) for name, value in environ.items()}
    with pytest.raises(ConfigError, match="it is a pipe, not a regular file"):
        context_of(parse(load(file, named).database.dsn or "").parameters.tls, "database.dsn")


@pytest.mark.parametrize(("what", "kind"), [("pipe", "a pipe"), ("/dev/zero", "a device"), ("socket", "a socket")])
def test_a_configuration_is_a_regular_file(tmp_path: Path, what: str, kind: str) -> None:
    """Pipes are refused with a writer, too: a reload would read nothing. A link and the null device are files."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
    assert faults(tmp_path / what, ENVIRON) == (
        f"{tmp_path / what}: cannot be read: it is {kind}, not a regular file: write the content to a file",
    )
    (tmp_path / "link").symlink_to("/dev/null")
    assert load(tmp_path / "link", ENVIRON).log.level == "info"
