"""Bounds how fast refreshes use a daily quota, whatever is due.

Refreshes are ordered at little more than the even pace, see `thesetd.domain.freshness.budget`. But time passes without
a node, too: after an outage, everything that was ordered for the hours of it is due at once, and a quota that nobody
used is free. Spent within minutes, those calls would leave the rest of the day without any, and so a day later, when
their places become free together. So calls of refreshes are refused while the last stretch of the window has seen
`MOST_PACE` times its even share of calls, and their jobs resume in turn.
"""

import math
from datetime import datetime, timedelta

from thesetd.domain.gate.reserve import WindowHistory
from thesetd.domain.gate.windows import Window

STRETCH = 1 / 24  # of the window: the time in which calls are counted
# Times the even share of that time. This is a judgement: orders take up to 1.1 times, what an hour's run by hand orders
# as much again, and users' imports return in bursts a day later.
MOST_PACE = 2.0


def calls_lately(window: Window, *, used: int, used_before: int, history: WindowHistory, now: datetime) -> int:
    """Return how many calls were made in the last stretch of a window.

    Args:
        window: the quota.
        used: calls in the window now.
        used_before: calls in the window when the history was read: what was added since then is not in it.
        history: the window's calls.
        now: the present moment.
    """
    piece, length = timedelta(seconds=history.piece_s), timedelta(seconds=window.seconds)
    since = now - STRETCH * length
    lately = sum(calls for begin, calls in history.pieces if begin + piece > since)
    left = sum(calls for begin, calls in history.pieces if begin + piece + length <= now)
    return lately + max(0, used - (used_before - left))


def most_lately(window: Window) -> int:
    """Return how many calls the last stretch of a window may have seen, at most, for a refresh to make another."""
    return math.ceil(MOST_PACE * STRETCH * window.count)
