"""How often the cache answers, what it costs, and what a stampede makes of it. Run: python tests/bench/gate_cache.py.

An hour of page views, on a clock of its own, over a real Redis: who is looked at follows Zipf's law over 5,000 artists,
and each view asks for five answers of the artist. How many are hits depends on how many views there are. Background
refreshes are calls, but nobody waits for them: both are told.
"""

import argparse
import itertools
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import attrs
import trio

from bench.worlds import machine, redis_server
from thesetd.actors.asking import PooledCallExecutor
from thesetd.actors.gate.caching import CacheRefresher, CachingFetcher
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.actors.messages import Answer, Fetch, Refresh, parsed, respond
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.cache.layers import LayeredCache
from thesetd.adapters.cache.memory import Memory
from thesetd.adapters.cache.redis import SharedAnswers
from thesetd.adapters.cache.tally import CacheTally
from thesetd.adapters.providers.registry import ENDPOINTS
from thesetd.adapters.redis.link import RedisServer
from thesetd.domain.errors import BusUnavailable
from thesetd.domain.gate.breaker import Breaker
from thesetd.domain.gate.cache_policy import Lifetimes, usual
from thesetd.domain.gate.calls import Call, Request, Response
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, ProviderName
from thesetd.domain.work.jobs import Lane

ARTISTS, EXPONENT, SECONDS = 5000, 1.0, 3600.0
STAMPEDE = 500
LEAST_HITS = 90.0  # percent
ROUNDS = 2000
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
PROVIDERS: tuple[ProviderName, ...] = (SPOTIFY, TICKETMASTER, SETLISTFM)


@attrs.define
class HandClock:
    """Wall-clock time that the workload moves on; Redis is asked in real time."""

    moment: datetime = EPOCH

    def now(self) -> datetime:
        """Return the present moment."""
        return self.moment


@attrs.define
class Provider:
    """Answers every call at once with a body of about 5 kB; counts them by lane."""

    clock: HandClock
    mailboxes: dict[ProviderName, LaneMailbox] = attrs.field(factory=lambda: {n: LaneMailbox() for n in PROVIDERS})
    calls: dict[Lane, int] = attrs.field(factory=lambda: dict.fromkeys(Lane, 0))

    async def run(self, mailbox: LaneMailbox) -> None:
        """Answer for ever."""
        while True:
            fetch: Fetch = await mailbox.receive()
            self.calls[fetch.lane] += 1
            await trio.lowlevel.checkpoint()
            with fetch.reply:
                respond(fetch.reply, Answer(parsed(fetch.call, self._response(fetch.call.request.path))))

    def _response(self, path: str) -> Response:
        items = [{"id": f"{path}-{n}", "name": f"Song {n} of {path}", "popularity": n} for n in range(60)]
        return Response(status=200, headers={}, received_at=self.clock.now(), json={"items": items})


@attrs.define
class Node:
    """A node's cache at work before the provider."""

    fetcher: CachingFetcher
    cache: LayeredCache
    tally: CacheTally
    provider: Provider


@asynccontextmanager
async def nodes(url: str, clock: HandClock, count: int, memory_bytes: int) -> AsyncIterator[list[Node]]:
    """Run nodes that share Redis and a provider."""
    bridge, made, opened = AsyncioBridge(), list[Node](), list[SharedAnswers]()
    prefix = f"bench:{time.monotonic_ns()}"
    provider = Provider(clock)
    async with open_quick_loop(), trio.open_nursery() as nursery:
        for mailbox in provider.mailboxes.values():
            nursery.start_soon(provider.run, mailbox)
        for number in range(count):
            tally = CacheTally()
            shared = SharedAnswers(RedisServer(url, bridge), owner=f"n{number}", prefix=prefix)
            opened.append(shared)
            cache = LayeredCache(
                memory=Memory(memory_bytes),
                shared=shared,
                breaker=BreakerGuard(Breaker(name="cache"), BusUnavailable, tally),
                lifetimes=Lifetimes(usual(ENDPOINTS)),
                clock=clock,
                observer=tally,
            )
            send, receive = trio.open_memory_channel[Refresh](256)
            fetcher = CachingFetcher(
                PooledCallExecutor(provider.mailboxes), cache=cache, refreshes=send, clock=clock, observer=tally
            )
            nursery.start_soon(CacheRefresher(receive, fetcher=fetcher).run)
            made.append(Node(fetcher, cache, tally, provider))
        yield made
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            for shared in opened:
                await shared.aclose()


def page(artist: int) -> list[Call[Any]]:
    """Return what a view of an artist's page asks for."""
    asked = (
        (SPOTIFY, "artist", f"artists/A{artist}"),
        (SPOTIFY, "artist-albums", f"artists/A{artist}/albums"),
        (SPOTIFY, "top-tracks", f"artists/A{artist}/top-tracks"),
        (TICKETMASTER, "events", f"events/of/A{artist}"),
        (SETLISTFM, "artist-setlists", f"artist/A{artist}/setlists"),
    )
    return [
        Call(request=Request(provider=provider, endpoint=endpoint, path=path), parse=lambda response: response.status)
        for provider, endpoint, path in asked
    ]


def viewed(views: int, rng: random.Random) -> list[int]:
    """Choose the artists that are looked at, by Zipf's law."""
    weights = list(itertools.accumulate(1 / rank**EXPONENT for rank in range(1, ARTISTS + 1)))
    return rng.choices(range(ARTISTS), cum_weights=weights, k=views)


async def zipf(url: str, views: int, count: int, memory_bytes: int) -> dict[str, Any]:
    """Look at pages for an hour, spread over the nodes."""
    rng, clock = random.Random(1), HandClock()
    async with nodes(url, clock, count, memory_bytes) as made:
        began = time.process_time()
        for artist in viewed(views, rng):
            clock.moment += timedelta(seconds=SECONDS / views)
            node = rng.choice(made)
            for call in page(artist):
                await node.fetcher.fetch(call, Lane.HIGH)
        cpu_s = time.process_time() - began
        calls, looks = made[0].provider.calls, views * len(page(0))
        hits = [node.tally.view() for node in made]
        return {
            "views in an hour": views,
            "nodes": count,
            "memory each": f"{memory_bytes >> 20} MiB",
            "hits": f"{1 - calls[Lane.HIGH] / looks:.2%}",
            "memory": f"{sum(view['memory_hits'] for view in hits) / looks:.1%}",
            "redis": f"{sum(view['redis_hits'] for view in hits) / looks:.1%}",
            "calls waited for": calls[Lane.HIGH],
            "refreshes": calls[Lane.LOW],
            "us CPU each": round(cpu_s / looks * 1e6),
            "largest memory": max(node.cache.size()["memory_bytes"] for node in made),
        }


async def stampede(url: str, count: int) -> dict[str, Any]:
    """Ask for one answer five hundred times at once."""
    call = page(0)[0]
    async with nodes(url, HandClock(), count, 1 << 26) as made:
        began = time.perf_counter()
        async with trio.open_nursery() as nursery:
            for number in range(STAMPEDE):
                nursery.start_soon(made[number % count].fetcher.fetch, call, Lane.HIGH)
        took_s = time.perf_counter() - began
        return {
            "equal fetches at once": STAMPEDE,
            "nodes": count,
            "calls": sum(made[0].provider.calls.values()),
            "ms": round(took_s * 1000, 1),
        }


def table(title: str, rows: list[dict[str, Any]]) -> str:
    """Lay rows out for a terminal."""
    lines = [list(rows[0]), *([str(cell) for cell in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    body = ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join([title, *body, ""])


async def cost(url: str, memory_bytes: int, *, again: bool) -> int:
    """Measure the CPU time of one fetch, in microseconds: of one answer again and again, or of new ones."""
    call = page(0)[0]
    async with nodes(url, HandClock(), 1, memory_bytes) as made:
        await made[0].fetcher.fetch(call, Lane.HIGH)
        calls = [call] * ROUNDS if again else [page(number)[0] for number in range(1, ROUNDS + 1)]
        began = time.process_time()
        for one in calls:
            await made[0].fetcher.fetch(one, Lane.HIGH)
        return round((time.process_time() - began) / ROUNDS * 1e6)


def costs(url: str) -> list[dict[str, Any]]:
    """Measure what a fetch costs this process, by where the answer is."""
    cases = (("memory", 1 << 26, True), ("redis", 0, True), ("nowhere: a call, and kept", 1 << 26, False))
    return [
        {"answer in": name, "us CPU": trio.run(partial(cost, url, size, again=again))} for name, size, again in cases
    ]


Rows = list[dict[str, Any]]


def run(url: str, views: int) -> tuple[Rows, Rows, Rows]:
    """Take every measurement, each in a world of its own."""
    settings = ((views, 1, 1 << 26), (views // 10, 1, 1 << 26), (views // 10, 4, 1 << 23))
    looks = [trio.run(zipf, url, number, count, memory_bytes) for number, count, memory_bytes in settings]
    return looks, [trio.run(stampede, url, count) for count in (1, 4)], costs(url)


def main() -> int:
    """Print the tables; give 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=int, default=100_000, help="page views in the hour of the first row")
    views = parser.parse_args().views
    with redis_server() as server:
        looks, rushes, spent = run(server.url, views)
    parts = (
        f"{machine()}\n",
        table(f"Zipf({EXPONENT}) over {ARTISTS} artists, five answers a view: first row at least 90 % hits", looks),
        table("Stampede: one call", rushes),
        table(f"One fetch, mean of {ROUNDS}", spent),
    )
    sys.stdout.write("\n".join(parts))
    kept = float(looks[0]["hits"].rstrip("%")) >= LEAST_HITS and all(rush["calls"] == 1 for rush in rushes)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
