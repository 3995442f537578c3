"""Which lane is served next, and how much of a day's quota the background leaves for waiting users.

Interactive calls overtake everything, first those that a reply waits for; among people `Fairness` decides. The
background lanes age: each call that another lane is served brings a waiting lane nearer to its turn. A lane that begins
to wait is due `STRIDE` ticks after the clock; the lane that is due first is served, the clock moves to that moment, and
the lane is due again a stride later. While all wait, of ten background calls six are high, three medium, one low.

Nobody starves. Let a call stand at place p of lane A (1 is the head). By induction it is due at most p * STRIDE[A]
ticks after it came; the clock never goes back, and calls served from another lane B in that time are due at least
STRIDE[B] ticks apart. So at most p * STRIDE[A] / STRIDE[B] + 1 of them go before it, whatever arrives and however much
of it: the head of the low lane waits for 11 other background calls at most. Interactive calls alone can delay it more.

Age is counted in calls, not in seconds: a ban of hours would else make everything equally old, and a provider of one
call a second would need other constants than a quick one.
"""

import math
from collections.abc import Hashable, Mapping

import attrs

from thesetd.domain.work.jobs import Lane

STRIDE: Mapping[Lane, int] = {Lane.HIGH: 1, Lane.MEDIUM: 2, Lane.LOW: 6}

DAY_S = 86_400.0
START_SHARE = 0.2  # of a day's quota, kept for interactive calls while nothing is known of them
MOST_SHARE = 0.5  # of the quota; more is never kept, however great the demand
HORIZON_S = 6 * 3_600.0  # for which interactive calls are kept: by then a quarter of the quota has come back
BURST = 20.0  # calls that one person's import brings at once
BURST_SHARE = 0.02  # of the quota; a burst is always kept, unless the quota is so small that this is less
LEAST_SHARE = 0.01  # of a short window, kept where no call was seen yet that a reply waited for
FIRST = -2  # the round of what a reply waits for: before any other
REMEMBERED = 5_000  # people whose calls were seen; one that is forgotten is taken for new
MEMORY_S = 3 * 3_600.0  # demand is an average over about the last three hours


@attrs.define
class Turns:
    """The order in which background lanes with waiting calls are served."""

    _clock: int = 0
    _due: dict[Lane, int] = attrs.field(factory=dict)

    def join(self, lane: Lane) -> None:
        """Note that a call waits in a lane that was empty."""
        self._due[lane] = self._clock + STRIDE[lane]

    def leave(self, lane: Lane) -> None:
        """Note that no call waits in this lane any more."""
        del self._due[lane]

    def first(self) -> Lane | None:
        """Return the lane whose turn it is, the more urgent of two that are due at once; None if no lane waits."""
        return min(self._due, key=lambda lane: (self._due[lane], lane), default=None)

    def served(self, lane: Lane) -> None:
        """Note that a call of the first lane was served."""
        self._clock = self._due[lane]
        self._due[lane] = self._clock + STRIDE[lane]


@attrs.define
class Fairness:
    """In which order people's calls go: those that a reply waits for, then each person in turn.

    Start-time fair queueing: a person's n-th waiting call stands in the n-th round from now, and that of a person
    without a call so far in the round before. So an import with a hundred calls delays the next call of another by at
    most one call of each person, and what a reply waits for is delayed by nobody's backlog.
    """

    _round: int = 0
    _last: dict[Hashable, int] = attrs.field(factory=dict)

    def place(self, person: Hashable | None) -> int:
        """Return the round of a new call; the lower goes first. Without a person a reply waits for it."""
        if person is None:
            return FIRST
        last = self._last.pop(person, None)
        place = self._round - 1 if last is None else max(self._round, last + 1)
        self._last[person] = place
        if len(self._last) > REMEMBERED:
            del self._last[next(iter(self._last))]
        return place

    def served(self, place: int) -> None:
        """Note that a call of that round was sent."""
        self._round = max(self._round, place)


@attrs.frozen
class PeopleRate:
    """How many calls a second there were for people lately, and how many of them a reply waited for."""

    calls: float = 0.0
    replies: float = 0.0


@attrs.frozen
class Courtesy:
    """What a call leaves free: recent calls a second, of a day's quota for people and of short windows for replies.

    None is for calls that leave nothing.
    """

    to_people_per_s: float | None = None
    to_replies_per_s: float | None = None


@attrs.define
class InteractiveRate:
    """How many calls of a kind there were lately, the older ones counting less. Times are monotonic seconds."""

    _weight: float = 0.0
    _at: float = 0.0

    def note(self, now: float) -> None:
        """Count a call."""
        self._weight, self._at = self._faded(now) + 1.0, now

    def per_s(self, now: float) -> float:
        """Return the average rate of about the last three hours, in calls per second."""
        return self._faded(now) / MEMORY_S

    def _faded(self, now: float) -> float:
        return self._weight * math.exp((self._at - now) / MEMORY_S)


def interactive_reserve(count: int, known: float, interactive_per_s: float) -> int:
    """Return how many calls of a day's quota stay free for interactive ones.

    A day's quota is a rolling window: as calls of the day before leave it, room comes back all the time, and what must
    be kept is what people ask for until then. The reserve starts as `START_SHARE` of the quota, in case the background
    used the rest at once. While demand is watched, what people are seen to ask for takes the place of that guess: the
    calls expected within `HORIZON_S`, and two standard deviations more, since calls come in bursts (the variance of a
    Poisson number of bursts is burst times mean). The background uses all that people do not need.

    Args:
        count: calls of the whole day.
        known: for which share of a day demand has been watched, from 0 to 1.
        interactive_per_s: recent interactive calls a second; see `InteractiveRate`.
    """
    known = min(max(known, 0.0), 1.0)
    expected = interactive_per_s * HORIZON_S
    seen = min(MOST_SHARE * count, expected + 2.0 * math.sqrt(BURST * expected))
    return int(max((1.0 - known) * START_SHARE * count + known * seen, min(BURST, BURST_SHARE * count)))


def rate_reserve(count: int, seconds: float, replies_per_s: float) -> int:
    """Return how many calls of a short window stay free for those that a reply waits for.

    Those expected within the window, and two standard deviations more. With one in reserve the next slot is theirs,
    however full the window is.

    Args:
        count: calls within the window.
        seconds: its length.
        replies_per_s: recent calls a second that a reply waited for; see `InteractiveRate`.
    """
    expected = replies_per_s * seconds
    seen = round(expected + 2.0 * math.sqrt(expected))
    return min(max(seen, int(LEAST_SHARE * count)), int(MOST_SHARE * count))


def may_background_go(used: int, count: int, known: float, interactive_per_s: float) -> bool:
    """Return whether the background may take one more call of the day's quota; see `interactive_reserve`."""
    return count - used > interactive_reserve(count, known, interactive_per_s)
