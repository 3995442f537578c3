"""Places that are taken without a turn of trio's loop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from trio.testing import assert_no_checkpoints, wait_all_tasks_blocked

from thesetd.adapters.quick_room import QuickRoom


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
