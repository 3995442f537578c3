"""The command on a terminal of its own."""

import os
import pty
import re
import subprocess
import sys
import termios
import threading
from pathlib import Path
from typing import Any

import pytest
import trio.testing

from patience import LONGEST_S
from thesetd.domain.ids import JobId

COMMAND = [str(Path(sys.executable).with_name("thesetctl"))]


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_terminal(server: Any, columns: int) -> None:
    """On a terminal of any width --follow draws a bar of some length that reaches 100 % and shows the counts."""

    async def play(job_id: JobId | None) -> None:
        await trio.testing.wait_all_tasks_blocked()
        if job_id is not None:
            server.daemon.finish(job_id)

    server.on_follow(play)
    output = on_terminal([*COMMAND, "--socket", str(server.path), "import", "Gorillaz", "--follow"], columns)
    assert "━" * 28 in output
    assert "100%" in output
    assert "albums 81/81" in output
    assert "Import complete!" in output


def test_table_on_terminal(server: Any) -> None:
    """On a terminal tables are drawn, and no name is taken for markup."""
    server.add_job("[bold]Gorillaz[/bold]")
    assert "[bold]Gorillaz[/bold]" in on_terminal([*COMMAND, "--socket", str(server.path), "jobs"])


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_nothing_is_cut_on_a_narrow_terminal(server: Any, columns: int) -> None:
    """Every word of a list is there at any width: cells wrap, and what cannot fit becomes cards."""
    server.add_job("Wren Delacroix & the Sparrows of the Orchard")
    output = on_terminal([*COMMAND, "--socket", str(server.path), "jobs"], columns)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    words = {"import_artist", "interactive", "Delacroix", "Orchard"}
    assert words <= set(re.findall(r"[\w.]+", plain))
    assert "…" not in plain
    assert max(map(len, plain.splitlines())) <= columns


def test_a_state_is_coloured_on_a_terminal_alone(server: Any, run: Any) -> None:
    """A pipe gets text without codes."""
    server.daemon.finish(server.add_job("A"))
    assert "\x1b[32mdone" in on_terminal([*COMMAND, "--socket", str(server.path), "jobs"])
    assert "\x1b" not in run("jobs").stdout


def on_terminal(command: list[str], columns: int = 160) -> str:
    """Run a command on a terminal of its own and give what it wrote."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, columns))
    environ = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    environ["TERM"] = "xterm-256color"
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ)
    os.close(theirs)
    pieces: list[bytes] = []

    def read() -> None:
        try:
            while piece := os.read(ours, 65536):
                pieces.append(piece)
        except OSError:  # the terminal's other side is closed: Linux says EIO
            return

    reader = threading.Thread(target=read)
    reader.start()
    assert process.wait(LONGEST_S) == 0
    reader.join(LONGEST_S)
    os.close(ours)
    return b"".join(pieces).decode()
