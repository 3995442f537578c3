"""The quick loop keeps asyncio's rules; that it is quick is shown by the turns of trio's loop that it takes."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator

import pytest
import trio
import trio.testing

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import AT_ONCE, QuickLoop, open_quick_loop

ROUND_TRIPS = 50


class Turns(trio.abc.Instrument):
    """Counts the turns of trio's loop, and what its tasks do in them."""

    turns = steps = 0

    def after_io_wait(self, _timeout: float) -> None:
        """Count a look at the sockets."""
        self.turns += 1

    def before_task_step(self, _task: trio.lowlevel.Task) -> None:
        """Count a step of a task."""
        self.steps += 1


@pytest.fixture
async def loop() -> AsyncIterator[QuickLoop]:
    """Yield a loop that lasts as long as the test."""
    async with open_quick_loop() as opened:
        yield opened


async def answer(wire: trio.SocketStream) -> None:
    """Answer every word with itself."""
    async with wire:
        async for word in wire:
            await wire.send_all(word)


async def test_a_round_trip_takes_two_turns_of_trio(loop: QuickLoop) -> None:
    """Each word goes to a task that answers and comes back: one turn for either side, and a step for each of both."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)

    async def talk() -> None:
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        for _ in range(ROUND_TRIPS):
            writer.write(b"word")
            assert await reader.read(4) == b"word"
        writer.close()
        await writer.wait_closed()

    counted = Turns()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer, trio.SocketStream(trio.socket.from_stdlib_socket(theirs)))
        await trio.testing.wait_all_tasks_blocked()
        trio.lowlevel.add_instrument(counted)
        await AsyncioBridge()(talk)
        trio.lowlevel.remove_instrument(counted)
    assert loop is not None
    assert counted.turns < 3 * ROUND_TRIPS
    assert counted.steps < 4 * ROUND_TRIPS


async def test_callbacks_run_in_their_order(loop: QuickLoop) -> None:
    """Those that asyncio's own code makes ready, those that a callback adds, and those that trio's tasks add."""
    met: list[int] = []

    async def work() -> None:
        loop.call_soon(met.append, 1)
        loop.call_soon(lambda: loop.call_soon(met.append, 4))
        loop.call_soon(met.append, 2)
        await asyncio.sleep(0)
        met.append(3)

    loop.call_soon(met.append, 0)
    await AsyncioBridge()(work)
    await trio.testing.wait_all_tasks_blocked()
    assert met == [0, 1, 2, 3, 4]


async def test_a_cancelled_callback_does_not_run(loop: QuickLoop) -> None:
    """Neither one that is ready nor a timer."""
    met: list[str] = []
    for handle in (loop.call_soon(met.append, "soon"), loop.call_later(0.01, met.append, "later")):
        handle.cancel()
    loop.call_later(0.02, met.append, "last")
    while not met:
        await trio.sleep(0.01)
    assert met == ["last"]


async def test_timers_fire_by_their_times(loop: QuickLoop) -> None:
    """An earlier one that is set later is not kept by the one that the loop waits for."""
    met: list[int] = []
    over = trio.Event()
    loop.call_later(0.03, met.append, 2)
    loop.call_later(0.04, over.set)
    await trio.testing.wait_all_tasks_blocked()
    loop.call_later(0.01, met.append, 1)
    await over.wait()
    assert met == [1, 2]


async def test_other_threads_and_executors_are_heard(loop: QuickLoop) -> None:
    """A callback of another thread, a function in a thread, a task of trio's that asyncio starts."""

    async def work() -> tuple[bool, str, str]:
        here, told = threading.get_ident(), asyncio.Event()
        thread = threading.Thread(target=loop.call_soon_threadsafe, args=(told.set,))
        thread.start()
        await told.wait()
        there = await loop.run_in_executor(None, threading.get_ident)
        mine = await loop.trio_as_future(_said, "in trio")
        return here != there, mine, "and on"

    assert await AsyncioBridge()(work) == (True, "in trio", "and on")


async def _said(words: str) -> str:
    await trio.lowlevel.checkpoint()
    return words


async def test_callbacks_without_end_leave_others_their_turn(loop: QuickLoop) -> None:
    """A coroutine that never waits is interrupted after so many callbacks."""
    steps = 0

    async def busy() -> None:
        nonlocal steps
        while True:
            steps += 1
            await asyncio.sleep(0)

    assert loop is not None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(AsyncioBridge(), busy)
        for _ in range(10):
            await trio.lowlevel.checkpoint()
        seen = steps
        nursery.cancel_scope.cancel()
    assert 0 < seen <= 11 * AT_ONCE


async def test_a_cancelled_caller_begins_nothing(loop: QuickLoop) -> None:
    """Although a coroutine otherwise begins at once."""
    met: list[str] = []

    async def work() -> None:
        met.append("begun")

    assert loop is not None
    with trio.CancelScope() as scope:
        scope.cancel()
        await AsyncioBridge()(work)
    assert scope.cancelled_caught
    assert met == []


async def test_what_is_ready_at_the_end_still_runs() -> None:
    """The block ends after it, and after the coroutines that it cancels."""
    met: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            met.append("cancelled")

    async with open_quick_loop() as loop:
        loop.create_task(forever())
        await trio.testing.wait_all_tasks_blocked()
        loop.call_soon(lambda: loop.call_soon(met.append, "ready"))
    assert met == ["ready", "cancelled"]


@pytest.mark.parametrize("in_caller", [True, False])
async def test_an_error_of_a_callback_ends_the_block(*, in_caller: bool) -> None:
    """Unless a handler takes it, wherever it runs: in the task of a caller, or in the loop's own."""

    async def open_and_fail() -> None:
        async with open_quick_loop() as loop:
            if in_caller:
                await AsyncioBridge()(_failing)
            else:
                loop.call_soon(_fail)
            await trio.sleep_forever()

    with pytest.RaisesGroup(ZeroDivisionError, flatten_subgroups=True):
        await open_and_fail()


async def _failing() -> None:
    asyncio.get_running_loop().call_soon(_fail)


def _fail() -> None:
    raise ZeroDivisionError
