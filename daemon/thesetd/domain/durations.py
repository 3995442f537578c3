"""Reads and writes durations such as 90s, 15m, 6h and 7d."""

import re
from datetime import timedelta

_FORM = re.compile(r"(\d{1,7})(s|m|h|d)")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def parse_duration(text: str) -> timedelta | None:
    """Return a duration above zero; None if the text is invalid."""
    match = _FORM.fullmatch(text.strip())
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    return timedelta(seconds=seconds) if seconds else None


def duration_text(time: timedelta) -> str:
    """Return the form with the largest unit that fits: 21,600 seconds are 6h."""
    seconds = int(time.total_seconds())
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"
