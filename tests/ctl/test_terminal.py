"""The command on a terminal of its own."""

import os
import pty
import subprocess
import sys
import termios
import threading
from pathlib import Path
from typing import Any

import pytest
import trio.testing

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
    assert process.wait(20) == 0
    reader.join(5)
    os.close(ours)
    return b"".join(pieces).decode()
