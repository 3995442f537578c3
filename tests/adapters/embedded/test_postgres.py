import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import trio

from patience import LONGEST_S
from thesetd.adapters.embedded import launch, postgres
from thesetd.adapters.embedded.postgres import EmbeddedCluster, EmbeddedPostgres, candidates, find_programs
from thesetd.adapters.embedded.server import EmbeddedServerFailed
from thesetd.domain.errors import ConfigError

pytestmark = pytest.mark.real

DAEMON = """
import sys, trio
from pathlib import Path
from thesetd.adapters.embedded.postgres import EmbeddedPostgres
async def main():
    async with EmbeddedPostgres.run(Path(sys.argv[1])) as dsn:
        print(dsn, flush=True)
        if sys.argv[2:] != ["once"]:
            await trio.sleep_forever()
trio.run(main)
"""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="takes another uid, which only root may")


async def ask(dsn: str, statement: str) -> Any:
    """Run a statement on a connection of its own."""

    async def run() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return await trio.to_thread.run_sync(lambda: asyncio.run(run()))


def postmasters(state_dir: Path) -> set[int]:
    """Return the postmasters on this state directory's data, by what the kernel knows of them."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            parent = int((entry / "stat").read_text().rpartition(") ")[2].split()[1])
        except OSError:
            continue
        if words[0].endswith(b"/postgres") and os.fsencode(state_dir / "postgres" / "data") in words:
            parents[int(entry.name)] = parent
    return {pid for pid, parent in parents.items() if parent not in parents}  # a child bears its name for a moment


def spawn(*arguments: object) -> subprocess.Popen[str]:
    """Start a Python of its own, whose output is read here."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a state directory with a finished data folder in it, to be copied."""
    state_dir = tmp_path_factory.mktemp("made")

    async def once() -> None:
        async with EmbeddedPostgres.run(state_dir) as dsn:
            await ask(dsn, "create table kept as select 42 as answer")

    trio.run(once)
    return state_dir


@pytest.fixture
def state_dir(made: Path, tmp_path: Path) -> Iterator[Path]:
    """Give a state directory with data that only its owner can enter; prove afterwards that no server is left on it."""
    shutil.copytree(made, tmp_path / "state", symlinks=True)
    (tmp_path / "state").chmod(0o700)
    yield tmp_path / "state"
    assert postmasters(tmp_path / "state") == set()


def cluster(state_dir: Path) -> EmbeddedCluster:
    """Return the cluster under a state directory."""
    return EmbeddedCluster(folder=state_dir / "postgres", programs=find_programs(), settings=postgres.SETTINGS)


async def test_the_first_start_makes_a_database_for_people_and_programs(tmp_path: Path):
    """The DSN works for asyncpg and psql, the text is UTF-8, writes are durable, and nobody listens on TCP."""
    async with EmbeddedPostgres.run(tmp_path) as dsn:
        assert await ask(dsn, "select current_user || ' ' || current_database()") == "thesetd theset"
        assert await ask(dsn, "show server_encoding") == "UTF8"
        assert await ask(dsn, "select lower('ÉCOUTE')") == "écoute"
        assert await ask(dsn, "show fsync") == "on"
        assert await ask(dsn, "show listen_addresses") == ""
        psql = await trio.run_process([find_programs() / "psql", dsn, "-Atc", "select 6 * 7"], capture_stdout=True)
        assert psql.stdout == b"42\n"
    assert (tmp_path / "postgres").stat().st_mode & 0o777 == 0o700
    assert postmasters(tmp_path) == set()


async def test_data_outlives_the_server(state_dir: Path):
    """What was committed is there at the next start."""
    async with EmbeddedPostgres.run(state_dir) as dsn:
        assert await ask(dsn, "select answer from kept") == 42


async def test_a_server_that_still_runs_is_stopped_before_ours_starts(state_dir: Path, tmp_path: Path):
    """A leftover ends cleanly (exit 0), also where a link leads to its folder; never do two work on one data folder."""
    leftover = cluster(state_dir)
    identity = await leftover.find_identity()
    popen = spawn(launch.__file__, identity, "0", os.getpid(), leftover.folder, *leftover.command(leftover.folder))
    with trio.fail_after(LONGEST_S):
        while not await leftover.is_ready(popen.pid):
            assert popen.poll() is None, (leftover.folder / "log").read_text()
            await trio.sleep(0.01)
    link = tmp_path / "link"
    link.symlink_to(state_dir)
    async with EmbeddedPostgres.run(link) as dsn:
        assert popen.wait() == 0
        popen.communicate()
        assert await ask(dsn, "select answer from kept") == 42
        assert len(postmasters(link)) == 1
        assert postmasters(state_dir) == set()


async def test_a_killed_daemon_takes_its_server_along(state_dir: Path):
    """After SIGKILL of the daemon the server stops by itself, and the next daemon has all that was committed."""
    with spawn("-c", DAEMON, state_dir) as daemon:
        dsn = daemon.stdout.readline().strip()
        await ask(dsn, "insert into kept values (43) returning answer")
        (server,) = postmasters(state_dir)
        server_fd = os.pidfd_open(server)
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
    with trio.fail_after(LONGEST_S):
        await trio.lowlevel.wait_readable(server_fd)
    os.close(server_fd)
    async with EmbeddedPostgres.run(state_dir) as again:
        assert await ask(again, "select sum(answer) from kept") == 85


async def test_a_lock_file_with_the_pid_of_a_stranger_is_no_obstacle(state_dir: Path):
    """After a reboot the pid in postmaster.pid may belong to anybody; PostgreSQL alone would refuse to start."""
    with spawn("-c", "input()") as stranger:
        lines = [str(stranger.pid), str(state_dir / "postgres" / "data"), "1", "5432", "", "", "", "ready"]
        (state_dir / "postgres" / "data" / "postmaster.pid").write_text("\n".join(lines))
        async with EmbeddedPostgres.run(state_dir) as dsn:
            assert await ask(dsn, "select answer from kept") == 42
        assert stranger.poll() is None
        stranger.kill()


async def test_a_half_made_data_folder_is_made_again(tmp_path: Path):
    """What a killed first start left under data.new is thrown away."""
    (tmp_path / "postgres" / "data.new").mkdir(parents=True)
    (tmp_path / "postgres" / "data.new" / "PG_VERSION").write_text("18\n")
    async with EmbeddedPostgres.run(tmp_path) as dsn:
        assert await ask(dsn, "select 1") == 1
    assert not (tmp_path / "postgres" / "data.new").exists()


async def test_a_killed_postmaster_is_replaced_under_the_same_address(state_dir: Path):
    """The daemon's connections break, new ones find the recovered data."""
    async with EmbeddedPostgres.run(state_dir) as dsn:
        (before,) = postmasters(state_dir)
        os.kill(before, signal.SIGKILL)
        with trio.fail_after(LONGEST_S):
            while True:
                try:
                    assert await ask(dsn, "select answer from kept") == 42
                except (OSError, asyncpg.PostgresError):
                    continue
                if postmasters(state_dir) - {before}:
                    break


async def test_data_that_no_server_can_use_is_explained_in_one_line(state_dir: Path):
    """The server's own last words are in the error, and the data is as it was."""
    (state_dir / "postgres" / "data" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(EmbeddedServerFailed, match=r"embedded PostgreSQL did not start.*incompatible") as caught:
        async with EmbeddedPostgres.run(state_dir):
            pytest.fail("it cannot run")
    assert "\n" not in str(caught.value)
    assert (state_dir / "postgres" / "data" / "base").is_dir()


async def test_a_long_path_does_not_keep_the_server_from_its_socket(made: Path, tmp_path: Path):
    """With a state directory of more than 107 bytes clients come through a short folder, which goes with the server."""
    state_dir = tmp_path / ("x" * 100)
    shutil.copytree(made, state_dir, symlinks=True)
    with tempfile.TemporaryDirectory(prefix="t-") as short:
        runtime = Path(short)
        async with EmbeddedPostgres.run(state_dir, runtime_dir=runtime) as dsn:
            assert await ask(dsn, "select answer from kept") == 42
            assert len(list(runtime.iterdir())) == 1
        assert list(runtime.iterdir()) == []


@pytest.mark.parametrize("name", ["a b'c\"d%20ü&e", "one,two"])
async def test_a_path_with_awkward_characters_works(made: Path, tmp_path: Path, name: str):
    """Spaces, quotes, percent signs and commas mean something to PostgreSQL or to a DSN: they are quoted or avoided."""
    state_dir = tmp_path / name
    shutil.copytree(made, state_dir, symlinks=True)
    async with EmbeddedPostgres.run(state_dir) as dsn:
        assert await ask(dsn, "select answer from kept") == 42


@needs_root
@pytest.mark.parametrize("identities", [[launch.NAMESPACE], [launch.DROPPED], [launch.DROPPED, launch.NAMESPACE]])
async def test_root_runs_it_under_either_identity(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch, identities: list[str]
):
    """Both ways work under folders that only root may enter, and the data goes from one to the other."""
    for identity in identities:
        monkeypatch.setattr(postgres, "candidates", lambda *_, chosen=identity, **__: (chosen,))
        async with EmbeddedPostgres.run(state_dir) as dsn:
            assert await ask(dsn, "select answer from kept") == 42
            (server,) = postmasters(state_dir)
            owner = (await trio.Path(f"/proc/{server}").stat()).st_uid
            assert owner == (launch.stand_in()[0] if identity == launch.DROPPED else 0)
            assert (state_dir / "postgres" / "data").stat().st_uid == owner


@needs_root
@pytest.mark.parametrize("uid", [65534, 54321], ids=["known", "unknown"])
async def test_an_ordinary_user_runs_it(uid: int):
    """A user needs no privilege; neither does one without a passwd entry, as containers have them."""
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, uid, uid)
        user = ("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups")
        # The interpreter of the tests may lie in root's home.
        readable = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
        ended = await trio.run_process(
            [*user, *readable, sys.executable, "-c", DAEMON, folder, "once"], capture_stdout=True
        )
        assert ended.stdout.startswith(b"postgresql://")
        assert (Path(folder) / "postgres" / "data").stat().st_uid == uid


def test_identities_are_tried_from_the_least_intrusive():
    """Root prefers a namespace to another uid on its files; users stay themselves where the system knows them."""
    assert candidates(0, known=True) == (launch.NAMESPACE, launch.DROPPED)
    assert candidates(1000, known=True) == (launch.OWN,)
    assert candidates(54321, known=False) == (launch.NAMESPACE,)


async def test_no_possible_identity_is_a_fault_with_a_remedy(state_dir: Path, monkeypatch: pytest.MonkeyPatch):
    """The error says what to do instead, and what each attempt met."""
    monkeypatch.setattr(postgres, "candidates", lambda *_, **__: (launch.OWN,))
    monkeypatch.setattr(postgres, "PROGRAMS", "nowhere")
    broken = EmbeddedCluster(folder=state_dir / "postgres", programs=Path("/nonexistent"), settings={})
    with pytest.raises(ConfigError, match=r"database\.dsn: .* or set a database \(.*cannot run"):
        await broken.find_identity()


def test_missing_programs_are_a_fault_with_a_remedy(monkeypatch: pytest.MonkeyPatch):
    """Without the wheel the operator is told what to install or to set."""
    monkeypatch.setattr(postgres, "PACKAGE", "no_such_package")
    with pytest.raises(ConfigError, match=r"database\.dsn.*install requirements-embedded.txt"):
        find_programs()


@pytest.mark.parametrize(
    ("uid", "known", "said"),
    [
        (0, True, "run thesetd as an ordinary user"),
        (1000, True, "run thesetd as an ordinary user"),
        (61234, False, "install libnss-systemd, which names user 61234,"),
    ],
)
def test_the_remedy_is_for_whom_it_concerns(*, uid: int, known: bool, said: str) -> None:
    """A service's dynamic user has no name on a slim system: the package that gives it one is named."""
    assert postgres.remedy(uid, known=known) == said
