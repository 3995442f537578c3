"""The limits of one node: its own, and temporary ones that an operator has set for all nodes."""

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import trio

from thesetd.adapters.redis_limiter.log import US, LogStanding
from thesetd.adapters.redis_limiter.times import settle_s
from thesetd.domain.gate.lanes import rate_reserve
from thesetd.domain.gate.limiter import guarded_s, is_long
from thesetd.domain.gate.windows import Window


@attrs.frozen
class _Override:
    """Temporary limits instead of the configured ones; the text is their form in Redis, empty for none."""

    text: str = ""
    until: float = 0.0
    windows: tuple[Window, ...] = ()


class Limits:
    """The configured limits, and the override if there is one."""

    def __init__(self, windows: Sequence[Window], guard_s: float) -> None:
        """Start without an override."""
        self.configured = tuple(windows)
        self._guard_s = guard_s
        self._override, self._is_published = _Override(), True

    @property
    def in_force(self) -> tuple[Window, ...]:
        """Return the limits in force now."""
        return self._override.windows if self.temporary_s else self.configured

    @property
    def temporary_s(self) -> float:
        """Return for how long the override is in force; 0.0 if there is none."""
        return max(0.0, self._override.until - trio.current_time()) if self._override.windows else 0.0

    @property
    def text(self) -> str:
        """Return the override in its form in Redis."""
        return self._override.text

    @property
    def settle_s(self) -> float:
        """Return the time after which nothing reserved before a loss is in any short window."""
        return settle_s(self._all, self._guard_s)

    @property
    def kept_s(self) -> float:
        """Return how far back the log has to reach."""
        return max((guarded_s(window, self._guard_s) for window in self._all), default=0.0)

    @property
    def longest_s(self) -> float:
        """Return the longest configured quota's length; 0.0 if there is none."""
        return max((window.seconds for window in self.configured if is_long(window)), default=0.0)

    def override(self, windows: Sequence[Window], for_s: float) -> None:
        """Change the limits for a time; the other nodes learn of it through the log."""
        text = encode(windows) if for_s > 0 else ""
        self._override, self._is_published = _Override(text, trio.current_time() + for_s, tuple(windows)), False

    def publish(self, now: float) -> list[Any]:
        """Return the override for the log: text, microseconds, and whether the log has yet to be updated."""
        return [self._override.text, max(0, round((self._override.until - now) * US)), not self._is_published]

    def take(self, standing: LogStanding) -> None:
        """Take the override from the log."""
        until = standing.time.received + standing.limits_for_s
        self._override, self._is_published = _Override(standing.limits, until, decode(standing.limits)), True

    def requested(self, replies_per_s: float | None) -> list[list[int]]:
        """Return those in force for a request: count, guarded length, and how many slots a patient call leaves free."""
        free = (
            0 if replies_per_s is None or is_long(one) else rate_reserve(one.count, one.seconds, replies_per_s)
            for one in self.in_force
        )
        lengths = (round(guarded_s(one, self._guard_s) * US) for one in self.in_force)
        return [[one.count, length, left] for one, length, left in zip(self.in_force, lengths, free, strict=True)]

    @property
    def _all(self) -> tuple[Window, ...]:
        return (*self.configured, *self._override.windows)


def encode(windows: Iterable[Window]) -> str:
    """Return limits in their form in Redis: count/microseconds, separated by commas."""
    return ",".join(f"{window.count}/{round(window.seconds * US)}" for window in windows)


def decode(text: str) -> tuple[Window, ...]:
    """Read what `encode` wrote."""
    pairs = [part.split("/") for part in text.split(",") if part]
    return tuple(Window(int(count), int(micros) / US) for count, micros in pairs)
