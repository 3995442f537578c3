"""Reserves the moment of each call so that no window of any limit is ever exceeded.

The last reserved moments are kept in order. A new call may start when, for each window, the `count`-th newest of them
has left the window, so any stretch of the window's length holds at most `count`: exact, where fixed windows let through
twice the limit at their edge and GCRA with burst = limit nearly twice (measured: 199 and 200 of 100). The provider
counts arrivals, not departures: a guard lengthens each window by more than the network's jitter. It covers no more than
that. Where a call leaves late, its moment is moved to when it left; where its answer comes late, nobody knows when it
arrived, so its moment follows the time until the answer is there (`counted_from`): no call that depends on it is
reserved before.

`SlidingLog` is one process alone; `Share` is what one of several may do while they cannot see each other; `Ceiling` is
what the provider itself said is left. All moments are seconds of one monotonic clock.

A call that no reply waits for is patient: it leaves some room of each short window free (`rate_reserve`), and once
`BURST_SHARE` of a window is taken it is spread over the rest. So slots come one by one, and an impatient call starts
at the next of them, where bursts of a whole window would make it wait for that window's length. A lull leaves a gap: a
window later, nothing leaves for as long. Patient calls save up for it: for every stretch until more is free they leave
slots for people who come at `PEOPLE_SHARE` of the even pace.
"""

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat

import attrs

from thesetd.domain.gate.lanes import rate_reserve
from thesetd.domain.gate.windows import Window

GUARD_S = (
    0.25  # LATE_S, and jitter on the way: a lost packet is sent again after 200 ms, a starved machine takes as long
)
GUARD_SHARE = 0.01  # of the length, if that is more
LONGEST_GUARD_S = 0.5
LATE_S = 0.02  # the guard covers a call that leaves so long after its moment; of a later one the log is told
LATEST_S = 0.2  # a call that is still not on its way then gives its slot back: the guard covers it, whoever hears of it
TRANSIT_S = 0.2  # the guard covers a call that arrives so long after its moment; an answer proves by when it did
BURST_SHARE = 0.25  # of a short window, which patient calls may take at once
PEOPLE_SHARE = 0.5  # of the even pace: what patient calls leave to people wherever slots do not come evenly
HURRY = 0.9  # of the even pace: patient calls make good for slots that nobody wanted, without a burst
LONG_GUARD_S = 2.0  # for windows that are rebuilt from the ledger: its times are other machines' wall clocks
LONG_S = 3600.0  # windows from here on are quotas: they outlive processes, so the ledger keeps them
PACE_GUARD_S = 0.25  # nodes that take turns by the clock cannot correct it: 100 ppm apart, this lasts 40 minutes
HORIZON_S = 60.0  # a slot further away than this is not reserved: whoever wants it has better things to do meanwhile

_SAME_PERIOD_S = 60.0  # a reset announced for later than this after the known one belongs to the next period
_LONGEST_PERIOD_S = 25 * 3600.0


def is_long(window: Window) -> bool:
    """Return whether a window is a quota, kept by the ledger."""
    return window.seconds >= LONG_S


def guarded_s(window: Window, guard_s: float = GUARD_S) -> float:
    """Return the length to keep, so that the provider sees no more than the limit within the window's own length."""
    longest_s = LONG_GUARD_S if is_long(window) else LONGEST_GUARD_S
    return window.seconds + max(guard_s, min(window.seconds * GUARD_SHARE, longest_s))


def counted_from(sent: float, arrived_by: float) -> float:
    """Return the moment from which a call counts that was sent then and seen by the provider by `arrived_by`."""
    return max(sent, arrived_by - TRANSIT_S)


@attrs.frozen
class Slot:
    """A moment for a call of this cost, on the monotonic clock; the key tells it from all others."""

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
        """Keep other limits from now on; what was reserved stays counted, as far back as the longest window reached."""
        self.windows = tuple(windows)
        self._limits = [(window.count, guarded_s(window, self._guard_s)) for window in self.windows]
        self._kept_s = max([self._kept_s, *(length for _, length in self._limits)])

    def earliest(self, now: float, cost: int = 1, replies_per_s: float | None = None) -> float:
        """Return the earliest moment at which every window has room for `cost` calls, without reserving.

        With `replies_per_s`, the rate of calls that a reply waits for, it is a patient one.
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
        """Return the moment from which on the slots that this call leaves free last until more are.

        The last of them lasts for one slot, each before it for as long as people are apart who come at `PEOPLE_SHARE`
        of the even pace. Near gaps are all looked at, those further away at growing distances: they come nearer.
        """
        moments, until, free = self._moments, -math.inf, 1
        while free < place:
            if place - free <= len(moments):
                lasts_s = even_s + (free - 1) * even_s / PEOPLE_SHARE
                until = max(until, moments[free - place] + length - lasts_s)
            free = max(free + 1, free * 5 // 4)
        return until

    def _spread(self, moment: float, limits: Iterable[tuple[int, float]]) -> float:
        """Keep a distance to the newest moment, so that what is left of each short window lasts until more is free."""
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
        """Count calls that somebody else allowed; `moment` may be past or to come."""
        if not self._limits:
            return
        if stale := bisect_right(self._moments, now - self._kept_s):
            del self._moments[:stale]
        for each in repeat(moment, cost):
            insort(self._moments, each)

    def remove(self, moment: float, cost: int = 1) -> None:
        """Count calls no more that were recorded at this moment."""
        for _ in range(cost):
            place = bisect_left(self._moments, moment)
            if self._moments[place : place + 1] == [moment]:
                del self._moments[place]

    def taken(self, now: float, window: Window) -> int:
        """Return how many slots of a window are taken, those reserved for later included."""
        return len(self._moments) - bisect_right(self._moments, now - window.seconds)


@attrs.define
class Ceiling:
    """What the provider says is left until its count is reset: at most `left` calls before `until`."""

    left: int
    until: float

    def earliest(self, now: float, cost: int = 1) -> float:
        """Return the earliest moment for `cost` calls."""
        return self.until if self.left < cost and self.until > now else now

    def spend(self, cost: int) -> None:
        """Count calls that are about to be made."""
        self.left -= cost

    def tightened(self, other: "Ceiling") -> "Ceiling":
        """Return what holds when the provider says `other` next: less of the same period, or a period that follows."""
        if other.until > self.until + _SAME_PERIOD_S:
            return other
        return Ceiling(min(self.left, other.left), max(self.until, other.until))


def announced(headers: Mapping[str, str], epoch_s: float, now: float) -> Ceiling | None:
    """Read what a provider's headers say is left; None if they say nothing that makes sense.

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
    """A place among nodes that take turns by a clock they share: moments `offset_s` + k * `period_s` of that clock.

    A limit of fewer calls than there are nodes cannot be divided. If calls of all nodes are spaced by the limit's
    length over its count, no window holds more; so each node sends at its own moments only.
    """

    period_s: float
    offset_s: float

    def next(self, moment: float) -> float:
        """Return the first own moment from `moment` on."""
        return math.ceil((moment - self.offset_s) / self.period_s) * self.period_s + self.offset_s


def turn(windows: Iterable[Window], nodes: int, rank: int) -> Turn | None:
    """Return the turn of the node of this rank (from 0) among `nodes`; None if every limit can be divided."""
    paces = [(w.seconds + PACE_GUARD_S) / w.count for w in windows if not is_long(w) and w.count < nodes]
    return Turn(max(paces) * nodes, max(paces) * rank) if paces else None


class Share:
    """What one of `nodes` may use of all limits while none of them knows what the others do.

    Short windows are divided, or taken in turns where they are too small. In long ones every call of this node counts
    as often as there are nodes, on top of what the ledger knows of all of them.
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
            quiet_until: nothing before this moment: what was shared until lately has to leave every short window.
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
        """Count what all nodes together used of the long windows: when, and how much."""
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
        """Count calls of this node no more."""
        self._short.remove(moment, cost)
        self._long.remove(moment, cost * self._nodes)

    def taken(self, now: float, window: Window) -> int:
        """Return how many slots of a window are taken as far as this node knows."""
        return (self._long if is_long(window) else self._short).taken(now, window)
