"""Events as 500 readers of the streams receive them, while imports beside them commit more than ten a second.

A reader's delay is from the event's own time, which is before its commit, to the arrival of its last byte; the part of
it between the event's first reader and this one is told, too. Beside them 20 readers have asked for everything and read
nothing. Imports run in pairs, without readers and with them, in turns.
Ends with 1 if one event in a hundred takes 150 ms or more, an import takes more than 1.2 times as long, or the
daemon's memory grows from the first turn to the last.
"""

import argparse
import functools
import json
import os
import re
import selectors
import socket
import statistics
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

import attrs

from bench.streams import ARTISTS, LATENCY_S, NO_LIMITS, OLD_EVENTS, Phase, import_one, percentile, probe
from bench.worlds import machine, program
from kill.victims import sandbox
from querying import query
from thesetd.ctl.client import DaemonClient
from thesetd.ctl.doors import SocketDoor
from thesetd.sandbox.synthetic.universe import Universe

MOST_S, MOST_TIMES, MOST_GROWTH, LEAST_PER_S = 0.15, 1.2, 1.1, 10.0
OLD = 20_000
EVENT = re.compile(rb'"seq":(\d+).*?"at":"([^"]+)"')


def listen(port: int, reading: int, stalled: int) -> None:
    """Read until standard input ends, in a process of its own; say when all are connected, and then every delay."""
    waiting, rest, kept = selectors.DefaultSelector(), dict[int, bytes](), []
    for number in range(reading + stalled):
        connection = socket.socket()
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
    delays, spread, first, lost = list[float](), list[float](), dict[bytes, float](), 0
    read = functools.lru_cache(1000)(events_in)
    while True:
        for key, _ in waiting.select():
            if key.data is None:
                cpu_s = time.process_time() - began_s
                found = {"delays": delays, "spread": spread, "distinct": len(first), "lost": lost, "cpu_s": cpu_s}
                print(json.dumps(found), flush=True)
                return
            received = key.fileobj.recv(1 << 18)
            if not received:
                waiting.unregister(key.fileobj)
                lost += 1
            data = rest.get(key.data, b"") + received
            now = time.time()
            whole, _, rest[key.data] = data.rpartition(b"\n\n")
            for seq, at in read(whole):
                delays.append(now - at)
                spread.append(now - first.setdefault(seq, now))


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


def measure(ready: dict[str, Any], phase: Phase, names: list[str], pairs: int) -> None:
    """Import some artists, so many at a time, while health and metrics are asked for."""
    over = threading.Event()
    prober = threading.Thread(target=probe, args=(ready["http"], phase, over))
    prober.start()
    began, cpu_s = time.monotonic(), cpu_seconds(ready["pid"])
    try:
        with ThreadPoolExecutor(pairs) as pool:
            list(
                pool.map(lambda name: import_one(DaemonClient(SocketDoor(Path(ready["control"]))), phase, name), names)
            )
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
    distinct: int = 0
    cpu_s: float = 0.0


def run(options: argparse.Namespace, state: Path) -> tuple[Phase, list[Phase], Arrivals]:
    """Measure without readers and with them, in turns; return the phases, and what arrived at the readers."""
    quiet, turns, arrivals = Phase(), list[Phase](), Arrivals()
    universe = Universe(1, ARTISTS)
    names = iter(list(dict.fromkeys(universe.artist(index).spotify_id for index in range(ARTISTS))))
    with sandbox("--latency", str(LATENCY_S), "--artists", str(ARTISTS)) as world:
        environ = {**world.environ, "HOME": str(state), "THESETD_HTTP__LISTEN": "127.0.0.1:0", **NO_LIMITS}
        with program("run", "--json", "--state-dir", str(state / "s"), environ=environ) as ready:
            measure(ready, Phase(), [next(names) for _ in range(2)], 1)
            query(ready["database"], OLD_EVENTS.format(count=OLD))
            measure(ready, Phase(), [next(names) for _ in range(4)], 2)
            port = int(ready["http"].rsplit(":", 1)[1])
            for _ in range(options.rounds):
                measure(ready, quiet, [next(names) for _ in range(options.imports)], 2)
                turns.append(Phase())
                with listeners(port, options.reading, options.stalled) as found:
                    time.sleep(2)
                    measure(ready, turns[-1], [next(names) for _ in range(options.imports)], 2)
                    time.sleep(1)
                arrivals.delays += found["delays"]
                arrivals.spread += found["spread"]
                arrivals.distinct += found["distinct"]
                arrivals.cpu_s += found["cpu_s"]
                told = f"{found['distinct']} events, {found['lost']} readers lost"
                print(
                    f"turn {len(turns)}: {len(turns[-1].imports)} imports in {turns[-1].seconds:.0f} s, {told}",
                    flush=True,
                )
    return quiet, turns, arrivals


def quantiles(seconds: list[float]) -> str:
    """Name the ones that matter."""
    found = [percentile(seconds, share) for share in (0.5, 0.95, 0.99)]
    return "p50 {:.0f}, p95 {:.0f}, p99 {:.0f}, max {:.0f} ms".format(*(1e3 * one for one in (*found, max(seconds))))


def report(quiet: Phase, turns: list[Phase], arrivals: Arrivals) -> list[str]:
    """Print the table; return what missed its target."""
    delays, distinct = arrivals.delays, arrivals.distinct
    imports = [seconds for turn in turns for seconds in turn.imports]
    per_s = distinct / sum(turn.seconds for turn in turns)
    print(f"{distinct} events, {per_s:.1f} a second; {len(delays):,} arrivals at readers")
    print(f"delay: {quantiles(delays)}; of that after the event's first reader had it: {quantiles(arrivals.spread)}")
    alone, beside = statistics.median(quiet.imports), statistics.median(imports)
    ratio = beside / alone
    print(f"import: {alone:.2f} s without readers, {beside:.2f} s with them")
    print(f"that is {ratio:.2f} times; {sum(turn.refused for turn in turns)} probes were refused")
    daemon_s = sum(turn.cpu_s for turn in turns) - quiet.cpu_s * len(imports) / len(quiet.imports)
    print(
        f"processor: {quiet.cpu_s / len(quiet.imports):.2f} s of the daemon an import without readers; "
        f"an arrival {daemon_s / len(delays) * 1e6:.0f} us of the daemon, {arrivals.cpu_s / len(delays) * 1e6:.0f} us "
        "of its reader"
    )
    memory = [max(turn.memory_mb) for turn in turns]
    print(
        f"memory: {max(quiet.memory_mb):.0f} MB without readers; by turn {', '.join(f'{mb:.0f}' for mb in memory)} MB"
    )
    targets = {
        "rate": per_s >= LEAST_PER_S,
        "delay": percentile(delays, 0.99) < MOST_S,
        "imports": ratio <= MOST_TIMES,
        "memory": memory[-1] <= MOST_GROWTH * memory[0],
    }
    return [name for name, kept in targets.items() if not kept]


def main() -> int:
    """Print the table; give 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reading", type=int, default=500, help="readers that read")
    parser.add_argument("--stalled", type=int, default=20, help="readers that asked for all events and read nothing")
    parser.add_argument("--imports", type=int, default=12, help="in each turn, two at a time")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--listen", nargs=3, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.listen:
        listen(*options.listen)
        return 0
    print(machine())
    print(f"{options.reading} readers, {options.stalled} that read nothing; {LATENCY_S} s latency\n")
    with tempfile.TemporaryDirectory(prefix="streams-") as folder:
        missed = report(*run(options, Path(folder)))
    print(f"missed: {', '.join(missed)}" if missed else "every target was met")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
