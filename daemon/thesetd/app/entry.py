"""The entry point of the command `thesetd`: a daemon that is stopped while it is still loading ends at once.

Loading takes most of a second, during which a signal would otherwise kill the process. Nothing is open at that time.
Once the daemon handles signals itself, these handlers are replaced.
"""

import gc
import linecache
import os
import signal
import sys
from collections.abc import Callable

from thesetd.adapters.log_sinks import fill_gaps
from thesetd.app.life.signals import EFFECTS, Effect

# While modules load, only the youngest objects are collected, once: attrs leaves the builder and the first version of
# each class, 6 MB. Python's own thresholds find no more, and take a sixth of the time.
NEW_OBJECTS, NEVER = 5000, 1 << 30


def main() -> None:
    """Run the command."""
    fill_gaps()
    if "run" in sys.argv[1:]:
        for number, effect in EFFECTS.items():
            signal.signal(number, _HANDLERS[effect])
    usual = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, NEVER, NEVER)
    from thesetd.app.cli import main as command  # noqa: PLC0415 - this is what takes the time

    linecache.clearcache()  # 3 MB of what attrs generated: only a traceback through a generated method would show them
    gc.freeze()  # what is loaded stays: later collections pass over it
    gc.set_threshold(*usual)
    command()


def _end(_: int, __: object) -> None:
    os._exit(0)


def _pass_over(_: int, __: object) -> None:
    """Do nothing: there is nothing to reload or to show yet."""


_HANDLERS: dict[Effect, Callable[[int, object], None] | signal.Handlers] = {
    Effect.DRAIN: _end,
    Effect.RELOAD: _pass_over,
    Effect.SHOW: _pass_over,
    Effect.NOTHING: signal.SIG_IGN,
}
