"""Calls are bounded from this side, and short ones set no timers of their own."""

import asyncio

import pytest
import trio.testing
import trio_asyncio

from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.postgres.connection.deadlines import CallDeadlines

Clock = trio.testing.MockClock


async def counting(deadlines: CallDeadlines, seconds: float, ended: list[float]) -> None:
    """Make a call that takes so long; note the moment if it is ended before."""
    with deadlines.bound(lambda: ended.append(trio.current_time())):
        await asyncio.sleep(seconds)


@pytest.mark.parametrize("begin_s", [0.0, 3.0, 9.0])
async def test_a_call_is_ended_when_its_own_time_is_over(begin_s: float, autojump_clock: Clock) -> None:
    """Not when the timer was set for an earlier call that has long returned, nor more than once."""
    ended: list[float] = []
    async with open_quick_loop():
        deadlines, began = CallDeadlines(10.0), trio.current_time()
        await trio_asyncio.aio_as_trio(counting)(deadlines, 0.5, ended)
        await trio.sleep(begin_s)
        await trio_asyncio.aio_as_trio(counting)(deadlines, 40.0, ended)
    assert [at - began for at in ended] == [pytest.approx(10.5 + begin_s)]


async def test_calls_that_overlap_have_each_their_own_time(autojump_clock: Clock) -> None:
    """Those that are late are ended one after the other, the others not at all."""
    ended: list[float] = []
    async with open_quick_loop(), trio.open_nursery() as nursery:
        deadlines, began = CallDeadlines(10.0), trio.current_time()
        for seconds in (9.0, 30.0, 8.0, 30.0):
            nursery.start_soon(trio_asyncio.aio_as_trio(counting), deadlines, seconds, ended)
            await trio.sleep(2)
    assert [at - began for at in ended] == pytest.approx([12.0, 16.0])


async def test_many_short_calls_set_one_timer(autojump_clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would wake the loop of an idle daemon once more."""
    ended, timers = list[float](), list[float]()
    async with open_quick_loop() as loop:
        call_at = loop.call_at

        def counted(when: float, *rest: object, **named: object) -> object:
            timers.append(when)
            return call_at(when, *rest, **named)

        monkeypatch.setattr(loop, "call_at", counted)
        deadlines = CallDeadlines(10.0)
        for _ in range(100):
            with deadlines.bound(lambda: ended.append(0.0)):
                pass
            await trio.sleep(0.25)
    assert len(timers) == 3  # 25 seconds
    assert ended == []
