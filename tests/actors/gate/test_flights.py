"""Equal calls at the same time are one call."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from thesetd.actors.gate.flights import Flights
from thesetd.domain.errors import NotFound, Unavailable
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.work.jobs import Lane


class Callee:
    """A call that takes a second; `made` counts the starts, `finished` the ends."""

    def __init__(self, *errors: Exception, seconds: float = 1.0) -> None:
        """Raise these first."""
        self.errors = list(errors)
        self.seconds = seconds
        self.made = 0
        self.finished = 0

    async def __call__(self) -> int:
        """Be called."""
        self.made += 1
        number = self.made
        await trio.sleep(self.seconds)
        self.finished += 1
        if self.errors:
            raise self.errors.pop(0)
        return number


async def test_five_hundred_make_one_call(autojump_clock: trio.testing.MockClock):
    """All get its result, one of them as its own, and nothing is left behind."""
    flights, callee, results = Flights[int](), Callee(), []

    async def one() -> None:
        results.append(await flights.join("k", Lane.HIGH, callee))

    async with trio.open_nursery() as nursery:
        for _ in range(500):
            nursery.start_soon(one)
    assert callee.made == 1
    assert sorted(results) == [(1, False), *[(1, True)] * 499]
    assert len(flights) == 0


async def test_different_calls_do_not_wait_for_one_another(autojump_clock: trio.testing.MockClock):
    """Two keys, two calls at the same time."""
    flights, callee = Flights[int](), Callee()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(flights.join, "a", Lane.HIGH, callee)
        nursery.start_soon(flights.join, "b", Lane.HIGH, callee)
    assert callee.made == 2
    assert trio.current_time() == 1.0


async def test_an_error_is_everybody_s(autojump_clock: trio.testing.MockClock):
    """Those who wait are not sent to try once more; the next who comes is."""
    flights, callee, seen = Flights[int](), Callee(Unavailable(SPOTIFY, "502")), []

    async def one() -> None:
        try:
            await flights.join("k", Lane.HIGH, callee)
        except Unavailable as error:
            seen.append(error.message)

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(one)
    assert (seen, callee.made) == (["502"] * 10, 1)
    assert await flights.join("k", Lane.HIGH, callee) == (2, False)


async def test_a_cancelled_leader_fails_nobody(autojump_clock: trio.testing.MockClock):
    """One of those who wait takes over; all of them are answered."""
    flights, callee, results = Flights[int](), Callee(), []

    async def one() -> None:
        results.append(await flights.join("k", Lane.HIGH, callee))

    async with trio.open_nursery() as nursery:
        with trio.move_on_after(0.5) as scope:
            async with trio.open_nursery() as leading:
                leading.start_soon(one)
                await trio.testing.wait_all_tasks_blocked()
                for _ in range(5):
                    nursery.start_soon(one)
        assert scope.cancelled_caught
    assert sorted(results) == [(2, False), *[(2, True)] * 4]
    assert callee.made == 2


async def test_a_defect_fails_its_own_task_alone(autojump_clock: trio.testing.MockClock):
    """What is no error of ours says nothing to the others: one of them makes the call again."""
    flights, callee, results = Flights[int](), Callee(ZeroDivisionError()), []

    async def one() -> None:
        results.append(await flights.join("k", Lane.HIGH, callee))

    async with trio.open_nursery() as nursery:
        with pytest.RaisesGroup(ZeroDivisionError):
            async with trio.open_nursery() as defective:
                defective.start_soon(one)
                await trio.testing.wait_all_tasks_blocked()
                for _ in range(3):
                    nursery.start_soon(one)
    assert sorted(results) == [(2, False), (2, True), (2, True)]


async def test_an_urgent_one_does_not_wait_for_one_that_queues(autojump_clock: trio.testing.MockClock):
    """It makes the call too; what lands first answers both, and the slow one is cancelled."""
    flights, slow, quick, results = Flights[int](), Callee(seconds=600.0), Callee(), []

    async def one(lane: Lane, callee: Callee) -> None:
        results.append((lane, await flights.join("k", lane, callee), trio.current_time()))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(one, Lane.LOW, slow)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(one, Lane.LOW, slow)
        nursery.start_soon(one, Lane.INTERACTIVE, quick)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(one, Lane.HIGH, quick)
    assert {at for _, _, at in results} == {1.0}
    assert [lane for lane, (_, shared), _ in results if not shared] == [Lane.INTERACTIVE]
    assert (slow.made, slow.finished, quick.made) == (1, 0, 1)


async def test_an_error_that_comes_with_an_answer_is_nobody_s(autojump_clock: trio.testing.MockClock):
    """Of two that fly the one lands in the moment in which the other fails: both have the answer."""
    flights, at_once, results = Flights[int](), trio.Event(), []

    async def landing() -> int:
        await trio.sleep(1.0)
        at_once.set()
        return 1

    async def failing() -> int:
        await at_once.wait()
        raise Unavailable(SPOTIFY, "502")

    async def one(lane: Lane, call: Callable[[], Awaitable[int]]) -> None:
        results.append(await flights.join("k", lane, call))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(one, Lane.LOW, landing)
        await trio.sleep(0.5)
        nursery.start_soon(one, Lane.INTERACTIVE, failing)
    assert sorted(results) == [(1, False), (1, True)]


async def test_one_that_overtook_and_failed_leaves_the_other_flying(autojump_clock: trio.testing.MockClock):
    """The urgent one has its error; the call that was under way answers who waits for it."""
    flights, slow, results = Flights[int](), Callee(seconds=5.0), []

    async def patient() -> None:
        results.append(await flights.join("k", Lane.LOW, slow))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(patient)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(patient)
        with pytest.raises(NotFound):
            await flights.join("k", Lane.INTERACTIVE, Callee(NotFound(SPOTIFY, "no")))
    assert sorted(results) == [(1, False), (1, True)]


@given(
    st.lists(
        st.tuples(st.floats(0, 3), st.sampled_from(Lane), st.none() | st.floats(0.01, 2), st.sampled_from("ab")),
        max_size=25,
    )
)
def test_all_who_are_not_cancelled_are_answered(visitors: list[tuple[float, Lane, float | None, str]]):
    """Whoever comes when, in whatever lane, for however long: an answer within two calls' time, nothing left behind."""

    async def live() -> None:
        flights, callee, answered = Flights[int](), Callee(), []

        async def visit(at: float, lane: Lane, patience: float | None, key: str) -> None:
            await trio.sleep(at)
            with trio.move_on_after(patience or float("inf")):
                await flights.join(key, lane, callee)
                answered.append(patience)

        async with trio.open_nursery() as nursery:
            for visitor in visitors:
                nursery.start_soon(visit, *visitor)
        assert answered.count(None) == sum(patience is None for _, _, patience, _ in visitors)
        assert len(flights) == 0
        assert callee.made <= len(visitors)

    trio.run(live, clock=trio.testing.MockClock(autojump_threshold=0))
