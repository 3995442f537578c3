"""Decides which lane is served next; `thesetd.domain.gate.reserve` says what is left of a daily quota for users.

Interactive calls overtake everything; among them, calls that block a reply go first, then `Fairness` decides between
users. Background lanes age: each call served from another lane brings a waiting lane closer to its turn. A lane that
begins to wait is due `STRIDE` ticks after the clock; the lane that is due first is served, the clock moves to that
moment, and the lane is due again a stride later. While all of them have waiting calls, six of ten background calls are
high, three medium, one low.

No lane starves. Let a call stand at place p of lane A (1 is the head). By induction it is due at most p * STRIDE[A]
ticks after it arrived; the clock never goes back, and calls served from another lane B in that time are due at least
STRIDE[B] ticks apart. So at most p * STRIDE[A] / STRIDE[B] + 1 of them go before it, whatever arrives and however much
of it: the head of the low lane waits for 11 other background calls at most. Interactive calls alone can delay it more.

Age is counted in calls, not in seconds: otherwise a ban of hours would make everything equally old, and a provider that
allows one call a second would need different constants from a fast one.
"""

import math
from collections.abc import Hashable, Mapping

import attrs

from thesetd.domain.gate.reserve import MEMORY_S
from thesetd.domain.work.jobs import Lane

STRIDE: Mapping[Lane, int] = {Lane.HIGH: 1, Lane.MEDIUM: 2, Lane.LOW: 6}

MOST_SHARE = 0.5  # share of a short window that is reserved for replies at most
LEAST_SHARE = 0.01  # share of a short window reserved until the first call that blocks a reply is seen
FIRST = -2  # the round of calls that block a reply: before all others
REMEMBERED = 5_000  # users whose calls were seen; a forgotten one counts as new


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
        """Return the lane whose turn it is, the more urgent one if two are due at once; None if no lane is waiting."""
        return min(self._due, key=lambda lane: (self._due[lane], lane), default=None)

    def served(self, lane: Lane) -> None:
        """Note that a call of the lane from `first` was served."""
        self._clock = self._due[lane]
        self._due[lane] = self._clock + STRIDE[lane]


@attrs.define
class Fairness:
    """The order of users' calls: those that block a reply first, then one call of each user in turn.

    This is start-time fair queueing: a user's n-th waiting call is placed in the n-th round from now, and the first
    call of a new user in the round before. So an import with a hundred calls delays another user's next call by at most
    one call of each user, and no backlog delays a call that blocks a reply.
    """

    _round: int = 0
    _last: dict[Hashable, int] = attrs.field(factory=dict)

    def place(self, person: Hashable | None) -> int:
        """Return the round of a new call; lower rounds go first. A call without a user blocks a reply."""
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
class UserRate:
    """The recent calls per second for users, and how many of them blocked a reply."""

    calls: float = 0.0
    replies: float = 0.0


@attrs.frozen
class Courtesy:
    """The rates that decide what a call leaves free: of a daily quota for users, of short windows for replies.

    None means that the call leaves nothing free. With `keeps_pace` it leaves most of a daily quota to later hours.
    """

    to_people_per_s: float | None = None
    to_replies_per_s: float | None = None
    keeps_pace: bool = False


@attrs.define
class InteractiveRate:
    """The recent rate of one kind of call, in which older calls count less. Times are monotonic seconds."""

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


def rate_reserve(count: int, seconds: float, replies_per_s: float) -> int:
    """Return how many calls of a short window are reserved for calls that block a reply.

    These are the calls expected within the window plus two standard deviations. With a reserve of at least one, such a
    call gets the next slot, however full the window is.

    Args:
        count: calls within the window.
        seconds: its length.
        replies_per_s: recent calls per second that blocked a reply; see `InteractiveRate`.
    """
    expected = replies_per_s * seconds
    seen = round(expected + 2.0 * math.sqrt(expected))
    return min(max(seen, int(LEAST_SHARE * count)), int(MOST_SHARE * count))
