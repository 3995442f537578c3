"""The entry point of the command `thesetd`: a daemon that is stopped while it is still loading ends at once.

Loading takes most of a second, during which a signal would otherwise kill the process. Nothing is open at that time.
Once the daemon handles signals itself, these handlers are replaced.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable

from thesetd.adapters.log_sinks import fill_gaps
from thesetd.app.life.signals import EFFECTS, Effect


def main() -> None:
    """Run the command."""
    fill_gaps()
    if "run" in sys.argv[1:]:
        for number, effect in EFFECTS.items():
            signal.signal(number, _HANDLERS[effect])
    gc.disable()  # nothing that is loaded is garbage: looking for some takes a sixth of the time
    from thesetd.app.cli import main as command  # noqa: PLC0415 - this is what takes the time

    gc.freeze()  # nor will it be: later collections pass over it
    gc.enable()
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
