import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from thesetd.adapters.web.listener.unix_socket import MAX_PATH_BYTES, bound_socket
from thesetd.domain.errors import ConfigError


def bound(path: Path, *, mode: int = 0o660, group: str | None = None):
    """Bind with what most tests do not care about."""
    return bound_socket(path, mode=mode, group=group, backlog=8)


def refusal(path: Path, **options: str) -> str:
    """Return the one line with which binding is refused."""
    with pytest.raises(ConfigError) as caught, bound(path, **options):
        pass
    (fault,) = caught.value.faults
    assert "\n" not in fault
    return fault


def answers(path: Path) -> bool:
    """Return whether somebody listens."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def test_life(sockets: Path):
    """The socket listens while the context is open, with its mode; afterwards nothing is left."""
    path = sockets / "c"
    with bound(path, mode=0o600):
        assert answers(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(sockets.iterdir()) == []


def test_closed_until_handed_over(sockets: Path, monkeypatch: pytest.MonkeyPatch):
    """Between binding and its final mode only the owner may connect, and the process's umask is as it was."""
    modes = []
    chmod = Path.chmod

    def noting(path: Path, mode: int) -> None:
        modes.append(path.stat().st_mode)
        chmod(path, mode)

    monkeypatch.setattr(Path, "chmod", noting)
    before = os.umask(0o022)
    try:
        with bound(sockets / "c"):
            assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert [stat.S_IMODE(mode) for mode in modes] == [0o600]


def test_group(sockets: Path):
    """The socket belongs to the group that is named, by name or number."""
    with bound(sockets / "c", group=str(os.getgid())):
        assert (sockets / "c").stat().st_gid == os.getgid()


@pytest.mark.parametrize("group", [None, str(os.getgid())])
def test_a_group_that_is_right_is_left_alone(sockets: Path, monkeypatch: pytest.MonkeyPatch, group: str | None):
    """Where nothing is to be changed chown is not called: the unit's filter refuses it."""

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "chown", refuse)
    with bound(sockets / "c", group=group):
        assert (sockets / "c").stat().st_gid == os.getgid()


@pytest.mark.parametrize("group", ["nobody-has-this", "4294967295", "99999999999", "²"])
def test_unknown_group(sockets: Path, group: str):
    """A group that does not exist, or cannot, is refused before anything is made."""
    assert f"no group '{group}'" in refusal(sockets / "c", group=group)
    assert list(sockets.iterdir()) == []


def test_second_daemon(sockets: Path):
    """A second daemon is refused; the first keeps its socket and goes on answering."""
    path = sockets / "c"
    with bound(path):
        assert f"another daemon listens on {path}" in refusal(path)
        assert answers(path)
    assert list(sockets.iterdir()) == []


def test_second_daemon_without_the_lock_file(sockets: Path):
    """A second daemon is refused even when somebody deleted the first one's lock, and takes nothing away from it."""
    path = sockets / "c"
    with bound(path):
        (sockets / "c.lock").unlink()
        assert "another daemon" in refusal(path)
        assert answers(path)
    assert list(sockets.iterdir()) == []


def test_killed_daemon(sockets: Path):
    """What a killed daemon left behind is replaced."""
    path = sockets / "c"
    code = (
        "import os, sys, pathlib; from thesetd.adapters.web.listener.unix_socket import bound_socket\n"
        "with bound_socket(pathlib.Path(sys.argv[1]), mode=0o660, group=None, backlog=8): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, path], check=False).returncode == -9
    assert {entry.name for entry in sockets.iterdir()} == {"c", "c.lock"}
    with bound(path):
        assert answers(path)


def test_foreign_listener(sockets: Path):
    """A socket on which somebody else answers, though nobody holds the lock, is not taken."""
    path = sockets / "c"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        assert "another daemon" in refusal(path)
        assert answers(path)


@pytest.mark.parametrize("kind", ["file", "folder", "symlink", "fifo"])
def test_foreign_file(sockets: Path, kind: str):
    """A file that is no socket is never touched, nor is what a symlink points to, and no lock is left."""
    path = sockets / "c"
    if kind == "file":
        path.write_text("mine")
    elif kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        (sockets / "target").write_text("mine")
        path.symlink_to(sockets / "target")
    before = path.lstat()
    assert "is not a socket" in refusal(path)
    assert path.lstat() == before
    assert not (sockets / "c.lock").exists()


def test_successor(sockets: Path):
    """A daemon that ends leaves a socket alone that is no longer its own."""
    path = sockets / "c"
    with bound(path):
        path.unlink()
        path.write_text("somebody else's")
    assert path.read_text() == "somebody else's"


def test_missing_folder(sockets: Path):
    """A folder that does not exist is named."""
    assert f"the folder {sockets / 'no'} does not exist" in refusal(sockets / "no" / "c")


def test_folder_is_a_file(sockets: Path):
    """A parent that is no folder is refused with the system's reason."""
    (sockets / "f").write_text("")
    assert "Not a directory" in refusal(sockets / "f" / "c")


def test_path_length(sockets: Path):
    """A path of 107 bytes works; one more is refused, counted in bytes and not in characters."""
    room = MAX_PATH_BYTES - len(os.fsencode(sockets)) - 1
    with bound(sockets / ("x" * room)):
        assert answers(sockets / ("x" * room))
    assert "more than 107 bytes" in refusal(sockets / ("x" * (room + 1)))
    assert "more than 107 bytes" in refusal(sockets / ("é" * (room // 2 + 1)))


def test_lock_is_a_symlink(sockets: Path):
    """A lock that somebody made a symlink is not followed."""
    (sockets / "c.lock").symlink_to(sockets / "victim")
    assert "c.lock" in refusal(sockets / "c")
    assert not (sockets / "victim").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody without permission")
def test_not_permitted(sockets: Path):
    """A folder in which the daemon may not write gets one clear line."""
    sockets.chmod(0o755)
    code = (
        "import os, sys, pathlib; from thesetd.adapters.web.listener.unix_socket import bound_socket\n"
        "from thesetd.domain.errors import ConfigError\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "try:\n    bound_socket(pathlib.Path(sys.argv[1]), mode=0o660, group=None, backlog=8).__enter__()\n"
        "except ConfigError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code, sockets / "c"], check=True, capture_output=True, text=True)
    assert "Permission denied" in done.stdout
