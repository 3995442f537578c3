"""Defines the effect of each signal on the daemon. No signal that can be caught ends it without draining.

Only the standard library is imported here: `entry` needs this before the rest is loaded.
"""

import signal
from collections.abc import Mapping
from enum import Enum


class Effect(Enum):
    """The effect of a signal."""

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
# Signals left unchanged: those that cannot be caught, those of a crash (SIGABRT is also the watchdog's), those of a
# terminal's job control, and those that do not end a process (Python itself ignores SIGPIPE and SIGXFSZ).
_LEFT = frozenset(
    {
        *(signal.SIGKILL, signal.SIGSTOP, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV),
        *(signal.SIGSYS, signal.SIGTRAP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGCONT),
        *(signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH, signal.SIGPIPE, signal.SIGXFSZ),
    }
)
# Signals without effect are ignored by SIG_IGN instead of a handler. The private servers inherit that, and set their
# own handlers for the signals they use.
EFFECTS: Mapping[int, Effect] = {
    number: _NAMED.get(number, Effect.NOTHING) for number in sorted(signal.valid_signals() - _LEFT)
}
