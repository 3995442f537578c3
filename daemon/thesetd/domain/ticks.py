"""Chooses when periodic work is done: at whole seconds, so that an idle daemon wakes once for all of it.

Each turn of the loop costs an idle process more than the work of most periodic tasks, since nothing is in the
processor's caches by then. Nodes do not act in step: the clock of each process begins at a random moment.
"""

import math

TICK_S = 1.0


def tick_within(now: float, most_s: float) -> float:
    """Return the latest tick that is at most `most_s` away, or the end of that time if it is shorter than a tick."""
    latest = now + most_s
    return math.floor(latest / TICK_S) * TICK_S if most_s >= TICK_S else latest
