"""Forecasts when the quota of a long window runs out, at the recent rate of calls.

The window slides: calls leave it continuously, each a day after it was made. So a quota that is full in the morning may
still last, and an exhausted one recovers call by call.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from thesetd.domain.gate.windows import Window

LATELY = timedelta(hours=3)
LEAST = timedelta(hours=1)  # a younger record counts as this long: the first import's calls say nothing of a day


@attrs.frozen(kw_only=True)
class WindowForecast:
    """When a window will be full (None: not within its own length), and when it will have room again.

    A temporary window has no moments after its end.
    """

    full_at: datetime | None = None
    room_at: datetime | None = None


def rate_per_s(spent: Sequence[tuple[datetime, int]], now: datetime) -> float:
    """Return the calls per second of the last hours; a younger record counts from its start, at least an hour."""
    recent = [(at, cost) for at, cost in spent if at > now - LATELY]
    if not recent:
        return 0.0
    began = now - LATELY if len(recent) < len(spent) else recent[0][0]
    return sum(cost for _, cost in recent) / max(LEAST, now - began).total_seconds()


def forecast(
    spent: Sequence[tuple[datetime, int]],
    window: Window,
    now: datetime,
    *,
    begins_s: float = 0.0,
    ends_s: float = math.inf,
) -> WindowForecast:
    """Return when a window will be full if calls continue at the rate of the last hours until then.

    Args:
        spent: calls of at least the window's length with their costs, oldest first.
        window: the limit.
        now: the present moment.
        begins_s: seconds until the limit applies; earlier calls count.
        ends_s: seconds until another limit replaces it.
    """
    ages = [((now - at).total_seconds(), cost) for at, cost in spent]
    leaving = [(window.seconds - age_s, cost) for age_s, cost in ages if age_s < window.seconds]
    room, per_s = float(window.count - sum(cost for _, cost in leaving)), rate_per_s(spent, now)
    at_s, full_s = 0.0, math.inf
    for leaves_s, cost in leaving:
        if full_s == math.inf:
            used_up_s = at_s if room <= 0 else at_s + room / per_s if per_s else math.inf
            if max(used_up_s, begins_s) < leaves_s:
                full_s = max(used_up_s, begins_s)
            room -= per_s * (min(full_s, leaves_s) - at_s)
        room, at_s = room + cost, leaves_s
        if room > 0 and full_s < math.inf:
            return _until(ends_s, now, full_s, leaves_s)
    return _until(ends_s, now, full_s, math.inf)


def _until(ends_s: float, now: datetime, *seconds: float) -> WindowForecast:
    full_at, room_at = (now + timedelta(seconds=one) if one < ends_s else None for one in seconds)
    return WindowForecast(full_at=full_at, room_at=room_at)
