"""The standing schedules."""

from datetime import UTC, datetime

import pytest

from thesetd.domain.work.jobs import JobKind, Lane
from thesetd.domain.work.schedules import DEFAULTS, check_cron, job_for, next_due


def test_the_eight_schedules_are_those_of_the_design() -> None:
    """Names, cron expressions and lanes as documented."""
    assert {name: (s.cron, s.lane.label) for name, s in DEFAULTS.items()} == {
        "sync-upcoming-shows": ("0 * * * *", "medium"),
        "sync-active-artists": ("0 */6 * * *", "high"),
        "sync-trending": ("0 */4 * * *", "medium"),
        "sync-popular-artists": ("0 2 * * *", "medium"),
        "sync-past-setlists": ("0 2 * * *", "high"),
        "sync-recent-setlists": ("0 */6 * * *", "high"),
        "deep-catalog-refresh": ("0 4 * * 0", "low"),
        "cleanup-old-data": ("0 5 1 * *", "low"),
    }


def test_next_due_is_strictly_later_and_aware() -> None:
    """A moment that fires is not its own successor; the result is in UTC."""
    at = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    assert next_due("0 4 * * 0", at) == datetime(2026, 11, 29, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("cron", ["", "0 * * *", "61 * * * *", "* * * * * *", "@daily", "never"])
def test_a_malformed_cron_expression_is_refused(cron: str) -> None:
    """Only five fields within their ranges are accepted."""
    with pytest.raises(ValueError, match="invalid cron expression"):
        check_cron(cron)


def test_a_firing_is_told_from_the_next_and_cleanup_works_alone() -> None:
    """Two due times give two unique keys; the cleanup schedule sweeps over no artists."""
    first, second = (job_for(DEFAULTS["sync-trending"], run) for run in ("a", "b"))
    assert first.unique_key != second.unique_key
    assert (first.kind, first.lane) == (JobKind.SWEEP, Lane.MEDIUM)
    assert job_for(DEFAULTS["cleanup-old-data"], "x").kind is JobKind.CLEANUP
