"""Enforces rate limits as a provider does: arrivals are counted over sliding windows, the excess is refused."""

from collections import Counter, deque
from collections.abc import Sequence

import attrs

from thesetd.domain.gate.windows import Window

QUOTA_S = 3600.0  # a window at least this long is a quota (its own 429 shape), a shorter one a rate


@attrs.frozen
class LimitRefusal:
    """An arrival over a limit. `retry_after_s` is the time until the window has room again."""

    window: Window
    retry_after_s: float

    @property
    def quota(self) -> bool:
        """Return whether a quota is used up, not only a rate exceeded."""
        return self.window.seconds >= QUOTA_S


@attrs.define
class _Counter:
    window: Window
    arrivals: deque[float] = attrs.field(factory=deque)
    violations: int = 0

    def expire(self, now: float) -> None:
        while self.arrivals and self.arrivals[0] <= now - self.window.seconds:
            self.arrivals.popleft()


class Meter:
    """The limits of one credential at one provider. Refused arrivals are violations and fill no window.

    So there are no violations exactly if no window, wherever it begins, holds more arrivals than its count.
    """

    def __init__(self, windows: Sequence[Window]) -> None:
        self._usual = tuple(windows)
        self._counters = [_Counter(window) for window in windows]
        self._former: Counter[str] = Counter()

    @property
    def windows(self) -> tuple[Window, ...]:
        """The limits in force."""
        return tuple(counter.window for counter in self._counters)

    def change(self, windows: Sequence[Window]) -> None:
        """Enforce other limits from now on. Arrivals that any of the old windows still held stay counted."""
        longest = max(self._counters, key=lambda counter: counter.window.seconds, default=None)
        held = longest.arrivals if longest is not None else ()
        self._former.update({str(counter.window): counter.violations for counter in self._counters})
        self._counters = [_Counter(window, deque(held)) for window in windows]

    def arrive(self, now: float) -> LimitRefusal | None:
        """Count an arrival at `now` (monotonic seconds), or refuse it by the window that is the last to have room."""
        refused = None
        for counter in self._counters:
            counter.expire(now)
            crowd = len(counter.arrivals) - counter.window.count
            if crowd >= 0:
                counter.violations += 1
                wait = counter.arrivals[crowd] + counter.window.seconds - now
                if refused is None or wait > refused.retry_after_s:
                    refused = LimitRefusal(counter.window, wait)
        if refused is None:
            for counter in self._counters:
                counter.arrivals.append(now)
        return refused

    def quota(self, now: float) -> tuple[int, int, float] | None:
        """Return size, rest and seconds to the next free call of the longest quota; None without a quota."""
        quotas = [counter for counter in self._counters if counter.window.seconds >= QUOTA_S]
        if not quotas:
            return None
        longest = max(quotas, key=lambda counter: counter.window.seconds)
        longest.expire(now)
        opened = longest.arrivals[0] if longest.arrivals else now
        rest = max(0, longest.window.count - len(longest.arrivals))
        return longest.window.count, rest, opened + longest.window.seconds - now

    def violations(self) -> dict[str, int]:
        """Return the number of refused arrivals for each window that is or was in force."""
        totals = dict(self._former)
        for counter in self._counters:
            name = str(counter.window)
            totals[name] = totals.get(name, 0) + counter.violations
        return totals

    def reset(self) -> None:
        """Forget every arrival, violation and change."""
        self._counters = [_Counter(window) for window in self._usual]
        self._former.clear()
