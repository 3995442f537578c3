"""The first thing that the command `thesetd` does: a daemon that is told to stop while it still loads ends at once.

Loading takes most of a second, in which a signal would kill the process, not end it. Nothing is open then. Once the
daemon listens to signals itself, this is over.
"""

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
    from thesetd.app.cli import main as command  # noqa: PLC0415 - this is what takes the time

    command()


def _end(_: int, __: object) -> None:
    os._exit(0)


def _pass_over(_: int, __: object) -> None:
    """Do nothing: there is nothing yet to read again or to show."""


_HANDLERS: dict[Effect, Callable[[int, object], None] | signal.Handlers] = {
    Effect.DRAIN: _end,
    Effect.RELOAD: _pass_over,
    Effect.SHOW: _pass_over,
    Effect.NOTHING: signal.SIG_IGN,
}
