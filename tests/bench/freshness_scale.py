"""A million artists in the refresh index: opening the store, who is next, and memory, with and without statistics.

Times are medians. What the database takes is what it says itself (`explain analyze`: planning and execution of the
whole query), beside it what the caller sees, the way to the database and the artists' records included. Statistics are
those of an empty table at first, as in a database that was just restored. Returns 1 if a target is missed.

    python tests/bench/freshness_scale.py [--artists 1000000]
"""

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import attrs
import trio

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.embedded.postgres import EmbeddedPostgres
from thesetd.adapters.postgres import PostgresStore, migrate
from thesetd.adapters.postgres.queue.audiences import WIDE, next_artists

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PIECE = 10_000  # artists of one transaction
OPEN_S, NEXT_S, MEMORY_MB = 5.0, 0.001, 200.0
_ARTISTS = """
insert into artists (id, name, folded_name, slug, spotify_id, ticketmaster_id, popularity, created_at, updated_at)
select md5(n::text)::uuid, 'Band ' || n, 'band ' || n, 'band-' || n, lpad(n::text, 22, '0'), 'K' || n, n % 100, $1, $1
from generate_series($2::int, $3::int) n
"""
_COPIES = """
insert into thesetd.refresh (aspect, artist_id, changes, days, looked_at, due_at, next_at, floor_at)
select aspect, md5(n::text)::uuid, 0, 20, looked_at, due_at, due_at, looked_at + interval '27 days'
from generate_series($2::int, $3::int) n, unnest(array['shows', 'catalog']) aspect, lateral (
    select $1::timestamptz - (n::bigint * 7919 % 2592000) * interval '1 second' as looked_at,
        $1::timestamptz + (n::bigint * 7919 % 2592000 - 1296000) * interval '1 second' as due_at
) moments
"""
_THRESHOLDS = (
    "insert into thesetd.refresh_thresholds (aspect, threshold, copies) values ('shows', 1, $1), ('catalog', 1, $1)"
)


async def filled(dsn: str, bridge: AsyncioBridge, artists: int) -> None:
    """Put artists and copies into the database, without any look at its statistics.

    The connection is not the daemon's: that one is closed when a statement takes as long as none of the daemon's may,
    as pieces do on a busy machine. No trigger notes changes of these rows, and no foreign key is checked: these take
    most of an hour, and none of it is measured.
    """
    connection = await bridge(asyncpg.connect, dsn)
    await bridge(connection.execute, "set session_replication_role = replica")
    for statement in (_ARTISTS, _COPIES):
        for first in range(1, artists + 1, PIECE):
            await bridge(connection.execute, statement, NOW, first, min(artists, first + PIECE - 1))
    await bridge(connection.execute, _THRESHOLDS, artists)
    await bridge(connection.close)


async def analyzed(dsn: str, bridge: AsyncioBridge) -> None:
    """Let the database look at its statistics."""
    connection = await bridge(asyncpg.connect, dsn)
    await bridge(connection.execute, "analyze artists, thesetd.refresh")
    await bridge(connection.close)


@attrs.define
class Explaining:
    """A connection that lets the database explain a query instead of returning its rows."""

    connection: Any
    took_s: float = 0.0

    async def fetch(self, query: str, *args: Any) -> tuple[()]:
        """Note the time that it takes."""
        ((plan,),) = await self.connection.fetch(f"explain (analyze, format json) {query}", *args)
        (plan,) = json.loads(plan)
        self.took_s = (plan["Planning Time"] + plan["Execution Time"]) / 1000
        return ()


async def database_s(store: PostgresStore, schedule: str, times: int = 9) -> float:
    """Return the median of the seconds that the database says it takes to find the next 20."""

    async def once(connection: Any) -> float:
        explaining: Any = Explaining(connection)
        await next_artists(explaining, schedule=schedule, now=NOW, limit=20, again=False, until=None)
        return float(explaining.took_s)

    return statistics.median([await store.database.read(once) for _ in range(times)])


async def timed(work: Callable[[], Awaitable[Any]], times: int = 5) -> float:
    """Return the median of the seconds that it takes."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


async def measure(artists: int) -> int:
    """Fill a database and ask it."""
    missed = 0

    def told(text: str, *, ok: bool) -> None:
        nonlocal missed
        missed += not ok
        print(f"{'ok    ' if ok else 'MISSED'} {text}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        async with EmbeddedPostgres.run(Path(folder)) as dsn, open_quick_loop():
            bridge = AsyncioBridge()
            await migrate(dsn, bridge, at=NOW)
            await filled(dsn, bridge, artists)
            began = time.perf_counter()
            async with PostgresStore.open(dsn, bridge) as store:
                await store.schedules.rows()
                opened_s = time.perf_counter() - began
                told(f"store of {artists:,} artists opened in {opened_s:.2f} s", ok=opened_s < OPEN_S)
                for state in ("no statistics", "statistics"):
                    for name in sorted(WIDE):
                        found_s = await timed(lambda name=name: store.schedules.artists_for(name, now=NOW, limit=20))
                        took_s = await database_s(store, name)
                        text = f"{state}: {name}: next 20 in {1000 * took_s:.2f} ms of the database's time"
                        told(f"{text}, {1000 * found_s:.2f} ms as seen from here", ok=took_s < NEXT_S)
                    await analyzed(dsn, bridge)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told(f"{peak_mb:.0f} MB at most", ok=peak_mb < MEMORY_MB)
    return int(missed > 0)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--artists", type=int, default=1_000_000)
    return trio.run(measure, parser.parse_args().artists)


if __name__ == "__main__":
    sys.exit(main())
