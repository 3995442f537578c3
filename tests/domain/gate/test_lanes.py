"""Turns of the background lanes, and among people."""

from collections import Counter, deque
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.gate.lanes import (
    REMEMBERED,
    STRIDE,
    Fairness,
    InteractiveRate,
    Turns,
)
from thesetd.domain.gate.reserve import MEMORY_S
from thesetd.domain.work.jobs import Lane

BACKGROUND = tuple(STRIDE)


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


@pytest.mark.untraced
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
