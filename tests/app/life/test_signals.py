"""The table of signals."""

import signal

from thesetd.app.life.signals import EFFECTS, Effect


def test_every_signal_that_would_kill_has_an_effect() -> None:
    """Only those of a defect, those that nobody can catch and those that end nothing are left out."""
    left = signal.valid_signals() - EFFECTS.keys()
    names = {signal.Signals(number).name for number in left}
    defects = {"SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP"}
    harmless = {"SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH", "SIGTSTP", "SIGTTIN", "SIGTTOU"}
    assert names == {"SIGKILL", "SIGSTOP", "SIGPIPE", "SIGXFSZ"} | defects | harmless
    assert {n for n, effect in EFFECTS.items() if effect is Effect.DRAIN} == {
        signal.SIGTERM,
        signal.SIGINT,
        signal.SIGQUIT,
    }
