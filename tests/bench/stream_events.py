"""Events as 500 readers of the streams receive them: at ten a second, and while imports beside them use the machine up.

A reader's delay is from the event's own time, which is before its commit, to the arrival of its last byte by the
kernel's stamp: the readers are one process, which does not compete with the daemon for each event, and may come late.
Two parts of it are told, too: between the event's first reader and this one; and, for the last reader, after the
commit, of which PostgreSQL notifies an observer. The rest is the commit, for some events that of an import's rows.
Beside them 20 readers have asked for everything and read nothing. In each turn imports run in pairs without readers, in
pairs with them, and then with them at the pace that makes ten events a second. At last all readers come and go ten
times, while the same artists are imported again: new ones fill the bounded caches of titles, which is no leak.
Ends with 1 if, at that pace, one event in a hundred takes 150 ms or more; if an import in pairs takes more than 1.2
times as long as without readers; or if the daemon's memory grows from the first of the ten times to the last.
"""

import argparse
import asyncio
import functools
import json
import os
import re
import selectors
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import attrs

from bench.streams import ARTISTS, LATENCY_S, NO_LIMITS, OLD_EVENTS, Phase, import_one, percentile, probe
from bench.worlds import daemon_in, machine
from kill.victims import sandbox
from querying import query
from thesetd.adapters.postgres.queue.nodes import HINTS
from thesetd.ctl.client import DaemonClient
from thesetd.ctl.doors import SocketDoor
from thesetd.ports.store import HintKind
from thesetd.sandbox.synthetic.universe import Universe

MOST_S, MOST_TIMES, MOST_GROWTH, LEAST_PER_S = 0.15, 1.2, 1.1, 10.0
OLD = 20_000
AGAIN, TIMES = 4, 10  # artists that are imported again, and how often
EVENT = re.compile(rb'"seq":(\d+).*?"at":"([^"]+)"')
SO_TIMESTAMPNS = 35  # socket(7); received data comes with the moment when the kernel got it
GATHER_S = 0.005  # between the first arrival and a look at all sockets: else each arrival would wake this process


def listen(port: int, reading: int, stalled: int) -> None:
    """Read until standard input ends, in a process of its own; say when all are connected, and then every delay."""
    waiting, rest, kept = selectors.DefaultSelector(), dict[int, bytes](), []
    for number in range(reading + stalled):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        if number >= reading:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        path = "/events" if number < reading else "/events?after=0"
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        kept.append(connection)
        if number < reading:
            waiting.register(connection, selectors.EVENT_READ, number)
    waiting.register(sys.stdin, selectors.EVENT_READ)
    began_s = time.process_time()
    print("ready", flush=True)
    delays, spread, first, last, lost = list[float](), list[float](), dict[bytes, float](), dict[str, float](), 0
    read = functools.lru_cache(1000)(events_in)
    while waiting.select():
        time.sleep(GATHER_S)
        for key, _ in waiting.select(0):
            if key.data is None:
                cpu_s = time.process_time() - began_s
                found = {"delays": delays, "spread": spread, "last": last, "lost": lost, "cpu_s": cpu_s}
                print(json.dumps(found), flush=True)
                return
            received, stamps, _, _ = key.fileobj.recvmsg(1 << 18, socket.CMSG_SPACE(16))
            if not received:
                waiting.unregister(key.fileobj)
                lost += 1
            data = rest.get(key.data, b"") + received
            now = time.time() if not stamps else stamp(stamps[0][2])
            whole, _, rest[key.data] = data.rpartition(b"\n\n")
            for seq, at in read(whole):
                delays.append(now - at)
                spread.append(now - first.setdefault(seq, now))
                last[seq.decode()] = max(now, last.get(seq.decode(), now))


def stamp(found: bytes) -> float:
    """Read a moment of the kernel's."""
    seconds, nanoseconds = struct.unpack("qq", found[:16])
    return float(seconds + nanoseconds / 1e9)


def events_in(text: bytes) -> list[tuple[bytes, float]]:
    """Return the number and the moment of each event; readers that get the same bytes share the work."""
    return [(seq, datetime.fromisoformat(at.decode()).timestamp()) for seq, at in EVENT.findall(text)]


@contextmanager
def listeners(port: int, reading: int, stalled: int) -> Iterator[dict[str, Any]]:
    """Run them; afterwards the dictionary holds their delays."""
    numbers = [str(number) for number in (port, reading, stalled)]
    process = subprocess.Popen(
        [sys.executable, __file__, "--listen", *numbers], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    found: dict[str, Any] = {}
    try:
        assert process.stdout.readline() == "ready\n"
        yield found
    finally:
        process.stdin.close()
        found.update(json.loads(process.stdout.readline()))
        process.wait()
        process.stdout.close()


@contextmanager
def commits(dsn: str) -> Iterator[list[tuple[float, int]]]:
    """Yield what PostgreSQL tells of commits with events: when it did, and the number of the last event."""
    seen: list[tuple[float, int]] = []
    over, listening = threading.Event(), threading.Event()

    def hear(_: object, __: int, ___: str, hint: object) -> None:
        kind, _, seq = str(hint).partition(" ")
        if kind == HintKind.EVENTS.value:
            seen.append((time.time(), int(seq)))

    async def observe() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.add_listener(HINTS, hear)
        listening.set()
        while not over.is_set():
            await asyncio.sleep(0.1)
        await connection.close()

    observer = threading.Thread(target=lambda: asyncio.run(observe()))
    observer.start()
    listening.wait()
    try:
        yield seen
    finally:
        over.set()
        observer.join()


def measure(ready: dict[str, Any], phase: Phase, names: list[str], pairs: int, every_s: float = 0.0) -> None:
    """Import some artists, so many at a time and none before its turn, while health and metrics are asked for."""
    over = threading.Event()
    prober = threading.Thread(target=probe, args=(ready["http"], phase, over))
    prober.start()
    began, cpu_s = time.monotonic(), cpu_seconds(ready["pid"])

    def one(number: int, name: str) -> None:
        time.sleep(max(0.0, began + number * every_s - time.monotonic()))
        import_one(DaemonClient(SocketDoor(Path(ready["control"]))), phase, name)

    try:
        with ThreadPoolExecutor(pairs) as pool:
            list(pool.map(one, range(len(names)), names))
    finally:
        over.set()
        prober.join()
        phase.seconds += time.monotonic() - began
        phase.cpu_s += cpu_seconds(ready["pid"]) - cpu_s


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@attrs.define
class Arrivals:
    """What all readers got, and the processor time that they used for it."""

    delays: list[float] = attrs.field(factory=list)
    spread: list[float] = attrs.field(factory=list)
    committed: list[float] = attrs.field(factory=list)
    distinct: int = 0
    cpu_s: float = 0.0

    def add(self, found: dict[str, Any], told: list[tuple[float, int]]) -> None:
        """Add what the readers of one turn got, and when it was committed."""
        self.delays += found["delays"]
        self.spread += found["spread"]
        for seq, at in found["last"].items():
            self.committed += [at - min(when for when, upto in told if upto >= int(seq))]
        self.distinct += len(found["last"])
        self.cpu_s += found["cpu_s"]


@attrs.define
class Measured:
    """The imports without readers, those with them in turns, those at the pace, and what arrived in the last two."""

    quiet: Phase = attrs.field(factory=Phase)
    turns: list[Phase] = attrs.field(factory=list)
    paced: Phase = attrs.field(factory=Phase)
    arrivals: Arrivals = attrs.field(factory=Arrivals)
    at_pace: Arrivals = attrs.field(factory=Arrivals)
    again: list[Phase] = attrs.field(factory=list)


def run(options: argparse.Namespace, state: Path) -> Measured:
    """Measure without readers, with them, and with them at the pace, in turns."""
    seen = Measured()
    universe = Universe(1, ARTISTS)
    names = iter(list(dict.fromkeys(universe.artist(index).spotify_id for index in range(ARTISTS))))
    with (
        sandbox("--latency", str(LATENCY_S), "--artists", str(ARTISTS)) as world,
        daemon_in(world.environ, state, **NO_LIMITS) as ready,
    ):
        measure(ready, Phase(), [next(names) for _ in range(2)], 1)
        query(ready["database"], OLD_EVENTS.format(count=OLD))
        same = [next(names) for _ in range(AGAIN)]
        measure(ready, Phase(), same, 2)
        port, dsn = int(ready["http"].rsplit(":", 1)[1]), ready["database"]
        for _ in range(options.rounds):
            measure(ready, seen.quiet, [next(names) for _ in range(options.imports)], 2)
            seen.turns.append(Phase())
            with commits(dsn) as told, listeners(port, options.reading, options.stalled) as found:
                time.sleep(2)
                measure(ready, seen.turns[-1], [next(names) for _ in range(options.imports)], 2)
                time.sleep(1)
            seen.arrivals.add(found, told)
            every_s = len(found["last"]) / options.imports / LEAST_PER_S
            with commits(dsn) as told, listeners(port, options.reading, options.stalled) as slower:
                time.sleep(2)
                measure(ready, seen.paced, [next(names) for _ in range(options.imports)], 2, every_s)
                time.sleep(1)
            seen.at_pace.add(slower, told)
            events = f"{len(found['last'])} and {len(slower['last'])} events"
            lost = found["lost"] + slower["lost"]
            print(f"turn {len(seen.turns)}: {seen.turns[-1].seconds:.0f} s, {events}, {lost} readers lost", flush=True)
        for _ in range(TIMES):
            seen.again.append(Phase())
            with listeners(port, options.reading, options.stalled):
                measure(ready, seen.again[-1], same, 2)
    return seen


def quantiles(seconds: list[float]) -> str:
    """Name the ones that matter."""
    found = [percentile(seconds, share) for share in (0.5, 0.95, 0.99)]
    return "p50 {:.0f}, p95 {:.0f}, p99 {:.0f}, max {:.0f} ms".format(*(1e3 * one for one in (*found, max(seconds))))


def report(seen: Measured) -> list[str]:
    """Print the table; return what missed its target."""
    imports = [seconds for turn in seen.turns for seconds in turn.imports]
    full_s, paced_s = sum(turn.seconds for turn in seen.turns), seen.paced.seconds
    for name, arrivals, seconds in (("as fast as can be", seen.arrivals, full_s), ("paced", seen.at_pace, paced_s)):
        print(
            f"{name}: {arrivals.distinct / seconds:.1f} events a second; {len(arrivals.delays):,} arrivals at readers"
        )
        print(f"  delay: {quantiles(arrivals.delays)}; after the event's first reader: {quantiles(arrivals.spread)}")
        print(f"  from the commit to the last reader: {quantiles(arrivals.committed)}")
    alone, beside = statistics.median(seen.quiet.imports), statistics.median(imports)
    ratio = beside / alone
    print(f"import: {alone:.2f} s without readers, {beside:.2f} s with them")
    print(f"that is {ratio:.2f} times; {sum(turn.refused for turn in seen.turns)} probes were refused")
    deliveries = len(seen.arrivals.delays)
    daemon_s = sum(turn.cpu_s for turn in seen.turns) - seen.quiet.cpu_s * len(imports) / len(seen.quiet.imports)
    print(
        f"processor: {seen.quiet.cpu_s / len(seen.quiet.imports):.2f} s of the daemon an import without readers; "
        f"an arrival {daemon_s / deliveries * 1e6:.0f} us of the daemon, "
        f"{seen.arrivals.cpu_s / deliveries * 1e6:.0f} us of its reader"
    )
    turns, memory = ([max(turn.memory_mb) for turn in part] for part in (seen.turns, seen.again))
    by_turn, by_time = (", ".join(f"{mb:.0f}" for mb in part) for part in (turns, memory))
    print(f"memory: {max(seen.quiet.memory_mb):.0f} MB without readers; by turn, with new artists, {by_turn} MB")
    print(f"  with the same artists and readers that come and go {by_time} MB")
    targets = {
        "rate": seen.at_pace.distinct / paced_s >= LEAST_PER_S * 0.9,
        "delay": percentile(seen.at_pace.delays, 0.99) < MOST_S,
        "imports": ratio <= MOST_TIMES,
        "memory": memory[-1] <= MOST_GROWTH * memory[0],
    }
    return [name for name, kept in targets.items() if not kept]


def main() -> int:
    """Print the table; give 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reading", type=int, default=500, help="readers that read")
    parser.add_argument("--stalled", type=int, default=20, help="readers that asked for all events and read nothing")
    parser.add_argument("--imports", type=int, default=12, help="in each part of a turn, at most two at a time")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--listen", nargs=3, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.listen:
        listen(*options.listen)
        return 0
    print(machine())
    print(f"{options.reading} readers, {options.stalled} that read nothing; {LATENCY_S} s latency\n")
    with tempfile.TemporaryDirectory(prefix="streams-") as folder:
        missed = report(run(options, Path(folder)))
    print(f"missed: {', '.join(missed)}" if missed else "every target was met")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
