"""A real daemon under readers of its event streams: what an import, its reply, health and metrics take beside them.

500 readers wait for news and 100 replay 20,000 events, over and over; imports are asked for one by one, without readers
and with them, in turns. Ends with 1 if the median of the replies beside readers is more than twice that without, if
health or metrics are ever refused, or if the daemon's memory keeps growing while the same readers come again.
"""

import argparse
import json
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from bench.worlds import daemon_in, machine
from kill.victims import sandbox
from querying import query
from thesetd.ctl.client import DaemonClient
from thesetd.ctl.doors import SocketDoor
from thesetd.ctl.failures import ProblemReply
from thesetd.ports.surface import routes
from thesetd.sandbox.synthetic.universe import Universe

LATENCY_S, MOST_TIMES, MOST_GROWTH = 0.05, 2.0, 1.2
ARTISTS = 300
NO_LIMITS = {f"THESETD_PROVIDERS__{name}__LIMITS": "10000/1s" for name in ("SPOTIFY", "TICKETMASTER", "SETLISTFM")}
# Old events, as a year would leave them, of a job that has ended.
OLD_EVENTS = """
with old as (
    insert into thesetd.events (seq, job_id, artist_id, slug, status, progress, message, counts, at)
    select o.last + n, e.job_id, e.artist_id, e.slug, e.status, e.progress, e.message, e.counts, e.at
    from thesetd.outbox o, generate_series(1, {count}) n,
        (select * from thesetd.events where status = 'syncing-catalog' order by seq limit 1) e
    returning seq
)
update thesetd.outbox set last = last + (select count(*) from old), told = last + (select count(*) from old)
returning last
"""


# -- the readers, a process of their own ---------------------------------------------------------------------------


@attrs.define(eq=False)
class Reader:
    """One connection; a replay begins again when it has got so many events."""

    port: int
    replays: int
    connection: socket.socket = attrs.field(init=False)
    events: int = 0

    def open(self) -> None:
        """Ask for the stream."""
        self.events = 0
        self.connection = socket.create_connection(("127.0.0.1", self.port))
        after = "?after=0" if self.replays else ""
        self.connection.sendall(f"GET /events{after} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        self.connection.setblocking(False)

    def read(self) -> bool:
        """Read what there is; return whether the stream is to be opened again."""
        data = self.connection.recv(1 << 18)
        self.events += data.count(b"data: ")
        return not data or bool(self.replays and self.events >= self.replays)


def read_streams(port: int, idle: int, replaying: int, events: int) -> None:
    """Read until standard input ends; say when all are connected, and at the end what was read."""
    waiting, read, opened = selectors.DefaultSelector(), 0, 0
    for number in range(idle + replaying):
        reader = Reader(port, events if number >= idle else 0)
        reader.open()
        waiting.register(reader.connection, selectors.EVENT_READ, reader)
    waiting.register(sys.stdin, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in waiting.select():
            if key.data is None:
                print(json.dumps({"events": read, "replays": opened}), flush=True)
                return
            before = key.data.events
            again = key.data.read()
            read += key.data.events - before
            if again:
                opened += 1
                waiting.unregister(key.data.connection)
                key.data.connection.close()
                key.data.open()
                waiting.register(key.data.connection, selectors.EVENT_READ, key.data)


@contextmanager
def readers(port: int, idle: int, replaying: int, events: int) -> Iterator[dict[str, int]]:
    """Run them; afterwards the dictionary says what they read."""
    numbers = [str(number) for number in (port, idle, replaying, events)]
    process = subprocess.Popen(
        [sys.executable, __file__, "--read", *numbers], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    found: dict[str, int] = {}
    try:
        assert process.stdout.readline() == "ready\n"
        yield found
    finally:
        process.stdin.close()
        found.update(json.loads(process.stdout.readline()))
        process.wait()
        process.stdout.close()


# -- what is measured ----------------------------------------------------------------------------------------------


@attrs.define
class Phase:
    """What was seen while there were readers, or while there were none."""

    replies: list[float] = attrs.field(factory=list)
    imports: list[float] = attrs.field(factory=list)
    probes: list[float] = attrs.field(factory=list)
    refused: int = 0
    memory_mb: list[float] = attrs.field(factory=list)
    events: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0


def patiently(phase: Phase, ask: Callable[[], Any]) -> Any:
    """Ask again after a 503, as clients do, and count it: a machine with other work may let the database wait."""
    while True:
        try:
            return ask()
        except ProblemReply as error:
            if error.retry_after_s is None:
                raise
            phase.refused += 1
            time.sleep(error.retry_after_s)


def import_one(daemon: DaemonClient, phase: Phase, name: str) -> None:
    """Import an artist; keep how long the reply took, and the whole."""
    began = time.monotonic()
    job = patiently(phase, lambda: daemon.ask(routes.SUBMIT_IMPORT, {"artist": name}))["job_id"]
    phase.replies.append(time.monotonic() - began)
    while patiently(phase, lambda: daemon.ask(routes.SHOW_IMPORT, job_id=job))["state"] in {"ready", "running"}:
        time.sleep(0.05)
    phase.imports.append(time.monotonic() - began)


def probe(base: str, phase: Phase, over: threading.Event) -> None:
    """Ask for health and metrics five times a second, each on a connection of its own as Prometheus may."""
    while not over.wait(0.2):
        for path in ("/readyz", "/metrics"):
            began = time.monotonic()
            try:
                with urllib.request.urlopen(base + path, timeout=10) as answer:
                    text = answer.read().decode()
            except OSError:
                phase.refused += 1
                continue
            phase.probes.append(time.monotonic() - began)
            phase.memory_mb += [
                float(line.split()[1]) / 1e6
                for line in text.splitlines()
                if line.startswith("process_resident_memory_bytes ")
            ]


def measure(ready: dict[str, Any], phase: Phase, names: list[str]) -> None:
    """Import some artists, one by one, while health and metrics are asked for."""
    over = threading.Event()
    prober = threading.Thread(target=probe, args=(ready["http"], phase, over))
    prober.start()
    began = time.monotonic()
    try:
        for name in names:
            import_one(DaemonClient(SocketDoor(Path(ready["control"]))), phase, name)
    finally:
        over.set()
        prober.join()
        phase.seconds += time.monotonic() - began


def run(options: argparse.Namespace, state: Path) -> tuple[Phase, Phase]:
    """Measure without readers and with them, in turns."""
    quiet, disturbed = Phase(), Phase()
    universe = Universe(1, ARTISTS)
    names = iter(list(dict.fromkeys(universe.artist(index).spotify_id for index in range(ARTISTS))))
    with (
        sandbox("--latency", str(LATENCY_S), "--artists", str(ARTISTS)) as world,
        daemon_in(world.environ, state, **NO_LIMITS) as ready,
    ):
        import_one(DaemonClient(SocketDoor(Path(ready["control"]))), Phase(), next(names))
        query(ready["database"], OLD_EVENTS.format(count=options.events))
        import_one(DaemonClient(SocketDoor(Path(ready["control"]))), Phase(), next(names))
        port = int(ready["http"].rsplit(":", 1)[1])
        for _ in range(options.rounds):
            measure(ready, quiet, [next(names) for _ in range(options.imports)])
            with readers(port, options.idle, options.replaying, options.events) as read:
                measure(ready, disturbed, [next(names) for _ in range(options.imports)])
            disturbed.events += read["events"]
    return quiet, disturbed


def percentile(values: list[float], share: float) -> float:
    """Return the value below which this share lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def report(quiet: Phase, disturbed: Phase) -> list[str]:
    """Print the table; return what missed its target."""
    print(f"{'':<26}{'':>6}{'without readers':>24}{'with readers':>24}")
    print(f"{'':<26}{'count':>6}" + f"{'median':>14}{'p95':>10}" * 2)
    for what, of in (
        ("reply to POST /imports", "replies"),
        ("whole import", "imports"),
        ("health or metrics", "probes"),
    ):
        columns = [getattr(phase, of) for phase in (quiet, disturbed)]
        figures = "".join(f"{statistics.median(c):>12.3f} s{percentile(c, 0.95):>8.3f} s" for c in columns)
        print(f"{what:<26}{len(columns[1]):>6}{figures}")
    half = len(disturbed.memory_mb) // 2
    first, last = max(disturbed.memory_mb[:half]), max(disturbed.memory_mb[half:])
    print(f"\nmemory: {max(quiet.memory_mb):.0f} MB without readers; with them {first:.0f} MB, later {last:.0f} MB")
    print(f"events read: {disturbed.events}, {disturbed.events / disturbed.seconds:,.0f} a second")
    ratio = statistics.median(disturbed.replies) / statistics.median(quiet.replies)
    print(f"replies beside readers take {ratio:.2f} times as long; {disturbed.refused} probes were refused")
    targets = {"replies": ratio <= MOST_TIMES, "probes": not disturbed.refused, "memory": last <= MOST_GROWTH * first}
    return [name for name, kept in targets.items() if not kept]


def main() -> int:
    """Print the table; give 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idle", type=int, default=500, help="readers that wait for news")
    parser.add_argument("--replaying", type=int, default=100, help="readers that replay all events, over and over")
    parser.add_argument("--events", type=int, default=20_000, help="old events")
    parser.add_argument("--imports", type=int, default=10, help="in each round, without readers and with them")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--read", nargs=4, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        read_streams(*options.read)
        return 0
    print(machine())
    print(f"{options.idle} readers wait, {options.replaying} replay {options.events} events; {LATENCY_S} s latency\n")
    with tempfile.TemporaryDirectory(prefix="streams-") as folder:
        missed = report(*run(options, Path(folder)))
    print(f"missed: {', '.join(missed)}" if missed else "every target was met")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
