"""Signals, and reading the configuration again, with the real daemon."""

import json
import os
import signal
import urllib.error
import urllib.request
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from patience import LONGEST_S
from real import until
from thesetd.app.life.reloading import holds_at_once, holds_once_renewed
from thesetd.app.life.signals import EFFECTS, Effect

pytestmark = pytest.mark.real
RIGHT = "sandbox"
CONFIG = """
[log]
level = "{level}"
[providers.spotify]
limits = ["{limit}/1s"]
client_id = "{client}"
{more}
[schedules.sync-trending]
enabled = {trending}
"""


def write(
    file: Path, *, level: str = "info", limit: int = 5000, trending: bool = True, client: str = RIGHT, more: str = ""
) -> None:
    """Write the configuration."""
    file.write_text(CONFIG.format(level=level, limit=limit, trending=str(trending).lower(), client=client, more=more))


@pytest.fixture
def daemon(start_daemon: Any, synthetic_sandbox: Any, folder: Path) -> Any:
    """Return a daemon with a configuration file."""
    write(folder / "thesetd.toml")
    unset = {"THESETD_PROVIDERS__SPOTIFY__LIMITS": "", "THESETD_PROVIDERS__SPOTIFY__CLIENT_ID": ""}
    return start_daemon(synthetic_sandbox, THESETD_CONFIG=str(folder / "thesetd.toml"), **unset)


def test_a_signal_never_kills_without_draining(daemon: Any) -> None:
    """Whatever can be caught is passed over, reloads or shows stacks; SIGQUIT drains; each is in the table."""
    pid = daemon.running.process.pid
    for number, effect in EFFECTS.items():
        if effect is not Effect.DRAIN:
            os.kill(pid, number)
    until(lambda: '"Stacks"' in daemon.running.log() and '"Reloaded"' in daemon.running.log())
    assert daemon.ctl("health").returncode == 0
    assert daemon.running.stop(signal.SIGQUIT) == 0
    assert '"JobsReturned"' not in daemon.running.log()


def test_the_configuration_is_shown_with_what_would_change(daemon: Any, folder: Path) -> None:
    """Where each value comes from, what the file says now, and what brings it; no secret."""
    write(folder / "thesetd.toml", level="debug", more='[http]\nlisten = "127.0.0.1:1"')
    shown = daemon.ctl("config", "diff", "--json")
    found = json.loads(shown.stdout)
    pending = {one["key"]: (one["pending"], one["takes_effect"]) for one in found["pending"]}
    assert pending == {"log.level": ("debug", "thesetctl reload")}  # the environment outranks the file's address
    origins = {one["key"]: one["origin"] for one in found["differing"]}
    assert origins["log.level"] == f"file {folder / 'thesetd.toml'}"
    assert origins["providers.spotify.client_secret"].startswith("environment ")
    assert daemon.environ["THESETD_PROVIDERS__SPOTIFY__CLIENT_SECRET"] not in shown.stdout
    (folder / "thesetd.toml").write_text("[log]\nlevle = 1\n")
    assert "a reload would be refused: log.levle: no such key" in daemon.ctl("config", "diff").stderr


def test_what_can_change_changes_at_once(daemon: Any, folder: Path, synthetic_artist: str) -> None:
    """Limits, schedules, lifetimes and the log's level hold without a restart, and the command says so."""
    write(folder / "thesetd.toml", level="debug", limit=7, trending=False)
    done = daemon.ctl("reload")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "log.level = debug",
        "providers.spotify.limits = 7/1s",
        "schedules.sync-trending.enabled = False",
    ]
    assert "7/1s" in daemon.ctl("limits").stdout
    assert "off" in next(line for line in daemon.ctl("schedules").stdout.splitlines() if "sync-trending" in line)
    assert daemon.ctl("reload").stdout == "nothing has changed\n"
    assert '"debug"' not in daemon.running.log()
    assert daemon.ctl("import", synthetic_artist).returncode == 0
    until(lambda: '"debug"' in daemon.running.log())


def test_a_faulty_file_is_refused_without_harm(daemon: Any, folder: Path) -> None:
    """The command fails with a line for every fault, the former limits hold; by signal the log has the faults."""
    write(folder / "thesetd.toml", limit=-1, level="loud")
    done = daemon.ctl("reload")
    assert (done.returncode, done.stdout) == (1, "")
    first, *faults = [line.removeprefix("thesetctl: ") for line in done.stderr.splitlines()]
    assert first == "the configuration is refused, the former one stays in force"
    assert sorted(fault.partition(":")[0] for fault in faults) == ["log.level", "providers.spotify.limits"]
    daemon.running.process.send_signal(signal.SIGHUP)
    until(lambda: daemon.running.log().count('"ReloadRefused"') == 2)
    assert "5000/1s" in daemon.ctl("limits").stdout
    assert daemon.ctl("health").returncode == 0


def test_a_key_is_corrected_without_a_restart(daemon: Any, folder: Path, synthetic_artist: str) -> None:
    """With a wrong key nothing can be imported; once the right one is read again it is used."""
    write(folder / "thesetd.toml", client="mistyped")
    assert daemon.ctl("reload").stdout == "takes effect shortly: providers.spotify.client_id = mistyped\n"
    until(lambda: "correct the credentials" in daemon.ctl("import", synthetic_artist).stderr)
    write(folder / "thesetd.toml")
    assert daemon.ctl("reload").returncode == 0
    until(lambda: daemon.ctl("import", synthetic_artist).returncode == 0)


def test_a_faulty_key_is_refused_without_harm(daemon: Any, folder: Path, synthetic_artist: str) -> None:
    """A key that no header can carry changes nothing by SIGHUP: the former one is used on; nothing of it is logged."""
    write(folder / "thesetd.toml", client="hu\u2014sh", level="debug")
    daemon.running.process.send_signal(signal.SIGHUP)
    until(lambda: '"ReloadRefused"' in daemon.running.log())
    assert "providers.spotify.client_id: the key has a character that no header can carry" in daemon.running.log()
    assert not {"hu\u2014sh", "hu\\u2014sh"} & set(daemon.running.log().split('"'))
    assert '"debug"' not in daemon.running.log()
    assert daemon.ctl("import", synthetic_artist, "--follow").returncode == 0


def test_a_storm_of_signals_ends_nothing(daemon: Any, folder: Path, unique_artists: list[str]) -> None:
    """Twenty reloads within a second, the first of which asks for other actors: the same process has all, and works."""
    assert daemon.ctl("import", unique_artists[1]).returncode == 0
    for number in range(20):
        write(folder / "thesetd.toml", more=f"timeout_s = {21 + number // 10}", limit=1000 + number)
        daemon.running.process.send_signal(signal.SIGHUP)
        sleep(0.05)
    until(lambda: "1019/1s" in daemon.ctl("limits").stdout)
    assert daemon.ctl("tail", "1").returncode == 0, daemon.running.log()
    assert daemon.ctl("reload").stdout == "nothing has changed\n"
    assert daemon.running.process.poll() is None


def test_a_secret_in_a_file_is_replaced_without_a_restart(
    start_daemon: Any, synthetic_sandbox: Any, folder: Path, synthetic_artist: str
) -> None:
    """The file that a key names is read again, too; neither secret is shown."""
    secret = folder / "secret"
    secret.write_text("outworn-secret\n")
    file = folder / "thesetd.toml"
    file.write_text(f'[providers.spotify]\nclient_secret_file = "{secret}"\n')
    daemon = start_daemon(
        synthetic_sandbox,
        THESETD_CONFIG=str(file),
        SPOTIFY_CLIENT_SECRET="",
        THESETD_PROVIDERS__SPOTIFY__CLIENT_SECRET="",
    )
    until(lambda: "correct the credentials" in daemon.ctl("import", synthetic_artist).stderr)
    secret.write_text("sandbox-secret\n")
    said = daemon.ctl("reload").stdout
    assert said == "takes effect shortly: providers.spotify.client_secret = (set)\n"
    until(lambda: daemon.ctl("import", synthetic_artist).returncode == 0)
    assert "sandbox-secret" not in daemon.running.log()


def test_a_refused_key_is_known_without_a_call(daemon: Any, folder: Path) -> None:
    """Health says within seconds that Spotify was proved, then that it refuses; and no quota was spent for either."""

    def shown(words: str) -> bool:
        line = next((line for line in daemon.ctl("health").stdout.splitlines() if "spotify" in line), "")
        return words in line

    until(lambda: shown("ok, proved just now"))
    write(folder / "thesetd.toml", client="mistyped")
    assert daemon.ctl("reload").returncode == 0
    until(lambda: shown("the token endpoint refuses the credentials"))
    write(folder / "thesetd.toml")
    assert daemon.ctl("reload").returncode == 0
    until(lambda: shown("ok, proved just now"))
    assert daemon.ctl("--json", "calls").stdout.count('"spotify"') == 0


@pytest.mark.case(36)
def test_an_import_goes_on_over_a_renewal(daemon: Any, folder: Path, unique_artists: list[str], seen: Any) -> None:
    """The actors run again, the import is finished from its checkpoint; what needs a restart is named."""
    accepted = daemon.ctl("import", unique_artists[0])
    assert accepted.returncode == 0, accepted.stderr
    write(folder / "thesetd.toml", more='timeout_s = 21\n[node]\nname = "renamed"')
    done = daemon.ctl("reload")
    assert done.stdout.splitlines() == [
        "takes effect shortly: providers.spotify.timeout_s = 21.0",
        "needs a restart: node.name",
    ]
    until(lambda: daemon.running.log().count('"JobClaimed"') > 1)
    until(daemon.socket.exists)
    follow = daemon.ctl("tail", "1")
    assert follow.returncode == 0, follow.stderr + daemon.running.log()
    assert daemon.running.process.poll() is None
    seen("read again in mid-import, which went on to its end")


@pytest.mark.parametrize("path", ["http.tokens", "webhooks.theset.url", "providers.spotify.client_id"])
def test_these_keys_hold_without_a_restart(path: str) -> None:
    """Once the actors run again, the listeners among them."""
    assert holds_once_renewed(path)
    assert not holds_at_once(path)


def test_a_token_that_is_taken_out_is_refused_after_a_reload(
    start_daemon: Any, synthetic_sandbox: Any, folder: Path, free_port: int
) -> None:
    """And the one that replaces it is known, under the same process and address."""
    address = f"127.0.0.1:{free_port}"
    tokens = folder / "tokens"
    tokens.write_text(f"theset read {'a' * 24}\n")
    environ = {"THESETD_HTTP__API": address, "THESETD_HTTP__TOKENS_FILE": str(tokens)}
    daemon = start_daemon(synthetic_sandbox, **environ)

    def status(token: str) -> int:
        request = urllib.request.Request(f"http://{address}/jobs", headers={"authorization": f"Bearer {token * 24}"})
        try:
            with urllib.request.urlopen(request, timeout=LONGEST_S) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    assert (status("a"), status("b")) == (200, 401)
    tokens.write_text(f"theset read {'b' * 24}\n")
    assert daemon.ctl("reload").returncode == 0
    until(lambda: (status("a"), status("b")) == (401, 200))
