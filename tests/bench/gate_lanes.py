"""What waiting in the lanes costs: memory of 10,000 waiting calls, and time of a receive beside them.

A call is waited for in a task, mostly that of a job, which trio needs memory for whatever it does: that is told apart.

Run it with `python tests/bench/gate_lanes.py`. Ends with 1 where a bound is broken.
"""

import gc
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any

import click
import trio
import trio.testing

from bench.worlds import machine
from thesetd.actors.asking import PooledCallExecutor
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.actors.messages import Fetch
from thesetd.actors.replies import OneReply
from thesetd.domain.gate.calls import Call, Request
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.work.jobs import Lane

WAITING = 10_000
MAX_BYTES = 20_000_000
MAX_RECEIVE_S = 100e-6
ROUNDS = 2_000
LANES = tuple(Lane)
kept: list[LaneMailbox] = []  # beyond the measurement


def make(number: int, lane: Lane) -> Fetch:
    """Make a call as an import does."""
    path, params = f"albums/{number:022}/tracks", (("limit", "50"), ("offset", str(number)))
    request = Request(provider=SPOTIFY, endpoint="album-tracks", path=path, params=params)
    call: Call[Any] = Call(request=request, parse=lambda response: response.json)
    return Fetch(call=call, lane=lane, waiting_since=trio.current_time(), reply=OneReply())


async def fill(mailbox: LaneMailbox, count: int) -> None:
    """Let so many calls wait, as many in each lane."""
    for number in range(count):
        await mailbox.send(make(number, LANES[number % len(LANES)]))


async def memory(start: Callable[[trio.Nursery], Awaitable[None]]) -> int:
    """Measure the bytes that are held when everything waits which this starts."""
    async with trio.open_nursery() as nursery:
        gc.collect()
        tracemalloc.start()
        await start(nursery)
        await trio.testing.wait_all_tasks_blocked()
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        nursery.cancel_scope.cancel()
    return held


async def calls_alone(_nursery: trio.Nursery) -> None:
    """Let calls wait."""
    kept.append(mailbox := LaneMailbox())
    await fill(mailbox, WAITING)


async def calls_with_callers(nursery: trio.Nursery) -> None:
    """Let calls wait, and for each a task."""
    kept.append(mailbox := LaneMailbox())
    fetcher = PooledCallExecutor({SPOTIFY: mailbox})
    for number in range(WAITING):
        fetch = make(number, LANES[number % len(LANES)])
        nursery.start_soon(fetcher.fetch, fetch.call, fetch.lane)


async def tasks_alone(nursery: trio.Nursery) -> None:
    """Let as many tasks wait for nothing."""
    for _ in range(WAITING):
        nursery.start_soon(trio.sleep_forever)


async def receive_s(waiting: int) -> float:
    """Measure one receive and one send while so many calls wait, in seconds."""
    mailbox = LaneMailbox(capacity=WAITING)
    await fill(mailbox, waiting)
    fresh = [make(number, LANES[number % len(LANES)]) for number in range(ROUNDS)]
    started = time.perf_counter()
    for fetch in fresh:
        await mailbox.send(fetch)
        await mailbox.receive()
    return (time.perf_counter() - started) / ROUNDS


async def measure() -> bool:
    """Print the table; say whether every bound holds."""
    click.echo(f"{machine()}\n")
    calls, both, tasks = [await memory(start) for start in (calls_alone, calls_with_callers, tasks_alone)]
    held = both - tasks
    click.echo(f"{f'{WAITING:,} waiting':<40}{'memory':>12}{'each':>12}")
    for name, size in (
        ("calls in their lanes", calls),
        ("with the tasks that wait for them", both),
        ("tasks that wait for nothing", tasks),
        ("so a call, with what waits for it", held),
    ):
        click.echo(f"{name:<40}{size / 1e6:>9.1f} MB{size / WAITING:>10,.0f} B")
    click.echo(f"\n{'waiting calls':<16}{'send+receive':>12}")
    slowest = 0.0
    for waiting in (0, 100, WAITING):
        slowest = max(slowest, cost := await receive_s(waiting))
        click.echo(f"{waiting:<16,}{cost * 1e6:>9.1f} us")
    return held <= MAX_BYTES and slowest <= MAX_RECEIVE_S


if __name__ == "__main__":
    sys.exit(0 if trio.run(measure) else 1)
