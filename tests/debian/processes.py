"""Servers as ordinary processes, each with its own configuration on a free loopback port; tests skip without them."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs
import pytest

from patience import LONGEST_S

PLACES = "/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def program(name: str) -> str:
    """Return the path of a Debian program, or skip the test: a developer's machine is not changed."""
    found = shutil.which(name, path=PLACES)
    if found is None:
        pytest.skip(f"{name} is not installed: tests/servers/packages lists Debian's packages")
    return found


def until(condition: Callable[[], object], what: str, patience_s: float = LONGEST_S) -> float:
    """Wait until a condition holds, which has no event to wait for; give the seconds that it took."""
    began, pause = time.monotonic(), threading.Event()
    while not condition():
        assert time.monotonic() - began < patience_s, f"not within {patience_s:g} s: {what}"
        pause.wait(0.02)
    return time.monotonic() - began


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a connection is accepted there."""
    with suppress(OSError), socket.create_connection((host, port), timeout=1.0):
        return True
    return False


@attrs.frozen
class User:
    """Whom a server runs as: PostgreSQL and PgBouncer refuse to be root."""

    name: str | None

    @classmethod
    def of(cls, name: str) -> "User":
        """Return this user where we are root, else ourselves."""
        return cls(name if os.geteuid() == 0 else None)

    def command(self, words: Sequence[str]) -> list[str]:
        """Return the command line that runs as this user."""
        if self.name is None:
            return list(words)
        return ["setpriv", f"--reuid={self.name}", f"--regid={self.name}", "--clear-groups", "--", *words]

    def own(self, path: Path) -> None:
        """Give it a file or an empty folder."""
        if self.name is not None:
            entry = pwd.getpwnam(self.name)
            os.chown(path, entry.pw_uid, entry.pw_gid)


@attrs.define(kw_only=True)
class Process:
    """One server process; it may be started, stopped, and started again."""

    command: Sequence[str]
    log: Path
    environ: Mapping[str, str] = attrs.field(factory=dict)
    popen: subprocess.Popen[bytes] | None = None

    def start(self, is_ready: Callable[[], bool]) -> None:
        """Start it and wait until it takes clients."""
        with self.log.open("ab") as output:
            self.popen = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={"PATH": PLACES, "LC_ALL": "C.UTF-8", **self.environ}, start_new_session=True,
            )  # fmt: skip
        popen = self.popen
        until(lambda: popen.poll() is not None or is_ready(), f"{self.command[0]} is ready")
        assert popen.poll() is None, self.log.read_text(errors="replace")[-2000:]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it and wait for its end; nothing happens where it does not run."""
        if self.popen is not None and self.popen.poll() is None:
            self.popen.send_signal(how)
            self.popen.wait(LONGEST_S)


@contextmanager
def server_folder(user: User) -> Iterator[Path]:
    """Yield a new folder of a server's own, with a path short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="srv-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        user.own(folder)
        yield folder
