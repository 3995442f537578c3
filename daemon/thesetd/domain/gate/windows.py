"""Defines rate limits as providers state them: a number of calls in any interval of a given length."""

import re

import attrs

_TEXT = re.compile(r"\s*(\d{1,9})\s*/\s*(\d{0,9})\s*(ms|s|m|h|d)\s*")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
LONGEST_D = 30  # days that the ledger keeps each call: a longer window could not be rebuilt from it


@attrs.frozen
class Window:
    """At most `count` calls in any interval of `seconds`."""

    count: int
    seconds: float

    def __str__(self) -> str:
        for unit in ("d", "s"):
            if self.seconds >= _SECONDS[unit] and self.seconds % _SECONDS[unit] == 0:
                return f"{self.count}/{int(self.seconds // _SECONDS[unit])}{unit}"
        return f"{self.count}/{round(self.seconds * 1000)}ms"


def parse_window(text: str) -> Window:
    """Read "100/60s", "5000/1d" or "2/s".

    Raises:
        ValueError: invalid form, a count or length of zero, or a length over `LONGEST_D` days.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        example = "for example 100/60s or 5000/1d (ms, s, m, h, d)"
        raise ValueError(f"invalid limit {text!r}: expected count/period, {example}")
    window = Window(int(match[1]), int(match[2] or 1) * _SECONDS[match[3]])
    if window.count < 1 or window.seconds <= 0:
        raise ValueError(f"{text!r} allows nothing: both numbers must be positive; to stop calls, pause the provider")
    if window.seconds > LONGEST_D * _SECONDS["d"]:
        raise ValueError(f"{text!r} is too long: at most {LONGEST_D}d")
    return window
