"""The demo: it touches nothing that is not its own, and takes everything down with it."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from exploring import EXPLORE
from patience import LONGEST_S
from programs import clean_environ, thesetd
from thesetd.adapters.embedded.lock import state_lock
from thesetd.app.demo_folder import MARK

THESETD = str(Path(sys.executable).parent / "thesetd")


def start(folder: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Start a demo, as the leader of a process group, on the folder `demo`."""
    return subprocess.Popen(
        [THESETD, "demo", "--state-dir", str(folder / "demo"), *arguments],
        env={**clean_environ(folder), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def run(folder: Path, *arguments: str, **variables: str) -> tuple[int, str, str]:
    """Run a demo to its end; give code, output and errors."""
    with start(folder, *arguments, **variables) as demo:
        output, errors = demo.communicate(timeout=LONGEST_S)
    return demo.returncode, output, errors


def refused(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run a demo that starts nothing; give the same."""
    done = thesetd(folder, "demo", "--state-dir", str(folder / "demo"), *arguments)
    return done.returncode, done.stdout, done.stderr


def said(errors: str) -> str:
    """Return errors without the line that a daemon writes if its start takes longer than usual, on a busy machine."""
    return "".join(line for line in errors.splitlines(keepends=True) if "ServerAwaited" not in line)


def children(pid: int) -> dict[str, int]:
    """Return a pidfd of each child, by its name and subcommand."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
        place = next(n for n, word in enumerate(words) if Path(word).name in {"thesetd", "thesetctl"})
        name = f"{Path(words[place]).name} {words[place + 1]}"
        found[name.removesuffix(" --socket")] = os.pidfd_open(int(child))
    return found


def have_ended(pidfds: dict[str, int], within_s: float) -> bool:
    """Return whether all of these processes end in this time; forget them."""
    poll, left = select.poll(), set(pidfds.values())
    for fd in left:
        poll.register(fd, select.POLLIN)
    while left and (ended := poll.poll(within_s * 1000)):
        for fd, _ in ended:
            poll.unregister(fd)
            left.discard(fd)
    for fd in pidfds.values():
        os.close(fd)
    return not left


@pytest.mark.parametrize("stay", [(), ("--stay",)])
def test_a_foreign_folder_is_refused_and_untouched(tmp_path: Path, stay: tuple[str, ...]) -> None:
    """A folder that holds something and no mark of the demo is left as it is: one line, exit 2."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").write_text("years of work")
    code, output, errors = refused(tmp_path, *stay)
    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert "holds other data than a demo's" in errors
    assert [entry.name for entry in (tmp_path / "demo").iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("stay", [(), ("--stay",)])
def test_a_folder_on_which_a_daemon_runs_is_refused_and_untouched(tmp_path: Path, stay: tuple[str, ...]) -> None:
    """The data under a running `make run` stays: one line that names the pid, exit 2."""
    with state_lock(tmp_path / "demo"):
        (tmp_path / "demo" / MARK).touch()
        (tmp_path / "demo" / "postgres").mkdir()
        code, output, errors = refused(tmp_path, *stay)
    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert f"pid {os.getpid()}" in errors
    assert (tmp_path / "demo" / "postgres").is_dir()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """What the system says stands in it without its number, and what to do; exit 78."""
    (tmp_path / "file").touch()
    code, _, errors = refused(tmp_path, "--state-dir", str(tmp_path / "file" / "demo"))
    assert (code, errors.count("\n")) == (78, 1)
    assert "Not a directory; choose another with --state-dir" in errors
    assert "Errno" not in errors


def test_a_fault_in_the_named_configuration_ends_it(tmp_path: Path) -> None:
    """The daemon's own line and code come through; nothing is left running."""
    (tmp_path / "bad.toml").write_text('[log]\nlevle = "info"\n')
    code, _, errors = run(tmp_path, "--config", str(tmp_path / "bad.toml"))
    assert (code, errors) == (78, "thesetd: log.levle: no such key\n")


@pytest.mark.real
@pytest.mark.usefixtures("redis_program")
def test_the_demo_ends_well_whatever_the_shell_says(tmp_path: Path) -> None:
    """Three imports land in the demo's own servers, whatever servers, files and options the environment names."""
    (tmp_path / "real.toml").write_text('[database]\ndsn = "postgresql://nobody@127.0.0.1:1/real"\n')
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / MARK).touch()
    (tmp_path / "demo" / "leftover").symlink_to(tmp_path)
    code, output, errors = run(
        tmp_path,
        "--config",
        str(tmp_path / "real.toml"),
        THESETD_DATABASE__DSN="postgresql://nobody@127.0.0.1:1/real",
        DATABASE_URL="postgresql://nobody@127.0.0.1:1/real",
        THESETD_REDIS__URL="redis://127.0.0.1:1",
        REDIS_URL="redis://127.0.0.1:1",
        THESETD_CONFIG=str(tmp_path / "absent.toml"),
        THESETD_CONTROL__SOCKET=str(tmp_path / "other.sock"),
        THESETD_LOG__FORMAT="nonsense",
        RUNTIME_DIRECTORY=str(tmp_path),
    )
    assert (code, said(errors)) == (0, "")
    assert output.count("Import complete!") == 3
    assert "upcoming shows" in output
    assert not (tmp_path / "demo" / "leftover").exists()
    assert (tmp_path / "real.toml").exists()
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [line for line in running if str(tmp_path).encode() in line]


@pytest.mark.real
@pytest.mark.usefixtures("redis_program")
@pytest.mark.parametrize(
    ("arguments", "how", "code"),
    [
        ((), signal.SIGINT, 130),
        *(
            [((), signal.SIGTERM, 143), (("--stay",), signal.SIGINT, 0), (("--stay",), signal.SIGTERM, 0)]
            if EXPLORE
            else []
        ),
    ],
)
def test_a_signal_takes_everything_down(
    tmp_path: Path, arguments: tuple[str, ...], how: signal.Signals, code: int
) -> None:
    """Ctrl-C reaches the whole group, SIGTERM the demo alone: either way all has ended when it has, in silence."""
    with start(tmp_path, *arguments) as demo:
        assert demo.stdout is not None
        last = "Ctrl-C" if arguments else "import"
        assert any(last in line for line in demo.stdout)
        if not arguments:
            assert "initializing" in "".join(demo.stdout.readline() for _ in range(2))
        started = children(demo.pid)
        assert {"thesetd sandbox", "thesetd run"} <= started.keys()
        (os.killpg if how is signal.SIGINT else os.kill)(demo.pid, how)
        _, errors = demo.communicate(timeout=LONGEST_S)
    assert have_ended(started, within_s=0)
    assert demo.returncode == code
    assert said(errors) in {"", "thesetctl: interrupted; the import continues: follow it with `thesetctl tail 1`\n"}


@pytest.mark.real
@pytest.mark.usefixtures("redis_program")
def test_a_daemon_that_is_killed_ends_it_and_is_named(tmp_path: Path) -> None:
    """`make run` says in one line what became of the daemon, ends with 1, and leaves nothing running."""
    with start(tmp_path, "--stay") as demo:
        assert demo.stdout is not None
        assert any("Ctrl-C" in line for line in demo.stdout)
        started = children(demo.pid)
        signal.pidfd_send_signal(started["thesetd run"], signal.SIGKILL)
        _, errors = demo.communicate(timeout=LONGEST_S)
    assert (demo.returncode, said(errors)) == (1, "thesetd: thesetd run ended by itself (SIGKILL): all is stopped\n")
    assert have_ended(started, within_s=LONGEST_S)


@pytest.mark.real
@pytest.mark.usefixtures("redis_program")
def test_a_killed_demo_takes_its_programs_along(tmp_path: Path) -> None:
    """After SIGKILL the kernel tells sandbox and daemon to end."""
    with start(tmp_path, "--stay") as demo:
        assert demo.stdout is not None
        assert any("Ctrl-C" in line for line in demo.stdout)
        started = children(demo.pid)
        demo.kill()
    assert have_ended(started, within_s=LONGEST_S)
