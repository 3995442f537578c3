"""Servers that come later than the daemon: it waits for its database, and works without Redis."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from redis import Redis

from patience import LONGEST_S
from real import until

pytestmark = pytest.mark.real


@pytest.fixture
def manager(folder: Path) -> Iterator[socket.socket]:
    """Yield the service manager's end of the notification socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(folder / "notify"))
        sock.setblocking(False)
        yield sock


def listens(daemon: Any, path: str = "/healthz") -> bool:
    """Return whether the read-only listener answers."""
    try:
        daemon.get(path)
    except urllib.error.URLError:
        return False
    return True


def test_a_late_database_is_waited_for(
    launch: Any,
    synthetic_sandbox: Any,
    synthetic_artist: str,
    database_dsn: str,
    empty_redis: str,
    folder: Path,
    manager: socket.socket,
) -> None:
    """Meanwhile both listeners say so and the manager is told; when it comes the daemon is ready by itself."""
    sockets = Path(unquote(parse_qs(urlsplit(database_dsn).query)["host"][0]))
    late = database_dsn.replace(str(sockets), str(folder / "late"))
    daemon = launch(synthetic_sandbox, DATABASE_URL=late, REDIS_URL=empty_redis, NOTIFY_SOCKET=str(folder / "notify"))
    until(lambda: listens(daemon))
    until(daemon.socket.exists)
    assert daemon.get("/healthz")[0] == 200
    status, text = daemon.get("/readyz")
    assert status == 503
    assert json.loads(text)["checks"]["database"].startswith("no connection to PostgreSQL (host")
    assert daemon.get("/metrics")[0] == 200
    assert daemon.ctl("health").returncode == 1
    refused = daemon.ctl("import", synthetic_artist, "--wait", "1")
    assert (refused.returncode, "waits for what it needs" in refused.stderr) == (1, True)
    told = [manager.recv(4096) for _ in range(3)]
    assert b"EXTEND_TIMEOUT_USEC=60000000" in told
    assert any(line.startswith(b"STATUS=waiting for the database since") for line in told)
    (folder / "late").symlink_to(sockets)
    assert daemon.running.process.stdout is not None
    assert daemon.running.process.stdout.readline()
    assert daemon.ctl("import", synthetic_artist).returncode == 0
    assert daemon.running.log().count("ServerAwaited") == 1
    assert daemon.running.stop() == 0


def test_what_can_never_come_good_is_not_waited_for(launch: Any, synthetic_sandbox: Any, empty_redis: str) -> None:
    """An address that is none ends with 78 at once."""
    daemon = launch(synthetic_sandbox, DATABASE_URL="nonsense", REDIS_URL=empty_redis)
    assert daemon.running.process.wait(LONGEST_S) == 78
    assert "database.dsn" in daemon.running.log()


@pytest.mark.case(35)
def test_the_daemon_works_while_redis_is_late(
    launch: Any,
    synthetic_sandbox: Any,
    synthetic_artist: str,
    database_dsn: str,
    empty_redis: str,
    folder: Path,
    seen: Any,
) -> None:
    """It is ready for its manager, imports, and is not ready for a load balancer until Redis is there."""
    real = Path(unquote(empty_redis.removeprefix("unix://")))
    daemon = launch(synthetic_sandbox, DATABASE_URL=database_dsn, REDIS_URL=f"unix://{folder}/late.sock")
    assert daemon.running.process.stdout is not None
    assert daemon.running.process.stdout.readline()
    assert daemon.get("/readyz")[0] == 503
    done = daemon.ctl("import", synthetic_artist, "--follow")
    assert done.returncode == 0, done.stderr
    (folder / "late.sock").symlink_to(real)
    until(lambda: daemon.get("/readyz")[0] == 200)
    with Redis.from_url(empty_redis) as client:
        until(lambda: bool(client.keys("*latest*")))
    assert daemon.running.stop() == 0
    seen("Redis late: imported without it, green and published once it was there")


def test_a_late_address_is_waited_for(
    launch: Any, synthetic_sandbox: Any, synthetic_artist: str, database_dsn: str, empty_redis: str
) -> None:
    """An address of an interface that is down: the daemon works meanwhile, says what is missing, and is not ready."""
    addresses = {"THESETD_HTTP__LISTEN": "192.0.2.1:9464", "DATABASE_URL": database_dsn, "REDIS_URL": empty_redis}
    daemon = launch(synthetic_sandbox, **addresses)
    until(lambda: daemon.socket.exists() and "http.listen" in daemon.ctl("health").stdout)
    health = daemon.ctl("health")
    assert "cannot listen on 192.0.2.1:9464 (" in health.stdout
    assert health.returncode == 1
    assert daemon.ctl("import", synthetic_artist).returncode == 0
    log = daemon.running.log()
    assert "the address is not on this machine yet" in log
    assert "shows other hosts the status page" not in log  # it is told once it listens
    assert daemon.running.stop() == 0
