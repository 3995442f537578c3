"""Orders and pauses through the real commands, on real servers and against emulated providers."""

import json
from typing import Any

import pytest

from real import until

pytestmark = pytest.mark.real


def job_of(daemon: Any, artist: str) -> int:
    """Ask for an import and give its job."""
    reply = daemon.ctl("import", artist, "--json")
    assert reply.returncode == 0, reply.stderr
    job: int = json.loads(reply.stdout)["job_id"]
    return job


def settled(daemon: Any, job: int, **wanted: str) -> dict[str, Any]:
    """Wait until a job is as wanted and give its document."""
    document: dict[str, Any] = {}

    def as_wanted() -> bool:
        document.update(json.loads(daemon.ctl("status", str(job), "--json").stdout))
        return all(document[name] == value for name, value in wanted.items())

    until(as_wanted)
    return document


def test_a_running_import_is_cancelled_and_done_again(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str
) -> None:
    """Cancelled at once, told to who follows it, and completed from where it stopped when it is asked for again."""
    daemon = start_daemon(synthetic_sandbox)
    job = job_of(daemon, synthetic_artist)
    settled(daemon, job, state="running")
    assert daemon.ctl("cancel", str(job)).stdout == f"job {job}: cancelled, it was running\n"
    document = settled(daemon, job, state="cancelled")
    assert document["status"] == "cancelled"
    again = daemon.ctl("cancel", str(job))
    assert (again.returncode, again.stderr) == (1, f"thesetctl: job {job} is cancelled: there is nothing to cancel\n")
    assert daemon.ctl("retry", str(job)).stdout == f"job {job}: ready again, it was cancelled\n"
    followed = daemon.ctl("tail", str(job), "--json")
    assert followed.returncode == 0, followed.stderr
    stages = [json.loads(line)["status"] for line in followed.stdout.splitlines()]
    assert stages[-1] == "completed"
    assert "cancelled" in stages
    refused = daemon.ctl("retry", str(job))
    assert (refused.returncode, refused.stderr) == (1, f"thesetctl: job {job} is done: there is nothing to retry\n")


def test_a_paused_provider_is_not_asked_until_it_is_resumed(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str
) -> None:
    """Also by the next life of the daemon; `why` names the pause, and with its end the import completes."""
    daemon = start_daemon(synthetic_sandbox)
    paused = daemon.ctl("pause", "setlistfm")
    assert paused.stdout == "setlistfm is paused: resume it with `thesetctl resume setlistfm`\n"
    assert daemon.running.stop() == 0
    daemon = start_daemon(synthetic_sandbox)
    job = job_of(daemon, synthetic_artist)
    document = settled(daemon, job, state="ready", message="Waiting: setlistfm is paused by an operator")
    assert document["attempts"] == 0
    why = json.loads(daemon.ctl("why", str(job), "--json").stdout)
    assert (why["cause"], why["unblock"]) == ("pause", "`thesetctl resume setlistfm`")
    calls = json.loads(daemon.ctl("calls", "--by", "provider", "--json").stdout)["calls"]
    assert "setlistfm" not in {row["provider"] for row in calls}
    assert "pause of setlistfm" in daemon.ctl("status").stdout
    assert daemon.ctl("resume", "setlistfm").stdout == "setlistfm resumed\n"
    settled(daemon, job, state="done")


def test_everything_paused_runs_nothing_and_takes_everything(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str
) -> None:
    """The running import goes back with what it has, and is completed afterwards."""
    daemon = start_daemon(synthetic_sandbox)
    job = job_of(daemon, synthetic_artist)
    settled(daemon, job, state="running")
    assert daemon.ctl("pause", "all").stdout == "everything is paused: resume it with `thesetctl resume all`\n"
    assert json.loads(daemon.ctl("jobs", "--state", "running", "--json").stdout)["jobs"] == []
    settled(daemon, job, state="ready", message="Waiting: everything is paused by an operator")
    assert job_of(daemon, synthetic_artist) == job
    assert daemon.ctl("resume", "all").stdout == "everything resumed\n"
    settled(daemon, job, state="done")
