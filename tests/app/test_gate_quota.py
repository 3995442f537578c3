"""A quota that is used up, through the real commands: jobs wait and say so, workers do not."""

import json
import time
from typing import Any

import pytest

from thesetd.sandbox.synthetic.universe import Universe

pytestmark = pytest.mark.real


def artists(count: int) -> list[str]:
    """Name artists of the synthetic world whose names nobody else has."""
    universe = Universe(1, 300)
    names = [universe.artist(index).name for index in range(300)]
    return [name for name in names if names.count(name) == 1][:count]


def test_the_fourth_call_of_three_an_hour_defers_its_job(start_daemon: Any, synthetic_sandbox: Any) -> None:
    """setlist.fm sees three calls; imports end all the same, and a job that needs a fourth says until when it waits."""
    start = len(synthetic_sandbox.ask("log")["entries"])
    daemon = start_daemon(synthetic_sandbox, THESETD_PROVIDERS__SETLISTFM__LIMITS="3/1h")
    for name in artists(4):
        assert daemon.ctl("import", name, "--follow").returncode == 0
    assert daemon.ctl("schedules", "run", "sync-past-setlists").returncode == 0
    deadline = time.monotonic() + 60
    while not (waiting := [job for job in jobs(daemon) if job["message"].startswith("Waiting until ")]):
        assert time.monotonic() < deadline, jobs(daemon)
        time.sleep(0.1)
    assert {job["state"] for job in waiting} == {"ready"}
    assert all(job["not_before"] is not None for job in waiting)
    assert "setlistfm" in waiting[0]["message"]
    assert daemon.ctl("import", artists(5)[-1], "--follow").returncode == 0
    assert not [job for job in jobs(daemon) if job["state"] == "running"]
    limits = json.loads(daemon.ctl("--json", "limits").stdout)["limits"]
    lanes = next(view["lanes"] for view in limits if view["provider"] == "setlistfm")
    assert sum(lane["waiting"] for lane in lanes) == 0
    arrived = synthetic_sandbox.ask("log")["entries"][start:]
    assert sum(entry["provider"] == "setlistfm" for entry in arrived) == 3


def jobs(daemon: Any) -> list[dict[str, Any]]:
    """List all jobs."""
    listed: list[dict[str, Any]] = json.loads(daemon.ctl("--json", "jobs").stdout)["jobs"]
    return listed
