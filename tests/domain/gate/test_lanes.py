"""Turns of the background lanes, and what of a day's quota is kept for people."""

import random
from collections import Counter, deque
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.gate.lanes import (
    BURST,
    DAY_S,
    MEMORY_S,
    MOST_SHARE,
    REMEMBERED,
    START_SHARE,
    STRIDE,
    Fairness,
    InteractiveRate,
    Turns,
    interactive_reserve,
    may_background_go,
)
from thesetd.domain.work.jobs import Lane

BACKGROUND = tuple(STRIDE)
COUNTS = st.integers(1, 1_000_000)
SHARES = st.floats(0, 1, allow_nan=False)
RATES = st.floats(0, 100, allow_nan=False)


class Queues:
    """Three queues served by turns; each call remembers who went before it."""

    def __init__(self) -> None:
        """Start empty."""
        self.turns = Turns()
        self.waiting: dict[Lane, deque[dict[Lane, int]]] = {lane: deque() for lane in BACKGROUND}

    def arrive(self, lane: Lane) -> None:
        """Let a call come."""
        if not self.waiting[lane]:
            self.turns.join(lane)
        place = len(self.waiting[lane]) + 1
        bounds = {other: place * STRIDE[lane] // STRIDE[other] + 1 for other in BACKGROUND if other is not lane}
        self.waiting[lane].append(bounds)

    def serve(self) -> Lane | None:
        """Serve a call; fail where it makes another wait for longer than was promised."""
        lane = self.turns.first()
        if lane is None:
            return None
        self.turns.served(lane)
        self.waiting[lane].popleft()
        if not self.waiting[lane]:
            self.turns.leave(lane)
        for other in BACKGROUND:
            for bounds in self.waiting[other] if other is not lane else ():
                bounds[lane] -= 1
                assert bounds[lane] >= 0, f"a call of {other.label} was overtaken too often by {lane.label}"
        return lane


@given(st.lists(st.sampled_from((*BACKGROUND, None, None)), max_size=300))
def test_waiting_is_bounded_under_any_arrivals(steps: list[Lane | None]) -> None:
    """No call is ever overtaken by more calls of another lane than its place and the two strides allow."""
    queues = Queues()
    for step in steps:
        if step is None:
            queues.serve()
        else:
            queues.arrive(step)
    while queues.serve():
        pass
    assert not any(queues.waiting.values())


def test_a_flood_leaves_the_low_lane_its_share() -> None:
    """While all wait, of ten calls six are high, three medium and one low."""
    queues = Queues()
    for lane in BACKGROUND:
        for _ in range(1_000):
            queues.arrive(lane)
    assert Counter(queues.serve() for _ in range(1_000)) == {Lane.HIGH: 600, Lane.MEDIUM: 300, Lane.LOW: 100}


def test_a_late_high_call_goes_before_an_old_backlog() -> None:
    """However long the less urgent lanes have waited, a high call that comes is served within two."""
    queues = Queues()
    for _ in range(500):
        queues.arrive(Lane.MEDIUM)
        queues.arrive(Lane.LOW)
    for _ in range(300):
        queues.serve()
    queues.arrive(Lane.HIGH)
    assert Lane.HIGH in {queues.serve(), queues.serve()}


def test_idle_lanes_save_up_nothing() -> None:
    """A lane that was empty for long has no more turns than one that was not."""
    queues = Queues()
    for _ in range(1_000):
        queues.arrive(Lane.LOW)
        queues.serve()
    for _ in range(20):
        queues.arrive(Lane.HIGH)
        queues.arrive(Lane.MEDIUM)
    assert Counter(queues.serve() for _ in range(12)) == {Lane.HIGH: 8, Lane.MEDIUM: 4}


def test_demand_is_an_average_of_about_the_last_hours() -> None:
    """A steady rate is found again, and after three silent hours about a third of it is left."""
    demand, now = InteractiveRate(), 0.0
    assert demand.per_s(now) == 0.0
    for _ in range(9_000):
        now += 10.0
        demand.note(now)
    assert demand.per_s(now) == pytest.approx(0.1, rel=0.01)
    assert demand.per_s(now + MEMORY_S) == pytest.approx(0.1 / 2.718, rel=0.02)


@given(COUNTS, SHARES, RATES)
def test_the_reserve_stays_within_its_bounds(count: int, known: float, rate: float) -> None:
    """It is a fifth while nothing is known, never more than half, and never less than a burst."""
    assert interactive_reserve(count, 0.0, rate) == int(START_SHARE * count)
    assert interactive_reserve(count, known, rate) <= MOST_SHARE * count
    assert (
        interactive_reserve(count, known, rate) >= interactive_reserve(count, 1.0, 0.0) == int(min(BURST, 0.02 * count))
    )
    assert interactive_reserve(count, 1.5, rate) == interactive_reserve(count, 1.0, rate)


@given(COUNTS, SHARES, SHARES, RATES, RATES)
def test_demand_holds_the_reserve_up(count: int, one: float, other: float, low: float, high: float) -> None:
    """More demand never shrinks it; without demand it only shrinks as more is known."""
    assert interactive_reserve(count, one, min(low, high)) <= interactive_reserve(count, one, max(low, high))
    assert interactive_reserve(count, max(one, other), 0.0) <= interactive_reserve(count, min(one, other), 0.0)


@given(COUNTS, SHARES, RATES)
def test_the_background_stops_at_the_reserve(count: int, known: float, rate: float) -> None:
    """It may take the call that leaves the reserve whole, and not the next."""
    reserve = interactive_reserve(count, known, rate)
    assert not may_background_go(count - reserve, count, known, rate)
    assert may_background_go(count - reserve - 1, count, known, rate)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.15])
@pytest.mark.parametrize("count", [300, 1_440, 5_000])
@pytest.mark.parametrize("burst", [1, 5])
def test_a_rolling_day_is_used_up_and_people_are_served(count: int, share: float, burst: int) -> None:
    """Beside a background that takes its even share of what is left, 94 of 100 people are served once demand is known.

    With nobody there 97 of 100 calls are used, beside people at least 75 (a small quota keeps many for bursts).
    """
    dice, demand, calls, asked, turned_away = random.Random(count), InteractiveRate(), deque[float](), 0, 0
    used = []
    for minute in range(3 * 1440):
        now, known = minute * 60.0, min(1.0, minute / 1440)
        while calls and calls[0] <= now - DAY_S:
            calls.popleft()
        for _ in range(burst if dice.random() < share * count / 1440 / burst else 0):
            demand.note(now)
            asked, turned_away = asked + (minute > 1440), turned_away + (minute > 1440 and len(calls) >= count)
            calls.extend([now] if len(calls) < count else [])
        pace = int(count * 1.25 * (minute + 1) / 1440) - int(count * 1.25 * minute / 1440)
        while pace and may_background_go(len(calls), count, known, demand.per_s(now)):
            calls.append(now)
            pace -= 1
        used.append(len(calls) / count)
    assert turned_away <= 0.06 * asked
    assert min(used[2 * 1440 :]) >= (0.97 if share == 0 else 0.75)


def test_what_is_seen_is_kept_with_room_for_bursts() -> None:
    """Of 480 calls a day those of six hours are kept, and two deviations, as far as demand is known."""
    expected = 120.0
    seen = expected + 2 * (BURST * expected) ** 0.5
    assert interactive_reserve(5_000, 1.0, 480 / DAY_S) == int(seen)
    assert interactive_reserve(5_000, 0.5, 480 / DAY_S) == int(0.5 * 1000 + 0.5 * seen)


def test_a_burst_is_kept_on_a_silent_day() -> None:
    """After a day without any demand a person still finds room for an import."""
    assert interactive_reserve(5_000, 1.0, 0.0) == BURST
    assert interactive_reserve(100, 1.0, 0.0) == 2


def test_a_newcomer_goes_before_everybodys_backlog() -> None:
    """Three imports of a hundred calls each wait; somebody who has had no call yet is next, whoever came first."""
    fairness = Fairness()
    waiting = sorted(fairness.place(person) for person in "abc" for _ in range(100))
    for place in waiting[:30]:
        fairness.served(place)
    assert fairness.place("d") < waiting[30]
    assert fairness.place(None) < waiting[30]


@given(st.lists(st.integers(min_value=1, max_value=60), min_size=2, max_size=12))
def test_people_take_turns(backlogs: list[int]) -> None:
    """Between two calls of one person no other person gets two, however many calls each of them brought at once."""
    fairness = Fairness()
    waiting = [(fairness.place(person), n, person) for person, calls in enumerate(backlogs) for n in range(calls)]
    order = [person for _, _, person in sorted(waiting)]
    for person in range(len(backlogs)):
        turns = [at for at, who in enumerate(order) if who == person]
        for early, late in pairwise(turns):
            between = order[early + 1 : late]
            assert len(between) == len(set(between))


@given(st.lists(st.integers(min_value=0, max_value=5), min_size=1, max_size=200))
def test_who_asks_again_and_again_overtakes_nobody_for_long(people: list[int]) -> None:
    """A call is passed by at most two later calls of each other person, and one for each own call waiting before it."""
    fairness, waiting = Fairness(), list[tuple[int, int, int]]()
    depth, passed = dict[int, int](), dict[int, Counter[int]]()
    for arrival, person in enumerate(people):
        depth[arrival], passed[arrival] = sum(who == person for _, _, who in waiting), Counter()
        waiting.append((fairness.place(person), arrival, person))
        if arrival % 2:
            first = min(waiting)
            waiting.remove(first)
            fairness.served(first[0])
            for _, other, _ in waiting:
                passed[other][first[2]] += other < first[1]
    assert all(times <= depth[call] + 2 for call, by in passed.items() for times in by.values())


def test_only_so_many_people_are_remembered() -> None:
    """Memory is bounded: who was forgotten is taken for new, which does nobody harm."""
    fairness = Fairness()
    for person in range(2 * REMEMBERED):
        fairness.place(person)
    assert len(fairness._last) == REMEMBERED
