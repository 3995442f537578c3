"""Decides how much of a daily quota background calls leave for users: what users will request before it comes back.

A daily quota is a rolling window: a day after each call its place is free again, and users take it before background
calls do. So the reserve need not cover a whole day. It covers the most by which demand is likely to run ahead of what
the window releases, at any moment within the window's length. The ledger shows both: when each call leaves the window,
and how many calls users made recently, each import with a burst of them. If calls are spread evenly, and users request
less than comes back, the reserve is one burst; before hours in which nothing comes back, because everything was used at
once a day ago, it is the demand of those hours.
"""

import math
from collections.abc import Iterable, Iterator
from datetime import datetime

import attrs

from thesetd.domain.gate.windows import Window

DAY_S = 86_400.0
START_SHARE = 0.2  # share of a quota reserved for interactive calls while their rate is unknown
MOST_SHARE = 0.5  # share of the quota that is reserved at most, however high the demand
BURST = 20.0  # calls that one user's import makes at once, until some are recorded
BURST_WEIGHT = 1.0  # recorded calls for which that counts: a day of a small quota has few
# Share of the quota: imports are always reserved for, but at most this of a small quota, of which 97 % are to be used.
BURST_SHARE = 0.027
DEVIATIONS = 2.0  # standard deviations above the mean demand: it stays below in 98 of 100 hours
MEMORY_S = 3 * 3_600.0  # how long a demand above the day's average is expected to last
LEAST_WATCHED_S = 3_600.0  # the first calls of users are averaged over this time
PIECES = 288  # intervals in which a window's calls are counted: five minutes each for a day


@attrs.frozen(kw_only=True)
class WindowHistory:
    """The calls of one window, according to the ledger.

    Each of `pieces` is the beginning of a stretch of `piece_s` seconds and the cost of its calls, oldest first.
    `people` is the cost of interactive calls, `squares` the sum of the squares of each job's or request's cost.
    """

    piece_s: float
    pieces: tuple[tuple[datetime, int], ...] = ()
    people: int = 0
    squares: int = 0

    @property
    def burst(self) -> float:
        """Return the calls of an import: the variance of their number divided by its mean, if imports are independent.

        The size of a first import is counted in addition to the observed ones.
        """
        return (self.squares + BURST * BURST_WEIGHT) / (self.people + BURST_WEIGHT)


@attrs.frozen
class UserDemand:
    """Interactive calls per second: the average of the window, and of the last hours; and how many come at once."""

    usual_per_s: float
    lately_per_s: float
    burst: float = BURST

    def within(self, seconds: float) -> float:
        """Return how many calls are enough for that time; see `DEVIATIONS`."""
        more = max(0.0, self.lately_per_s - self.usual_per_s) * MEMORY_S * (1.0 - math.exp(-seconds / MEMORY_S))
        expected = self.usual_per_s * seconds + more
        return expected + DEVIATIONS * math.sqrt(self.burst * expected)


def interactive_reserve(
    window: Window,
    *,
    used: int,
    watched_s: float,
    lately_per_s: float,
    history: WindowHistory | None,
    now: datetime,
) -> int:
    """Return how many calls of a long window are reserved for users.

    Until demand has been observed for a whole day, a part of `START_SHARE` is reserved for the missing time.

    Args:
        window: the quota.
        used: calls in the window now; without a history they are expected to leave it evenly.
        watched_s: for how many seconds demand has been observed.
        lately_per_s: recent interactive calls per second; see `thesetd.domain.gate.lanes.InteractiveRate`.
        history: the window's calls; None if they are unavailable.
        now: the present moment.
    """
    known = min(watched_s / DAY_S, 1.0)
    if history is None:
        demand, leaves = UserDemand(lately_per_s, lately_per_s), _evenly(window, used)
    else:
        usual = usual_per_s(window, history, watched_s)
        demand, leaves = UserDemand(usual, lately_per_s, history.burst), leaving(window, history, now)
    seen = min(MOST_SHARE * window.count, _most_ahead(window, demand, leaves))
    least = least_reserve(window, history)
    return max(math.ceil((1.0 - known) * START_SHARE * window.count + known * seen), least)


def usual_per_s(window: Window, history: WindowHistory, watched_s: float) -> float:
    """Return how many calls per second users make on average, in a window that has been observed for so long."""
    return history.people / min(max(watched_s, LEAST_WATCHED_S), window.seconds)


def least_reserve(window: Window, history: WindowHistory | None) -> int:
    """Return how many calls of a long window are reserved for users at any time: an import's, and what comes after it.

    A window that is full and was used evenly releases all of its calls within its length. If users make a share p of
    them, demand is likely to run ahead of that by burst * p / (1 - p) at most, with two standard deviations. An import
    that comes then needs a burst more.
    """
    share, burst = 0.0, BURST
    if history is not None:
        share, burst = min(MOST_SHARE, history.people / window.count), history.burst
    return min(math.ceil(burst / (1.0 - share)), max(1, int(BURST_SHARE * window.count)))


def leaving(window: Window, history: WindowHistory, now: datetime) -> Iterator[tuple[float, float]]:
    """Yield in how many seconds the calls of each piece have left the window, and how many they are."""
    for begin, calls in history.pieces:
        yield max(0.0, (begin - now).total_seconds() + history.piece_s + window.seconds), calls


def _most_ahead(window: Window, demand: UserDemand, leaves: Iterable[tuple[float, float]]) -> float:
    """Return by how many calls demand may exceed the calls that leave the window.

    It is highest just before some leave.
    """
    left, most = 0.0, 0.0
    for in_s, calls in leaves:
        most = max(most, demand.within(in_s) - left)
        left += calls
    return max(most, demand.within(window.seconds) - left)


def _evenly(window: Window, used: int) -> Iterator[tuple[float, float]]:
    for piece in range(1, PIECES + 1):
        yield piece * window.seconds / PIECES, used / PIECES
