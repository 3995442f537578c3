"""The line that `systemctl status` shows."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sample_facts import sample
from thesetd.adapters.systemd import Notifier
from thesetd.app.life.reporting import Reporter
from thesetd.domain.facts import JobClaimed, JobEnded
from thesetd.domain.ids import JobId
from thesetd.domain.work.deferrals import Deferral, DeferReason, Deferred


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
    fine = {"provider spotify": "ok, proved 3 min ago", "provider setlistfm": "not proved yet"}
    assert reporter.line(checks | fine) == said.removesuffix("; provider spotify: held until 12:00:00 UTC")


def test_the_line_says_what_waits_for_what_until_when() -> None:
    """Jobs that are put off are counted by what they wait for, with the time at which the first of them is due."""
    due = datetime(2026, 3, 1, 23, 5, tzinfo=UTC)
    deferred = [
        Deferred(waits_for=Deferral(DeferReason.QUOTA, "spotify"), jobs=12, due=due),
        Deferred(waits_for=Deferral(DeferReason.BACKOFF), jobs=1, due=due),
    ]
    said = "12 jobs waiting for quota of spotify until 01 Mar 23:05:00 UTC; 1 job waiting for another attempt until"
    assert reporter_line(deferred) == f"ready; idle; {said} 01 Mar 23:05:00 UTC"


@pytest.mark.parametrize("wait", DeferReason)
def test_each_reason_to_wait_has_words(wait: DeferReason) -> None:
    """An operator reads no name of ours."""
    assert "{" not in Deferral(wait, "spotify").words


def reporter_line(deferred: list[Deferred]) -> str:
    """Return the line of a daemon with nothing else to say."""
    return Reporter(Notifier({})).line({"database": "ok"}, deferred)
