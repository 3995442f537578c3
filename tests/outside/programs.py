"""The real commands as processes: how tests start, ask and stop them."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import attrs

import forking
from forking import Forked, fork
from patience import LONGEST_S

PROGRAMS = Path(sys.executable).parent
# The limits of the real providers would make the tests wait; the gate has tests of its own.
NO_LIMITS = {f"THESETD_PROVIDERS__{name}__LIMITS": "10000/1s" for name in ("SPOTIFY", "TICKETMASTER", "SETLISTFM")}


@attrs.define
class Running:
    """A command that runs; `ready` is the first line that it printed."""

    process: subprocess.Popen[str] | Forked
    errors: Path
    ready: str = ""

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and give the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(LONGEST_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def log(self) -> str:
        """Return what it wrote to standard error."""
        return self.errors.read_text()


def start(command: list[str], environ: dict[str, str], errors: Path, *, forked: bool = False) -> Running:
    """Start a command and wait for its first line; a forked one is the same program without the time to load it."""
    process: subprocess.Popen[str] | Forked
    with errors.open("w") as stderr:
        if forked:
            process = fork(command, environ, stderr)
        else:
            process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=stderr, text=True)
    assert process.stdout is not None
    return Running(process, errors, process.stdout.readline())


def clean_environ(home: Path) -> dict[str, str]:
    """Return an environment that holds nothing of the machine's own configuration."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "SSL_CERT_FILE", "COVERAGE_PROCESS_START")
        if name in os.environ
    }
    return {**kept, "HOME": str(home)}


@attrs.define
class Sandbox:
    """An emulated world and how to reach it."""

    base: str
    environ: dict[str, str]

    def ask(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """Ask one of its controls."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.base}/_sandbox/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=LONGEST_S) as answer:
            return json.loads(answer.read() or b"null")

    def play(self, *steps: str) -> None:
        """Begin a scenario: each step is the inside of an [[at]] table, in TOML."""
        text = "\n".join(f"[[at]]\n{step}" for step in steps)
        request = urllib.request.Request(f"{self.base}/_sandbox/scenario", data=text.encode(), method="POST")
        urllib.request.urlopen(request, timeout=LONGEST_S).close()

    def calls(self, provider: str, since: int = 0) -> list[dict[str, Any]]:
        """Return what has arrived at a provider after an entry of the log, but for requests for tokens."""
        entries = self.ask(f"log?since={since}")["entries"]
        return [entry for entry in entries if entry["provider"] == provider and entry["endpoint"] != "token"]

    def mark(self) -> int:
        """Return the number of the latest entry of the log."""
        return max((entry["seq"] for entry in self.ask("log")["entries"]), default=0)


def open_sandbox(home: Path, *options: str) -> Iterator[Sandbox]:
    """Run a sandbox."""
    running = start(
        [str(PROGRAMS / "thesetd"), "sandbox", "--json", *options],
        clean_environ(home),
        home / "sandbox.err",
        forked=True,
    )
    try:
        ready = json.loads(running.ready)
        yield Sandbox(ready["base"], ready["environment"])
    finally:
        assert running.stop() == 0


@attrs.define
class Daemon:
    """A daemon and the command that talks to it."""

    running: Running
    socket: Path
    addresses: dict[str, str]
    environ: dict[str, str]

    def ctl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run thesetctl."""
        command = [str(PROGRAMS / "thesetctl"), "--socket", str(self.socket), *arguments]
        return forking.run(command, self.environ)

    def get(self, path: str) -> tuple[int, str]:
        """Ask the read-only listener."""
        try:
            with urllib.request.urlopen(self.addresses["http"] + path, timeout=LONGEST_S) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


StartDaemon = Callable[..., Daemon]


def begin(
    folder: Path,
    started: list[Running],
    sandbox: Sandbox | None,
    *wrapper: str | Path,
    forked: bool = False,
    **variables: str,
) -> Daemon:
    """Start a daemon, behind a wrapper where there is one, and wait until it is ready."""
    own = {"THESETD_HTTP__LISTEN": "127.0.0.1:0", **NO_LIMITS}
    environ = clean_environ(folder) | own | (sandbox.environ if sandbox else {}) | variables
    environ = {name: value for name, value in environ.items() if value}
    command = [*map(str, wrapper), str(PROGRAMS / "thesetd"), "run", "--json"]
    if "STATE_DIRECTORY" not in variables:
        command += ["--state-dir", str(folder / "state")]
    running = start(command, environ, folder / f"daemon-{len(started)}.err", forked=forked)
    started.append(running)
    assert running.ready, running.log()
    addresses = json.loads(running.ready)
    return Daemon(running, Path(addresses["control"]), addresses, environ)


@contextmanager
def stopping() -> Iterator[list[Running]]:
    """Yield a list for daemons; what still runs at the end is stopped."""
    found: list[Running] = []
    with ExitStack() as stack:
        stack.callback(lambda: [running.stop() for running in found])
        yield found


def thesetd(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end and give what it said."""
    environ = clean_environ(folder) | variables
    command = [str(PROGRAMS / "thesetd"), *arguments]
    return forking.run(command, environ)
