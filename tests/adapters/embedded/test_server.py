"""The life of a server, shown with programs of the shell, which die and hang as they are told."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
import trio

from patience import LONGEST_S
from thesetd.adapters.embedded import server as module
from thesetd.adapters.embedded.processes import end_leftovers
from thesetd.adapters.embedded.server import EmbeddedServerFailed, Server, prepare_folder, running
from thesetd.domain.facts import Fact, ServerRestarted

SHELL = "/bin/sh"
STAY = ": > ready; exec tail -f /dev/null"  # no child that may outlive the shell


class Recorder:
    """An observer that remembers, and lets a test wait for the next fact."""

    def __init__(self) -> None:
        self._send, self.facts = trio.open_memory_channel[Fact](100)

    def notify(self, fact: Fact) -> None:
        """Remember."""
        self._send.send_nowait(fact)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Yield a server's folder, and prove afterwards that nothing works in it any more."""
    made = prepare_folder(tmp_path, "server")
    yield made
    working = {entry.parent.name for entry in Path("/proc").glob("[0-9]*/cwd") if _target(entry) == made}
    assert not working, "a process was left behind"


def _target(link: Path) -> Path | None:
    try:
        return link.readlink()
    except OSError:
        return None


def make_server(folder: Path) -> Server:
    """Describe a server that is ready when it has touched a file."""

    async def is_ready(_pid: int) -> bool:
        ready = (folder / "ready").exists()
        if ready:
            (folder / "seen").touch()
        return ready

    return Server(
        name="Example",
        folder=folder,
        programs=frozenset({"tail", "sh"}),
        stopping=((signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0)),
        is_ready=is_ready,
        sweep=lambda: (folder / "ready").unlink(missing_ok=True),
    )


def pid_in(folder: Path) -> int:
    """Return the pid that the program wrote down."""
    return int((folder / "pid").read_text())


async def test_a_server_that_does_not_start_is_named_with_what_it_said(folder: Path):
    """One line holds the exit code, the last lines of this start and the log's place; older lines are not in it."""
    (folder / "log").write_text("an old story\n")
    with pytest.raises(EmbeddedServerFailed) as caught:
        async with running(make_server(folder), (SHELL, "-c", "echo first; echo port is taken >&2; exit 3")):
            pytest.fail("it never ran")
    text = str(caught.value)
    assert text == f"embedded Example did not start (exit 3): first | port is taken (log: {folder / 'log'})"


async def test_a_server_that_is_never_ready_is_given_up_and_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """The wait for a silent server has an end, and nothing of it is left running."""
    monkeypatch.setattr(module, "START_DEADLINE_S", 0.05)
    with pytest.raises(EmbeddedServerFailed, match=r"not ready after 0\.05 s"):
        async with running(make_server(folder), (SHELL, "-c", "exec tail -f /dev/null")):
            pytest.fail("it was never ready")


async def test_a_program_that_is_missing_is_named(folder: Path):
    """The error of the exec itself reaches the operator."""
    with pytest.raises(EmbeddedServerFailed, match=r"exit 77.*cannot run /nonexistent.*No such file"):
        async with running(make_server(folder), ("/nonexistent",)):
            pytest.fail("it never ran")


async def test_the_blocks_own_error_comes_out_as_it_is(folder: Path):
    """What fails inside the block is not wrapped in a group, and the server is stopped."""
    with pytest.raises(KeyError, match="mine"):
        async with running(make_server(folder), (SHELL, "-c", STAY)):
            raise KeyError("mine")


async def test_the_log_is_for_its_owner_alone(folder: Path):
    """Servers log statements and names of clients; 0600 whatever the umask."""
    async with running(make_server(folder), (SHELL, "-c", STAY)):
        assert (folder / "log").stat().st_mode & 0o777 == 0o600


async def test_a_server_outlives_a_cancelled_block(folder: Path):
    """Cancelled code may still use the server while it cleans up."""
    alive_during_cleanup = False
    with trio.CancelScope() as scope:
        async with running(make_server(folder), (SHELL, "-c", f"echo $$ > pid; {STAY}")):
            try:
                scope.cancel()
                await trio.sleep_forever()
            finally:
                with trio.CancelScope(shield=True):
                    for _ in range(10):
                        await trio.lowlevel.checkpoint()
                    alive_during_cleanup = await trio.Path(f"/proc/{pid_in(folder)}").exists()
    assert alive_during_cleanup


async def test_a_server_that_dies_is_started_again_and_reported(folder: Path):
    """The block goes on, the observer hears of it, another process serves."""
    observer = Recorder()
    async with running(make_server(folder), (SHELL, "-c", f"echo $$ > pid; {STAY}"), observer):
        before = pid_in(folder)
        with trio.fail_after(LONGEST_S):
            os.kill(before, signal.SIGKILL)
            fact = await observer.facts.receive()
            while not (folder / "ready").exists() or pid_in(folder) == before:
                await trio.lowlevel.checkpoint()
    assert isinstance(fact, ServerRestarted)
    assert fact.server == "Example"
    assert "ended by itself (SIGKILL)" in fact.error


async def test_a_server_that_dies_again_and_again_ends_the_block(folder: Path):
    """After the allowed restarts the block is cancelled with the reason."""
    observer = Recorder()
    until_seen = "rm -f seen; : > ready; until [ -e seen ]; do :; done"
    with trio.fail_after(LONGEST_S), pytest.raises(EmbeddedServerFailed, match="ended by itself"):
        async with running(make_server(folder), (SHELL, "-c", f"{until_seen}; echo broken disk"), observer):
            await trio.sleep_forever()
    assert observer.facts.statistics().current_buffer_used == module.RESTARTS


async def test_a_server_that_ignores_the_polite_signal_is_killed(folder: Path):
    """The ladder goes up to SIGKILL within its graces."""
    stubborn = await make_server(folder).start((SHELL, "-c", "trap '' TERM; : > ready; while :; do :; done"))
    await stubborn.end(((signal.SIGTERM, 0.05), (signal.SIGKILL, 2.0)))
    assert stubborn.returncode() == -signal.SIGKILL


async def test_only_programs_of_the_servers_name_are_leftovers(folder: Path):
    """Somebody's shell that stands in the folder is no server of ours."""
    server = attrs.evolve(make_server(folder), programs=frozenset({"redis-server"}))
    stranger = await server.start((SHELL, "-c", STAY))
    try:
        await server.take_over()
        assert stranger.returncode() is None
    finally:
        await stranger.end(server.stopping)


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path):
    """The text names the folder and the setting."""
    (tmp_path / "state").write_text("a file")
    with pytest.raises(EmbeddedServerFailed, match=r"cannot use .*/state/redis: Not a directory; choose .*state_dir"):
        prepare_folder(tmp_path / "state", "redis")


async def test_a_server_whose_log_was_deleted_is_started_again(folder: Path):
    """What it said is lost; the next one writes a log of its own."""
    server, observer = make_server(folder), Recorder()
    async with running(server, (SHELL, "-c", f"echo $$ > pid; {STAY}"), observer):
        await trio.testing.wait_all_tasks_blocked()
        server.log.unlink()
        with trio.fail_after(LONGEST_S):
            os.kill(pid_in(folder), signal.SIGKILL)
            fact = await observer.facts.receive()
            while not (folder / "ready").exists():
                await trio.lowlevel.checkpoint()
    assert isinstance(fact, ServerRestarted)
    assert "its log is gone" in fact.error


async def test_processes_that_the_system_hides_are_none_of_ours(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """With hidepid=1 (proc(5)) other users' processes are listed and cannot be read; a server starts nevertheless."""
    read_text = Path.read_text

    def hidden(path: Path, **kwargs: str) -> str:
        if path == Path("/proc/1/stat"):
            raise PermissionError(path)
        return read_text(path, **kwargs)

    monkeypatch.setattr(Path, "read_text", hidden)
    assert await end_leftovers(folder, {"sleep"}, ()) == 0


def test_a_long_log_is_put_aside_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two files are the most that a server's log takes."""
    monkeypatch.setattr(module, "LOG_BYTES", 10)
    folder = prepare_folder(tmp_path, "server")
    (folder / "log").write_text("more than ten bytes")
    prepare_folder(tmp_path, "server")
    assert [path.name for path in folder.iterdir()] == ["log.1"]


def test_a_long_log_is_put_aside_under_its_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written lies in log.1, what is appended afterwards stands alone; a short log is left as it is."""
    monkeypatch.setattr(module, "LOG_BYTES", 10)
    log = tmp_path / "log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"short")
        assert not module.rotate(log)
        writer.write(b" and long")
        assert module.rotate(log)
        writer.write(b"new")
    assert (log.read_bytes(), (tmp_path / "log.1").read_bytes()) == (b"new", b"short and long")
    log.unlink()
    assert not module.rotate(log)
