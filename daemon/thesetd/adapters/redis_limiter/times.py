"""Defines the times for switching between shared and single use.

A node uses its share from `SILENT_S` + `AHEAD_S` + the longest short window after its last contact with Redis. The
others set that share aside from `SILENT_S` after it, and their reservations until then are at most `AHEAD_S` ahead: so
these have left every short window when the share is first used, and both together never exceed a limit.
"""

from collections.abc import Iterable

from thesetd.domain.gate.limiter import GUARD_S, HORIZON_S, guarded_s, is_long
from thesetd.domain.gate.windows import Window

AHEAD_S = 0.3  # how far ahead a slot is reserved: the most that a lost log may lack, and an interactive call may wait
BEAT_S = 0.5  # longest interval between contacts of a node
REST_BEAT_S = 2.0  # of one that is alone, with nothing to submit until its next call, after which it contacts at once
SILENT_S = 1.5  # three beats: from then on a node may be alone
NOTICED_S = REST_BEAT_S + 2 * BEAT_S  # since a node joined: every other has contacted Redis, also one that rested
FORGET_S = 600.0  # a node without contact for this long is gone; one that signed off is gone at once
ROLL_S = 1.5  # three beats: by then even an unknown node has submitted its reservations
HOLD_WINDOWS = 3  # settling times for which an unstable Redis is not used: one of them is silent
FLAPS = 3  # this many losses within twice that time make Redis count as unstable
PROBE_S = 0.25  # between attempts to reach Redis, or to be admitted
PATIENCE_S = 5.0  # callers are held for this long after the log was lost: usually it is back by then
AWAY_S = HORIZON_S + 1  # the wait if none is known: too long to wait here
LEDGER_SLACK_S = 60.0  # the ledger's oldest calls may already have left the log, since its times are slightly later


def settle_s(windows: Iterable[Window], guard_s: float = GUARD_S) -> float:
    """Return the time after which no reservation from before a loss can be in any short window."""
    short = [guarded_s(window, guard_s) for window in windows if not is_long(window)]
    return SILENT_S + AHEAD_S + max(short, default=0.0)
