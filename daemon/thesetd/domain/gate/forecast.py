"""Forecasts when the quota of a long window runs out, at the recent rate of calls.

The window slides: calls leave it continuously, each a day after it was made. So a quota that is full in the morning may
still last, and an exhausted one recovers call by call.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from thesetd.domain.gate.windows import Window

LATELY = timedelta(hours=3)
LEAST = timedelta(hours=1)  # a younger record counts as this long: the first import's calls say nothing of a day


@attrs.frozen(kw_only=True)
class WindowForecast:
    """When a window will be full (None: not within its own length), and when it will have room again."""

    full_at: datetime | None = None
    room_at: datetime | None = None


def rate_per_s(spent: Sequence[tuple[datetime, int]], now: datetime) -> float:
    """Return the calls per second of the last hours; a younger record counts from its start, at least an hour."""
    recent = [(at, cost) for at, cost in spent if at > now - LATELY]
    if not recent:
        return 0.0
    began = now - LATELY if len(recent) < len(spent) else recent[0][0]
    return sum(cost for _, cost in recent) / max(LEAST, now - began).total_seconds()


def forecast(spent: Sequence[tuple[datetime, int]], window: Window, now: datetime) -> WindowForecast:
    """Return when a window will be full if calls continue at the rate of the last hours.

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
