"""Imports by the daemon, beside TheSet's earlier design and a bare program on the same libraries, in one run.

All ask one mock of the providers for the same artists of 60 albums and 720 tracks, and write to the same servers; each
run gets a new database and an empty Redis. "many" is 100 imports with wide limits and no latency: imports a second, and
what one of them costs in CPU. "again" asks the daemon for the same artists once more, when nothing has changed. "one"
is a single import at 50 ms latency: when the artist's row is there, and when everything is.

The mock and both other programs are in `../shared/bench`, or where `THESETD_PEERS` says. Whatever is absent is left out
with the reason: that folder, Node, or what npm has to fetch for the earlier design.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import asyncpg
import attrs

from bench.worlds import machine, program
from kill.victims import FAST, Postgres, RedisServer
from thesetd.ctl.client import DaemonClient
from thesetd.ctl.doors import SocketDoor
from thesetd.ports.surface import routes

ROOT = Path(__file__).parents[2]
PEERS = Path(os.environ.get("THESETD_PEERS", ROOT.parent / "shared" / "bench"))
MODULES = ROOT / "build" / "earlier"
NEEDED = ("pg", "redis")  # by the earlier design, from npm
SENDERS = 20  # imports that the other programs run at a time, and requests that the daemon is sent at a time
LATENCY_MS = 50
PATIENCE_S = 600.0
LOG_BYTES = 5000
WIDE, WORKERS = "1000000/1s", {"SPOTIFY": "16", "TICKETMASTER": "8", "SETLISTFM": "8"}
KEYS = ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "TICKETMASTER_API_KEY", "SETLISTFM_API_KEY")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
ENDED = "select count(*) from thesetd.jobs where kind = 'import_artist' and state in ('done', 'failed', 'cancelled')"
FULL = "select count(*) from import_status where status = 'completed'"


class Stuck(Exception):
    """Imports do not end; what the daemon logged was printed."""


@attrs.frozen(kw_only=True)
class Figures:
    """What one run of one program shows; CPU times are seconds of one import."""

    per_s: float
    program_s: float
    postgres_s: float
    redis_s: float
    calls: float
    peak_mb: float
    again_s: float | None = None
    record_s: float
    end_s: float


def children(pid: int) -> list[int]:
    """Name the processes that a process started and has not waited for."""
    return [int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]


def cpu_s(pid: int) -> float:
    """Return the CPU time of a process with those that it started, ended ones included."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS_PER_S + sum(map(cpu_s, children(pid)))
    except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
        return 0.0


def peak_mb(pid: int) -> float:
    """Return the most memory that a process had."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


@attrs.frozen
class Ground:
    """The servers and the mock, for programs that run one after another."""

    postgres: Postgres
    redis: RedisServer
    mock: str

    @classmethod
    @contextmanager
    def run(cls) -> Iterator["Ground"]:
        """Run them."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            postgres, redis = Postgres.make(folder), RedisServer(folder / "redis")
            stack.callback(postgres.stop, FAST)
            postgres.start()
            stack.callback(redis.stop)
            redis.start()
            mock = subprocess.Popen(["node", str(PEERS / "mock.mjs"), "0"], stdout=subprocess.PIPE, text=True)
            stack.enter_context(mock)
            stack.callback(mock.terminate)
            assert mock.stdout is not None
            yield cls(postgres, redis, mock.stdout.readline().split()[-1])

    def fresh(self, latency_ms: int) -> str:
        """Make a new database, empty Redis, set the providers' latency; give the database's address."""
        name = f"bench_{time.monotonic_ns()}"
        asyncio.run(execute(self.postgres.dsn(), f"create database {name} encoding 'UTF8' template template0"))
        asyncio.run(execute(self.postgres.dsn(), "checkpoint"))
        self.redis.wipe()
        self._ask(f"_latency?ms={latency_ms}", b"")
        self.calls()
        return self.postgres.dsn(name)

    def calls(self) -> int:
        """Count the calls since this was asked last."""
        return sum(json.loads(self._ask("_stats")).values())

    def servers_s(self) -> tuple[float, float]:
        """Return the CPU times of PostgreSQL and Redis."""
        assert self.postgres.process is not None
        assert self.redis.process is not None
        return cpu_s(self.postgres.process.pid), cpu_s(self.redis.process.pid)

    def _ask(self, path: str, body: bytes | None = None) -> bytes:
        with urllib.request.urlopen(f"{self.mock}/{path}", body) as answer:
            found: bytes = answer.read()
        return found

    def environ(self, dsn: str) -> dict[str, str]:
        """Say where everything is, to the other programs."""
        return {
            **os.environ,
            "DATABASE_URL": dsn,
            "REDIS_URL": self.redis.url,
            "SPOTIFY_BASE_URL": f"{self.mock}/spotify/v1",
            "SPOTIFY_TOKEN_URL": f"{self.mock}/accounts/api/token",
            "TICKETMASTER_BASE_URL": f"{self.mock}/tm/discovery/v2",
            "SETLISTFM_BASE_URL": f"{self.mock}/setlistfm/rest/1.0",
            "EARLIER_MODULES": f"{MODULES}/",
            **{f"{name}_LIMIT": "off" for name in WORKERS},
        }


async def execute(dsn: str, statement: str) -> int:
    """Run one statement; give its number, if it is a query of one."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement) or 0
    finally:
        await connection.close()


async def reach(dsn: str, query: str, count: int, look_s: float) -> None:
    """Return when a query's number is this high."""
    connection, until, found = await asyncpg.connect(dsn), time.monotonic() + PATIENCE_S, 0
    try:
        while (found := await connection.fetchval(query)) < count:
            if time.monotonic() > until:
                raise Stuck(f"{found} of {count} imports were done after {PATIENCE_S:g} s")
            await asyncio.sleep(look_s)
    finally:
        await connection.close()


def other(command: list[str]) -> Callable[[Ground, int], Figures]:
    """Return how a program of the peers' folder is measured: one process for each part."""

    def tell(ground: Ground, dsn: str, *arguments: str) -> tuple[dict[str, Any], float, float]:
        with subprocess.Popen([*command, *arguments], env=ground.environ(dsn), stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            output = process.stdout.read()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert not process.returncode, output
        time.sleep(0.3)  # until PostgreSQL has waited for the processes of its connections
        return json.loads(output.splitlines()[-1]), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024

    def measure(ground: Ground, count: int) -> Figures:
        dsn = ground.fresh(LATENCY_MS)
        tell(ground, dsn, "migrate")
        one, _, _ = tell(ground, dsn, "import", f"ART{1:019}")
        dsn = ground.fresh(0)
        tell(ground, dsn, "migrate")
        postgres_s, redis_s = ground.servers_s()
        many, used_s, peak = tell(ground, dsn, "many", str(count), str(SENDERS))
        after = ground.servers_s()
        return Figures(
            per_s=many["imports_per_s"],
            program_s=used_s / count,
            postgres_s=(after[0] - postgres_s) / count,
            redis_s=(after[1] - redis_s) / count,
            calls=ground.calls() / count,
            peak_mb=peak,
            record_s=one["times"]["phase1_s"],
            end_s=one["times"]["setlists_s"],
        )

    return measure


def variables(environ: Mapping[str, str], mode: str) -> dict[str, str]:
    """Return the daemon's environment, from what the other programs are told."""
    named = {name: environ[name] for name in ("DATABASE_URL", "REDIS_URL")} | dict.fromkeys(KEYS, "key")
    for name, workers in WORKERS.items():
        own = {"LIMITS": WIDE, "CONCURRENCY": workers, "BASE_URL": environ[f"{name}_BASE_URL"]}
        named |= {f"THESETD_PROVIDERS__{name}__{key}": value for key, value in own.items()}
    named["THESETD_PROVIDERS__SPOTIFY__TOKEN_URL"] = environ["SPOTIFY_TOKEN_URL"]
    named |= {"THESETD_PROVIDERS__SPOTIFY__MODE": mode, "THESETD_LOG__LEVEL": "warning"}
    return named


@contextmanager
def daemon(ground: Ground, dsn: str, mode: str, extra: Mapping[str, str]) -> Iterator[tuple[DaemonClient, int]]:
    """Run `thesetd run` on the servers with wide limits; gives the way to it and its process."""
    named = variables(ground.environ(dsn), mode)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        named |= {"HOME": folder, "THESETD_HTTP__LISTEN": "127.0.0.1:0", **extra}
        log = stack.enter_context(tempfile.TemporaryFile())
        try:
            with program("run", "--json", "--state-dir", f"{folder}/s", environ=named, log=log) as ready:
                yield DaemonClient(SocketDoor(Path(ready["control"]))), ready["pid"]
        except Stuck:
            log.seek(0)
            print(log.read()[-LOG_BYTES:].decode(), file=sys.stderr)
            raise


def submit(client: DaemonClient, count: int) -> None:
    """Ask for so many imports, of the artists from the first on."""
    numbers = iter(range(1, count + 1))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            client.ask(routes.SUBMIT_IMPORT, {"artist": f"spotify:artist:ART{number:019}"})

    threads = [threading.Thread(target=work) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def spied(pid: int, into: Path | None) -> Iterator[None]:
    """Have py-spy, if it is wanted, write down the stacks of a process while the block runs."""
    if into is None:
        yield
        return
    command = [
        "py-spy",
        "record",
        "--pid",
        str(pid),
        "--nonblocking",
        "--rate",
        "100",
        "--format",
        "raw",
        "--output",
        str(into),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)


def ours(mode: str, extra: Mapping[str, str], spy: Path | None) -> Callable[[Ground, int], Figures]:
    """Return how the daemon is measured in a mode of Spotify's."""

    def measure(ground: Ground, count: int) -> Figures:
        dsn = ground.fresh(LATENCY_MS)
        with daemon(ground, dsn, mode, extra) as (client, _):
            began = time.perf_counter()
            submit(client, 1)
            record_s = time.perf_counter() - began
            asyncio.run(reach(dsn, FULL, 1, 0.005))
            end_s = time.perf_counter() - began
        dsn = ground.fresh(0)
        with daemon(ground, dsn, mode, extra) as (client, pid):
            ground.calls()
            before, began = (cpu_s(pid), *ground.servers_s()), time.perf_counter()
            with spied(pid, spy):
                submit(client, count)
                asyncio.run(reach(dsn, ENDED, count, 0.1))
            wall_s = time.perf_counter() - began
            after, calls = (cpu_s(pid), *ground.servers_s()), ground.calls()
            assert asyncio.run(execute(dsn, FULL)) == count, "an import failed"
            submit(client, count)
            asyncio.run(reach(dsn, ENDED, 2 * count, 0.1))
            again_s = cpu_s(pid) - after[0]
            peak = peak_mb(pid)
        used = [(late - early) / count for early, late in zip(before, after, strict=True)]
        return Figures(
            per_s=count / wall_s,
            program_s=used[0],
            postgres_s=used[1],
            redis_s=used[2],
            calls=calls / count,
            peak_mb=peak,
            again_s=again_s / count,
            record_s=record_s,
            end_s=end_s,
        )

    return measure


def missing_modules() -> str:
    """Fetch what the earlier design needs of npm; say what kept that from happening."""
    if all((MODULES / "node_modules" / name).exists() for name in NEEDED):
        return ""
    MODULES.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", *NEEDED]
    fetched = shutil.which("npm") and subprocess.run(command, cwd=MODULES, check=False).returncode == 0
    return "" if fetched else f"npm cannot fetch {' and '.join(NEEDED)}"


def programs(
    names: list[str], extra: Mapping[str, str], spy: Path | None
) -> dict[str, Callable[[Ground, int], Figures]]:
    """Return what can be measured here of what is wanted."""
    known = {
        "earlier": other(["node", str(PEERS / "earlier.mjs")]),
        "floor": other([sys.executable, str(PEERS / "httpx_floor.py")]),
        "extended": ours("extended", extra, spy and spy / "extended.txt"),
        "development": ours("development", extra, spy and spy / "development.txt"),
    }
    if "earlier" in names and (reason := missing_modules()):
        print(f"without the earlier design: {reason}")
        names = [name for name in names if name != "earlier"]
    return {name: known[name] for name in names}


def middle(runs: list[Figures]) -> Figures:
    """Return the medians."""
    values = {name: [getattr(run, name) for run in runs] for name in attrs.fields_dict(Figures)}
    return Figures(**{name: None if None in found else statistics.median(found) for name, found in values.items()})


def show(figures: dict[str, list[Figures]]) -> None:
    """Print the table of medians and the ratios."""
    medians = {name: middle(runs) for name, runs in figures.items()}
    print(f"{'':13}{'imports/s':>18}{'CPU ms per import: program':>28}{'PostgreSQL':>12}{'Redis':>8}", end="")
    print(f"{'again':>8}{'calls':>8}{'MB':>6}{'one: record s':>15}{'end s':>8}")
    for name, row in medians.items():
        spread = sorted(run.per_s for run in figures[name])
        print(
            f"{name:13}{row.per_s:6.2f} {f'({spread[0]:.2f}-{spread[-1]:.2f})':>11}{1000 * row.program_s:28.0f}", end=""
        )
        again = "" if row.again_s is None else f"{1000 * row.again_s:.0f}"
        print(f"{1000 * row.postgres_s:12.0f}{1000 * row.redis_s:8.0f}{again:>8}{row.calls:8.1f}", end="")
        print(f"{row.peak_mb:6.0f}{row.record_s:15.3f}{row.end_s:8.3f}")
    earlier, floor = medians.get("earlier"), medians.get("floor")
    for name, target in (("extended", 2.0), ("development", 1.0)):
        if earlier and (row := medians.get(name)):
            print(f"{name}: {row.per_s / earlier.per_s:.2f} x the imports of earlier (target {target:g});", end=" ")
            both = (row.program_s + row.postgres_s) / (earlier.program_s + earlier.postgres_s)
            print(f"{both:.2f} x its CPU with PostgreSQL{' (target 0.5)' if name == 'extended' else ''}")
        if floor and (row := medians.get(name)):
            targets = (" (target 1.5)", " (target 4)") if name == "development" else ("", "")
            print(f"{name}: {row.program_s / floor.program_s:.2f} x the floor's CPU{targets[0]},", end=" ")
            print(f"{row.postgres_s / floor.postgres_s:.1f} x its PostgreSQL{targets[1]};", end=" ")
            record, end = row.record_s / floor.record_s, row.end_s / floor.end_s
            print(f"one import: record {record:.2f} x (target 1.3), end {end:.2f} x (target 1.5)")


def main(runs: int, count: int, names: list[str], extra: Mapping[str, str], spy: Path | None) -> None:
    """Measure in turn and print."""
    for need, there in ((PEERS / "mock.mjs", (PEERS / "mock.mjs").exists()), ("node", shutil.which("node"))):
        if not there:
            print(f"skipped: {need} is absent")
            return
    measured: dict[str, list[Figures]] = {}
    wanted = programs(names, extra, spy)
    with Ground.run() as ground:
        node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
        server = asyncio.run(execute(ground.postgres.dsn(), "select current_setting('server_version_num')::integer"))
        print(
            machine(),
            f"asyncpg {version('asyncpg')}, PostgreSQL {server // 10000}.{server % 10000}, Node {node}",
            sep=", ",
        )
        print(f"{count} imports, {SENDERS} at a time, limits wide; one at {LATENCY_MS} ms; medians of {runs}")
        for _ in range(runs):
            for name, measure in wanted.items():
                measured.setdefault(name, []).append(measure(ground, count))
                print(f"  {name}: {measured[name][-1].per_s:.2f} imports/s", file=sys.stderr, flush=True)
    show(measured)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--quick", action="store_true", help="one run of 30 imports")
    parser.add_argument("--only", default="earlier,floor,extended,development", help="programs, by commas")
    parser.add_argument("--set", action="append", default=[], help="NAME=VALUE: a variable of the daemon's environment")
    parser.add_argument("--spy", type=Path, help="a folder for stacks of the daemon, which py-spy writes")
    args = parser.parse_args()
    chosen = dict(item.split("=", 1) for item in args.set)
    runs, count = (1, 30) if args.quick else (args.runs, args.count)
    main(runs, count, args.only.split(","), chosen, args.spy)
