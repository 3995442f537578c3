"""Programs of ours without the second that Python takes to load them: a process that has loaded all of it forks.

A forked program runs the same `main` with its own arguments, environment, time zone, output and signals, and ends as a
program does: a traceback and 1 for an exception that nobody caught. What only the start of a real process shows is
tested on the program itself: `/proc/<pid>/cmdline` and `environ`, wrappers, the entry point, standard input, encodings,
what libraries read while they are loaded.
"""

import atexit
import gc
import json
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

import attrs

# Of a program: an import beside a provider that is down waits for the breaker's rests, of 30 and 60 s, and its calls.
LONGEST_S = 240.0


@attrs.define
class Forked:
    """A forked program, to be used as a `subprocess.Popen`."""

    args: Sequence[str]
    pid: int
    stdout: TextIO
    returncode: int | None = None
    _ended: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._ended = os.pidfd_open(self.pid)

    def poll(self) -> int | None:
        """Return the exit code of a process that has ended, negative for a signal."""
        return self._reap(0.0)

    def wait(self, timeout: float) -> int:
        """Wait for the exit code.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        code = self._reap(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout)
        return code

    def send_signal(self, how: signal.Signals) -> None:
        """Send it a signal."""
        if self.returncode is None:
            signal.pidfd_send_signal(self._ended, how)

    def _reap(self, timeout_s: float) -> int | None:
        if self.returncode is None and select.select([self._ended], [], [], timeout_s)[0]:
            self.returncode = _SERVER.ask({"reap": self.pid})
            os.close(self._ended)
        return self.returncode


def fork(command: Sequence[str], environ: Mapping[str, str], errors: TextIO) -> Forked:
    """Start a program, named by the path at which it is installed."""
    reading, writing = os.pipe()
    ours = f"/proc/{os.getpid()}/fd"
    order = {
        "command": list(command),
        "environ": dict(environ),
        "output": f"{ours}/{writing}",
        "errors": f"{ours}/{errors.fileno()}",
    }
    pid = _SERVER.ask(order)
    os.close(writing)
    return Forked(command, pid, os.fdopen(reading))


def run(
    command: Sequence[str], environ: Mapping[str, str], longest_s: float = LONGEST_S
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, by force if it takes too long, and return what it wrote."""
    with tempfile.TemporaryFile("w+") as errors:
        process = fork(command, environ, errors)
        timer = threading.Timer(longest_s, process.send_signal, [signal.SIGKILL])
        timer.start()
        with process.stdout as stdout:
            output = stdout.read()
        timer.cancel()
        code = process.wait(longest_s)
        errors.seek(0)
        return subprocess.CompletedProcess(command, code, output, errors.read())


class _Server:
    """The process that forks, from the first time that it is asked until we end."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def ask(self, order: Mapping[str, Any]) -> int:
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
                atexit.register(self._process.communicate)
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            print(json.dumps(order), file=self._process.stdin, flush=True)
            return int(self._process.stdout.readline())


_SERVER = _Server()


def _serve() -> None:
    gc.disable()  # nothing that is loaded is garbage: looking for some takes a sixth of the time
    from thesetd.app.entry import main as thesetd  # noqa: PLC0415 - this is what takes the time
    from thesetd.ctl.cli import main as thesetctl  # noqa: PLC0415

    __import__("thesetd.app.cli")
    programs = {"thesetd": thesetd, "thesetctl": thesetctl}
    gc.collect()
    gc.freeze()  # a program that looks for garbage would copy all pages of what is loaded here
    gc.enable()
    for line in sys.stdin:
        order = json.loads(line)
        if "reap" in order:
            print(os.waitstatus_to_exitcode(os.waitpid(order["reap"], 0)[1]), flush=True)
            continue
        streams = [
            os.open(os.devnull, os.O_RDONLY),
            *(os.open(order[name], os.O_WRONLY) for name in ("output", "errors")),
        ]
        pid = os.fork()
        if not pid:
            _become(order, streams, programs)
        for stream in streams:
            os.close(stream)
        print(pid, flush=True)


def _become(order: dict[str, Any], streams: list[int], programs: Mapping[str, Any]) -> NoReturn:
    code: int = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.environ.clear()
        os.environ.update(order["environ"])
        time.tzset()
        random.seed()
        sys.argv = order["command"]
        programs[Path(sys.argv[0]).name]()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if not isinstance(end.code, int | None):
            print(end.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
    finally:
        for written in (sys.stdout, sys.stderr):
            written.flush()
        os._exit(code)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests, which end it
    _serve()
