"""What waiting in the lanes costs: memory of 10,000 waiting calls, and time of a receive beside them.

Run it with `python tests/bench/gate_lanes.py`. Ends with 1 where a bound is broken.
"""

import gc
import sys
import time
import tracemalloc
from typing import Any

import click
import trio

from thesetd.actors.lanes import LaneMailbox
from thesetd.actors.messages import Fetch
from thesetd.actors.replies import OneReply
from thesetd.domain.calls import Call, Request
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.jobs import Lane

WAITING = 10_000
MAX_BYTES = 20_000_000
MAX_RECEIVE_S = 100e-6
ROUNDS = 2_000
LANES = tuple(Lane)


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


async def memory(count: int) -> int:
    """Measure the bytes that so many waiting calls hold."""
    gc.collect()
    tracemalloc.start()
    mailbox = LaneMailbox()
    await fill(mailbox, count)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(mailbox) == count
    return held


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
    held = await memory(WAITING)
    click.echo(f"{'waiting calls':<16}{'memory':>12}{'each':>12}")
    click.echo(f"{WAITING:<16,}{held / 1e6:>9.1f} MB{held / WAITING:>10,.0f} B")
    click.echo(f"\n{'waiting calls':<16}{'send+receive':>12}")
    slowest = 0.0
    for waiting in (0, 100, WAITING):
        slowest = max(slowest, cost := await receive_s(waiting))
        click.echo(f"{waiting:<16,}{cost * 1e6:>9.1f} us")
    return held <= MAX_BYTES and slowest <= MAX_RECEIVE_S


if __name__ == "__main__":
    sys.exit(0 if trio.run(measure) else 1)
