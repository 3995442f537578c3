"""Which signal does what to the daemon. None that can be caught ends it without draining.

Nothing but the standard library is here: `entry` needs it before the rest is loaded.
"""

import signal
from collections.abc import Mapping
from enum import Enum


class Effect(Enum):
    """What a signal does."""

    DRAIN = "stop in order; the second time at once"
    RELOAD = "read the configuration again"
    SHOW = "write the stacks of all tasks to the log"
    NOTHING = "nothing"


_NAMED = {
    signal.SIGTERM: Effect.DRAIN,
    signal.SIGINT: Effect.DRAIN,
    signal.SIGQUIT: Effect.DRAIN,
    signal.SIGHUP: Effect.RELOAD,
    signal.SIGUSR1: Effect.SHOW,
}
# Left as they are: those that cannot be caught, those of a defect (SIGABRT is also the watchdog's), those of a
# terminal's job control, and those that end no process (Python itself passes over SIGPIPE and SIGXFSZ).
_LEFT = frozenset(
    {
        *(signal.SIGKILL, signal.SIGSTOP, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV),
        *(signal.SIGSYS, signal.SIGTRAP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGCONT),
        *(signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH, signal.SIGPIPE, signal.SIGXFSZ),
    }
)
# Those that do nothing are ignored, by SIG_IGN, and have no handler. The private servers inherit that, and set handlers
# of their own for what they use.
EFFECTS: Mapping[int, Effect] = {
    number: _NAMED.get(number, Effect.NOTHING) for number in sorted(signal.valid_signals() - _LEFT)
}
