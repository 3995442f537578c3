"""What the gate itself costs a call: CPU time without and with Redis, and round trips. Run: tests/bench/gate_cost.py.

The wire answers at once and the ledger is in memory: what is measured is the way from the lane to the wire and back.
Ends with 1 where a bound is broken.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

import attrs
import trio

from bench.worlds import machine, redis_server
from fakes import FakeLedger, FakePenaltyBox
from thesetd.actors.asking import PooledCallExecutor
from thesetd.actors.gate.call_log import CallRecords
from thesetd.actors.gate.gate import Gate, GateServices
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.actors.pool import Pool
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.redis.link import RedisServer
from thesetd.adapters.redis_limiter import LimiterState, RedisLimiter, RedisLog
from thesetd.domain.errors import Unavailable
from thesetd.domain.facts import Fact
from thesetd.domain.gate.breaker import Breaker
from thesetd.domain.gate.calls import Call, Request, Response
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.work.jobs import Lane
from thesetd.ports.gate import Limiter
from thesetd.ports.transport import OnSent

CALLS, ROUNDS = 1000, 5
MOST_CPU_US = 150.0
WINDOWS = (Window(1_000_000, 60.0),)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Deaf:
    """Hears nothing."""

    def notify(self, _fact: Fact) -> None:
        """Forget it."""


class Wire:
    """Answers at once."""

    async def send(self, _request: Request, _left: OnSent | None = None) -> Response:
        """Answer."""
        await trio.lowlevel.checkpoint()
        return Response(status=200, headers={}, received_at=NOW, json=None)


@attrs.define
class Counting(AsyncioBridge):
    """Counts the questions to Redis."""

    trips: int = 0

    async def __call__(self, function: Callable[..., Awaitable[Any]], /, *args: Any, **kwargs: Any) -> Any:
        """Ask, and count."""
        self.trips += 1
        return await super().__call__(function, *args, **kwargs)

    async def native(self, function: Callable[[], Awaitable[Any]]) -> Any:
        """Ask, and count."""
        self.trips += 1
        return await function()


async def measure(limiter: Limiter) -> list[float]:
    """Return the CPU time of a call in each round, in microseconds."""
    numbers = count()
    around = GateServices(
        box=FakePenaltyBox(),
        ledger=FakeLedger(),
        records=CallRecords(),
        clock=SystemClock(),
        observer=Deaf(),
        rng=random.Random(1),
        call_key=lambda: f"bench:{next(numbers)}",
    )
    guard = BreakerGuard(Breaker(name="bench"), Unavailable, Deaf())
    gate = Gate(SPOTIFY, Fingerprint("bench"), transport=Wire(), limiter=limiter, guard=guard, around=around)
    lanes = LaneMailbox()
    fetcher = PooledCallExecutor({SPOTIFY: lanes})
    call: Call[Any] = Call(request=Request(provider=SPOTIFY, endpoint="e", path="/x"), parse=lambda answer: answer.json)
    rounds: list[float] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Pool(gate, mailbox=lanes, concurrency=4, rng=random.Random(1)).run)
        await fetcher.fetch(call, Lane.INTERACTIVE)
        for _ in range(ROUNDS):
            began = time.process_time()
            for _ in range(CALLS):
                await fetcher.fetch(call, Lane.INTERACTIVE)
            rounds.append((time.process_time() - began) / CALLS * 1e6)
        nursery.cancel_scope.cancel()
    return rounds


async def nothing_spent(_since: datetime) -> tuple[()]:
    """Return the calls of a ledger that is empty."""
    return ()


@asynccontextmanager
async def limiter_on(url: str, bridge: AsyncioBridge) -> AsyncIterator[RedisLimiter]:
    """Run a limiter on the Redis at this address."""
    limiter = RedisLimiter(
        RedisLog(RedisServer(url, bridge), provider=SPOTIFY, credential=Fingerprint("bench")),
        node="bench",
        windows=WINDOWS,
        spent=nothing_spent,
        clock=SystemClock(),
        rng=random.Random(os.urandom(8)),
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(limiter.run)
        limiter.answered(await limiter.reserve(), trio.current_time())
        yield limiter
        nursery.cancel_scope.cancel()
    await limiter.aclose()


async def alone() -> list[float]:
    """Measure where no Redis answers."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_quick_loop(), limiter_on(f"unix://{folder}/nobody.sock", AsyncioBridge()) as limiter:
            assert limiter.state is LimiterState.ALONE
            return await measure(limiter)


async def shared() -> tuple[list[float], float]:
    """Measure with Redis; give the round trips of a call, too."""
    bridge = Counting()
    with redis_server() as server:
        async with open_quick_loop(), limiter_on(server.url, bridge) as limiter:
            before = bridge.trips
            rounds = await measure(limiter)
            return rounds, (bridge.trips - before) / (CALLS * ROUNDS + 1)


def main() -> int:
    """Print the table; give 1 where a bound is broken."""
    print(machine())
    print(f"one call through lane, pool and gate; {ROUNDS} rounds of {CALLS}\n")
    print(f"{'limits kept':<20}{'CPU, median':>14}{'least':>10}{'most':>10}{'round trips':>14}")
    without_redis = trio.run(alone)
    with_redis, trips = trio.run(shared)
    for name, rounds, asked in (("without Redis", without_redis, 0.0), ("in Redis", with_redis, trips)):
        figures = "".join(f"{value:>7.0f} us" for value in (min(rounds), max(rounds)))
        print(f"{name:<20}{statistics.median(rounds):>11.0f} us{figures}{asked:>14.3f}")
    print("\n(in Redis, a heartbeat each half second and a count every five are among the round trips)")
    return int(statistics.median(without_redis) > MOST_CPU_US or trips > 1.05)


if __name__ == "__main__":
    sys.exit(main())
