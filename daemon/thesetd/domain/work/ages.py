"""Times in words, for human readers: "3 min ago", "in 21 s"."""

from datetime import datetime

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
_UNITS = ((2 * DAY_S, DAY_S, "d"), (2 * HOUR_S, HOUR_S, "h"), (2 * MINUTE_S, MINUTE_S, "min"), (0, 1, "s"))


def span(seconds: float) -> str:
    """Return a length of time with its largest fitting unit: 119 s, 2 min, 47 h, 2 d."""
    _, unit, name = next(row for row in _UNITS if max(0.0, seconds) >= row[0])
    return f"{int(max(0.0, seconds) // unit)} {name}"


def relative(at: datetime, now: datetime) -> str:
    """Return a moment as seen from now: "in 21 s", "3 min ago", or "now"."""
    seconds = (at - now).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"in {span(seconds)}" if seconds > 0 else f"{span(-seconds)} ago"
