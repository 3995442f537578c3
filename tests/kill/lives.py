"""Daemons that live and die: forked for volume, or executed as anybody starts them."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
from victims import PROGRAMS, UNLIMITED, Sandbox, wait_for

from thesetd.ctl.client import DaemonClient
from thesetd.ctl.doors import SocketDoor
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ports.surface import routes

Plants = Mapping[str, Mapping[str, Any]]  # what of `planted` is put into a daemon, with its arguments
UNAVAILABLE = 503


@attrs.define
class Life:
    """One life of a daemon. `label` is what its connections are called in the database."""

    label: str
    pid: int
    folder: Path
    forker: "Forker"
    code: int | None = None

    @property
    def output(self) -> Path:
        """Where it says that it is ready."""
        return self.folder / f"{self.label}.out"

    @property
    def errors(self) -> Path:
        """Where its log is."""
        return self.folder / f"{self.label}.err"

    def log(self) -> list[dict[str, Any]]:
        """Return what it logged; a line that is no JSON, as of a traceback, as an entry of its own."""
        return [_entry(line) for line in self.errors.read_text().splitlines()]

    def ready(self) -> float:
        """Wait until it is ready; give the moment, in seconds since 1970.

        Raises:
            TimeoutError: it does not become ready; the text ends with its log.
        """
        try:
            wait_for(lambda: self.output.exists() and self.output.stat().st_size, f"{self.label} to be ready")
        except TimeoutError as error:
            raise TimeoutError(f"{error}: {self.errors.read_text()[-2000:]}") from None
        return self.output.stat().st_mtime

    def send(self, number: signal.Signals) -> None:
        """Send it a signal and leave it at that."""
        os.kill(self.pid, number)

    def end(self, how: signal.Signals = signal.SIGKILL) -> int:
        """End it and give its exit code, negative for a signal."""
        if self.code is None:
            self.code = self.forker.ask({"do": "end", "pid": self.pid, "signal": how})
        return self.code

    def ended(self) -> bool:
        """Return whether it has ended by itself."""
        if self.code is not None:
            return True
        return (Path("/proc") / str(self.pid) / "stat").read_text().rpartition(") ")[2][0] == "Z"

    def wait(self) -> int:
        """Wait for it to end by itself; give its exit code."""
        wait_for(self.ended, f"{self.label} to end")
        return self.end()

    def accept(self, artist: str) -> int | None:
        """Ask for an import; give the job that was promised, None where nobody answered."""
        try:
            daemon = DaemonClient(SocketDoor(self.folder / "thesetd.sock"))
            job: int = daemon.ask(routes.SUBMIT_IMPORT, {"artist": artist})["job_id"]
        except (Unreachable, Broken):
            return None
        except ProblemReply as refusal:
            if refusal.status != UNAVAILABLE:
                raise
            return None
        return job


@attrs.define
class Forker:
    """The process that daemons are forked off, and what they all stand on."""

    folder: Path
    process: subprocess.Popen[str]
    environ: Mapping[str, str]
    count: int = 0
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def start(
        self, node: str = "one", *, place: str = "", real: bool = False, plants: Plants | None = None, **environ: str
    ) -> Life:
        """Begin a life of a node; another `place` is a state directory of its own."""
        self.count += 1
        folder = self.folder / (place or node)
        folder.mkdir(exist_ok=True)
        life = Life(f"{node}-{self.count}", 0, folder, self)
        own = {"HOME": str(folder), "STATE_DIRECTORY": str(folder), "THESETD_NODE__NAME": node}
        if not real:  # its connections say whose they are
            own["DATABASE_URL"] = f"{self.environ['DATABASE_URL']}&application_name={life.label}"
        life.pid = self.ask(
            {
                "do": "fork",
                "words": ["run", "--json"],
                "kept": False,
                "label": life.label,
                "environ": {**self.environ, **own, **environ},
                "output": str(life.output),
                "errors": str(life.errors),
                "plants": plants or {},
                "real": str(PROGRAMS / "thesetd") if real else "",
            }
        )
        return life

    def ask(self, order: Mapping[str, Any]) -> int:
        """Give an order and wait for its answer."""
        with self._lock:
            return answer(self.process, order)


def answer(process: subprocess.Popen[str], order: Mapping[str, Any]) -> int:
    """Give the process that forks an order, and return its answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    return int(process.stdout.readline())


@contextmanager
def forked_sandbox(process: subprocess.Popen[str], folder: Path, *options: str) -> Iterator[Sandbox]:
    """Run the emulated providers for as long as the block lasts, as `victims.sandbox`, without loading the program."""
    output, errors = folder / "sandbox.out", folder / "sandbox.err"
    order = {"do": "fork", "words": ["sandbox", "--json", *UNLIMITED, *options], "kept": True, "environ": _kept()}
    pid = answer(process, {**order, "output": str(output), "errors": str(errors), "plants": {}, "real": ""})
    try:
        wait_for(lambda: output.exists() and output.read_text().endswith("\n"), "the sandbox")
        ready = json.loads(output.read_text())
        yield Sandbox(ready["base"], ready["environment"])
    finally:
        answer(process, {"do": "end", "pid": pid, "signal": signal.SIGTERM})


@contextmanager
def forking() -> Iterator[subprocess.Popen[str]]:
    """Yield the process that forks; whatever still lives at the end of the block is killed."""
    program = [sys.executable, str(Path(__file__).with_name("forker.py"))]
    with subprocess.Popen(
        program, env=_kept(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        yield process


@contextmanager
def forker(process: subprocess.Popen[str], folder: Path, environ: Mapping[str, str]) -> Iterator[Forker]:
    """Yield a forker; whatever still lives at the end of the block is killed."""
    own = Forker(folder, process, {**_kept(), **environ})
    try:
        yield own
    finally:
        own.ask({"do": "end all"})


def _kept() -> dict[str, str]:
    return {
        name: os.environ[name]
        for name in ("PATH", "LANG", "SSL_CERT_FILE", "COVERAGE_PROCESS_START")
        if name in os.environ
    }


def _entry(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {"event": line}
    return found if isinstance(found, dict) else {"event": line}
