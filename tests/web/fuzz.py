"""Schemathesis against a running daemon, over the socket and over TCP: no answer of 5xx, no hang, ready afterwards.

`make prove-fuzz` runs it. Schemathesis is no dependency of the tests: without `pip install schemathesis` in the
environment it is skipped. Requests are made up by several processes, since making one up takes longer than answering
it. Half of the requests name rows that exist, so that they reach what lies behind the look-up of a name.
"""

import importlib.util
import multiprocessing
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import click

sys.path.insert(0, str(Path(__file__).parents[1]))

from prove import Served, wait_for

import folders  # noqa: F401 - it finds what tests share
from programs import NO_LIMITS, clean_environ, open_sandbox

LONGEST_S = 20.0
SERVER_FAULT = 500
ROUND = 100  # requests to an operation in a row
SHOWN = 20
IMPORTED = ("Comets of Mbeki", "Haruka Mbeki")
KNOWN = {
    "artist": "select slug from artists limit 2",
    "slug": "select slug from artists limit 2",
    "job_id": "select id from thesetd.jobs order by id limit 3",
    "number": "select generate_series(1, 3)",
    "reference": "select slug from artists limit 1",
    "song": "select id from songs limit 3",
    "setlist": "select id from setlists limit 3",
    "show": "select id from shows limit 3",
    "venue": "select id from venues limit 3",
    "where": "select id from venues limit 1",
    "page": "select setlistfm_id from actual_setlists limit 3",
    "about": "values ('page'), ('song')",
    "what": "values ('spotify'), ('sync-trending')",
    "name": "values ('spotify'), ('sync-trending'), ('postgresql')",
    "provider": "values ('spotify'), ('setlistfm')",
    "webhook": "values ('fuzzed')",
}


@attrs.define
class Findings:
    """Answers by status, and requests that were answered wrongly, late or not at all."""

    answers: Counter[int] = attrs.field(factory=Counter)
    faults: list[str] = attrs.field(factory=list)

    def add(self, others: "Findings") -> None:
        """Take in what another process found."""
        self.answers += others.answers
        self.faults += others.faults


@attrs.frozen
class Way:
    """A way to the daemon: its name, address and headers."""

    name: str
    base: str
    headers: Mapping[str, str] = attrs.field(factory=dict)


@contextmanager
def forwarded(path: Path) -> Iterator[str]:
    """Lead an address on loopback to a socket, since clients of Python know no sockets; yield it."""
    over = threading.Event()

    def pass_on(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        while not over.is_set():
            with suppress(TimeoutError):
                client, _ = listener.accept()
                daemon = socket.socket(socket.AF_UNIX)
                daemon.connect(str(path))
                for pair in ((client, daemon), (daemon, client)):
                    threading.Thread(target=pass_on, args=pair, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        listener.settimeout(0.2)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


@attrs.define
class Fuzzer:
    """What a process of the pool keeps: the description, and rows that exist by the parameter that names them."""

    schema: Any
    ways: Sequence[Way]
    known: Mapping[str, Sequence[str]]
    client: Any

    def requests_to(self, path: str, method: str) -> Mapping[str, Findings]:
        """Send a round of requests to an operation over each way; half of them keep to the description."""
        from hypothesis import HealthCheck, Phase, given, settings
        from hypothesis import strategies as st
        from schemathesis import GenerationMode

        found = {way.name: Findings() for way in self.ways}
        operation = self.schema[path][method]
        positive, negative = (
            operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        )

        @settings(
            max_examples=ROUND,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=positive | negative, data=st.data())
        def run(case: Any, data: Any) -> None:
            named = [name for name in case.path_parameters or () if name in self.known]
            if named and data.draw(st.booleans()):
                case.path_parameters.update({name: data.draw(st.sampled_from(self.known[name])) for name in named})
            for way in self.ways:
                self._send(found[way.name], case, way)

        run()
        return found

    def _send(self, findings: Findings, case: Any, way: Way) -> None:
        """Send one request; of a stream only the head is awaited."""
        import requests

        wanted = case.as_transport_kwargs(base_url=way.base)
        wanted["headers"] = {**(wanted.get("headers") or {}), **way.headers}
        said, began = f"{way.name}: {wanted['method']} {wanted['url']}", time.monotonic()
        try:
            with self.client.request(**wanted, timeout=LONGEST_S, stream=True, allow_redirects=False) as answer:
                is_stream = "event-stream" in answer.headers.get("content-type", "")
                text = "" if is_stream else answer.text
        except requests.exceptions.Timeout:
            findings.faults.append(f"{said}: no answer within {LONGEST_S:g} s")
            return
        except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError):
            return  # what this client cannot send
        except requests.exceptions.RequestException as error:
            findings.faults.append(f"{said}: {type(error).__name__} {error}")
            return
        findings.answers[answer.status_code] += 1
        if answer.status_code >= SERVER_FAULT:
            sent = {name: wanted[name] for name in ("params", "json", "data") if wanted.get(name)}
            findings.faults.append(f"{said} {sent}: {answer.status_code} {text[:300]}")
        if time.monotonic() - began > LONGEST_S:
            findings.faults.append(f"{said}: took {time.monotonic() - began:.0f} s")


_own: list[Fuzzer] = []  # of a process of the pool


def prepare(ways: Sequence[Way], known: Mapping[str, Sequence[str]]) -> None:
    """Prepare a process of the pool."""
    import requests
    from schemathesis import openapi

    schema = openapi.from_url(f"{ways[0].base}/openapi.json", headers=dict(ways[0].headers))
    _own.append(Fuzzer(schema, ways, known, requests.Session()))


def operations() -> Sequence[tuple[str, str]]:
    """Return path and method of every operation."""
    return [(found.ok().path, found.ok().method) for found in _own[0].schema.get_all_operations()]


def send(path: str, method: str) -> Mapping[str, Findings]:
    """Send a round of requests."""
    return _own[0].requests_to(path, method)


def known_rows(state: Path) -> Mapping[str, Sequence[str]]:
    """Return values of each parameter that name rows."""
    address = f"host={state / 'postgres'} user=thesetd dbname=theset"
    found = {}
    for name, asked in KNOWN.items():
        command = ["psql", "-Atc", asked, address]
        found[name] = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return {name: values for name, values in found.items() if values}


def fuzz(ways: Sequence[Way], known: Mapping[str, Sequence[str]], wanted: int, workers: int) -> int:
    """Send so many requests over each way, a round to every operation in turn; print and return the faults."""
    found = {way.name: Findings() for way in ways}
    began, faults = time.monotonic(), 0
    with ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), initializer=prepare, initargs=(ways, known)
    ) as pool:
        listed = pool.submit(operations).result()
        while any(one.answers.total() < wanted for one in found.values()):
            for done in [pool.submit(send, *row) for row in listed]:
                for name, one in done.result().items():
                    found[name].add(one)
            sent = ", ".join(f"{name} {one.answers.total()}" for name, one in found.items())
            faulty = [fault for one in found.values() for fault in one.faults]
            print(f"{time.monotonic() - began:6.0f} s  {sent} requests, {len(faulty)} faults", flush=True)
            print(*(f"        {fault}\n" for fault in faulty[faults : faults + SHOWN]), sep="", end="", flush=True)
            faults = len(faulty)
    for name, one in found.items():
        print(
            f"{'FAULTS' if one.faults else 'ok':<6}  {name}: {one.answers.total()} requests to "
            f"{len(listed)} operations, answers {dict(sorted(one.answers.items()))}; {len(one.faults)} faults"
        )
    return faults


@click.command()
@click.option("--requests", "wanted", default=25_000, help="Requests over the socket, and again over TCP.")
@click.option("--workers", default=3, help="Processes that send them.")
def main(*, wanted: int, workers: int) -> None:
    """Send requests of every kind to a daemon with rows."""
    if importlib.util.find_spec("schemathesis") is None:
        print("skipped: schemathesis absent (pip install schemathesis)")
        return
    with tempfile.TemporaryDirectory(prefix="thesetd-fuzz-") as name:
        folder, token = Path(name), secrets.token_urlsafe(33)
        (folder / "sandbox").mkdir()
        sandboxes = open_sandbox(folder / "sandbox", "--spotify-limits", "none")
        daemon = Served(folder / "state", clean_environ(folder) | NO_LIMITS | next(sandboxes).environ)
        try:
            daemon.start(THESETD_HTTP__TOKENS=f"all read,import,operate {token}")
            for artist in IMPORTED:
                daemon.begin(artist, "--follow")
            with forwarded(daemon.socket) as address:
                ways = [
                    Way("socket", address),
                    Way("TCP", f"http://{daemon.api}", {"authorization": f"Bearer {token}"}),
                ]
                faults = fuzz(ways, known_rows(daemon.state), wanted, workers)
            wait_for(daemon.ready, "the daemon, afterwards,")
            warnings = [line for line in daemon.log.read_text().splitlines() if re.search("warning|error", line)]
            print(*(f"        {line}\n" for line in warnings[-SHOWN:] if faults), sep="", end="", flush=True)
        finally:
            daemon.end()
            next(sandboxes, None)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
