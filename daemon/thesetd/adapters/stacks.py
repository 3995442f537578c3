"""What the process is at: the stacks of all tasks and threads in the log, also where the loop hangs or a fault ends it.

For the latter two, faulthandler writes plain text, which needs neither the loop nor the interpreter's lock; while
`watching`, a SIGABRT, which is what the service manager sends to a service that hangs, has it write, too. A log of
text gets it as it is written. A log of JSON gets no line that is none: the text goes to a file, and from there into
one entry, as soon as any thread can run, else when the daemon runs again.
"""

import faulthandler
import logging
import os
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
_LONGEST_BYTES = 256 * 1024  # that are told of a file
_WRITING_S = 0.2  # that faulthandler takes


class Stacks:
    """A witness; see `thesetd.actors.supervision.watchdog.Witness`."""

    def __init__(self, log: Log, file: Path | None = None) -> None:
        """Take the log, and the file that faulthandler writes to where the log is not text."""
        self._log = log
        self._file = None if log.is_text else file
        self._descriptor = _STDERR
        self._telling: threading.Timer | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Have the stacks of all threads written when the process is ended by a fault or by SIGABRT."""
        if self._file is not None and self._descriptor == _STDERR:
            self._descriptor = _opened(self._file)
            self._tell_file("the run before this one")
        # In a thread of its own: the small stack for handlers, which is made with it, belongs to the thread that asks
        # for it. On the main thread all signals would be handled there, and a dozen at once overflow it (Python 3.11).
        enabling = threading.Thread(target=faulthandler.enable, args=(self._descriptor,))
        enabling.start()
        enabling.join()
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            self._tell_later(None)

    def expect(self, within_s: float) -> None:
        """Write the stacks of all threads if this is not called again in time; see `Witness`."""
        faulthandler.dump_traceback_later(within_s, file=self._descriptor)
        self._tell_later(within_s + _WRITING_S)

    def _tell_later(self, pause_s: float | None) -> None:
        """Tell what faulthandler wrote to the file, if it did, after this many seconds; None for not at all."""
        if self._telling is not None:
            self._telling.cancel()
        if self._descriptor != _STDERR and pause_s is not None:
            self._telling = threading.Timer(pause_s, self._tell_file, ("this run",))
            self._telling.daemon = True
            self._telling.start()

    def _tell_file(self, of: str) -> None:
        with suppress(OSError):  # nothing to tell
            text = os.pread(self._descriptor, _LONGEST_BYTES, 0).decode("utf-8", "replace")
            os.ftruncate(self._descriptor, 0)
            if text:
                self._log.log(logging.CRITICAL, "Stacks", of=of, stacks=text)

    def tell(self) -> None:
        """Write the stacks of all tasks and threads; see `Witness`."""
        told = [f"task {task.name}\n{_frames(task.iter_await_frames())}" for task in _tasks()]
        for number, frame in sys._current_frames().items():  # noqa: SLF001 - the documented way, sys module
            told.append(f"thread {number}\n{_frames(traceback.walk_stack(frame))}")
        self._log.log(logging.CRITICAL, "Stacks", stacks="".join(told))


def _opened(file: Path) -> int:
    """Open a file for faulthandler; if that cannot be, what it writes is lost: the log keeps its form."""
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
