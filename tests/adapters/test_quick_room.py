"""Places that are taken without a turn of trio's loop, and those that users and background work share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import assert_no_checkpoints, wait_all_tasks_blocked

from thesetd.adapters.quick_room import MOST_OVERTAKING, QuickRoom, SharedRoom
from thesetd.ports.background import in_background


@asynccontextmanager
async def _without_a_turn() -> AsyncIterator[None]:
    """Check that the block lets no other task run."""
    with assert_no_checkpoints():
        yield


async def test_a_free_place_takes_no_turn() -> None:
    """Nothing else runs while a free place is taken and given back."""
    room = QuickRoom(1)
    async with _without_a_turn(), room:
        assert room.value == 0
    assert room.value == 1


async def test_who_waits_gets_a_place_in_turn() -> None:
    """While no place is free tasks wait, and get theirs in the order in which they came."""
    room, came = QuickRoom(1), list[int]()

    async def wait(number: int) -> None:
        async with room:
            came.append(number)

    async with trio.open_nursery() as nursery, room:
        for number in range(3):
            nursery.start_soon(wait, number)
            await wait_all_tasks_blocked()
        assert (room.waiting, came) == (3, [])
    assert came == [0, 1, 2]


async def test_one_who_gives_up_waiting_takes_no_place() -> None:
    """A cancelled task leaves the places to others."""
    room = QuickRoom(1)
    async with room:
        with trio.CancelScope() as scope:
            scope.cancel()
            async with room:
                raise AssertionError
    assert (room.value, room.waiting) == (1, 0)


async def test_users_go_first_and_never_wait_for_background_work_alone() -> None:
    """Background tasks take all places but one; of those that wait users' come first, in the order of their arrival."""
    room, came, leaving = SharedRoom(3), list[str](), trio.Semaphore(0)

    async def take(name: str) -> None:
        async with room:
            came.append(name)
            await leaving.acquire()

    async with trio.open_nursery() as nursery:
        with in_background():
            for number in range(4):
                nursery.start_soon(take, f"background {number}")
                await wait_all_tasks_blocked()
        assert (came, room.value, room.waiting) == (["background 0", "background 1"], 1, 2)
        for number in range(3):
            nursery.start_soon(take, f"user {number}")
            await wait_all_tasks_blocked()
        assert (came[2:], room.value, room.waiting) == (["user 0"], 0, 4)
        for _ in range(7):
            leaving.release()
            await wait_all_tasks_blocked()
    assert came[3:] == ["user 1", "user 2", "background 2", "background 3"]
    assert (room.value, room.waiting) == (3, 0)


@pytest.mark.parametrize("places", [1, 2, 3])
async def test_background_work_is_overtaken_a_few_times_in_a_row(
    autojump_clock: trio.testing.MockClock, places: int
) -> None:
    """However many users' tasks follow one another in every place."""
    room = SharedRoom(places)

    async def take() -> None:
        while True:
            async with room:
                await trio.sleep(1.0)

    async with trio.open_nursery() as nursery:
        for _ in range(2 * places):
            nursery.start_soon(take)
        await wait_all_tasks_blocked()
        with in_background():
            for _ in range(3):
                began = trio.current_time()
                async with room:
                    assert trio.current_time() - began <= MOST_OVERTAKING + 1
        nursery.cancel_scope.cancel()
    assert (room.value, room.waiting) == (places, 0)


async def test_one_who_gives_up_waiting_leaves_its_place_in_both_queues() -> None:
    """Whoever comes next gets the place."""
    room = SharedRoom(1)
    async with room:
        for is_user in (True, False):
            with in_background(unless=is_user), trio.CancelScope() as scope:
                scope.cancel()
                async with room:
                    raise AssertionError
        assert (room.value, room.waiting) == (0, 0)
    with in_background():
        async with room:
            assert room.value == 0
    assert room.value == 1
