"""Ends a live view by a key or a signal, and leaves the terminal as it was before.

A thread reads keys and interrupts the program as Ctrl-C does, so that a view also ends while it waits for the daemon.
"""

import os
import select
import signal
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

QUIT = b"qQ"
ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)  # which would end the program before it restores the terminal
KILLED = 128  # plus the number of the signal: the exit code that shells show for it


@contextmanager
def quit_by_key() -> Iterator[None]:
    """Raise KeyboardInterrupt in the block once `q` is pressed, and SystemExit on a signal; needs the main thread.

    Keys are read one by one and not shown meanwhile. If the standard input is no terminal, signals alone are heeded.
    """
    with _ending_by_signals():
        if sys.stdin.isatty():
            with _reading_keys(sys.stdin.fileno()):
                yield
        else:
            yield


@contextmanager
def _reading_keys(terminal: int) -> Iterator[None]:
    before = termios.tcgetattr(terminal)
    over, end = os.pipe()
    reader = threading.Thread(target=_interrupt_by_key, args=(terminal, over), daemon=True)
    try:
        tty.setcbreak(terminal, termios.TCSADRAIN)
        reader.start()
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)  # first of all: a second Ctrl-C may follow
        os.close(end)
        reader.join()
        os.close(over)


def _interrupt_by_key(terminal: int, over: int) -> None:
    """Wait for the key, for the loss of the terminal, or for the end of the block."""
    while True:
        ready, _, _ = select.select([terminal, over], [], [])
        if over in ready:
            return
        try:
            pressed = os.read(terminal, 1)
        except OSError:  # the terminal is gone
            pressed = b""
        if pressed in QUIT:
            main = threading.main_thread().ident
            assert main is not None
            signal.pthread_kill(main, signal.SIGINT)  # sent to this thread, it would not end the other's wait
            return


@contextmanager
def _ending_by_signals() -> Iterator[None]:
    def end(number: int, _: FrameType | None) -> None:
        for one in ENDING:
            signal.signal(one, signal.SIG_IGN)
        raise SystemExit(KILLED + number)

    before = {one: signal.signal(one, end) for one in ENDING}
    # A shell starts programs in the background with Ctrl-C ignored, also those that get a terminal of their own.
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
