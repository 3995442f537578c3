from typing import Any

import pytest

from thesetd.ctl.tables import jobs_table, widths_that_fit

JOB: dict[str, Any] = {"job_id": 1, "name": "Gorillaz", "kind": "import_artist", "progress": 30, "status": "x"}
JOB |= dict.fromkeys(("typed", "node", "slug", "completed_at", "started_at", "created_at")) | {"lane": "high"}


@pytest.mark.parametrize(
    ("state", "message", "error", "shown"),
    [
        ("running", "Loading upcoming shows...", "spotify is paused by an operator", "Loading upcoming shows..."),
        ("running", "", "spotify is paused by an operator", ""),
        ("ready", "Waiting until 15:04:05 UTC: too many", "too many", "Waiting until 15:04:05 UTC: too many"),
        ("ready", "", "too many", "too many"),
        ("failed", "Import failed: no such artist", "no such artist", "no such artist"),
        ("cancelled", "Import cancelled.", None, "Import cancelled."),
        ("done", "", None, ""),
    ],
)
def test_a_job_says_what_is_true_of_it_now(
    capsys: pytest.CaptureFixture[str], state: str, message: str, error: str | None, shown: str
) -> None:
    """The error of an earlier run is nothing that a running job is at, and one that waits says until when."""
    jobs_table([JOB | {"state": state, "message": message, "error": error}])
    heading, row = capsys.readouterr().out.splitlines()
    assert row[heading.index("MESSAGE") :] == shown


def test_columns_shrink_to_the_terminal_where_they_wrap() -> None:
    """The widest gives way first, and none below its longest word."""
    rows = [("JOB", "MESSAGE"), ("1", "one two three four five six")]
    assert widths_that_fit(rows, 80) == [3, 27]
    assert widths_that_fit(rows, 25) == [3, 20]
    assert widths_that_fit([("ID", "TEXT"), ("abcdefghijklmnopqrst", "a b")], 20) is None
