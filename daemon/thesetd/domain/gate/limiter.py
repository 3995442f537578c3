"""Reserves the moment of each call so that no window of any limit is ever exceeded.

The last reserved moments are kept in order. A new call may start when, for each window, the `count`-th newest moment
has left the window, so any stretch of the window's length holds at most `count` calls. This is exact; fixed windows let
through twice the limit at their edge, and GCRA with burst = limit nearly twice (measured: 200 and 199 of 100). The
provider counts arrivals, not departures: a guard lengthens each window by more than the network's jitter. It covers no
more than that. If a call leaves late, its moment is moved to when it left. If its answer comes late, its time of
arrival is unknown, so its moment moves with the present time until the answer is there (`counted_from`), and no call
that depends on it is reserved before.

`SlidingLog` is for a single process; `Share` is what one of several nodes may do while they cannot see each other;
`Ceiling` is what the provider itself announced as left. All moments are seconds of one monotonic clock.

A call that does not block a reply is patient: it leaves some room of each short window free (`rate_reserve`), and once
`BURST_SHARE` of a window is taken it is spread over the rest. So slots become free one by one, and an impatient call
starts at the next one; after a burst that filled a whole window it would wait for that window's length. A lull leaves a
gap: one window later, no slot becomes free for the same time. Patient calls save slots for such gaps: until more slots
become free they leave enough for users' calls at `PEOPLE_SHARE` of the even pace.
"""

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat

import attrs

from thesetd.domain.gate.lanes import rate_reserve
from thesetd.domain.gate.windows import Window

GUARD_S = (
    0.25  # covers LATE_S and jitter on the way: a lost packet is resent after 200 ms, a starved machine takes as long
)
GUARD_SHARE = 0.01  # share of the length, if that is more
LONGEST_GUARD_S = 0.5
LATE_S = 0.02  # the guard covers a call that leaves this long after its moment; a later one is logged
LATEST_S = 0.2  # a call that has not left by then returns its slot: the guard covers the delay for all nodes
TRANSIT_S = 0.2  # the guard covers a call that arrives this long after its moment; an answer proves that it has arrived
BURST_SHARE = 0.25  # share of a short window that patient calls may take at once
PEOPLE_SHARE = 0.5  # share of the even pace that patient calls leave to users if slots do not become free evenly
HURRY = 0.9  # share of the even interval between patient calls: they catch up on unused slots without a burst
LONG_GUARD_S = 2.0  # for windows rebuilt from the ledger: its times are from other machines' wall clocks
LONG_S = 3600.0  # windows from here on are quotas: they outlive processes, so the ledger keeps them
PACE_GUARD_S = 0.25  # nodes that take turns by the clock cannot correct it: at 100 ppm drift this lasts 40 minutes
HORIZON_S = 60.0  # a slot further away than this is not reserved; the caller is deferred instead

_SAME_PERIOD_S = 60.0  # a reset announced for more than this after the known one belongs to the next period
_LONGEST_PERIOD_S = 25 * 3600.0


def is_long(window: Window) -> bool:
    """Return whether a window is a quota, kept by the ledger."""
    return window.seconds >= LONG_S


def guarded_s(window: Window, guard_s: float = GUARD_S) -> float:
    """Return the length to enforce so that the provider sees no more than the limit within the window's own length."""
    longest_s = LONG_GUARD_S if is_long(window) else LONGEST_GUARD_S
    return window.seconds + max(guard_s, min(window.seconds * GUARD_SHARE, longest_s))


def counted_from(sent: float, arrived_by: float) -> float:
    """Return the moment from which a call counts that left at `sent` and reached the provider by `arrived_by`."""
    return max(sent, arrived_by - TRANSIT_S)


@attrs.frozen
class Slot:
    """A moment for a call of this cost, on the monotonic clock; the key is unique."""

    moment: float
    cost: int = 1
    key: str = ""


class SlidingLog:
    """The reservations of one credential in this process."""

    def __init__(self, windows: Iterable[Window], guard_s: float = GUARD_S) -> None:
        """Start with nothing reserved."""
        self._guard_s = guard_s
        self._moments: list[float] = []
        self._kept_s = 0.0
        self.set_windows(windows)

    def set_windows(self, windows: Iterable[Window]) -> None:
        """Enforce other limits from now on; reservations still count, as far back as the longest window reached."""
        self.windows = tuple(windows)
        self._limits = [(window.count, guarded_s(window, self._guard_s)) for window in self.windows]
        self._kept_s = max([self._kept_s, *(length for _, length in self._limits)])

    def earliest(self, now: float, cost: int = 1, replies_per_s: float | None = None) -> float:
        """Return the earliest moment at which every window has room for `cost` calls, without reserving.

        With `replies_per_s`, the rate of calls that block a reply, the call is patient.
        """
        moments, moment = self._moments, now
        if not moments:
            return moment
        limits = self._limits if replies_per_s is None else self._left_for_patient(replies_per_s)
        if limits:
            moment = max(moment, moments[-1])
        for count, length in limits:
            place = max(count - cost, 0) + 1
            if place <= len(moments):
                moment = max(moment, moments[-place] + length)
            if replies_per_s is not None and length < LONG_S:
                moment = max(moment, self._gap_until(place, length, length / max(count, 1)))
        return moment if replies_per_s is None else self._spread(moment, limits)

    def _left_for_patient(self, replies_per_s: float) -> list[tuple[int, float]]:
        reserves = [
            0 if is_long(window) else rate_reserve(window.count, window.seconds, replies_per_s)
            for window in self.windows
        ]
        return [(count - kept, length) for (count, length), kept in zip(self._limits, reserves, strict=True)]

    def _gap_until(self, place: int, length: float, even_s: float) -> float:
        """Return the moment from which the slots that this call leaves free last until more become free.

        The last of them lasts for one interval of the even pace, each earlier one for an interval at `PEOPLE_SHARE` of
        that pace. All near gaps are checked, those further away at growing distances, since they will be checked when
        they are near.
        """
        moments, until, free = self._moments, -math.inf, 1
        while free < place:
            if place - free <= len(moments):
                lasts_s = even_s + (free - 1) * even_s / PEOPLE_SHARE
                until = max(until, moments[free - place] + length - lasts_s)
            free = max(free + 1, free * 5 // 4)
        return until

    def _spread(self, moment: float, limits: Iterable[tuple[int, float]]) -> float:
        """Keep a distance to the newest moment, so that the rest of each short window lasts until more becomes free."""
        spread = moment
        for count, length in limits:
            taken = len(self._moments) - bisect_right(self._moments, moment - length)
            if length < LONG_S and taken and taken >= count * BURST_SHARE:
                freed_in_s = self._moments[-taken] + length - moment
                pace_s = max(HURRY * length / count, freed_in_s / max(count - taken + 1, 1))
                spread = max(spread, self._moments[-1] + pace_s)
        return spread

    def reserve(self, now: float, cost: int = 1, replies_per_s: float | None = None) -> float:
        """Reserve `cost` calls at the earliest moment that every window allows; return the seconds until then."""
        moment = self.earliest(now, cost, replies_per_s)
        self.record(now, moment, cost)
        return moment - now

    def record(self, now: float, moment: float, cost: int = 1) -> None:
        """Count calls that were reserved elsewhere; `moment` may be past or future."""
        if not self._limits:
            return
        if stale := bisect_right(self._moments, now - self._kept_s):
            del self._moments[:stale]
        for each in repeat(moment, cost):
            insort(self._moments, each)

    def remove(self, moment: float, cost: int = 1) -> None:
        """Stop counting calls that were recorded at this moment."""
        for _ in range(cost):
            place = bisect_left(self._moments, moment)
            if self._moments[place : place + 1] == [moment]:
                del self._moments[place]

    def taken(self, now: float, window: Window) -> int:
        """Return how many slots of a window are taken, including those reserved for later."""
        return len(self._moments) - bisect_right(self._moments, now - window.seconds)


@attrs.define
class Ceiling:
    """What the provider says is left until its counter is reset: at most `left` calls before `until`."""

    left: int
    until: float

    def earliest(self, now: float, cost: int = 1) -> float:
        """Return the earliest moment for `cost` calls."""
        return self.until if self.left < cost and self.until > now else now

    def spend(self, cost: int) -> None:
        """Count calls that are about to be sent."""
        self.left -= cost

    def tightened(self, other: "Ceiling") -> "Ceiling":
        """Return the ceiling in force after the provider announced `other`, for the same period or a new one."""
        if other.until > self.until + _SAME_PERIOD_S:
            return other
        return Ceiling(min(self.left, other.left), max(self.until, other.until))


def announced(headers: Mapping[str, str], epoch_s: float, now: float) -> Ceiling | None:
    """Read what a provider's headers say is left; None if they say nothing usable.

    Args:
        headers: with lower-case names.
        epoch_s: when the answer was received, in seconds since 1970.
        now: the same moment on the monotonic clock of the result.

    Source: Ticketmaster's `Rate-Limit-Available` and `Rate-Limit-Reset`, the latter in epoch milliseconds
    (developer.ticketmaster.com, getting started, rate limit; recorded bodies agree).
    """
    available, reset = headers.get("rate-limit-available", ""), headers.get("rate-limit-reset", "")
    if not (available.isascii() and available.isdigit() and reset.isascii() and reset.isdigit()):
        return None
    if len(available) > 9 or len(reset) > 15:  # noqa: PLR2004 - far more than any count, and than any date in our time
        return None
    rest_s = int(reset) / 1000 - epoch_s
    return Ceiling(int(available), now + rest_s) if 0 < rest_s <= _LONGEST_PERIOD_S else None


@attrs.frozen
class Turn:
    """A node's turn among nodes that share a clock: the moments `offset_s` + k * `period_s` of that clock.

    A limit of fewer calls than there are nodes cannot be divided. If calls of all nodes are spaced by the limit's
    length over its count, no window holds more; so each node sends at its own moments only.
    """

    period_s: float
    offset_s: float

    def next(self, moment: float) -> float:
        """Return the node's first moment at or after `moment`."""
        return math.ceil((moment - self.offset_s) / self.period_s) * self.period_s + self.offset_s


def turn(windows: Iterable[Window], nodes: int, rank: int) -> Turn | None:
    """Return the turn of the node of this rank (from 0) among `nodes`; None if every limit can be divided."""
    paces = [(w.seconds + PACE_GUARD_S) / w.count for w in windows if not is_long(w) and w.count < nodes]
    return Turn(max(paces) * nodes, max(paces) * rank) if paces else None


class Share:
    """What one of `nodes` may use of all limits while they cannot see each other's calls.

    Short windows are divided, or used in turns if they are too small to divide. In long windows each call of this node
    counts once per node, in addition to what the ledger knows of all nodes.
    """

    def __init__(
        self,
        windows: Sequence[Window],
        *,
        nodes: int = 1,
        turn: Turn | None = None,
        quiet_until: float = 0.0,
        guard_s: float = GUARD_S,
    ) -> None:
        """Start with nothing used.

        Args:
            windows: the whole limits.
            nodes: how many there are, this one included.
            turn: this node's moments for limits that cannot be divided, on the same clock as all other moments.
            quiet_until: no call before this moment, so that calls made while sharing have left every short window.
            guard_s: lengthens each window.
        """
        self._nodes = nodes
        self._turn = turn
        self._not_before = quiet_until
        short = [Window(w.count // nodes, w.seconds) for w in windows if not is_long(w) and w.count >= nodes]
        self._short = SlidingLog(short, guard_s)
        self._long = SlidingLog([window for window in windows if is_long(window)], guard_s)
        counts = [*(w.count for w in short), *(w.count // nodes for w in self._long.windows), *([1] if turn else [])]
        self._most = min(counts, default=math.inf) if nodes > 1 else math.inf

    def remember(self, now: float, spent: Iterable[tuple[float, int]]) -> None:
        """Count what all nodes together used of the long windows, with the times."""
        for moment, cost in spent:
            self._long.record(now, moment, cost)

    def earliest(self, now: float, cost: int = 1, replies_per_s: float | None = None) -> float:
        """Return the earliest moment for `cost` calls; infinity if the share is too small for them."""
        if cost > self._most:
            return math.inf
        rate = None if replies_per_s is None else replies_per_s / self._nodes
        moment = self._short.earliest(max(now, self._not_before), cost, rate)
        moment = self._long.earliest(moment, cost * self._nodes)
        return self._turn.next(moment) if self._turn and math.isfinite(moment) else moment

    def record(self, now: float, moment: float, cost: int = 1) -> None:
        """Count calls of this node."""
        self._short.record(now, moment, cost)
        self._long.record(now, moment, cost * self._nodes)
        if self._turn:
            self._not_before = moment + self._turn.period_s / 2

    def remove(self, moment: float, cost: int = 1) -> None:
        """Stop counting calls of this node."""
        self._short.remove(moment, cost)
        self._long.remove(moment, cost * self._nodes)

    def taken(self, now: float, window: Window) -> int:
        """Return how many slots of a window are taken as far as this node knows."""
        return (self._long if is_long(window) else self._short).taken(now, window)
