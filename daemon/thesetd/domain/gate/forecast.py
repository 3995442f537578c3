"""When the quota of a long window runs out, at the recent rate of calls.

The window slides: what was called a day ago leaves it all the time. So a day that begins with a full quota need not run
out, and one that is used up gets room back call by call.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from thesetd.domain.gate.windows import Window

LATELY = timedelta(hours=3)


@attrs.frozen(kw_only=True)
class WindowForecast:
    """When a window is full (None: not within its own length), and when it then, or now, has room again."""

    full_at: datetime | None = None
    room_at: datetime | None = None


def rate_per_s(spent: Sequence[tuple[datetime, int]], now: datetime) -> float:
    """Return the calls a second of the last hours; of a younger record since it began."""
    recent = [(at, cost) for at, cost in spent if at > now - LATELY]
    if not recent:
        return 0.0
    began = now - LATELY if len(recent) < len(spent) else recent[0][0]
    return sum(cost for _, cost in recent) / max(60.0, (now - began).total_seconds())


def forecast(spent: Sequence[tuple[datetime, int]], window: Window, now: datetime) -> WindowForecast:
    """Return when a window is full, if calls continue at the rate of the last hours.

    Args:
        spent: calls of at least the window's length with their costs, oldest first.
        window: the limit.
        now: the present moment.
    """
    length = timedelta(seconds=window.seconds)
    inside = [(at + length, cost) for at, cost in spent if at + length > now]
    room, per_s, moment = float(window.count - sum(cost for _, cost in inside)), rate_per_s(spent, now), now
    for leaves_at, cost in inside:
        if room <= 0:
            return WindowForecast(full_at=moment, room_at=leaves_at)
        if per_s and room / per_s < (leaves_at - moment).total_seconds():
            return WindowForecast(full_at=moment + timedelta(seconds=room / per_s), room_at=leaves_at)
        room += cost - per_s * (leaves_at - moment).total_seconds()
        moment = leaves_at
    return WindowForecast()
