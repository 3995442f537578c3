"""Schemathesis against a running daemon, over the socket and over TCP: no answer of 5xx, no hang, ready afterwards.

`make prove-fuzz` runs it. Schemathesis is no dependency of the tests: without `pip install schemathesis` in the
environment it is skipped. A 503 is an answer of a daemon that is full, which its description has.
"""

import importlib.util
import secrets
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import click

sys.path.insert(0, str(Path(__file__).parents[1]))

from prove import Served, wait_for

from programs import NO_LIMITS, clean_environ, open_sandbox

LONGEST_S = 20.0
SERVER_FAULT, FULL = 500, 503
SHOWN = 20


@attrs.define
class Findings:
    """Answers by status, and requests that were answered wrongly, late or not at all."""

    answers: Counter[int] = attrs.field(factory=Counter)
    faults: list[str] = attrs.field(factory=list)
    operations: int = 0


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


def fuzz(base: str, headers: Mapping[str, str], each: int) -> Findings:
    """Send so many requests to each operation, of which half keep to the description."""
    from hypothesis import HealthCheck, Phase, given, settings
    from schemathesis import GenerationMode, openapi

    findings = Findings()
    schema = openapi.from_url(f"{base}/openapi.json", headers=dict(headers))
    for found in schema.get_all_operations():
        operation = found.ok()
        modes = [
            operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        ]

        @settings(
            max_examples=each,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=modes[0] | modes[1])
        def run(case: Any) -> None:
            _send(findings, case, base, headers)

        run()
        findings.operations += 1
    return findings


def _send(findings: Findings, case: Any, base: str, headers: Mapping[str, str]) -> None:
    """Send one request; of a stream only the head is awaited."""
    import requests

    wanted = case.as_transport_kwargs(base_url=base)
    wanted["headers"] = {**(wanted.get("headers") or {}), **headers}
    said, began = f"{wanted['method']} {wanted['url']}", time.monotonic()
    try:
        with requests.request(**wanted, timeout=LONGEST_S, stream=True) as answer:
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
    if answer.status_code >= SERVER_FAULT and answer.status_code != FULL:
        findings.faults.append(f"{said}: {answer.status_code} {text[:200]}")
    if time.monotonic() - began > LONGEST_S:
        findings.faults.append(f"{said}: took {time.monotonic() - began:.0f} s")


@click.command()
@click.option("--each", default=350, help="Requests to each operation, over the socket and over TCP.")
def main(*, each: int) -> None:
    """Send requests of every kind to a daemon with rows."""
    if importlib.util.find_spec("schemathesis") is None:
        print("skipped: schemathesis absent (pip install schemathesis)")
        return
    faults = 0
    with tempfile.TemporaryDirectory(prefix="thesetd-fuzz-") as name:
        folder, token = Path(name), secrets.token_urlsafe(33)
        (folder / "sandbox").mkdir()
        sandboxes = open_sandbox(folder / "sandbox", "--spotify-limits", "none")
        daemon = Served(folder / "state", clean_environ(folder) | NO_LIMITS | next(sandboxes).environ)
        try:
            daemon.start(THESETD_HTTP__TOKENS=f"all read,import,operate {token}")
            daemon.begin("Comets of Mbeki")
            with forwarded(daemon.socket) as address:
                ways = {
                    "socket": (address, {}),
                    "TCP": (f"http://{daemon.api}", {"authorization": f"Bearer {token}"}),
                }
                for way, (base, headers) in ways.items():
                    began, found = time.monotonic(), fuzz(base, headers, each)
                    faults += len(found.faults)
                    print(
                        f"{'FAULTS' if found.faults else 'ok':<6}  {way}: {found.answers.total()} requests to "
                        f"{found.operations} operations, answers {dict(sorted(found.answers.items()))}, "
                        f"{time.monotonic() - began:.0f} s; {len(found.faults)} faults",
                        flush=True,
                    )
                    print(*(f"        {fault}\n" for fault in found.faults[:SHOWN]), sep="", end="", flush=True)
            wait_for(daemon.ready, "the daemon, afterwards,")
        finally:
            daemon.end()
            next(sandboxes, None)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
