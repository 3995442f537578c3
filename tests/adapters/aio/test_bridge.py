import asyncio
import gc

import pytest
import trio
import trio.testing

from thesetd.adapters.aio import AsyncioBridge, open_loop


async def test_a_coroutine_runs_in_the_asyncio_loop(bridge: AsyncioBridge) -> None:
    """Arguments go in, the result comes out, and asyncio's own things work inside."""

    async def work(one: int, *, two: int) -> int:
        await asyncio.sleep(0)
        return one + two

    assert await bridge(work, 1, two=2) == 3


async def test_an_error_comes_out_as_it_was(bridge: AsyncioBridge) -> None:
    """Nothing is wrapped on the way."""

    async def work() -> None:
        raise LookupError("here")

    with pytest.raises(LookupError, match="here"):
        await bridge(work)
    with pytest.raises(LookupError, match="here"):
        await bridge.shielded(work)


async def test_a_plain_call_is_cancelled(bridge: AsyncioBridge) -> None:
    """Cancelling in trio cancels in asyncio."""
    met: list[str] = []

    async def work() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            met.append("cancelled")
            raise

    started = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bridge, work)
        await started.wait()
        nursery.cancel_scope.cancel()
    assert met == ["cancelled"]


async def test_a_shielded_call_ends_before_its_cancellation(bridge: AsyncioBridge) -> None:
    """What has begun is finished and its result given; the cancellation comes at the next checkpoint."""
    met: list[str] = []

    async def work() -> str:
        started.set()
        await goes_on.wait()
        return "result"

    async def caller() -> None:
        met.append(await bridge.shielded(work))
        await trio.lowlevel.checkpoint()
        met.append("not reached")

    started, goes_on = trio.Event(), asyncio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(caller)
        await started.wait()
        nursery.cancel_scope.cancel()
        goes_on.set()
    assert met == ["result"]


async def test_a_shielded_call_does_not_begin_when_cancelled(bridge: AsyncioBridge) -> None:
    """Whoever is cancelled already starts no write."""
    begun: list[str] = []

    async def work() -> None:
        begun.append("begun")

    with trio.CancelScope() as scope:
        scope.cancel()
        await bridge.shielded(work)
    assert scope.cancelled_caught
    assert begun == []


async def test_an_error_that_nobody_is_left_to_take_is_logged_and_ends_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A connection that is lost after it was given up, a callback that fails: the block goes on."""

    async def lose() -> None:
        loop = asyncio.get_running_loop()
        loop.create_future().set_exception(ConnectionError("unexpected connection_lost() call"))
        loop.call_soon(lambda: 1 / 0)
        loop.call_exception_handler({"message": "words alone"})

    async def work() -> int:
        await asyncio.sleep(0)
        return 1

    async with open_loop():
        bridge = AsyncioBridge()
        await bridge(lose)
        gc.collect()
        await trio.testing.wait_all_tasks_blocked()
        assert await bridge(work) == 1
    for words in ("connection_lost", "ZeroDivisionError", "words alone"):
        assert words in caplog.text
