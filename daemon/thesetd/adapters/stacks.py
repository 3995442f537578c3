"""What the process is at, on standard error: the stacks of all tasks, and of all threads where the loop hangs.

faulthandler's own thread writes the latter, which needs neither the loop nor the interpreter's lock; while
`watching`, a SIGABRT, which is what the service manager sends to a service that hangs, does the same.
"""

import faulthandler
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import trio


class Stacks:
    """A witness; see `thesetd.actors.watchdog.Witness`."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        """Write to `stream`, which must be a real file."""
        self._stream = stream

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Have the stacks of all threads written when the process is ended by a fault or by SIGABRT."""
        faulthandler.enable(self._stream)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()

    def expect(self, within_s: float) -> None:
        """Write the stacks of all threads if this is not called again in time; see `Witness`."""
        faulthandler.dump_traceback_later(within_s, file=self._stream)

    def tell(self) -> None:
        """Write the stacks of all tasks and threads; see `Witness`."""
        for task in _tasks():
            frames = traceback.StackSummary.extract(task.iter_await_frames())
            self._stream.write(f"task {task.name}\n{''.join(frames.format())}")
        self._stream.flush()
        faulthandler.dump_traceback(self._stream)


def _tasks() -> Iterator[trio.lowlevel.Task]:
    root = trio.lowlevel.current_root_task()
    waiting = [root] if root else []
    while waiting:
        task = waiting.pop()
        yield task
        waiting += [child for nursery in task.child_nurseries for child in nursery.child_tasks]
