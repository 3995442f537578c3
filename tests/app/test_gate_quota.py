"""A quota that is used up, through the real commands: jobs wait and say so, workers do not."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from real import until
from thesetd.actors.gate.quota import USAGE_AGE_S
from thesetd.sandbox.synthetic.universe import Universe

pytestmark = pytest.mark.real


def artists(count: int) -> list[str]:
    """Name artists of the synthetic world whose names nobody else has."""
    universe = Universe(1, 300)
    names = [universe.artist(index).name for index in range(300)]
    return [name for name in names if names.count(name) == 1][:count]


def test_the_fourth_call_of_three_an_hour_is_left_to_a_job_for_later(start_daemon: Any, synthetic_sandbox: Any) -> None:
    """No fourth call is made; imports end and say so, what is left to ask is due in an hour, and nothing is held.

    The last import comes when the count of the used quota, which is looked at every few seconds, is known.
    """
    start = len(synthetic_sandbox.ask("log")["entries"])
    daemon = start_daemon(synthetic_sandbox, THESETD_PROVIDERS__SETLISTFM__LIMITS="3/1h")
    *first, last = artists(3)
    for name in first:
        assert daemon.ctl("import", name, "--follow").returncode == 0
    time.sleep(USAGE_AGE_S)
    assert daemon.ctl("import", last, "--follow").returncode == 0
    listed = jobs(daemon)
    assert {job["state"] for job in listed} == {"ready", "done"}
    assert "setlistfm is asked again at" in listed[1]["message"]
    due = {job["kind"]: datetime.fromisoformat(job["not_before"]) for job in listed if job["state"] == "ready"}
    assert due.keys() == {"refresh_setlists"}
    assert due["refresh_setlists"] > datetime.now(UTC) + timedelta(minutes=55)
    assert waiting_calls(daemon, "setlistfm") == 0
    entries = synthetic_sandbox.ask("log")["entries"][start:]
    made = sum(entry["provider"] == "setlistfm" for entry in entries)
    assert made == 3


def test_a_job_that_needs_the_fourth_call_itself_says_until_when_it_waits(
    start_daemon: Any, synthetic_sandbox: Any
) -> None:
    """An import that Spotify's quota stops is ready again, not before a time that its status names; no worker waits."""
    daemon = start_daemon(synthetic_sandbox, THESETD_PROVIDERS__SPOTIFY__LIMITS="3/1h")
    for name in artists(2):
        daemon.ctl("import", name)

    def waiting() -> list[dict[str, Any]]:
        return [job for job in jobs(daemon) if job["message"].startswith("Waiting until ")]

    until(lambda: bool(waiting()))
    assert all(job["state"] == "ready" and job["not_before"] is not None for job in waiting())
    assert waiting_calls(daemon, "spotify") == 0


def waiting_calls(daemon: Any, provider: str) -> int:
    """Count the calls that stand in a provider's lanes."""
    limits = json.loads(daemon.ctl("--json", "limits").stdout)["limits"]
    lanes = next(view["lanes"] for view in limits if view["provider"] == provider)
    return sum(lane["waiting"] for lane in lanes)


def jobs(daemon: Any) -> list[dict[str, Any]]:
    """List all jobs."""
    listed: list[dict[str, Any]] = json.loads(daemon.ctl("--json", "jobs").stdout)["jobs"]
    return listed
