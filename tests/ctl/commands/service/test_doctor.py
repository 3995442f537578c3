"""`thesetctl doctor`: each kind of trouble is named, with what mends it."""

import json
import shutil
from typing import Any

import pytest
from click.testing import CliRunner

from thesetd.ctl.cli import main
from thesetd.ctl.commands.service import doctor
from thesetd.ctl.commands.service.doctor import examined

GOOD: dict[str, Any] = {
    "at": "2026-06-01T12:00:00+00:00",
    "checks": {"database": "ok", "provider word": "ok, proved just now", "provider other": "not proved yet"},
    "breakers": [{"name": "word", "state": "closed", "failures": 0}],
    "schedules": [{"name": "s", "enabled": True, "last_result": "done", "last_error": None}],
    "survey": {"providers": [], "jobs": [], "unpublished": 1, "oldest_unpublished": "2026-06-01T11:59:58+00:00"},
}
PROVIDER = {"name": "word", "penalty_until": None, "windows": []}


def checks(**found: str) -> dict[str, Any]:
    """Return a status in which a check has failed."""
    return GOOD | {"checks": {name.replace("_", " "): text for name, text in found.items()}}


def survey(**changes: Any) -> dict[str, Any]:
    """Return a status with another survey."""
    return GOOD | {"survey": GOOD["survey"] | changes}


@pytest.mark.parametrize(
    ("status", "what", "mend"),
    [
        (checks(database="read-only"), "database", "name the primary"),
        (checks(database_schema="schema is at 3"), "database schema", "thesetd migrate"),
        (checks(database_rights="permission denied"), "database rights", "GRANT"),
        (checks(database_connections="too many"), "database connections", "max_connections"),
        (checks(redis_limits="READONLY"), "redis limits", "systemctl status redis-server"),
        (checks(redis_publishing="NOPERM"), "redis publishing", "ACL SETUSER"),
        (checks(redis_memory="evicts"), "redis memory", "maxmemory-policy noeviction"),
        (checks(redis_channel="shared"), "redis channel", "redis.channel"),
        (checks(provider_word="held until 12:00"), "provider word", "[providers.word]"),
        (checks(pause_of_all="since"), "pause of all", "thesetctl resume all"),
        (checks(actor_writer="hangs"), "actor writer", "thesetctl logs --actor writer"),
        (
            GOOD | {"breakers": [{"name": "word", "state": "open", "failures": 5}]},
            "breaker word",
            "thesetctl breakers reset word",
        ),
        (
            GOOD | {"schedules": [{"name": "s", "enabled": True, "last_result": "failed", "last_error": "x"}]},
            "schedule s",
            "thesetctl schedules s",
        ),
        (survey(providers=[PROVIDER | {"penalty_until": "2026-06-01T12:30:00+00:00"}]), "provider word", "wait"),
        (
            survey(providers=[PROVIDER | {"windows": [{"left": 0, "limit": 5000, "period": "1d"}]}]),
            "quota of word",
            "thesetctl calls",
        ),
        (survey(jobs=[{"state": "dead", "count": 2}]), "jobs", "thesetctl dead replay --all"),
        (survey(oldest_unpublished="2026-06-01T11:50:00+00:00"), "events", "systemctl status redis-server"),
    ],
)
def test_each_trouble_is_named_with_what_mends_it(status: dict[str, Any], what: str, mend: str) -> None:
    """One thing is wrong: one complaint, about that, with a command or a change."""
    (complaint,) = examined(status)
    assert complaint.what == what
    assert mend in complaint.mend


def test_what_works_is_no_complaint() -> None:
    """A daemon at work, a short window that is full, and events of the last seconds are fine."""
    full = {"windows": [{"left": 0, "limit": 4, "period": "1s"}]}
    assert list(examined(survey(providers=[PROVIDER | full]))) == []


def test_a_daemon_that_works_is_healthy(run: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is wrong: exit code 0, and the document says so."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(doctor, "_disk", list)
    server.daemon.breakers = tuple
    done = run("doctor", "--json")
    assert (json.loads(done.stdout)["healthy"], done.exit_code) == (True, 0)


def test_a_disk_without_room_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Less than a twentieth is free."""
    usage = type("Usage", (), {"free": 2 << 30, "total": 100 << 30})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    (complaint,) = doctor._disk((str(tmp_path),))
    assert (complaint.level, complaint.text) == ("warning", "2,048 MiB are free")


def test_a_configuration_with_faults_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Where no daemon answers the faults of the configuration are listed, each as a complaint."""
    monkeypatch.setenv("THESETD_LOG__LEVLE", "x")
    monkeypatch.setenv("HOME", str(tmp_path))
    done = CliRunner().invoke(main, ["--socket", str(tmp_path / "s"), "doctor", "--json"], prog_name="thesetctl")
    found = {one["what"]: one for one in json.loads(done.stdout)["found"]}
    assert done.exit_code == 1
    assert "no daemon at" in found["daemon"]["text"]
    assert found["configuration"]["text"] == "log.levle: no such key"
