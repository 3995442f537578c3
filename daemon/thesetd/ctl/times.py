"""Words the daemon's ISO times for users, relative to the clock of this machine."""

from datetime import UTC, datetime

from thesetd.domain.work.ages import relative


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def when(moment: str | None, *, at: datetime | None = None, none: str = "-") -> str:
    """Return an ISO time in words, as seen from `at` (now): "in 21 s", "3 min ago"."""
    return relative(datetime.fromisoformat(moment), at or now()) if moment else none
