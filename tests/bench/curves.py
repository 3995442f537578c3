"""What the daemon's work costs in databases of 100, 10,000 and 100,000 artists: flat, or growing with the table?

One artist is imported from the peers' mock, as `make bench` does; the database is then filled with copies of it, cut to
two albums, ten tracks and six shows: more does not fit here. Measured are PostgreSQL's CPU, the time that the caller
sees, and the rows that statements read, of each table; what reads more rows in a larger database is named. Statistics
are those of `analyze`, as autovacuum has them in a database that lives. Returns 1 if anything grows, or if the idle
daemon takes more than it may.

    python tests/bench/curves.py [--artists 100,10000,100000]
"""

import argparse
import asyncio
import shutil
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import attrs
import trio

from bench.imports import PEERS, Ground, cpu_s, daemon, reach
from bench.worlds import machine
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.postgres import PostgresStore
from thesetd.ctl.client import DaemonClient
from thesetd.ports.surface import routes

ALBUMS, TRACKS, SHOWS = 2, 10, 6  # of each copy
TIMES = 6  # each kind of work is done
PIECE = 5000  # artists of one statement
GROWS, LITTLE_ROWS, MOST_READ = 3.0, 200, 6  # what counts as growth from the smallest database to the largest
SETTLED_S = 1.5  # until backends have told what they read
MEMORY = "MB of memory"
IDLE, IDLE_S, REST_S = "idle for a second (caller: the daemon)", 20.0, 10.0
MOST_IDLE_MS, MOST_IDLE_MB = 5.0, 100.0  # of the daemon, in a second; with 20,000 artists
RUNNING = "select (count(*) filter (where state in ('ready', 'running')) = 0)::int from thesetd.jobs"
DONE, LOOK_S = "select count(*) from thesetd.jobs where id = {} and state in ('done', 'failed')", 0.02
CHOSEN = "deep-catalog-refresh"
# The tables that are copied, each with the rows of the first artist that are.
_SOME_ALBUMS = f"select id from albums order by id limit {ALBUMS}"
_SOME_TRACKS = f"select id from tracks where album_id in ({_SOME_ALBUMS}) order by id limit {TRACKS}"
_SOME_SONGS = f"select song_id from artist_tracks where track_id in ({_SOME_TRACKS})"
_SOME_SHOWS = f"select show_id from artist_shows order by show_id limit {SHOWS}"
_OF_SHOWS = f"show_id in ({_SOME_SHOWS})"
COPIED = {
    "artists": "true",
    "thesetd.artist_ids": "true",
    "thesetd.artist_records": "true",
    "albums": f"id in ({_SOME_ALBUMS})",
    "tracks": f"id in ({_SOME_TRACKS})",
    "thesetd.album_credits": f"album_id in ({_SOME_ALBUMS})",
    "songs": f"id in ({_SOME_SONGS})",
    "venues": f"id in (select venue_id from shows where id in ({_SOME_SHOWS}))",
    "shows": f"id in ({_SOME_SHOWS})",
    "artist_shows": _OF_SHOWS,
    "setlists": _OF_SHOWS,
    "setlist_songs": f"song_id in ({_SOME_SONGS}) and setlist_id in (select id from setlists where {_OF_SHOWS})",
    "thesetd.freshness": f"row_id in ({_SOME_TRACKS}) or row_id in ({_SOME_SHOWS})",
    "thesetd.refresh": "true",
    "thesetd.jobs": "true",
    "import_status": "true",
    "thesetd.events": "seq in (select seq from thesetd.events order by seq desc limit 3)",
    "thesetd.api_calls": "true",
}
OWN_IDS = {
    "town",
    "city",
    "spotify_id",
    "ticketmaster_id",
    "setlistfm_id",
    "mbid",
    "other_id",
    "slug",
    "unique_key",
    "key",
    "upc",
}
NUMBERS = {"thesetd.jobs.id", "job_id", "seq"}
# Moments lie in thirty days, past ones before now and due ones around it, and days in half a year: as evenly as in a
# database that lives.
_EARLIER = "{} - (n::bigint * 7919 % 2592000) * interval '1 second'"
_ABOUT_NOW = "{} - (n::bigint * 7919 % 2592000 - 1296000) * interval '1 second'"
_DAY = "local_date + n % 181 - 90"
_OF_DAY = {
    "local_date": _DAY,
    "end_date": "end_date + n % 181 - 90",
    "status": f"case when {_DAY} < current_date then 'completed' else 'scheduled' end",
}
DUE = {"due_at", "next_at", "floor_at", "not_before"}
NONE = {"same_as", "concert_id", "merged_into", "sold_as"}
SHARED = {"thesetd.artist_records.names"}
_COLUMNS = """
select c.column_name, c.data_type from information_schema.columns c
where c.table_schema = $1 and c.table_name = $2 and c.is_generated = 'NEVER' order by c.ordinal_position
"""
_READ = "select relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as rows from pg_stat_user_tables"


def _copy_of(table: str, column: str, kind: str) -> str:  # noqa: PLR0911 - one for each kind
    """Return the SQL of a column of copy `n`: ids differ from copy to copy, everything else is as it was."""
    if {column, f"{table}.{column}"} & SHARED:
        return column
    if column in NONE:
        return "null"
    if kind == "uuid":
        return f"md5({column}::text || n)::uuid"
    if table == "thesetd.album_credits" and kind == "ARRAY":
        return f"array(select md5(one::text || n)::uuid from unnest({column}) one)"
    if {column, f"{table}.{column}"} & NUMBERS:
        return f"{column} + n::bigint * 1000"
    if kind.startswith("timestamp"):
        return (_ABOUT_NOW if column in DUE else _EARLIER).format(column)
    if table == "shows" and column in _OF_DAY:
        return _OF_DAY[column]
    if column in OWN_IDS or (table.startswith("thesetd.artist_") and column == "id"):
        return f"{column} || '-' || n"
    return column


async def fill(dsn: str, artists: int) -> None:
    """Copy the only artist; no trigger notes changes of the copies, and no foreign key is checked."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("set session_replication_role = replica")
        for table, which in COPIED.items():
            schema, _, name = table.rpartition(".")
            columns = await connection.fetch(_COLUMNS, schema or "public", name)
            await connection.execute(f"create temp table copied as select * from {table} where {which}")
            names = ", ".join(f'"{one["column_name"]}"' for one in columns)
            values = ", ".join(_copy_of(table, one["column_name"], one["data_type"]) for one in columns)
            for first in range(1, artists, PIECE):
                last = min(first + PIECE - 1, artists - 1)
                series = f"generate_series({first}, {last}) n"
                await connection.execute(
                    f"insert into {table} ({names}) overriding system value select {values} from copied, {series}"
                )
            await connection.execute("drop table copied")
        await connection.execute("update thesetd.outbox set last = (select max(seq) from thesetd.events), told = last")
        await connection.execute("update thesetd.outbox set told = last")
        await connection.execute(
            "select setval(pg_get_serial_sequence('thesetd.jobs', 'id'), (select max(id) from thesetd.jobs))"
        )
        await connection.execute("update thesetd.refresh_thresholds set copies = $1", artists)
        await connection.execute("analyze")
    finally:
        await connection.close()


async def rows_read(dsn: str) -> dict[str, int]:
    """Return how many rows statements have read of each table so far."""
    await asyncio.sleep(SETTLED_S)
    connection = await asyncpg.connect(dsn)
    try:
        return {row["relname"]: row["rows"] for row in await connection.fetch(_READ)}
    finally:
        await connection.close()


@attrs.define
class Cost:
    """What one piece of work costs: CPU of PostgreSQL, the time that the caller sees, rows read by table."""

    postgres_ms: float
    wall_ms: float
    rows: dict[str, float]


@attrs.define
class Meter:
    """Measures kinds of work on one database."""

    ground: Ground
    dsn: str
    costs: dict[str, Cost] = attrs.field(factory=dict)

    @contextmanager
    def measured(self, name: str, times: int = TIMES) -> Iterator[list[float]]:
        """Measure the work of the block, which adds the seconds of each time."""
        before, used = asyncio.run(rows_read(self.dsn)), self.ground.servers_s()[0]
        took: list[float] = []
        yield took
        used = self.ground.servers_s()[0] - used
        after = asyncio.run(rows_read(self.dsn))
        print(f"    {name}: {sum(took):.1f} s", file=sys.stderr, flush=True)
        rows = {table: (after[table] - before.get(table, 0)) / times for table in after}
        self.costs[name] = Cost(1000 * used / times, 1000 * statistics.median(took), rows)


def timed(took: list[float], work: Callable[[], object]) -> None:
    """Add the seconds that it takes."""
    began = time.perf_counter()
    work()
    took.append(time.perf_counter() - began)


def on_store(dsn: str, work: Callable[[PostgresStore], Awaitable[object]], times: int) -> list[float]:
    """Do some work on the store so often; return the seconds of each time."""

    async def run() -> list[float]:
        took = []
        async with open_quick_loop(), PostgresStore.open(dsn, AsyncioBridge()) as store:
            await store.schedules.rows()
            for _ in range(times):
                began = time.perf_counter()
                await work(store)
                took.append(time.perf_counter() - began)
        return took

    return trio.run(run)


def measure(ground: Ground, artists: int) -> dict[str, Cost]:
    """Fill a database and do every kind of work in it."""
    dsn = ground.fresh(0)
    with daemon(ground, dsn, "extended", {}) as (client, _):
        imported(client, dsn, 1)
    asyncio.run(fill(dsn, artists))
    meter, now = Meter(ground, dsn), datetime.now(UTC)
    with meter.measured("choose the next 20") as took:
        took.extend(on_store(dsn, lambda store: store.schedules.artists_for(CHOSEN, now=now, limit=20), TIMES))
    on_store(dsn, lambda store: store.schedules.cleanup(now=now - timedelta(days=1)), 1)
    with meter.measured("clean-up, nothing to delete", 1) as took:
        took.extend(on_store(dsn, lambda store: store.schedules.cleanup(now=now - timedelta(days=1)), 1))
    with daemon(ground, dsn, "extended", {}) as (_, pid):
        meter.costs[IDLE] = idle(ground, pid)
    with daemon(ground, dsn, "extended", {}) as (client, _):
        numbers = range(2, TIMES + 2)
        for name in ("import of a new artist", "import of an unchanged artist"):
            with meter.measured(name) as took:
                for number in numbers:
                    timed(took, lambda number=number: imported(client, dsn, number))
        with meter.measured("accepting an import") as took:
            for number in numbers:
                timed(took, lambda number=number: submit(client, number))
        asyncio.run(reach(dsn, RUNNING, 1, 0.1))
        with meter.measured("status") as took:
            for _ in range(TIMES):
                timed(took, lambda: client.ask(routes.SHOW_STATUS))
    return meter.costs


def idle(ground: Ground, pid: int) -> Cost:
    """Return what a second costs in which nothing happens; `wall_ms` is the daemon's CPU."""
    time.sleep(REST_S)
    before = cpu_s(pid), ground.servers_s()[0]
    time.sleep(IDLE_S)
    after = cpu_s(pid), ground.servers_s()[0]
    daemon_ms, postgres_ms = ((late - early) * 1000 / IDLE_S for early, late in zip(before, after, strict=True))
    (memory,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return Cost(postgres_ms, daemon_ms, {MEMORY: int(memory.split()[1]) / 1024})


def submit(client: DaemonClient, number: int) -> int:
    """Ask for an import; return its job."""
    return int(client.ask(routes.SUBMIT_IMPORT, {"artist": f"spotify:artist:ART{number:019}"})["job_id"])


def imported(client: DaemonClient, dsn: str, number: int) -> None:
    """Import an artist to the end."""
    asyncio.run(reach(dsn, DONE.format(submit(client, number)), 1, LOOK_S))


def show(found: dict[int, dict[str, Cost]]) -> int:
    """Print the table, and which tables are read more in the largest database; return how much grows."""
    sizes, grows = sorted(found), 0
    print(f"{'PostgreSQL ms (caller ms, rows read)':40}" + "".join(f"{size:>24,}" for size in sizes))
    for name in found[sizes[0]]:
        costs = [found[size][name] for size in sizes]
        cells = (f"{one.postgres_ms:.1f} ({one.wall_ms:.1f}, {sum(one.rows.values()):.0f})" for one in costs)
        print(f"{name:40}" + "".join(f"{cell:>24}" for cell in cells))
        first, last = costs[0].rows, costs[-1].rows
        most = sorted(last.items(), key=lambda one: -one[1])[:MOST_READ]
        print("    " + ", ".join(f"{table} {rows:.0f}" for table, rows in most if rows >= 1))
        for table, rows in most:
            if rows > LITTLE_ROWS and rows > GROWS * first.get(table, 0):
                print(f"    GROWS: {table} {first.get(table, 0):.0f} -> {rows:.0f}")
                grows += 1
    return grows


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--artists", default="100,10000,100000", help="sizes, by commas")
    sizes = [int(size) for size in parser.parse_args().artists.split(",")]
    if not (PEERS / "mock.mjs").exists() or not shutil.which("node"):
        print("skipped: the mock of the peers, or node, is absent")
        return 0
    found = {}
    with Ground.run() as ground:
        print(machine())
        for size in sizes:
            began = time.monotonic()
            found[size] = measure(ground, size)
            print(f"  {size:,} artists: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    grows = show(found)
    largest = found[max(sizes)][IDLE]
    is_idle = largest.wall_ms < MOST_IDLE_MS and largest.rows[MEMORY] < MOST_IDLE_MB
    print("ok" if is_idle and not grows else f"MISSED: {grows} grow, idle {'ok' if is_idle else 'takes too much'}")
    return int(grows > 0 or not is_idle)


if __name__ == "__main__":
    sys.exit(main())
