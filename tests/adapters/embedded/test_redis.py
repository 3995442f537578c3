import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import trio
from redis import Redis
from redis.exceptions import ConnectionError as RedisGone

from patience import LONGEST_S
from thesetd.adapters.embedded import launch, redis
from thesetd.adapters.embedded.redis import EmbeddedRedis, command, find_program
from thesetd.adapters.embedded.server import EmbeddedServerFailed
from thesetd.domain.errors import ConfigError

DAEMON = """
import sys, trio
from pathlib import Path
from urllib.parse import unquote
from thesetd.adapters.embedded.redis import EmbeddedRedis
async def main():
    async with EmbeddedRedis.run(Path(sys.argv[1])) as url:
        print(url, flush=True)
        await trio.sleep_forever()
trio.run(main)
"""


@pytest.fixture(autouse=True)
def _installed() -> None:
    try:
        find_program()
    except ConfigError as error:
        pytest.skip(str(error))


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    """Yield a state directory, and prove afterwards that no server is left on it."""
    yield tmp_path
    assert servers(tmp_path) == set()


def servers(state_dir: Path) -> set[int]:
    """Return the servers in this state directory's folder."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == state_dir / "redis":
                found.add(int(entry.name))
        except OSError:
            continue
    return found


def spawn(*arguments: object) -> subprocess.Popen[str]:
    """Start a Python of its own, whose output is read here."""
    return subprocess.Popen([sys.executable, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


def pid_of(url: str) -> int:
    """Return the server's pid."""
    with Redis.from_url(url) as client:
        return client.info("server")["process_id"]


@pytest.mark.real
async def test_it_listens_on_its_socket_alone_and_is_bounded(state_dir: Path):
    """No TCP port, memory bounded, only the owner may connect."""
    async with EmbeddedRedis.run(state_dir) as url:
        socket = Path(unquote(url.removeprefix("unix://")))
        with Redis.from_url(url) as client:
            assert client.config_get("port")["port"] == "0"
            assert int(client.config_get("maxmemory")["maxmemory"]) == 128 << 20
        assert (socket.name, socket.stat().st_mode & 0o777) == ("redis.sock", 0o700)


@pytest.mark.real
async def test_data_outlives_the_server(state_dir: Path):
    """Limits and penalties survive a restart."""
    async with EmbeddedRedis.run(state_dir) as url:
        with Redis.from_url(url) as client:
            client.set("penalty", "until tomorrow")
    async with EmbeddedRedis.run(state_dir) as url:
        with Redis.from_url(url) as client:
            assert client.get("penalty") == b"until tomorrow"


@pytest.mark.real
async def test_a_killed_daemon_takes_its_server_along(state_dir: Path):
    """After SIGKILL of the daemon the server stops by itself, and the next daemon starts its own."""
    with spawn("-c", DAEMON, state_dir) as daemon:
        server_fd = os.pidfd_open(pid_of(daemon.stdout.readline().strip()))
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
    with trio.fail_after(LONGEST_S):
        await trio.lowlevel.wait_readable(server_fd)
    os.close(server_fd)
    async with EmbeddedRedis.run(state_dir) as url:
        assert servers(state_dir) == {pid_of(url)}


@pytest.mark.real
async def test_a_server_that_still_runs_is_stopped_before_ours_starts(state_dir: Path):
    """A leftover is ended with all it holds written, and one server is left."""
    folder = state_dir / "redis"
    folder.mkdir()
    server = command(find_program(), folder, folder / "redis.sock")
    leftover = spawn(launch.__file__, launch.OWN, "0", os.getpid(), folder, *server)
    await wait_for(f"unix://{folder}/redis.sock")
    with Redis.from_url(f"unix://{folder}/redis.sock") as client:
        client.set("kept", 42)
    async with EmbeddedRedis.run(state_dir) as url:
        assert leftover.wait() == 0
        leftover.communicate()
        assert servers(state_dir) == {pid_of(url)}
        with Redis.from_url(url) as client:
            assert client.get("kept") == b"42"


async def wait_for(url: str) -> None:
    """Return when a server answers."""
    with trio.fail_after(LONGEST_S), Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
            except RedisGone:
                await trio.sleep(0.01)
            else:
                return


@pytest.mark.real
async def test_a_broken_log_of_writes_is_explained_in_one_line(state_dir: Path):
    """Data that Redis cannot read stops the start with its own words, and is not thrown away."""
    async with EmbeddedRedis.run(state_dir) as url:
        with Redis.from_url(url) as client:
            client.set("kept", 42)
    for file in (state_dir / "redis").rglob("*.aof"):
        file.write_bytes(b"*1\r\n$3\r\nXXXX nonsense\r\n" * 10)
    with pytest.raises(EmbeddedServerFailed, match="embedded Redis did not start") as caught:
        async with EmbeddedRedis.run(state_dir):
            pytest.fail("it cannot run")
    assert "\n" not in str(caught.value)


@pytest.mark.real
async def test_awkward_and_long_paths_work(tmp_path: Path):
    """Spaces, quotes and percent signs are quoted, and a long path gets a short socket."""
    for name in ("a b'c\"d%20ü", "x" * 100):
        async with EmbeddedRedis.run(tmp_path / name) as url:
            with Redis.from_url(url) as client:
                assert client.ping()


def test_the_machines_own_server_is_found_where_no_wheel_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without the wheel a redis-server, else a valkey-server on the path is taken."""
    monkeypatch.setattr(redis, "PACKAGE", "no_such_package")
    (tmp_path / "valkey-server").touch(mode=0o755)
    assert find_program(str(tmp_path)) == tmp_path / "valkey-server"
    shutil.copy(tmp_path / "valkey-server", tmp_path / "redis-server")
    assert find_program(str(tmp_path)) == tmp_path / "redis-server"


def test_no_server_at_all_is_a_fault_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The operator is told what to install or to set."""
    monkeypatch.setattr(redis, "PACKAGE", "no_such_package")
    with pytest.raises(ConfigError, match=r"redis\.url: not set.*redis-server, valkey-server, or set a Redis"):
        find_program(str(tmp_path))
