from datetime import UTC, datetime, timedelta

from thesetd.ctl import times
from thesetd.ctl.times import when

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_a_moment_is_said_in_words() -> None:
    """What comes is "in", what was is "ago", and what never was is a dash."""
    assert when("2026-06-01T12:00:21+00:00", at=AT) == "in 21 s"
    assert when("2026-06-01T09:00:00+00:00", at=AT) == "3 h ago"
    assert when(None) == "-"


def test_without_another_moment_it_is_seen_from_now() -> None:
    """The clock of this machine counts."""
    assert when((times.now() - timedelta(minutes=5, seconds=1)).isoformat()) == "5 min ago"
