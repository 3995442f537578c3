"""What one call to a provider costs in CPU, from the job that wants it to the value that it gets, by what it passes.

One process, many callers, a real Redis and a local HTTP server that answers with an album of twelve tracks. Each row
adds a part: the request and the reading of its JSON alone; the gate with its limits in Redis; the cache in memory and
Redis. CPU time of this process alone, so a busy machine blurs it less than it does a rate; compare the rows of one run.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from itertools import count
from typing import Any

import trio

from bench.gate_cost import Counting, Deaf, limiter_on
from bench.worlds import machine, redis_server
from fakes import FakeLedger, FakePenaltyBox
from thesetd.actors.asking import PooledCallExecutor
from thesetd.actors.gate.caching import CachingFetcher
from thesetd.actors.gate.call_log import CallRecords
from thesetd.actors.gate.gate import Gate, GateServices
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.actors.messages import Refresh
from thesetd.actors.pool import Pool
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.cache.layers import LayeredCache
from thesetd.adapters.cache.memory import Memory
from thesetd.adapters.cache.redis import SharedAnswers
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.http import Credentials, HttpSession, ProviderTransport
from thesetd.adapters.providers.registry import ENDPOINTS
from thesetd.adapters.redis.link import RedisServer
from thesetd.domain.errors import BusUnavailable, Unavailable
from thesetd.domain.gate.breaker import Breaker
from thesetd.domain.gate.cache_policy import Lifetimes, usual
from thesetd.domain.gate.calls import Call, Request
from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.work.jobs import Lane

CALLS, CALLERS, WORKERS = 400, 40, 16
_NUMBERS = count()  # of requests: no two rows ask for the same
SERVER = """
import http.server, socketserver, sys
body = sys.stdin.buffer.read()
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        head = f"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: {len(body)}\\r\\n\\r\\n"
        self.wfile.write(head.encode() + body)
    def log_message(self, *_): pass
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64
with Server(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
"""
ARTIST = {"id": "A", "name": "Artist", "uri": "spotify:artist:A", "external_urls": {"spotify": "https://example/A"}}
TRACK = {"id": "T", "name": "Song", "artists": [ARTIST], "duration_ms": 180000, "explicit": False, "is_local": False}
ALBUM = {
    "id": "B",
    "name": "Album",
    "artists": [ARTIST],
    "images": [{"url": "https://example/i", "height": 640, "width": 640}] * 3,
    "tracks": {"items": [TRACK | {"track_number": n, "disc_number": 1, "href": "x" * 200} for n in range(12)]},
}


@contextmanager
def provider() -> Iterator[str]:
    """Run the HTTP server in a process of its own; gives its address."""
    with subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(ALBUM).encode())
        process.stdin.close()
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
        finally:
            process.terminate()


class Open:
    """Needs no credentials to fetch."""

    async def credentials(self) -> Credentials:
        """Return a token."""
        return Credentials(headers={"authorization": "Bearer token"})

    def rejected(self, _credentials: Credentials) -> bool:
        """Have no fresh ones."""
        return False


async def rounds(one: Callable[[int], Awaitable[object]], times: int) -> list[float]:
    """Return the CPU time of a call in each round, in microseconds."""
    numbers, took = _NUMBERS, list[float]()

    async def work(calls: int) -> None:
        for _ in range(calls):
            await one(next(numbers))

    await work(CALLERS)
    for _ in range(times):
        began = time.process_time()
        async with trio.open_nursery() as nursery:
            for _ in range(CALLERS):
                nursery.start_soon(work, CALLS // CALLERS)
        took.append((time.process_time() - began) / CALLS * 1e6)
    return took


async def measure(base: str, url: str, times: int) -> None:
    """Print the table."""
    clock, bridge, deaf = SystemClock(), Counting(), Deaf()
    session = HttpSession(SPOTIFY, timeout_s=10.0, connections=WORKERS, clock=clock)
    transport = ProviderTransport(SPOTIFY, base, session, Open())

    def call(number: int) -> Call[Any]:
        request = Request(provider=SPOTIFY, endpoint="album", path=f"albums/{number}")
        return Call(request=request, parse=lambda answer: answer.json)

    slots = trio.CapacityLimiter(WORKERS)

    async def wire(number: int) -> None:
        async with slots:
            await transport.send(call(number).request)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(open_quick_loop())
        limiter = await stack.enter_async_context(limiter_on(url, bridge))
        lanes, numbers = LaneMailbox(), count()
        around = GateServices(
            box=FakePenaltyBox(),
            ledger=FakeLedger(),
            records=CallRecords(),
            clock=clock,
            observer=deaf,
            rng=random.Random(1),
            call_key=lambda: f"bench:{next(numbers)}",
        )
        guard = BreakerGuard(Breaker(name="bench"), Unavailable, deaf)
        gate = Gate(SPOTIFY, Fingerprint("bench"), transport=transport, limiter=limiter, guard=guard, around=around)
        cache = LayeredCache(
            memory=Memory(1 << 26),
            shared=SharedAnswers(RedisServer(url, bridge), owner="bench"),
            breaker=BreakerGuard(Breaker(name="cache"), BusUnavailable, deaf),
            lifetimes=Lifetimes(usual(ENDPOINTS)),
            clock=clock,
            observer=deaf,
        )
        plain = PooledCallExecutor({SPOTIFY: lanes})
        to_refresher, _ = trio.open_memory_channel[Refresh](8)
        caching = CachingFetcher(plain, cache=cache, refreshes=to_refresher, clock=clock, observer=deaf)
        nursery = await stack.enter_async_context(trio.open_nursery())
        nursery.start_soon(Pool(gate, mailbox=lanes, concurrency=WORKERS, rng=random.Random(1)).run)
        print(f"{'a call through':<28}{'CPU, median':>14}{'least':>10}{'most':>10}{'round trips':>14}")
        parts: tuple[tuple[str, Callable[[int], Awaitable[object]]], ...] = (
            ("the request alone", wire),
            ("and gate with limits", lambda number: plain.fetch(call(number), Lane.INTERACTIVE)),
            ("and cache", lambda number: caching.fetch(call(number), Lane.INTERACTIVE)),
            ("cached in memory", lambda number: caching.fetch(call(number % CALLERS), Lane.INTERACTIVE)),
        )
        for name, one in parts:
            before = bridge.trips
            took = await rounds(one, times)
            figures = "".join(f"{value:>7.0f} us" for value in (min(took), max(took)))
            trips = (bridge.trips - before) / (CALLS * times + CALLERS)
            print(f"{name:<28}{statistics.median(took):>11.0f} us{figures}{trips:>14.2f}", flush=True)
        nursery.cancel_scope.cancel()
    await session.aclose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    print(machine())
    print(
        f"{CALLERS} callers, {WORKERS} workers, {args.rounds} rounds of {CALLS} calls of {len(json.dumps(ALBUM))} bytes"
    )
    with provider() as address, redis_server() as server:
        trio.run(measure, address, server.url, args.rounds)
