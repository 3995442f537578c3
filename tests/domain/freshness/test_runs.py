"""What a run of a schedule tells: targets that were met, and why the others were not."""

from datetime import UTC, datetime, timedelta

from thesetd.domain.freshness.runs import Audience, PastRun, Run
from thesetd.domain.ids import JobId

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def past(*, looked: int = 0, failed: int = 0, short_of: str = "") -> PastRun:
    """Make a run about 100 artists, of which 40 were fresh, 5 wait and 30 were ordered."""
    audience = Audience(artists=100, fresh=40, waiting=5)
    run = Run(schedule="s", target=timedelta(hours=6), by_hand=False, audience=audience, ordered=30, short_of=short_of)
    return PastRun(job_id=JobId(1), at=NOW, state=None, run=run, looked=looked, failed=failed)


def test_every_artist_is_met_or_missed_for_one_reason() -> None:
    """The counts add up to the artists of the schedule."""
    run = past(looked=20, failed=3, short_of="quota")
    assert run.met == 60
    assert dict(run.missed) == {"no quota left": 25, "ordered earlier": 5, "failed": 3, "to come": 7}
    assert run.met + sum(run.missed.values()) == 100


def test_reasons_without_artists_are_left_out() -> None:
    """Nothing is to come once all looks were made."""
    assert dict(past(looked=30).missed) == {"no call left": 25, "ordered earlier": 5}
