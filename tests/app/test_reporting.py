"""The line that `systemctl status` shows."""

from typing import Any

from sample_facts import sample
from thesetd.adapters.systemd import Notifier
from thesetd.app.reporting import Reporter
from thesetd.domain.facts import JobClaimed, JobEnded
from thesetd.domain.ids import JobId


def claimed(number: int, kind: str) -> Any:
    """Make a fact."""
    return JobClaimed(job_id=JobId(number), kind=kind, lane="interactive")


def test_the_line_says_what_runs_and_what_lacks() -> None:
    """Imports and other jobs are counted; a check that failed and a provider that is held are named."""
    reporter = Reporter(Notifier({}))
    assert reporter.line({"database": "ok"}) == "ready; idle"
    for number, kind in enumerate(("import_artist", "import_artist", "sweep")):
        reporter.notify(claimed(number, kind))
    assert reporter.line({"database": "ok"}) == "ready; 2 imports and 1 other job running"
    reporter.notify(JobEnded(job_id=JobId(0), kind="import_artist", state="done", seconds=1.0))
    reporter.notify(JobEnded(job_id=JobId(1), kind="import_artist", state="ready", seconds=1.0))
    reporter.notify(sample(JobEnded))
    checks = {"database": "ok", "redis memory": "ok", "redis": "gone", "provider spotify": "held until 12:00:00 UTC"}
    said = "not ready; 1 background job running; redis: gone; provider spotify: held until 12:00:00 UTC"
    assert reporter.line(checks) == said
