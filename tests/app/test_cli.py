"""The command thesetd: what it prints and how it exits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import forking
from patience import LONGEST_S

THESETD = str(Path(sys.executable).parent / "thesetd")


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    environ = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **variables}
    return forking.run([THESETD, *arguments], environ)


def test_check_config_shows_what_is_in_force_and_no_secret() -> None:
    """Every key is a line, secrets are masked, what is missing is a warning that names the variable."""
    done = run(
        "check-config", SPOTIFY_CLIENT_ID="me", SPOTIFY_CLIENT_SECRET="hush", DATABASE_URL="postgresql://u:hush@h/d"
    )
    assert done.returncode == 0
    assert "providers.spotify.client_secret = (set)" in done.stdout
    assert "providers.spotify.limits = 100/60s" in done.stdout
    assert "schedules.sync-trending.cron = 0 */4 * * *" in done.stdout
    assert "TICKETMASTER_API_KEY" in done.stderr
    assert "hush" not in done.stdout + done.stderr


def test_check_config_shows_addresses_without_what_is_secret_in_them() -> None:
    """User, password and query of a base_url are masked: a gateway in between may want them."""
    done = run(
        "check-config",
        THESETD_PROVIDERS__SPOTIFY__BASE_URL="https://gate:hush@api.example/v1",
        THESETD_PROVIDERS__SPOTIFY__TOKEN_URL="https://hush@api.example/token",
        THESETD_PROVIDERS__SETLISTFM__BASE_URL="https://api.example/rest?key=hush",
    )
    assert done.returncode == 0
    assert "providers.spotify.base_url = https://(hidden)@api.example/v1" in done.stdout
    assert "providers.spotify.token_url = https://(hidden)@api.example/token" in done.stdout
    assert "providers.setlistfm.base_url = https://api.example/rest?(hidden)" in done.stdout
    assert "hush" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("THESETD_LOG__LEVEL", "log.level"),
        ("THESETD_HTTP__LISTEN", "http.listen"),
        ("THESETD_PROVIDERS__SPOTIFY__BASE_URL", "providers.spotify.base_url"),
        ("THESETD_PROVIDERS__SPOTIFY__LIMITS", "providers.spotify.limits"),
        ("THESETD_PROVIDERS__SPOTIFY__CA_FILE", "providers.spotify.ca_file"),
        ("THESETD_PROVIDERS__SPOTIFY__MARKET", "providers.spotify.market"),
        ("THESETD_PROVIDERS__TICKETMASTER__COUNTRIES", "providers.ticketmaster.countries"),
        ("THESETD_SCHEDULES__SYNC_TRENDING__CRON", "schedules.sync-trending.cron"),
        ("THESETD_SCHEDULES__SYNC_TRENDING__LANE", "schedules.sync-trending.lane"),
        ("THESETD_CACHE__MEMORY_BYTES", "cache.memory_bytes"),
        ("SSL_CERT_FILE", "SSL_CERT_FILE"),
    ],
)
@pytest.mark.parametrize(
    "secret",
    ["0123456789abcdef0123456789abcdef", "postgresql://web:0123456789abcdef@db.example/theset", "correct-horse"],
)
def test_a_secret_in_a_wrong_place_is_not_shown(name: str, key: str, secret: str) -> None:
    """Whichever key it was pasted to, the fault names the key and not the secret."""
    done = run("check-config", SETLISTFM_API_KEY="correct-horse", **{name: secret})
    assert (done.returncode, done.stderr.count("\n")) == (78, 1)
    assert key in done.stderr
    for part in (secret, secret.lower(), secret.upper(), "0123456789"):
        assert part not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_are_not_there_are_a_fault(tmp_path: Path, name: str) -> None:
    """OpenSSL would pass over them, and nothing would be trusted; an empty variable is none."""
    done = run("check-config", **{name: f"{tmp_path}/absent"})
    assert (done.returncode, done.stderr.count("\n")) == (78, 1)
    assert done.stderr.startswith(f"thesetd: {name}: {tmp_path}/absent ")
    assert run("check-config", **{name: ""}).returncode == 0


def test_a_wrong_configuration_is_refused_with_every_fault(tmp_path: Path) -> None:
    """Exit 78, one line for each fault, the same for every command that reads it."""
    file = tmp_path / "thesetd.toml"
    file.write_text('surprise = 1\n[log]\nlevel = "loud"\n')
    for command in ("check-config", "run", "migrate"):
        done = run(command, "--config", str(file))
        assert done.returncode == 78
        assert done.stderr.count("\n") == 2
        assert "surprise" in done.stderr
        assert "log.level" in done.stderr


@pytest.mark.parametrize(
    ("said", "variables", "is_json"),
    [("", {}, True), ("json", {}, True), ("text", {}, False), ("json", {"THESETD_LOG__FORMAT": "text"}, False)],
)
def test_a_refusal_has_the_form_of_the_log(
    tmp_path: Path, said: str, variables: dict[str, str], *, is_json: bool
) -> None:
    """Also where the configuration is faulty, as far as it says one: whoever reads the log parses every line."""
    file = tmp_path / "thesetd.toml"
    file.write_text(f"surprise = 1\n[log]\n{f'format = {said!r}' if said else ''}\n")
    errors = run("run", "--config", str(file), **variables).stderr
    if is_json:
        assert json.loads(errors)["error"] == "surprise: no such section or key"
    else:
        assert errors == "thesetd: surprise: no such section or key\n"


def test_migrate_says_what_it_did(empty_dsn: str) -> None:
    """The first time it names the steps, the second time there are none; a run after it needs no more."""
    assert "0001 catalog" in run("migrate", DATABASE_URL=empty_dsn).stdout
    assert "nothing to apply" in run("migrate", DATABASE_URL=empty_dsn).stdout


def test_a_state_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """One line with what to do and no number of an error; exit 78."""
    (tmp_path / "file").touch()
    for command in ("run", "migrate"):
        done = run(command, "--state-dir", str(tmp_path / "file" / "state"))
        assert (done.returncode, done.stderr.count("\n")) == (78, 1)
        assert f"state_dir: cannot use {tmp_path}/file/state: Not a directory; choose" in done.stderr


STARTED = """
import atexit, gc, sys
from thesetd.app.entry import main
atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() > 100_000, *sys.modules))
sys.argv[1:] = ["run", "--help"]
main()
"""


def test_a_daemon_loads_no_more_than_it_needs() -> None:
    """Neither the sandbox nor the demo, and the collector of garbage passes over all that is loaded."""
    done = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=True)
    collects, frozen, *modules = done.stdout.split("\n")[-2].split()
    assert (collects, frozen) == ("True", "True")
    assert not [name for name in modules if name.startswith(("thesetd.sandbox", "thesetd.app.demo"))]


def test_a_sandbox_names_itself_in_json() -> None:
    """The ready line has everything that a daemon needs."""
    with subprocess.Popen([THESETD, "sandbox", "--json"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.terminate()
        assert process.wait(LONGEST_S) == 0
    assert {"THESETD_PROVIDERS__SPOTIFY__BASE_URL", "THESETD_PROVIDERS__SETLISTFM__API_KEY"} <= set(
        ready["environment"]
    )


def test_an_odd_umask_is_not_the_daemons(tmp_path: Path) -> None:
    """Under a umask that forbids the daemon its own folders, they are its own and nobody else's."""
    environ = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "DATABASE_URL": "postgresql://u@127.0.0.1:1/d"}
    environ |= {"THESETD_CONTROL__SOCKET": str(tmp_path / "nowhere" / "s"), "THESETD_HTTP__LISTEN": "127.0.0.1:0"}
    command = ["sh", "-c", 'umask 0777; exec "$@"', "sh", THESETD, "run", "--state-dir", str(tmp_path / "state")]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=LONGEST_S)
    assert "control.socket: the folder" in done.stderr
    assert done.returncode == 78
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "state" / "lock").stat().st_mode & 0o777 == 0o600


def test_check_config_warns_of_what_other_hosts_see() -> None:
    """The read-only listener beyond loopback, and tokens that travel without TLS."""
    token = "theset read,import q2v9Lw7hXk3mBd5TzRc8NfJpAa"
    done = run(
        "check-config",
        THESETD_HTTP__LISTEN="0.0.0.0:9464",
        THESETD_HTTP__API="[::]:9465",
        THESETD_HTTP__TOKENS=token,
    )
    assert done.returncode == 0
    assert "warning: http.listen: 0.0.0.0:9464 shows other hosts the status page and metrics" in done.stderr
    assert "warning: http.api: [::]:9465 takes tokens without TLS" in done.stderr
    assert "shows other hosts" not in run("check-config", THESETD_HTTP__LISTEN="[::1]:9464").stderr
