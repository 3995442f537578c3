"""The times on which the change-overs between shared and single use rest.

A node uses its share from `SILENT_S` + `AHEAD_S` + the longest short window after its last contact with Redis. The
others set that share aside from `SILENT_S` after it, and what they reserved until then lies at most `AHEAD_S` ahead: so
it has left every short window when the share is first used, and no sum of both exceeds a limit.
"""

from collections.abc import Iterable

from thesetd.domain.gate.limiter import GUARD_S, HORIZON_S, guarded_s, is_long
from thesetd.domain.gate.windows import Window

AHEAD_S = 0.3  # how far ahead a slot is reserved: what a lost log may lack, what an interactive call may stand behind
BEAT_S = 0.5  # how often a node is heard of, at least
SILENT_S = 1.5  # three beats: from then on a node may be alone
FORGET_S = 600.0  # a node that was not heard of for so long is gone; one that signed off is gone at once
ROLL_S = 1.5  # three beats: also a node that nobody knows yet has handed in by then
HOLD_WINDOWS = 3  # for so many settling times a Redis that comes and goes is left alone: one of them is silent
FLAPS = 3  # losses within twice that time make Redis one that comes and goes
PROBE_S = 0.25  # between attempts to reach Redis, or to be let in
PATIENCE_S = 5.0  # callers are held for so long after the log was lost: mostly it is back by then
AWAY_S = HORIZON_S + 1  # the wait where none is known: further away than is worth staying for
LEDGER_SLACK_S = 60.0  # the ledger's oldest calls may have left the log already: its times are a little later


def settle_s(windows: Iterable[Window], guard_s: float = GUARD_S) -> float:
    """Return the time after which nothing that was reserved before a loss can be in any short window."""
    short = [guarded_s(window, guard_s) for window in windows if not is_long(window)]
    return SILENT_S + AHEAD_S + max(short, default=0.0)
