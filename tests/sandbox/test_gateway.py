"""Latency, errors and faults on the way."""

from collections.abc import Callable
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from thesetd.sandbox.gateway import listed, number


async def test_latency_and_jitter_are_slept(open_sandbox: Callable[..., Any], autojump_clock: MockClock) -> None:
    """An answer takes the latency and at most the jitter more, in trio's time."""
    sandbox = open_sandbox(latency_s=2.0, jitter_s=1.0)
    before = trio.current_time()
    await sandbox.ticketmaster("venues.json")
    assert 2.0 <= trio.current_time() - before <= 3.0


async def test_arrivals_count_when_they_arrive(open_sandbox: Callable[..., Any], autojump_clock: MockClock) -> None:
    """A provider counts arrivals, so the log and the limits do, however slow the answer is."""
    sandbox = open_sandbox(latency_s=5.0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(sandbox.ticketmaster, "venues.json")
        await trio.sleep(1)
        (entry,) = sandbox.controls.log.since(0)
        assert (entry.monotonic_s, entry.status) == (trio.current_time() - 1, None)
    assert entry.status == 200


async def test_the_error_rate_is_seeded(open_sandbox: Callable[..., Any]) -> None:
    """Random errors come at about their rate, are 5xx, and come again with the same seed."""

    async def statuses() -> list[int]:
        sandbox = open_sandbox(error_rate=0.3, seed=7)
        return [(await sandbox.ticketmaster("venues.json", size="1")).status_code for _ in range(60)]

    first = await statuses()
    assert first == await statuses()
    assert 8 <= sum(status >= 500 for status in first) <= 30


@pytest.mark.parametrize(("shape", "seconds"), [("slow", 30.0), ("hang", 100.0)])
async def test_slow_and_hanging_answers(
    open_sandbox: Callable[..., Any], autojump_clock: MockClock, shape: str, seconds: float
) -> None:
    """SLOW gives the right answer late; HANG gives none, and the log says that the client left."""
    sandbox = open_sandbox()
    await sandbox.send("POST", "/_sandbox/faults", json={"provider": "ticketmaster", "shape": shape})
    before = trio.current_time()
    with trio.move_on_after(100):
        assert (await sandbox.ticketmaster("venues.json")).status_code == 200
    assert trio.current_time() - before == pytest.approx(seconds)
    assert sandbox.controls.log.since(0)[-1].status == (200 if shape == "slow" else 0)


def test_numbers_and_lists_in_queries() -> None:
    """Absent parameters are the default; what is no plain decimal is None."""
    assert [number(text, 5) for text in (None, "0", "12", "-1", "1.0", "x", "٣", "9" * 20)] == [
        5, 0, 12, None, None, None, None, None,
    ]  # fmt: skip
    assert listed("a,,b") == ["a", "b"]
    assert listed(None) == []
