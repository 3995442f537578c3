"""Whether several gates on one Redis keep their limits, and what they make of them. Run: tests/bench/gate_limiter.py.

Four processes have a whole gate for each of the limits: lanes, pool, limiter, HTTP. All of them always want more than
there is. The sandbox judges, by the times at which calls arrive there: a violation is an arrival that is one too many
for a window which ends with it. The budget is what an ideal limiter sends in the same time, which is a multiple of every
window: count times length, from the first arrival at any gate on. Late is how long after its slot's moment a call left,
on the way how long it took from there to the sandbox: their sum is what the guard has to cover, less what the log was
told of. Ends with 1 where a violation is found, or where too little of a budget is used.
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
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

import attrs
import trio
import trio_asyncio

from bench.worlds import RedisServer, machine, redis_server, sandbox, violations
from fakes import FakePenaltyBox
from recorder import Recorder
from thesetd.actors.asking import Fetcher
from thesetd.actors.call_log import CallRecords
from thesetd.actors.gate import Gate, Surroundings
from thesetd.actors.guard import Guard
from thesetd.actors.lanes import LaneMailbox
from thesetd.actors.pool import URGENT_WORKERS, Pool
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.http import Credentials, HttpSession, ProviderTransport
from thesetd.adapters.redis_limiter import RedisLimiter, RedisLog
from thesetd.domain.breaker import Breaker
from thesetd.domain.calls import Call, Request
from thesetd.domain.credentials import Fingerprint
from thesetd.domain.errors import ThesetdError, Unavailable
from thesetd.domain.ids import TICKETMASTER
from thesetd.domain.jobs import Lane
from thesetd.domain.windows import Window, parse_window
from thesetd.ports.gate import CallRecord
from thesetd.sandbox.server import SANDBOX_KEY

PROCESSES, WORKERS, CALLERS = 4, 4, 10
BUSY_S, PAUSE_S = 3.0, 0.5  # each process in its own rhythm: together they always want more than there is
DOWN_S = 2.0
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
        """Give what was written down since then."""
        await trio.lowlevel.checkpoint()
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        calls = [(datetime.fromisoformat(at), int(cost)) for at, cost in map(str.split, lines)]
        return [(at, cost) for at, cost in calls if at >= since]


class Key:
    """Credentials that never change."""

    async def credentials(self) -> Credentials:
        """Give the sandbox's key."""
        return Credentials(params={"apikey": SANDBOX_KEY})

    def rejected(self, _credentials: Credentials) -> bool:
        """There are no others."""
        return False


@attrs.define
class Diary:
    """The transport, and a note of each call that left: the moment of its slot, and when it left."""

    transport: ProviderTransport
    number: int
    notes: list[tuple[str, float, float]] = attrs.field(factory=list)

    async def send(self, request: Request, leaving: Leaving) -> Response:
        """Send, with a path that no other call has."""
        path = f"{request.path}-{self.number}-{len(self.notes)}.json"
        place = len(self.notes)
        self.notes.append((path, math.nan, math.nan))

        def left() -> None:
            slot = leaving.args[0].slot
            now = time.monotonic()
            self.notes[place] = (path, now - (trio.current_time() - slot.moment), now)
            leaving()

        return await self.transport.send(attrs.evolve(request, path=path), left)


# One process of several


async def work(url: str, base: str, folder: str, number: int) -> None:
    """Call through every gate, in bursts with pauses between, until terminated."""
    with trio.open_signal_receiver(signal.SIGTERM) as signals:
        async with trio_asyncio.open_loop(), trio.open_nursery() as nursery:
            for place, limits in enumerate(LIMITS):
                nursery.start_soon(gate, url, base, Path(folder), number, place, limits)
            await signals.__anext__()
            nursery.cancel_scope.cancel()


async def gate(url: str, base: str, folder: Path, number: int, place: int, limits: str) -> None:
    """Run one gate with callers that always want more."""
    clock, rng, numbers = SystemClock(), random.Random(os.urandom(8)), count()
    credential = Fingerprint(f"bench-{place}")
    ledger = FileLedger(folder / f"ledger-{place}")
    limiter = RedisLimiter(
        RedisLog(url, AsyncioBridge(), provider=TICKETMASTER, credential=credential),
        node=f"node-{number}",
        windows=[parse_window(limit) for limit in limits.split(",")],
        spent=ledger.spent,
        clock=clock,
        rng=rng,
    )
    session = HttpSession(TICKETMASTER, timeout_s=10.0, connections=WORKERS + URGENT_WORKERS, clock=clock)
    observer = Recorder()
    around = Surroundings(
        box=FakePenaltyBox(),
        ledger=ledger,
        records=CallRecords(),
        clock=clock,
        observer=observer,
        rng=rng,
        call_key=lambda: f"{number}:{next(numbers)}",
    )
    made = Gate(
        TICKETMASTER,
        credential,
        transport=ProviderTransport(TICKETMASTER, f"{base}/ticketmaster/discovery/v2", session, Key()),
        limiter=limiter,
        guard=Guard(Breaker(name="bench"), Unavailable, observer),
        around=around,
    )
    lanes = LaneMailbox()
    fetcher = Fetcher({TICKETMASTER: lanes})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(limiter.run)
        nursery.start_soon(Pool(made, mailbox=lanes, concurrency=WORKERS, rng=rng).run)
        for _ in range(CALLERS):
            nursery.start_soon(want, fetcher, place, number)


async def want(fetcher: Fetcher, place: int, number: int) -> None:
    """Call for ever, but for the pauses."""
    request = Request(provider=TICKETMASTER, endpoint="event", path=f"events/{place}.json")
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
        server.kill()
        await trio.sleep(DOWN_S)
        await server.start()
        server.flush()
    await trio.sleep(seconds / 4)


async def long_away(server: RedisServer, seconds: float) -> None:
    """Take Redis away for half of the time."""
    await trio.sleep(seconds / 4)
    server.kill()
    await trio.sleep(seconds / 2)
    await server.start()
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


async def judge(fate: Fate, seconds: float) -> list[Outcome]:
    """Let the processes work for so long, and count."""
    with tempfile.TemporaryDirectory() as folder, sandbox() as provider:
        async with redis_server() as server:
            arguments = [server.url, provider.base, folder]
            workers = [
                subprocess.Popen([sys.executable, __file__, "--worker", *arguments, str(n)]) for n in range(PROCESSES)
            ]
            try:
                while len(provider.arrivals(TICKETMASTER)) < PROCESSES:
                    await trio.sleep(0.05)
                await fate(server, seconds)
                arrivals = provider.arrivals(TICKETMASTER)
            finally:
                for worker in workers:
                    worker.terminate()
                for worker in workers:
                    worker.wait()
    return [
        outcome(limits, seconds, [at for at, _, path in arrivals if path.endswith(f"/{place}.json")])
        for place, limits in enumerate(LIMITS)
    ]


def outcome(text: str, seconds: float, times: Sequence[float]) -> Outcome:
    """Judge the arrivals of one gate's limits, of which the first `seconds` count for the budget."""
    windows = [parse_window(limit) for limit in text.split(",")]
    within = [at for at in times if at < times[0] + seconds]
    budget = min(window.count * max(1.0, seconds / window.seconds) for window in windows)
    broken = sum(violations(times, window) for window in windows)
    return Outcome(text, len(within), broken, max(early_ms(times, window) for window in windows), len(within) / budget)


def early_ms(times: Sequence[float], window: Window) -> float:
    """Say by how many milliseconds the closest arrivals undercut a window; negative is what was left to spare."""
    ordered = sorted(times)
    gaps = [late - early for early, late in zip(ordered, ordered[window.count :], strict=False)]
    return (window.seconds - min(gaps, default=2 * window.seconds)) * 1000


def kept(one: Outcome, least: float) -> bool:
    """Say whether the promises were kept."""
    seconds = min(parse_window(limit).seconds for limit in one.limits.split(","))
    return one.violations == 0 and (seconds < LONG_ENOUGH_S or one.used >= least)


def main() -> int:
    """Print the table; give 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=61.0, help="of each run")
    parser.add_argument("--runs", type=int, default=1, help="of each kind")
    parser.add_argument("--only", choices=FATES, help="one kind")
    parser.add_argument("--worker", nargs=4, metavar=("URL", "BASE", "FOLDER", "NUMBER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        url, base, folder, number = arguments.worker
        trio.run(work, url, base, folder, int(number))
        return 0
    print(f"{machine()}, {datetime.now(UTC):%Y-%m-%d}")
    print(f"{PROCESSES} processes on one Redis, {arguments.seconds:.0f} s each, in bursts of {BUSY_S:.0f} s\n")
    print(f"{'Redis':<36}{'limits':<16}{'calls':>7}{'violations':>12}{'margin':>11}{'used':>8}")
    failed = False
    for name in [arguments.only] if arguments.only else FATES:
        fate, least = FATES[name]
        for _ in range(arguments.runs):
            for one in trio.run(partial(judge, fate, arguments.seconds)):
                failed |= not kept(one, least)
                row = f"{name:<36}{one.limits:<16}{one.calls:>7}{one.violations:>12}"
                print(f"{row}{-one.worst_ms:>8.1f} ms{one.used:>8.1%}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
