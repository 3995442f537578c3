"""Memory under a steady load for long: imports and refreshes of the same artists, again and again.

A real daemon on external servers beside a sandbox without limits. What it has stored is bounded, and so are its caches:
from the tenth minute on, when all artists were imported several times, its memory has to stay. Each minute says how
much the daemon and the database's backends have; returns 1 if the daemon's grew.

    python tests/bench/soak.py [--minutes 40] [--artists 40] [--every 2]
"""

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.imports import children, cpu_s
from bench.worlds import machine, program, variables
from kill.victims import FAST, Postgres, RedisServer, sandbox
from thesetd.ctl.client import DaemonClient
from thesetd.ctl.doors import SocketDoor
from thesetd.ports.surface import routes
from thesetd.sandbox.synthetic.universe import Universe

SETTLED = 10  # minutes until what is cached is cached
MOST_GROWTH = 0.02  # of the memory then: less than the minutes differ by
ASPECTS = ("shows", "setlists", "catalog")


def resident_mb(pid: int) -> float:
    """Return the memory that a process has, in MB."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / 1e6


@contextmanager
def daemon(artists: int) -> Iterator[tuple[DaemonClient, int, int]]:
    """Run a daemon on servers of its own beside a sandbox; gives the way to it, its process and PostgreSQL's."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres, redis = Postgres.make(folder), RedisServer(folder / "redis")
        for server, stop in ((postgres, lambda: postgres.stop(FAST)), (redis, redis.stop)):
            stack.callback(stop)
            server.start()
        world = stack.enter_context(sandbox("--artists", str(max(artists, 10))))
        own = {"DATABASE_URL": postgres.dsn(), "REDIS_URL": redis.url, "THESETD_LOG__LEVEL": "warning"}
        own |= {f"THESETD_PROVIDERS__{name}__LIMITS": "1000/1s" for name in ("SPOTIFY", "TICKETMASTER", "SETLISTFM")}
        environ = variables(world.environ, folder, **own)
        ready = stack.enter_context(program("run", "--json", "--state-dir", f"{folder}/s", environ=environ))
        assert postgres.process is not None
        yield DaemonClient(SocketDoor(Path(ready["control"]))), ready["pid"], postgres.process.pid


def work(client: DaemonClient, names: list[str]) -> Iterator[None]:
    """Import the artists in turn, and refresh each after its import, one request for each step."""
    for turn in itertools.count():
        for name in names:
            client.ask(routes.SUBMIT_IMPORT, {"artist": f"spotify:artist:{name}"})
            yield
            if turn:
                aspect = ASPECTS[turn % len(ASPECTS)]
                client.ask(routes.REFRESH_ARTIST, query=[("aspect", aspect)], artist=f"spotify:artist:{name}")
                yield


def main(minutes: int, artists: int, every_s: float) -> int:
    """Print a row for each minute, and whether the memory stayed."""
    universe, levels = Universe(1, max(artists, 10)), list[float]()
    names = list(dict.fromkeys(universe.artist(index).spotify_id for index in range(artists)))
    print(machine(), flush=True)
    print(f"{len(names)} artists, a request every {every_s:g} s")
    print(f"{'minute':>6}{'daemon MB':>12}{'PostgreSQL MB':>16}{'CPU % of a core':>18}{'requests':>10}", flush=True)
    with daemon(artists) as (client, pid, postgres):
        steps, began, requests = work(client, names), time.monotonic(), 0
        for minute in range(1, minutes + 1):
            used_s = cpu_s(pid)
            while (left_s := began + 60 * minute - time.monotonic()) > 0:
                next(steps)
                requests += 1
                time.sleep(min(every_s, left_s))
            levels.append(resident_mb(pid))
            backends = sum(map(resident_mb, children(postgres)))
            busy = (cpu_s(pid) - used_s) / 60
            print(f"{minute:>6}{levels[-1]:>12.1f}{backends:>16.0f}{100 * busy:>18.1f}{requests:>10}", flush=True)
    if minutes <= SETTLED + 5:
        return 0
    first, last = statistics.median(levels[SETTLED : SETTLED + 5]), statistics.median(levels[-5:])
    grew = last > (1 + MOST_GROWTH) * first
    print(f"{'MISSED' if grew else 'ok'}: {first:.1f} MB from minute {SETTLED + 1}, {last:.1f} MB at the end")
    return int(grew)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=40)
    parser.add_argument("--artists", type=int, default=40)
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two requests")
    args = parser.parse_args()
    sys.exit(main(args.minutes, args.artists, args.every))
