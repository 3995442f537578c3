"""How many jobs pass through queue, importer and writer in a second; they do nothing themselves.

A job is a row: claimed under a fence, run by a task of its own, ended by a committed batch. At least once, with its
effects exactly once, over a PostgreSQL of default durability (fsync and synchronous_commit on). Two figures: draining a
queue that is full, and working while another process fills it.
"""

import argparse
import asyncio
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import attrs
import trio
from prometheus_client import CollectorRegistry

from bench.worlds import machine
from fake_cache import FakeCache
from thesetd.actors.asking import PooledCallExecutor, WriterHandle
from thesetd.actors.importer import Importer
from thesetd.actors.jobs.work import JobServices
from thesetd.actors.messages import ToBroadcaster, ToImporter, Write
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.actors.supervision.node import Node
from thesetd.actors.writer import Writer
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.embedded.postgres import EmbeddedPostgres
from thesetd.adapters.metrics.observer import MetricsObserver
from thesetd.adapters.postgres import PostgresStore, migrate
from thesetd.app.life.gc_tuning import spare_collections
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.facts import Fact, JobEnded
from thesetd.domain.gate.breaker import Breaker
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import JobKind, Lane, NewJob

UNUSED: Any = None  # these jobs ask nobody
TOGETHER = 100  # jobs enqueued in one transaction


@attrs.define
class Counting:
    """Counts the jobs that ended, and passes facts on to the metrics, as the daemon does."""

    metrics: MetricsObserver
    done: int = 0

    def notify(self, fact: Fact) -> None:
        """Take a fact."""
        self.metrics.notify(fact)
        self.done += isinstance(fact, JobEnded) and fact.state == "done"


def jobs(first: int, count: int) -> Batch:
    """Return a batch that enqueues jobs."""
    new = (
        NewJob(kind=JobKind.NOOP, lane=Lane.INTERACTIVE, unique_key=f"noop:{n}") for n in range(first, first + count)
    )
    return Batch(at=datetime.now(UTC), enqueue=tuple(new))


@asynccontextmanager
async def working(dsn: str) -> AsyncIterator[Counting]:
    """Run importer, writer and node on a database."""
    clock, bridge = SystemClock(), AsyncioBridge()
    observer = Counting(MetricsObserver(CollectorRegistry()))
    async with PostgresStore.open(dsn, bridge) as store:
        owner = await store.nodes.join("bench", now=clock.now())
        to_writer, writes = trio.open_memory_channel[Write](256)
        to_importer, asked = trio.open_memory_channel[ToImporter](64)
        to_broadcaster, _told = trio.open_memory_channel[ToBroadcaster](1024)
        guard = BreakerGuard(Breaker(name="writer"), StoreUnavailable, observer)
        writer = Writer(writes, to_broadcaster, to_importer, store=store.batches, guard=guard, observer=observer)
        tools = JobServices(
            fetcher=PooledCallExecutor({}),
            writer=WriterHandle(to_writer),
            cache=FakeCache(clock),  # type: ignore[arg-type]
            import_age_s=0.0,
            providers=UNUSED,
            reading=UNUSED,
            budget_of=UNUSED,
            clock=clock,
            observer=observer,
            forecaster=UNUSED,
        )
        importer = Importer(asked, jobs=store.jobs, tools=tools, owner=owner)
        node = Node(
            owner,
            nodes=store.nodes,
            jobs=store.jobs,
            importer=to_importer,
            broadcaster=to_broadcaster,
            clock=clock,
            observer=observer,
        )
        async with trio.open_nursery() as nursery:
            for actor in (writer, node, importer):
                nursery.start_soon(actor.run)
            spare_collections()  # as the daemon does
            yield observer
            nursery.cancel_scope.cancel()


async def fill(dsn: str, first: int, seconds: float, count: int) -> int:
    """Enqueue until the time is over or so many are there."""
    end, made = time.monotonic() + seconds, 0
    async with open_quick_loop(), PostgresStore.open(dsn, AsyncioBridge()) as store:
        while made < count and time.monotonic() < end:
            await store.batches.write(jobs(first + made, TOGETHER))
            made += TOGETHER
    return made


async def empty(dsn: str) -> None:
    """Forget what the filling left."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("delete from thesetd.jobs")
    finally:
        await connection.close()


async def measure(dsn: str, rounds: int, seconds: float, count: int) -> tuple[list[float], list[float]]:
    """Return jobs per second: draining, and while another process enqueues."""
    drained, sustained = [], []
    first = random.randrange(10**9)
    for _ in range(rounds):
        await fill(dsn, first, 3600, count)
        first += count
        async with open_quick_loop(), working(dsn) as seen:
            start = time.monotonic()
            while seen.done < count:
                await trio.sleep(0.01)
            drained.append(count / (time.monotonic() - start))
        async with open_quick_loop(), working(dsn) as seen:
            command = [sys.executable, __file__, "--fill", dsn, str(first), str(seconds)]
            filler = await trio.lowlevel.open_process(command, stdout=subprocess.PIPE)
            assert filler.stdout is not None
            await filler.stdout.receive_some(1)
            start, before = time.monotonic(), seen.done
            await trio.sleep(seconds)
            sustained.append((seen.done - before) / (time.monotonic() - start))
            await filler.wait()
        first += 10**7
        await trio.to_thread.run_sync(asyncio.run, empty(dsn))
    return drained, sustained


async def main(rounds: int, seconds: float, count: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        async with EmbeddedPostgres.run(Path(folder)) as dsn:
            async with open_quick_loop():
                await migrate(dsn, AsyncioBridge(), at=datetime.now(UTC))
            drained, sustained = await measure(dsn, rounds, seconds, count)
    print(machine())
    print("no-op jobs: claimed under a fence, a task each, ended by a committed batch; fsync and synchronous_commit on")
    for name, figures, target in (("draining", drained, 8000), ("while enqueuing", sustained, 3500)):
        spread = f"{min(figures):,.0f} to {max(figures):,.0f}"
        middle = statistics.median(figures)
        print(f"{name:<16} {middle:8,.0f}/s   ({spread}, {len(figures)} rounds; target {target:,})")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fill"]:
        print("filling", flush=True)
        trio.run(fill, sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), 10**9)
    else:
        parser = argparse.ArgumentParser()
        parser.add_argument("--rounds", type=int, default=3)
        parser.add_argument("--seconds", type=float, default=5.0)
        parser.add_argument("--count", type=int, default=20_000)
        args = parser.parse_args()
        trio.run(main, args.rounds, args.seconds, args.count)
