"""Whether several gates on one Redis keep their limits, and what they make of them. Run: tests/bench/gate_limiter.py.

Four processes have a whole gate for each of the limits: lanes, pool, limiter, HTTP. All of them always want more than
there is. The sandbox judges, by the times at which calls arrive there: a violation is an arrival that is one too many
for a window which ends with it. The budget is what an ideal limiter sends in the same time, which every window fits
into: count for count, from the first arrival at any gate on. Late is how long after its slot's moment a call left, on
the way is the time from there to the sandbox: their sum is what the guard has to cover, but for what the log was told.
Ends with 1 where a violation is found, or where too little of a budget is used.
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import attrs
import trio

from bench.worlds import arrivals, machine, redis_server, violations
from fakes import FakePenaltyBox
from kill.victims import RedisServer, sandbox
from recorder import Recorder
from thesetd.actors.asking import PooledCallExecutor
from thesetd.actors.gate.call_log import CallRecords
from thesetd.actors.gate.gate import Gate, GateServices
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.actors.pool import URGENT_WORKERS, Pool
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.http import Credentials, HttpSession, ProviderTransport
from thesetd.adapters.redis.link import RedisServer as Redis
from thesetd.adapters.redis_limiter import RedisLimiter, RedisLog
from thesetd.domain.errors import ThesetdError, Unavailable
from thesetd.domain.gate.breaker import Breaker
from thesetd.domain.gate.calls import Call, Request, Response
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.gate.limiter import Slot
from thesetd.domain.gate.reserve import WindowHistory
from thesetd.domain.gate.windows import Window, parse_window
from thesetd.domain.ids import TICKETMASTER
from thesetd.domain.work.jobs import Lane
from thesetd.ports.gate import CallRecord
from thesetd.ports.transport import OnSent
from thesetd.sandbox.twins.ticketmaster.app import KEY

PROCESSES, WORKERS, CALLERS = 4, 4, 10
BUSY_S, PAUSE_S = 3.0, 0.5  # each process in its own rhythm: together they always want more than there is
DOWN_S = 2.0
AFTER_S = 0.5  # the span that counts begins with the first arrival, which is a little later than its call
LIMITS = ("100/60s", "5/1s,5000/1d", "1/1s,1440/1d", "50/10s")
LONG_ENOUGH_S = 10.0  # a window from here on has to be used as far as is promised: the guard takes more of short ones


@attrs.define
class FileLedger:
    """A ledger for several processes: a line in a file for each call."""

    path: Path

    async def intend(self, record: CallRecord) -> None:
        """Write a call down."""
        await trio.lowlevel.checkpoint()
        with self.path.open("a") as file:
            file.write(f"{record.at.isoformat()} {record.cost}\n")

    async def spent(self, since: datetime) -> Sequence[tuple[datetime, int]]:
        """Return what was written down since then."""
        await trio.lowlevel.checkpoint()
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        calls = [(datetime.fromisoformat(at), int(cost)) for at, cost in map(str.split, lines)]
        return [(at, cost) for at, cost in calls if at >= since]

    async def window(self, _provider: str, _since: datetime, piece_s: float) -> WindowHistory:
        """Return no history: nobody's demand is foreseen here."""
        await trio.lowlevel.checkpoint()
        return WindowHistory(piece_s=piece_s, pieces=(), people=0, squares=0)


class Key:
    """Credentials that never change."""

    async def credentials(self) -> Credentials:
        """Return the sandbox's key."""
        return Credentials(params={"apikey": KEY})

    def rejected(self, _credentials: Credentials) -> bool:
        """There are no others."""
        return False


slot_of: ContextVar[Slot] = ContextVar("slot_of")  # the call that this task makes


class Watched(RedisLimiter):
    """Lets the diary know of each slot."""

    async def reserve(self, cost: int = 1, **more: Any) -> Slot:
        """Reserve a slot."""
        slot = await super().reserve(cost, **more)
        slot_of.set(slot)
        return slot


@attrs.define
class Diary:
    """The transport, and for each call's path how long after its slot's moment it left, and when by the wall clock."""

    transport: ProviderTransport
    number: int
    left: dict[str, tuple[float, float]] = attrs.field(factory=dict)
    _numbers: Iterator[int] = attrs.field(factory=count)

    async def send(self, request: Request, left: OnSent | None = None) -> Response:
        """Send with a path that no other call has."""
        path = f"{request.path}-{self.number}-{next(self._numbers)}.json"

        def note() -> None:
            self.left[path] = (trio.current_time() - slot_of.get().moment, time.time())
            if left is not None:
                left()

        return await self.transport.send(attrs.evolve(request, path=path), note)


# One process of several


async def work(url: str, base: str, folder: str, number: int) -> None:
    """Call through every gate, in bursts with pauses between, until terminated; leave the diary behind."""
    left: dict[str, tuple[float, float]] = {}
    with trio.open_signal_receiver(signal.SIGTERM) as signals:
        async with open_quick_loop(), trio.open_nursery() as nursery:
            for place, limits in enumerate(LIMITS):
                nursery.start_soon(gate, url, base, Path(folder), number, place, limits, left)
            await signals.__anext__()
            nursery.cancel_scope.cancel()
    (Path(folder) / f"diary-{number}").write_text(json.dumps(left))


async def gate(url: str, base: str, folder: Path, number: int, place: int, limits: str, left: Any) -> None:
    """Run one gate with callers that always want more."""
    clock, rng, numbers = SystemClock(), random.Random(os.urandom(8)), count()
    credential = Fingerprint(f"bench-{place}")
    ledger = FileLedger(folder / f"ledger-{place}")
    limiter = Watched(
        RedisLog(Redis(url, AsyncioBridge()), provider=TICKETMASTER, credential=credential),
        node=f"node-{number}",
        windows=[parse_window(limit) for limit in limits.split(",")],
        spent=ledger.spent,
        clock=clock,
        rng=rng,
    )
    session = HttpSession(TICKETMASTER, timeout_s=10.0, connections=WORKERS + URGENT_WORKERS, clock=clock)
    observer = Recorder()
    around = GateServices(
        box=FakePenaltyBox(),
        ledger=ledger,
        records=CallRecords(),
        clock=clock,
        observer=observer,
        rng=rng,
        call_key=lambda: f"{number}:{next(numbers)}",
    )
    wire = ProviderTransport(TICKETMASTER, f"{base}/ticketmaster/discovery/v2", session, Key())
    made = Gate(
        TICKETMASTER,
        credential,
        transport=Diary(wire, number, left),
        limiter=limiter,
        guard=BreakerGuard(Breaker(name="bench"), Unavailable, observer),
        around=around,
    )
    lanes = LaneMailbox()
    fetcher = PooledCallExecutor({TICKETMASTER: lanes})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(limiter.run)
        nursery.start_soon(Pool(made, mailbox=lanes, concurrency=WORKERS, rng=rng).run)
        for _ in range(CALLERS):
            nursery.start_soon(want, fetcher, place, number)


async def want(fetcher: PooledCallExecutor, place: int, number: int) -> None:
    """Call for ever, but for the pauses."""
    request = Request(provider=TICKETMASTER, endpoint="event", path=f"events/{place}")
    call = Call(request=request, parse=lambda response: response.status)
    while True:
        phase = (trio.current_time() + number * 0.9) % (BUSY_S + PAUSE_S)
        await trio.sleep(max(0.0, phase - BUSY_S))
        try:
            await fetcher.fetch(call, Lane.MEDIUM)
        except ThesetdError:
            await trio.sleep(0.1)  # sent away, as jobs are, which come again later


# What befalls Redis

Fate = Callable[[RedisServer, float], Awaitable[None]]


async def left_alone(_server: RedisServer, seconds: float) -> None:
    """Let Redis run."""
    await trio.sleep(seconds)


async def killed_and_flushed(server: RedisServer, seconds: float) -> None:
    """Kill, restart and flush Redis three times."""
    for _ in range(3):
        await trio.sleep(seconds / 4 - DOWN_S)
        server.stop()
        await trio.sleep(DOWN_S)
        server.start()
    await trio.sleep(seconds / 4)


async def long_away(server: RedisServer, seconds: float) -> None:
    """Take Redis away for half of the time."""
    await trio.sleep(seconds / 4)
    server.stop()
    await trio.sleep(seconds / 2)
    server.start()
    await trio.sleep(seconds / 4)


FATES: dict[str, tuple[Fate, float]] = {  # and the share of the budget that has to be used
    "left alone": (left_alone, 0.97),
    "killed, restarted, flushed 3 times": (killed_and_flushed, 0.60),
    "away for half of the time": (long_away, 0.0),
}


# The judgement


@attrs.frozen
class Outcome:
    """What the provider saw of one gate's limits; `worst_ms` is how much too early the worst arrival was."""

    limits: str
    calls: int
    violations: int
    worst_ms: float
    used: float


@attrs.frozen
class Delays:
    """How late calls left, and how long they took from there to the provider, in seconds."""

    late: list[float]
    on_the_way: list[float]


async def judge(fate: Fate, seconds: float) -> tuple[list[Outcome], Delays]:
    """Let the processes work for so long, and count."""
    with tempfile.TemporaryDirectory() as folder, sandbox() as provider, redis_server() as server:
        arguments = [server.url, provider.base, folder]
        workers = [
            subprocess.Popen([sys.executable, __file__, "--worker", *arguments, str(n)]) for n in range(PROCESSES)
        ]
        try:
            while len(arrivals(provider, TICKETMASTER)) < PROCESSES:
                await trio.sleep(0.05)
            await fate(server, seconds)
            await trio.sleep(AFTER_S)
            arrived = arrivals(provider, TICKETMASTER)
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait()
        left = {}
        for diary in Path(folder).glob("diary-*"):
            left |= json.loads(diary.read_text())
    began = min(one.at for one in arrived)
    outcomes = [
        outcome(limits, began, seconds, [one.at for one in arrived if f"/events/{place}-" in one.path])
        for place, limits in enumerate(LIMITS)
    ]
    return outcomes, delays({one.path: one.wall for one in arrived}, left)


def delays(walls: Mapping[str, float], left: Mapping[str, tuple[float, float]]) -> Delays:
    """Compare when calls left and when they arrived."""
    noted = {f"events/{path.rpartition('/events/')[2]}": at for path, at in walls.items()}
    both = [(*left[path], at) for path, at in noted.items() if path in left]
    return Delays([late for late, _, _ in both], [at - sent for _, sent, at in both])


def outcome(text: str, began: float, seconds: float, times: Sequence[float]) -> Outcome:
    """Judge the arrivals of one gate's limits, of which those of `seconds` from `began` on count for the budget."""
    windows = [parse_window(limit) for limit in text.split(",")]
    within = [at for at in times if at < began + seconds]
    budget = min(window.count * max(1.0, seconds / window.seconds) for window in windows)
    broken = sum(violations(times, window) for window in windows)
    return Outcome(text, len(within), broken, max(early_ms(times, window) for window in windows), len(within) / budget)


def early_ms(times: Sequence[float], window: Window) -> float:
    """Say by how many milliseconds the closest arrivals undercut a window; negative is what was left to spare."""
    ordered = sorted(times)
    gaps = [late - early for early, late in zip(ordered, ordered[window.count :], strict=False)]
    return (window.seconds - min(gaps, default=2 * window.seconds)) * 1000


def kept(one: Outcome, least: float) -> bool:
    """Return whether the promises were kept."""
    seconds = min(parse_window(limit).seconds for limit in one.limits.split(","))
    return one.violations == 0 and (seconds < LONG_ENOUGH_S or one.used >= least)


def row(name: str, values: Sequence[float]) -> str:
    """Show median, 99th percentile and most of some delays."""
    ordered = sorted(values)
    shown = (statistics.median(ordered), ordered[int(0.99 * len(ordered))], ordered[-1])
    return f"{name:<12}" + "".join(f"{value * 1000:>9.1f} ms" for value in shown)


def main() -> int:
    """Print the tables; give 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=1, help="of each run: every window fits into them")
    parser.add_argument("--runs", type=int, default=1, help="of each kind")
    parser.add_argument("--only", choices=FATES, help="one kind")
    parser.add_argument("--worker", nargs=4, metavar=("URL", "BASE", "FOLDER", "NUMBER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        url, base, folder, number = arguments.worker
        trio.run(work, url, base, folder, int(number))
        return 0
    print(f"{machine()}, {datetime.now(UTC):%Y-%m-%d}")
    print(f"{PROCESSES} processes on one Redis, {60 * arguments.minutes} s each, in bursts of {BUSY_S:.0f} s\n")
    failed = False
    for name in [arguments.only] if arguments.only else FATES:
        fate, least = FATES[name]
        used: dict[str, list[float]] = {}
        for _ in range(arguments.runs):
            outcomes, delayed = trio.run(judge, fate, 60.0 * arguments.minutes)
            print(f"{'Redis ' + name:<42}{'limits':<16}{'calls':>7}{'violations':>12}{'margin':>11}{'used':>8}")
            for one in outcomes:
                failed |= not kept(one, least)
                used.setdefault(one.limits, []).append(one.used)
                line = f"{f'load {os.getloadavg()[0]:.1f}':<42}{one.limits:<16}{one.calls:>7}{one.violations:>12}"
                print(f"{line}{-one.worst_ms:>8.1f} ms{one.used:>8.1%}")
            print(f"{'':<12}{'median':>12}{'p99':>12}{'most':>12}")
            print(f"{row('late', delayed.late)}\n{row('on the way', delayed.on_the_way)}\n", flush=True)
        for limits, shares in used.items() if arguments.runs > 1 else ():
            spread = f"median {statistics.median(shares):.1%}, from {min(shares):.1%} to {max(shares):.1%}"
            print(f"{limits:<16}used of {arguments.runs} runs: {spread}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
