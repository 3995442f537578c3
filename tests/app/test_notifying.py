"""What the real daemon tells the service manager, and what it says when it gives up."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import attrs
import pytest

from patience import LONGEST_S

STATUS = b"STATUS=starting: configuration is read, database and Redis come next"


@attrs.define
class Manager:
    """The service manager's end of the notification socket."""

    sock: socket.socket
    path: Path

    def next(self) -> bytes:
        """Return the next datagram."""
        return self.sock.recv(4096)

    def rest(self) -> list[bytes]:
        """Return the datagrams that are there."""
        self.sock.setblocking(False)
        found = []
        while True:
            try:
                found.append(self.sock.recv(4096))
            except BlockingIOError:
                return found


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    """Yield a manager that listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(LONGEST_S)
        yield Manager(sock, tmp_path / "notify")


@pytest.mark.real
def test_the_manager_hears_exactly_what_happens(start_daemon: Any, manager: Manager) -> None:
    """Starting, a wish for time, ready with both addresses when both answer, what it does, pings, then stopping."""
    daemon = start_daemon(NOTIFY_SOCKET=str(manager.path), WATCHDOG_USEC="400000")
    assert manager.next() == STATUS
    assert manager.next() == b"EXTEND_TIMEOUT_USEC=60000000"
    ready = manager.next().decode().split("\n")
    http = daemon.addresses["http"].removeprefix("http://")
    assert ready == [
        "READY=1",
        f"STATUS=control {daemon.socket}, http {http}",
        f"MAINPID={daemon.running.process.pid}",
    ]
    first = [manager.next() for _ in range(5)]
    assert [told for told in first if told != b"WATCHDOG=1"] == [b"STATUS=ready; idle"]
    assert daemon.running.stop() == 0
    heard = manager.rest()
    assert [message for message in heard if message != b"WATCHDOG=1"] == [b"STOPPING=1\nSTATUS=draining"]


@pytest.mark.real
def test_a_daemon_whose_actor_keeps_crashing_ends_in_order(
    database_dsn: str, redis_server: str, manager: Manager, folder: Path
) -> None:
    """Five restarts, the first at once; then the others stop in order, and exit code 1 with one line that says why."""

    async def rename() -> None:
        connection = await asyncpg.connect(database_dsn)
        await connection.execute("alter table thesetd.jobs rename column rescues to elsewhere")
        await connection.close()

    def thesetd(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).parent / "thesetd"), *arguments, "--state-dir", str(folder)]
        environ = {
            **{
                name: os.environ[name]
                for name in ("PATH", "SSL_CERT_FILE", "COVERAGE_PROCESS_START")
                if name in os.environ
            },
            "HOME": str(folder),
            "DATABASE_URL": database_dsn,
            "REDIS_URL": redis_server,
            "NOTIFY_SOCKET": str(manager.path),
            "THESETD_HTTP__LISTEN": "127.0.0.1:0",
            "THESETD_LOG__LEVEL": "debug",
        }
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=LONGEST_S, check=False)

    assert thesetd("migrate").returncode == 0
    asyncio.run(rename())
    done = thesetd("run")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    *facts, last = map(json.loads, done.stderr.splitlines())
    assert (last["event"], last["level"]) == ("Ended", "error")
    name, _, error = last["error"].partition(" keeps crashing: ")
    assert error.startswith("StoreRejected: column")
    crashes = [fact for fact in facts if fact["event"] == "ActorCrashed" and fact["actor"] == name]
    assert [crash["restart_in_s"] > 0 for crash in crashes] == [False, True, True, True, True]
    crashed = {fact["actor"] for fact in facts if fact["event"] == "ActorCrashed"}  # may wait to be started again
    stopped = [fact["actor"] for fact in facts if fact["event"] == "ActorStopped" and fact["actor"] not in crashed]
    assert (stopped[0], stopped[-2:]) == ("control", ["broadcaster", "prober"])
    assert [message for message in manager.rest() if b"STOPPING" in message] == [b"STOPPING=1\nSTATUS=draining"]
