"""Runs this package's commands as child processes until a block ends; none outlives this process, however it ends.

Each child has its own session, so Ctrl-C on the terminal reaches only this process, which then stops its children one
after another. If this process is killed instead, the kernel signals them (see `launch`).
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from thesetd.adapters.embedded import launch
from thesetd.adapters.embedded.processes import LAUNCHER

SIGNALS = (signal.SIGINT, signal.SIGTERM)
STOP_S = 35.0  # the daemon itself ends within 30
LOOK_S = 0.2


class Interrupted(SystemExit):
    """SIGINT or SIGTERM was received; the exit code is 128 + signal, as in shells."""


class Programs:
    """The children of a block. The first SIGINT or SIGTERM interrupts it, further ones hasten its end."""

    def __init__(self) -> None:
        self._running: dict[subprocess.Popen[str], str] = {}  # each with its display name
        self._ending = False

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._on_signal) for number in SIGNALS}
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._ending = True
        for process in reversed(self._running):
            _end(process, signal.SIGTERM)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def start(self, *command: str | Path, environ: Mapping[str, str]) -> str:
        """Start a program that runs until the block ends; return its first line of output, which says that it is ready.

        Raises:
            SystemExit: it ended instead, with its exit code; it has printed the reason.
        """
        process = _spawn(command, environ, signal.SIGTERM, output=subprocess.PIPE)
        self._running[process] = " ".join([Path(command[0]).name, *map(str, command[1:2])])
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line:
            raise SystemExit(process.wait())
        return line

    def call(self, *command: str | Path) -> int:
        """Run a program to its end, or interrupt it if the block is left; return its exit code."""
        process = _spawn(command, os.environ, signal.SIGINT)
        try:
            return process.wait()
        finally:
            _end(process, signal.SIGINT)

    def wait(self) -> None:
        """Wait for a signal.

        Raises:
            Interrupted: a signal was received.
            SystemExit: a program ended by itself; which one, and how, is written to standard error.
        """
        while True:
            time.sleep(LOOK_S)
            for process, name in self._running.items():
                if (code := process.poll()) is not None:
                    sys.stderr.write(f"thesetd: {name} ended by itself ({_how(code)}): all is stopped\n")
                    raise SystemExit(1)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        if not self._ending:
            self._ending = True
            raise Interrupted(128 + number)
        for process in self._running:
            process.terminate()


def _spawn(
    command: tuple[str | Path, ...], environ: Mapping[str, str], dying: signal.Signals, output: int | None = None
) -> subprocess.Popen[str]:
    launcher = [
        sys.executable,
        "-I",
        "-S",
        str(LAUNCHER),
        launch.OWN,
        str(int(dying)),
        str(os.getpid()),
        str(Path.cwd()),
    ]
    return subprocess.Popen(  # noqa: S603  all of it is our own
        [*launcher, *command], env=dict(environ), stdout=output, text=True, start_new_session=True
    )


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _end(process: subprocess.Popen[str], how: signal.Signals) -> None:
    process.send_signal(how)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
