"""The command thesetd: what it prints and how it exits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import forking

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


def test_a_sandbox_names_itself_in_json() -> None:
    """The ready line has everything that a daemon needs."""
    with subprocess.Popen([THESETD, "sandbox", "--json"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.terminate()
        assert process.wait(10) == 0
    assert {"THESETD_PROVIDERS__SPOTIFY__BASE_URL", "THESETD_PROVIDERS__SETLISTFM__API_KEY"} <= set(
        ready["environment"]
    )
