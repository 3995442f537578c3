"""How long a person's import takes to be accepted: the reply comes over the control socket, after the commit.

A real daemon with a private PostgreSQL at default durability. The artists are stored already, so that no reply waits
for a provider; each request is an import of its own, sent at its moment whether or not earlier replies are there.
Twice: with all work paused, which is what accepting alone takes, and with imports running beside the requests. These
ask the sandbox, at the daemon's default limits, for artists that it does not know, and fail; more are accepted than
the limits let run. Before that, what a commit of one row takes at the same pace without any daemon.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import asyncpg
import trio

from bench.worlds import daemon_in, machine
from kill.victims import sandbox
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.database import Connection
from thesetd.domain.music.records import Artist, Rows
from thesetd.domain.work.batches import Batch

LINES = 16
CONNECTIONS = 4
T = TypeVar("T")
STORED = 500  # artists in one batch


class KeptConnection:
    """One connection that is kept open, as a web application keeps them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def open(cls, path: str) -> AsyncIterator[Self]:
        """Connect to the control socket for as long as the block lasts."""
        reader, writer = await asyncio.open_unix_connection(path)
        try:
            yield cls(reader, writer)
        finally:
            writer.close()
            await writer.wait_closed()

    async def accept(self, artist: str) -> None:
        """Ask for one import and wait for the reply."""
        await self.ask("POST /imports", 202, json.dumps({"artist": artist}).encode())

    async def ask(self, what: str, status: int, body: bytes = b"") -> None:
        """Send a request and wait for the reply."""
        head = (
            f"{what} HTTP/1.1",
            "host: thesetd",
            "content-type: application/json",
            f"content-length: {len(body)}",
        )
        self._writer.write("\r\n".join((*head, "", "")).encode() + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        assert answer.startswith(f"HTTP/1.1 {status}"), answer
        (length,) = (line for line in answer.lower().splitlines() if line.startswith("content-length:"))
        await self._reader.readexactly(int(length.partition(":")[2]))


async def steadily(
    rate: float, users: asyncio.Queue[T], one: Callable[[T, int], Awaitable[None]], count: int
) -> list[float]:
    """Do something again and again at a steady rate, late or not; give how long each took, with the wait for a user."""
    took: list[float] = []

    async def do(number: int) -> None:
        began = time.perf_counter()
        user = await users.get()
        await one(user, number)
        took.append(1000 * (time.perf_counter() - began))
        users.put_nowait(user)

    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
            group.create_task(do(number))
    return took


async def send(path: str, rate: float, artists: Sequence[str]) -> list[float]:
    """Ask for imports."""
    lines: asyncio.Queue[KeptConnection] = asyncio.Queue()
    async with AsyncExitStack() as stack:
        for _ in range(LINES):
            lines.put_nowait(await stack.enter_async_context(KeptConnection.open(path)))
        return await steadily(rate, lines, lambda line, number: line.accept(artists[number]), len(artists))


async def commit(dsn: str, rate: float, count: int) -> list[float]:
    """Insert a row and commit it, without any daemon: the least that the database takes for an acknowledgement."""
    connections: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        connections.put_nowait(await asyncpg.connect(dsn))

    async def one(connection: Connection, number: int) -> None:
        await connection.execute("insert into bench (id) values ($1)", number)

    first = await connections.get()
    await first.execute("drop table if exists bench; create table bench (id integer primary key)")
    connections.put_nowait(first)
    try:
        return await steadily(rate, connections, one, count)
    finally:
        while not connections.empty():
            await connections.get_nowait().close()


async def ask(path: str, what: str) -> None:
    """Ask for something once."""
    async with KeptConnection.open(path) as line:
        await line.ask(what, 200)


async def fill(dsn: str, count: int) -> None:
    """Store artists."""
    async with open_quick_loop(), PostgresStore.open(dsn, AsyncioBridge()) as store:
        for first in range(1, count + 1, STORED):
            now, numbers = datetime.now(UTC), range(first, min(first + STORED, count + 1))
            artists = (
                Artist(name=f"Bench {n}", slug=f"bench-{n}", spotify_id=spotify_id(n), fetched_at=now) for n in numbers
            )
            await store.batches.write(Batch(at=now, rows=Rows(artists=tuple(artists))))


def spotify_id(number: int) -> str:
    """Return the id of an artist."""
    return f"{number:022d}"


def on_plain_loop(work: Coroutine[Any, Any, T]) -> T:
    """Run the client on asyncio's own loop: trio-asyncio puts one in its place that takes six times as long a turn."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(work)


def main(rate: float, seconds: float, rounds: int) -> None:
    """Print the table."""
    count = int(rate * seconds)
    with (
        tempfile.TemporaryDirectory() as folder,
        sandbox() as world,
        daemon_in(world.environ, Path(folder), THESETD_LOG__LEVEL="error") as ready,
    ):
        trio.run(fill, ready["database"], count * rounds * 2)
        print(machine())
        print(f"accepting imports of stored artists, {rate:g}/s for {seconds:g} s, acknowledged after the commit")
        print("target: p99 below 5 ms at 200/s")
        print(f"{'work':<10}{'round':<8}{'median':>10}{'p95':>10}{'p99':>10}{'most':>10}   in ms")
        for number in range(rounds):
            show("commit", number, on_plain_loop(commit(ready["database"], rate, count)))
        for number in range(2 * rounds):
            running = number >= rounds
            on_plain_loop(ask(ready["control"], "DELETE /pauses/all" if running else "PUT /pauses/all"))
            names = [spotify_id(n) for n in range(number * count + 1, (number + 1) * count + 1)]
            took = on_plain_loop(send(ready["control"], rate, names))
            show("running" if running else "paused", number % rounds, took)


def show(work: str, number: int, took: Sequence[float]) -> None:
    """Print a row."""
    cuts = statistics.quantiles(took, n=100)
    cells = [f"{ms:>10.2f}" for ms in (cuts[49], cuts[94], cuts[98], max(took))]
    print(f"{work:<10}{number + 1:<8}{''.join(cells)}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    main(args.rate, args.seconds, args.rounds)
