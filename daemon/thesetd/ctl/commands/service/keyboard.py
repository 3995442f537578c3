"""Ends a live view by a key or a signal, or stops it by Ctrl-Z, and leaves the terminal as it was before.

The view waits in one place, for keys and signals as for what it waits for: a signal that arrives just before a wait
would not end `time.sleep`, and one that raises in the midst of other code can be lost there.
"""

import os
import select
import signal
import socket
import sys
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Protocol, TypeVar

Result = TypeVar("Result")

QUIT = b"qQ"
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
STOPPING = signal.SIGTSTP  # Ctrl-Z
KILLED = 128  # plus the number of the signal: the exit code that shells show for it


class LiveWait:
    """How a live view waits: each method raises KeyboardInterrupt on `q` and Ctrl-C, SystemExit on other signals."""

    def __init__(self, signals: socket.socket, terminal: "_Terminal | None") -> None:
        """Take what the numbers of signals are read from, and the terminal with the keyboard, if there is one."""
        self._signals = signals
        self._terminal = terminal
        self._screen: Screen | None = None

    def shows(self, screen: "Screen") -> None:
        """Take the screen that is left while the view is stopped."""
        self._screen = screen

    def sleep(self, seconds: float) -> None:
        """Wait for a time."""
        self._until(None, seconds)

    def call(self, function: Callable[[], Result]) -> Result:
        """Return what a blocking function returns, or raise what it raises; if the view ends, it is left behind."""
        result: Future[Result] = Future()
        closed, to_close = socket.socketpair()

        def run() -> None:
            with to_close:
                try:
                    result.set_result(function())
                except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                    result.set_exception(error)

        with closed:
            threading.Thread(target=run, daemon=True).start()
            self._until(closed, None)
        return result.result()

    def _until(self, ready: socket.socket | None, seconds: float | None) -> None:
        end = None if seconds is None else time.monotonic() + seconds
        watched = [one for one in (self._signals, self._terminal, ready) if one is not None]
        while True:
            readable, _, _ = select.select(watched, [], [], None if end is None else max(0, end - time.monotonic()))
            if self._signals in readable:
                number = self._signals.recv(1)[0]
                if number == STOPPING:
                    self._stop()
                    continue
                raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(KILLED + number)
            if self._terminal in readable and self._terminal.pressed() in QUIT:
                raise KeyboardInterrupt
            if not readable or ready in readable:
                return

    def _stop(self) -> None:
        """Stop as any program does, and return when the shell continues it; a shell resets no terminal for it."""
        if self._screen is not None:
            self._screen.stop()
        with self._terminal.usual() if self._terminal is not None else nullcontext():
            handler = signal.signal(STOPPING, signal.SIG_DFL)
            signal.raise_signal(STOPPING)
            signal.signal(STOPPING, handler)
        if self._screen is not None:
            self._screen.start(refresh=True)


@contextmanager
def quit_by_key() -> Iterator[LiveWait]:
    """Yield what waits for `q` and signals beside; needs the main thread.

    Keys are read one by one and not shown meanwhile. If the standard input is no terminal, signals alone are heeded.
    """
    with ExitStack() as stack:
        signals = stack.enter_context(_signals())
        terminal = stack.enter_context(_Terminal(sys.stdin.fileno()).single_keys()) if sys.stdin.isatty() else None
        yield LiveWait(signals, terminal)


class Screen(Protocol):
    """What the view is shown on, like rich's `Live`."""

    def start(self, refresh: bool = False) -> None:  # noqa: FBT001, FBT002 - as rich has it
        """Show the view."""

    def stop(self) -> None:
        """Show what was there before."""


class _Terminal:
    """The terminal with the keyboard."""

    def __init__(self, number: int) -> None:
        """Take its file descriptor, while it is set as usual."""
        self._number = number
        self._before = termios.tcgetattr(number)

    def fileno(self) -> int:
        """Return its file descriptor."""
        return self._number

    def pressed(self) -> bytes:
        """Return the next key; nothing, which is in `QUIT` as well, if the terminal is gone."""
        try:
            return os.read(self._number, 1)
        except OSError:
            return b""

    @contextmanager
    def single_keys(self) -> Iterator["_Terminal"]:
        """Read keys one by one and show none of them while the block runs."""
        tty.setcbreak(self._number, termios.TCSADRAIN)
        try:
            yield self
        finally:
            termios.tcsetattr(self._number, termios.TCSADRAIN, self._before)

    @contextmanager
    def usual(self) -> Iterator[None]:
        """Set it as it was before while the block runs."""
        termios.tcsetattr(self._number, termios.TCSADRAIN, self._before)
        try:
            yield
        finally:
            tty.setcbreak(self._number, termios.TCSADRAIN)


@contextmanager
def _signals() -> Iterator[socket.socket]:
    """Have signals do nothing but write their numbers to a socket, also Ctrl-C that a shell had ignored.

    A shell ignores it for what it starts in the background, also for programs that get a terminal of their own.
    """
    received, written = socket.socketpair()
    with received, written:
        written.setblocking(False)
        wakeup = signal.set_wakeup_fd(written.fileno(), warn_on_full_buffer=False)
        before = {one: signal.signal(one, _do_nothing) for one in (*ENDING, STOPPING)}
        try:
            yield received
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
            signal.set_wakeup_fd(wakeup)


def _do_nothing(*_: object) -> None:
    """Handle a signal; without a handler in Python, its number would not be written."""
