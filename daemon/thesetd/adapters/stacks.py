"""Logs the stacks of all tasks and threads, even if the event loop hangs or a fault ends the process.

For the latter two, faulthandler writes plain text, which needs neither the loop nor the interpreter's lock; while
`watching`, it also writes on SIGABRT, which the service manager sends to a hanging service. A text log gets this
directly. A JSON log must not contain plain text: there it goes to a file, and from there into one entry as soon as any
thread can run, or at the next start of the daemon.
"""

import faulthandler
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import trio

from thesetd.adapters.logs import Log

STACKS = "stacks.txt"  # in the state directory
_STDERR = 2  # the descriptor: `sys.stderr` is None in a process that was started without one
_LONGEST_BYTES = 256 * 1024  # most bytes of a file that are logged
_WRITING_S = 0.2  # the longest timeout that faulthandler accepts


class Stacks:
    """A witness; see `thesetd.actors.supervision.watchdog.Witness`."""

    def __init__(self, log: Log, file: Path | None = None) -> None:
        """Take the log, and the file that faulthandler writes to if the log is not text."""
        self._log = log
        self._file = None if log.is_text else file
        self._descriptor = _STDERR
        self._telling: threading.Timer | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Write the stacks of all threads if the process is ended by a fault or by SIGABRT."""
        if self._file is not None and self._descriptor == _STDERR:
            self._descriptor = _opened(self._file)
            self._tell_file("the run before this one")
        # In a separate thread: the small alternate stack for signal handlers belongs to the thread that enables
        # faulthandler. On the main thread all signals would be handled on it, and a dozen at once overflow it (Python
        # 3.11). That thread handles none, as it may exist for a moment after it was joined.
        enabling = threading.Thread(target=faulthandler.enable, args=(self._descriptor,))
        handled = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            enabling.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, handled)
        enabling.join()
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            self._tell_later(None)

    def expect(self, within_s: float) -> None:
        """Write the stacks of all threads unless this is called again in time; see `Witness`."""
        faulthandler.dump_traceback_later(within_s, file=self._descriptor)
        self._tell_later(within_s + _WRITING_S)

    def _tell_later(self, pause_s: float | None) -> None:
        """Log what faulthandler wrote to the file, if anything, after this many seconds; None means never."""
        if self._telling is not None:
            self._telling.cancel()
        if self._descriptor != _STDERR and pause_s is not None:
            self._telling = threading.Timer(pause_s, self._tell_file, ("this run",))
            self._telling.daemon = True
            self._telling.start()

    def _tell_file(self, of: str) -> None:
        with suppress(OSError):  # nothing to log
            text = os.pread(self._descriptor, _LONGEST_BYTES, 0).decode("utf-8", "replace")
            os.ftruncate(self._descriptor, 0)
            if text:
                self._log.log(logging.CRITICAL, "Stacks", of=of, stacks=text)

    def tell(self) -> None:
        """Write the stacks of all tasks and threads; see `Witness`."""
        sections = [f"task {task.name}\n{_frames(task.iter_await_frames())}" for task in _tasks()]
        for number, frame in sys._current_frames().items():  # noqa: SLF001 - the documented way, sys module
            sections.append(f"thread {number}\n{_frames(traceback.walk_stack(frame))}")
        self._log.log(logging.CRITICAL, "Stacks", stacks="".join(sections))


def _opened(file: Path) -> int:
    """Open a file for faulthandler; if that fails, its output is lost, so that the log keeps its format."""
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:
        return os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)


def _frames(frames: Iterable[tuple[FrameType, int]]) -> str:
    return "".join(traceback.StackSummary.extract(iter(frames)).format())


def _tasks() -> Iterator[trio.lowlevel.Task]:
    root = trio.lowlevel.current_root_task()
    waiting = [root] if root else []
    while waiting:
        task = waiting.pop()
        yield task
        waiting += [child for nursery in task.child_nurseries for child in nursery.child_tasks]
