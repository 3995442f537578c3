"""What the process is at: the stacks of all tasks and threads in the log, and on standard error where the loop hangs.

For the latter, faulthandler's own thread writes, which needs neither the loop nor the interpreter's lock; while
`watching`, a SIGABRT, which is what the service manager sends to a service that hangs, does the same.
"""

import faulthandler
import logging
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

import trio

from thesetd.adapters.logs import Log

_STDERR = 2  # the descriptor: `sys.stderr` is None in a process that was started without one


class Stacks:
    """A witness; see `thesetd.actors.supervision.watchdog.Witness`."""

    def __init__(self, log: Log) -> None:
        """Take the log."""
        self._log = log

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Have the stacks of all threads written when the process is ended by a fault or by SIGABRT."""
        # In a thread of its own: the small stack for handlers, which is made with it, belongs to the thread that asks
        # for it. On the main thread all signals would be handled there, and a dozen at once overflow it (Python 3.11).
        enabling = threading.Thread(target=faulthandler.enable, args=(_STDERR,))
        enabling.start()
        enabling.join()
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()

    def expect(self, within_s: float) -> None:
        """Write the stacks of all threads if this is not called again in time; see `Witness`."""
        faulthandler.dump_traceback_later(within_s, file=_STDERR)

    def tell(self) -> None:
        """Write the stacks of all tasks and threads; see `Witness`."""
        told = [f"task {task.name}\n{_frames(task.iter_await_frames())}" for task in _tasks()]
        for number, frame in sys._current_frames().items():  # noqa: SLF001 - the documented way, sys module
            told.append(f"thread {number}\n{_frames(traceback.walk_stack(frame))}")
        self._log.log(logging.CRITICAL, "Stacks", stacks="".join(told))


def _frames(frames: Iterable[tuple[FrameType, int]]) -> str:
    return "".join(traceback.StackSummary.extract(iter(frames)).format())


def _tasks() -> Iterator[trio.lowlevel.Task]:
    root = trio.lowlevel.current_root_task()
    waiting = [root] if root else []
    while waiting:
        task = waiting.pop()
        yield task
        waiting += [child for nursery in task.child_nurseries for child in nursery.child_tasks]
