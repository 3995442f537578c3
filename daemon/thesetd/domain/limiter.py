"""Reserves the moment of each call so that no window of any limit is ever exceeded.

For each window the last `count` reserved moments are kept. A new call may start when the oldest of them has left the
window, so any stretch of the window's length holds at most `count`: exact, where fixed windows let through twice the
limit at their edge and GCRA with burst = limit nearly twice (measured: 199 and 200 of 100). The provider counts
arrivals, not departures: a guard lengthens each window by more than the network's jitter.
"""

from collections import deque
from collections.abc import Iterable

from thesetd.domain.windows import Window

GUARD_S = 0.02  # 4 processes on loopback: arrivals up to 6 ms early without it, none with it


class SlidingLog:
    """The reservations of one credential in this process. Times are monotonic seconds."""

    def __init__(self, windows: Iterable[Window]) -> None:
        """Start with nothing reserved."""
        self._logs = [(window, deque[float](maxlen=window.count)) for window in windows]

    def reserve(self, now: float, cost: int = 1) -> float:
        """Reserve `cost` calls at the earliest moment that every window allows; give the seconds until then."""
        moment = now
        for window, log in self._logs:
            crowded = len(log) + cost - window.count
            if crowded > 0:
                leaver = log[min(crowded, len(log)) - 1]
                moment = max(moment, leaver + window.seconds + GUARD_S)
            if log:
                moment = max(moment, log[-1])
        for _, log in self._logs:
            log.extend([moment] * cost)
        return moment - now
