"""The sliding log is exact over every window, whatever comes late, costs more, or is changed while it runs."""

from collections.abc import Sequence
from itertools import pairwise

import attrs
import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.gate.limiter import BURST_SHARE, GUARD_S, HURRY, SlidingLog, guarded_s
from thesetd.domain.gate.windows import Window

EPSILON_S = 1e-6  # of floating point
LIMITS = st.lists(
    st.builds(Window, st.integers(1, 8), st.floats(0.5, 60.0, allow_nan=False)), min_size=1, max_size=3
).map(tuple)


@attrs.frozen
class Step:
    """A call, after a pause: its cost, how late it arrives, how patient it is, and limits that hold from then on."""

    pause_s: float
    cost: int = 1
    late_s: float = 0.0
    replies_per_s: float | None = None
    limits: tuple[Window, ...] | None = None


@attrs.frozen
class Arrival:
    """A call that was made: when it arrived, its cost, and the limits under which it was allowed.

    What came before `since` had left every window when the limits were changed: nobody knew of it any more.
    """

    at: float
    cost: int
    limits: tuple[Window, ...]
    since: float


STEPS = st.lists(
    st.builds(
        Step,
        pause_s=st.floats(0, 20),
        cost=st.integers(1, 3),
        late_s=st.floats(0, GUARD_S),
        replies_per_s=st.none() | st.floats(0, 3),
        limits=st.none() | st.none() | st.none() | LIMITS,
    ),
    min_size=1,
    max_size=60,
)


def arrivals(kind: type[SlidingLog], limits: tuple[Window, ...], steps: Sequence[Step]) -> list[Arrival]:
    """Let a log allow calls one after another, each made as late as its step says."""
    log, now, made, since, longest_s = kind(limits), 0.0, [], 0.0, 0.0
    for step in steps:
        now += step.pause_s
        longest_s = max(longest_s, *(window.seconds for window in limits))
        if step.limits is not None:
            limits, since = step.limits, max(since, now - longest_s)
            log.set_windows(limits)
        moment = log.earliest(now, step.cost, step.replies_per_s)
        assert moment >= now
        log.record(now, moment, step.cost)
        made.append(Arrival(moment + step.late_s, step.cost, limits, since))
    return made


def exact(made: Sequence[Arrival]) -> bool:
    """Return whether no stretch of a window's length holds more than its count, by the limits of the last call in it.

    Whatever stands in such a stretch, its first and last call in the order of their reservation are as near, and the
    calls from the one to the other cost as much: so pairs are enough.
    """
    for place, last in enumerate(made):
        cost = last.cost
        for first in reversed(made[:place]):
            cost += first.cost
            if first.at >= last.since and any(
                cost > w.count and last.at - first.at < w.seconds - EPSILON_S for w in last.limits
            ):
                return False
    return True


@given(LIMITS, STEPS)
def test_no_stretch_of_a_windows_length_ever_holds_more_than_its_count(
    limits: tuple[Window, ...], steps: list[Step]
) -> None:
    """Exact for arrivals that are late by anything up to the guard, any costs, and limits that change meanwhile."""
    assert exact(arrivals(SlidingLog, limits, steps))


class Unguarded(SlidingLog):
    """Counts departures."""

    def set_windows(self, windows: Sequence[Window]) -> None:
        """Take limits."""
        super().set_windows(windows)
        self._limits = [(window.count, window.seconds) for window in self.windows]


class OneTooMany(SlidingLog):
    """Is off by one."""

    def set_windows(self, windows: Sequence[Window]) -> None:
        """Take limits."""
        super().set_windows(windows)
        self._limits = [(count + 1, length) for count, length in self._limits]


class Weightless(SlidingLog):
    """Counts calls, not what they cost."""

    def record(self, now: float, moment: float, cost: int = 1) -> None:
        """Count a call."""
        super().record(now, moment, 1)


class Forgetful(SlidingLog):
    """Starts anew when the limits change."""

    def set_windows(self, windows: Sequence[Window]) -> None:
        """Take limits."""
        super().set_windows(windows)
        self._moments.clear()


class ShortOfMemory(SlidingLog):
    """Keeps no more than the shortest window needs."""

    def set_windows(self, windows: Sequence[Window]) -> None:
        """Take limits."""
        super().set_windows(windows)
        self._kept_s = min(length for _, length in self._limits)


class Fixed(SlidingLog):
    """Counts by fixed stretches of the clock, as is often done."""

    def earliest(self, now: float, cost: int = 1, replies_per_s: float | None = None) -> float:
        """Return the earliest moment."""
        moment = now
        for count, length in self._limits:
            stretch = now // length
            if sum(at // length == stretch for at in self._moments) + cost > count:
                moment = max(moment, (stretch + 1) * length)
        return moment


@pytest.mark.untraced
@pytest.mark.parametrize("mutant", [Unguarded, OneTooMany, Weightless, Forgetful, ShortOfMemory, Fixed])
def test_a_wrong_log_is_caught(mutant: type[SlidingLog]) -> None:
    """The property above finds each of these faults."""
    scenario = st.tuples(LIMITS, STEPS)
    settings = hypothesis.settings(
        derandomize=True, database=None, max_examples=2000, deadline=None, phases=[hypothesis.Phase.generate]
    )
    found = hypothesis.find(scenario, lambda case: not exact(arrivals(mutant, *case)), settings=settings)
    assert exact(arrivals(SlidingLog, *found))


def test_nothing_waits_below_the_limit_and_the_budget_is_used_up() -> None:
    """100 calls of 100/60s start at once, the 101st when the first has left the window."""
    log = SlidingLog([Window(100, 60.0)])
    assert [log.reserve(5.0) for _ in range(100)] == [0.0] * 100
    assert abs(log.reserve(5.0) - guarded_s(Window(100, 60.0))) < EPSILON_S


@given(LIMITS, STEPS, st.lists(st.floats(0, 5), min_size=60, max_size=60))
def test_calls_that_left_late_count_from_when_they_left(
    limits: tuple[Window, ...], steps: list[Step], lateness: list[float]
) -> None:
    """However late, once the log was told of it; and what was given back counts for nothing."""
    log, now, made = SlidingLog(limits), 0.0, []
    for step, late_s in zip(steps, lateness, strict=False):
        unused = log.earliest(now, step.cost)
        log.record(now, unused, step.cost)
        log.remove(unused, step.cost)
        assert log.earliest(now, step.cost) == unused
        moment = log.earliest(now, step.cost, step.replies_per_s)
        log.record(now, moment, step.cost)
        log.remove(moment, step.cost)
        now = moment + late_s
        log.record(now, now, step.cost)
        made.append(Arrival(now, step.cost, limits, 0.0))
    assert exact(made)


def test_a_slot_that_is_given_back_is_free_again() -> None:
    """Only what was recorded at its moment goes, unit by unit."""
    log = SlidingLog([Window(3, 10.0)])
    assert [log.reserve(0.0), log.reserve(2.0, cost=2)] == [0.0, 0.0]
    log.remove(2.0, cost=1)
    log.remove(1.0)
    assert log.earliest(2.0) == 2.0
    assert log.earliest(2.0, cost=2) == guarded_s(Window(3, 10.0))


def test_a_call_may_cost_more_than_one() -> None:
    """A call of cost 3 takes three places of the window."""
    log = SlidingLog([Window(4, 10.0)])
    assert log.reserve(0.0, cost=3) == 0.0
    assert log.reserve(0.0, cost=1) == 0.0
    assert log.reserve(0.0, cost=1) == guarded_s(Window(4, 10.0))


def test_without_limits_nothing_waits() -> None:
    """No window, no wait."""
    log = SlidingLog([])
    assert [log.reserve(0.0) for _ in range(1000)] == [0.0] * 1000


def patient_moments(log: SlidingLog, calls: int, now: float = 0.0) -> list[float]:
    """Let patient calls that want everything come one after another."""
    moments: list[float] = []
    for _ in range(calls):
        now += log.reserve(now, replies_per_s=0.0)
        moments.append(now)
    return moments


def test_patient_calls_burst_a_little_and_are_spread_after_that() -> None:
    """A quarter of 100/60s goes at once, the rest evenly until that quarter is free again, and so on for ever.

    The last free slot is left to people until the next is nearly free: there patient calls are two slots apart.
    """
    moments = patient_moments(SlidingLog([Window(100, 60.0)]), 400)
    burst = int(100 * BURST_SHARE)
    assert moments[burst - 1] == 0.0
    gaps = [late - early for early, late in pairwise(moments)]
    assert max(gaps) < 2.1 * 0.6
    assert min(gaps[burst:]) >= HURRY * 0.6
    assert sum(at < 240.0 for at in moments) >= 0.97 * 400


@pytest.mark.parametrize("limit", [Window(100, 60.0), Window(50, 10.0), Window(5, 1.0), Window(3, 30.0)])
def test_an_interactive_call_starts_within_one_slot_of_a_saturated_window(limit: Window) -> None:
    """Whenever it comes, it waits no longer than patient calls are apart, and not for the window's length."""
    log = SlidingLog([limit])
    now, longest_s = 0.0, 0.0
    for number in range(6 * limit.count):
        now += log.reserve(now, replies_per_s=0.0)
        if number % 7 == 0:
            longest_s = max(longest_s, log.earliest(now) - now)
    assert longest_s <= 1.5 * guarded_s(limit) / limit.count


@pytest.mark.parametrize("lull_s", [3.0, 6.0, 12.0, 20.0, 30.0])
def test_a_lull_of_the_background_does_not_keep_people_waiting_a_window_later(lull_s: float) -> None:
    """Nothing leaves the window for as long as nothing came: patient calls save slots for people until then."""
    limit = Window(100, 60.0)
    slot_s = guarded_s(limit) / limit.count
    log = SlidingLog([limit])
    now = patient_moments(log, 70)[-1] + lull_s
    person_s, waited_s = now, []
    while now < 240.0:
        moment = log.earliest(now, replies_per_s=0.0)
        if person_s < moment:
            waited_s.append(log.reserve(person_s))
            now, person_s = person_s, person_s + 2 * slot_s / 0.9
        else:
            log.record(now, moment)
            now = moment
    assert max(waited_s) <= 1.5 * slot_s
    assert sum(now - 60.0 < at <= now for at in log._moments) >= 0.97 * 100
