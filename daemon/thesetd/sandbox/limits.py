"""Rate limits as a provider enforces them: arrivals counted over sliding windows, the excess refused."""

from collections import deque
from collections.abc import Sequence

import attrs

from thesetd.domain.windows import Window

QUOTA_S = 3600.0  # a window at least this long is a quota (its own 429 shape), a shorter one a rate


@attrs.frozen
class Refusal:
    """An arrival over a limit. `retry_after_s` is the time until the window has room again."""

    window: Window
    retry_after_s: float

    @property
    def quota(self) -> bool:
        """Say whether a quota is used up, not only a rate exceeded."""
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
    """The limits of one credential at one provider. Refused arrivals are violations and fill no window."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self._counters = [_Counter(window) for window in windows]

    def arrive(self, now: float) -> Refusal | None:
        """Count an arrival at `now` (monotonic seconds), or refuse it by the window that has room last."""
        refused = None
        for counter in self._counters:
            counter.expire(now)
            if len(counter.arrivals) >= counter.window.count:
                counter.violations += 1
                wait = counter.arrivals[0] + counter.window.seconds - now
                if refused is None or wait > refused.retry_after_s:
                    refused = Refusal(counter.window, wait)
        if refused is None:
            for counter in self._counters:
                counter.arrivals.append(now)
        return refused

    def quota(self, now: float) -> tuple[int, int, float] | None:
        """Give size, rest and seconds to the next free call of the longest quota; None without a quota."""
        quotas = [counter for counter in self._counters if counter.window.seconds >= QUOTA_S]
        if not quotas:
            return None
        longest = max(quotas, key=lambda counter: counter.window.seconds)
        longest.expire(now)
        opened = longest.arrivals[0] if longest.arrivals else now
        rest = longest.window.count - len(longest.arrivals)
        return longest.window.count, rest, opened + longest.window.seconds - now

    def violations(self) -> dict[str, int]:
        """Give the number of refused arrivals for each window."""
        return {str(counter.window): counter.violations for counter in self._counters}

    def reset(self) -> None:
        """Forget every arrival and violation."""
        self._counters = [_Counter(counter.window) for counter in self._counters]
