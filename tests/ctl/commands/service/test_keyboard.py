"""How a live view ends, on a terminal of its own, and what it leaves there."""

import fcntl
import os
import pty
import signal
import socket
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from patience import LONGEST_S
from thesetd.ctl.commands.service.keyboard import LiveWait, quit_by_key

COMMAND = [str(Path(sys.executable).with_name("thesetctl"))]
ENTERED, LEFT, SHOWN = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"  # the screen of a program; the cursor
BROKEN = """
import sys
from thesetd.ctl.commands.service import top
from thesetd.ctl.cli import main

def broken(_document):
    raise ValueError("a defect")
    yield

top.lines = broken
main(sys.argv[1:])
"""


@attrs.define
class Terminal:
    """A terminal and the program on it; `written` is what the program has written so far."""

    ours: int
    theirs: int
    process: subprocess.Popen[bytes]
    written: bytes = b""

    def until(self, text: bytes) -> None:
        """Read until the program has written this."""
        while text not in self.written:
            piece = os.read(self.ours, 65536)
            assert piece, self.written
            self.written += piece

    def press(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.ours, keys)

    def modes(self) -> list[Any]:
        """Return how the terminal is set."""
        return termios.tcgetattr(self.theirs)

    def end(self) -> int:
        """Wait until the program has ended, and give its exit code."""
        code = self.process.wait(LONGEST_S)
        os.write(self.theirs, b"<end>")
        self.until(b"<end>")
        return code


@contextmanager
def on_terminal(command: list[str], **more: Any) -> Iterator[Terminal]:
    """Run a command on a terminal that stays open after it."""
    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color"}
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs} | more
    process = subprocess.Popen(command, **streams, env=environ, start_new_session=True)
    fuse = threading.Timer(LONGEST_S, process.kill)
    fuse.start()
    try:
        yield Terminal(ours, theirs, process)
    finally:
        fuse.cancel()
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("key", [b"q", b"Q", b"xyz\x1b[Aq"])
def test_q_ends_the_view(server: Any, key: bytes) -> None:
    """Whatever was pressed before it; nothing of it is shown, and the terminal is as before."""
    with on_terminal([*COMMAND, "--socket", str(server.path), "top", "--every", "3600"]) as terminal:
        before = terminal.modes()
        terminal.until(b"IMPORTS")
        assert terminal.modes() != before
        terminal.press(key)
        assert terminal.end() == 0
        assert terminal.modes() == before
        assert terminal.written.index(ENTERED) < terminal.written.index(LEFT)
        assert SHOWN in terminal.written
        assert b"xyz" not in terminal.written


def test_q_ends_the_view_where_a_shell_had_ctrl_c_ignored(server: Any) -> None:
    """As it does for what it starts in the background."""
    command = ["sh", "-c", 'trap "" INT; exec "$0" "$@"', *COMMAND]
    with on_terminal([*command, "--socket", str(server.path), "top", "--every", "3600"]) as terminal:
        terminal.until(b"IMPORTS")
        terminal.press(b"q")
        assert terminal.end() == 0


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)],
)
def test_a_signal_ends_the_view(server: Any, number: signal.Signals, code: int) -> None:
    """The terminal is as before, whichever signal it is."""
    with on_terminal([*COMMAND, "--socket", str(server.path), "top", "--every", "3600"]) as terminal:
        before = terminal.modes()
        terminal.until(b"IMPORTS")
        terminal.process.send_signal(number)
        assert terminal.end() == code
        assert terminal.modes() == before
        assert LEFT in terminal.written
        assert SHOWN in terminal.written


def test_ctrl_z_stops_the_view_and_a_shell_continues_it(server: Any) -> None:
    """The shell has the usual screen and keys meanwhile; afterwards `q` ends the view at once again."""
    script = '"$@"; echo "stopped: $?"; read -r _; fg'
    view = [*COMMAND, "--socket", str(server.path), "top", "--every", "3600"]
    with on_terminal(["bash", "-mc", script, "bash", *view], preexec_fn=_controlled) as terminal:
        before = terminal.modes()
        terminal.until(b"IMPORTS")
        terminal.press(b"\x1a")
        terminal.until(b"stopped: 148")
        assert terminal.modes() == before
        assert LEFT in terminal.written
        assert SHOWN in terminal.written
        terminal.written = b""
        terminal.press(b"\n")
        terminal.until(ENTERED)
        terminal.until(b"IMPORTS")
        terminal.press(b"q")
        assert terminal.end() == 0
        assert terminal.modes() == before


def _controlled() -> None:
    """Let the terminal send a new session's programs the signals of keys."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_a_defect_leaves_the_terminal_as_it_was(server: Any) -> None:
    """Its traceback is read on the usual screen."""
    with on_terminal(
        [sys.executable, "-c", BROKEN, "--socket", str(server.path), "top", "--every", "3600"]
    ) as terminal:
        before = terminal.modes()
        assert terminal.end() == 1
        assert terminal.modes() == before
        assert terminal.written.index(LEFT) < terminal.written.index(b"ValueError")


def test_q_ends_the_view_while_the_daemon_is_silent(tmp_path: Path) -> None:
    """It does not wait for the reply."""
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen()
        with on_terminal([*COMMAND, "--socket", str(tmp_path / "s"), "top", "--every", "3600"]) as terminal:
            connection, _ = silent.accept()
            with connection:
                connection.recv(1)
                terminal.press(b"q")
                assert terminal.end() == 0


def test_without_a_keyboard_the_view_goes_on(server: Any) -> None:
    """A standard input that is at its end is no key."""
    with on_terminal(
        [*COMMAND, "--socket", str(server.path), "top", "--every", "3600"], stdin=subprocess.DEVNULL
    ) as terminal:
        terminal.until(b"IMPORTS")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.end() == 143
        assert LEFT in terminal.written


@pytest.mark.parametrize(
    "wait", [lambda wait: wait.sleep(3600), lambda wait: wait.call(threading.Event().wait)], ids=["sleep", "call"]
)
@pytest.mark.parametrize(("number", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)])
def test_a_signal_before_the_wait_ends_it(
    wait: Callable[[LiveWait], None], number: signal.Signals, error: type[BaseException]
) -> None:
    """Between two waits it does nothing: raised in the midst of other code, it could be lost there."""
    with quit_by_key() as live:
        os.kill(os.getpid(), number)
        with pytest.raises(error):
            wait(live)


def test_what_a_call_returns_or_raises_is_what_its_function_does() -> None:
    """It runs in a thread of its own."""
    with quit_by_key() as live:
        assert live.call(threading.current_thread) is not threading.main_thread()
        with pytest.raises(ZeroDivisionError):
            live.call(lambda: 1 / 0)
