import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from thesetd.adapters.embedded.lock import StateLocked, state_lock
from thesetd.domain.errors import ConfigError

HOLD = """
import sys
from pathlib import Path
from thesetd.adapters.embedded.lock import state_lock
with state_lock(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path):
    """The refusal is one line that names the pid and the folder, and leaves the first owner alone."""
    state_dir = tmp_path / "deep" / "state"
    with state_lock(state_dir):
        with pytest.raises(StateLocked) as caught, state_lock(state_dir):
            pass
        assert f"another thesetd runs on this state directory (pid {os.getpid()})" in str(caught.value)
        assert str(state_dir) in str(caught.value)
        assert "\n" not in str(caught.value)
    with state_lock(state_dir):
        pass


def test_the_state_directory_is_made_for_its_owner_alone(tmp_path: Path):
    """A missing state directory appears with mode 0700, its lock file with 0600."""
    with state_lock(tmp_path / "state"):
        assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "state" / "lock").stat().st_mode & 0o777 == 0o600


def test_a_full_disk_refuses_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The pid in the file is for people: a daemon on servers elsewhere needs no room in its state directory."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with state_lock(tmp_path), pytest.raises(StateLocked, match="pid unknown"), state_lock(tmp_path):
        pass


def test_a_killed_owner_leaves_no_lock(tmp_path: Path):
    """The kernel gives the lock back with the process, however it ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout.readline() == b"locked\n"
        with pytest.raises(StateLocked, match=f"pid {owner.pid}"), state_lock(tmp_path):
            pass
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        with state_lock(tmp_path):
            assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path: Path):
    """A symbolic link cannot make the daemon write into a foreign file."""
    (tmp_path / "foreign").write_text("precious")
    (tmp_path / "lock").symlink_to(tmp_path / "foreign")
    with pytest.raises(ConfigError, match="symbolic links; choose another"), state_lock(tmp_path):
        pass
    assert (tmp_path / "foreign").read_text() == "precious"


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o1777, 0o720])
def test_a_directory_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    """Another user could put a link in the place of our files; the text has the command that mends it, which does."""
    home = tmp_path / "the state"
    home.mkdir()
    home.chmod(mode)
    with pytest.raises(ConfigError, match="others may write to") as caught, state_lock(home):
        pass
    assert not list(home.iterdir())
    subprocess.run(str(caught.value).split("`")[1], shell=True, check=True)
    with state_lock(home):
        assert home.stat().st_mode & 0o022 == 0


def test_a_directory_that_others_may_move_is_refused(tmp_path: Path) -> None:
    """Whoever may write to a parent could put another in its place; in a sticky one, as /tmp is, nobody can."""
    home = tmp_path / "shared" / "deep" / "state"
    home.mkdir(parents=True)
    home.chmod(0o700)
    shared = tmp_path / "shared"
    for mode in (0o1777, 0o775):
        shared.chmod(mode)
        with state_lock(home):
            pass
    shared.chmod(0o777)
    with pytest.raises(ConfigError, match="anybody may move") as caught, state_lock(home):
        pass
    subprocess.run(str(caught.value).split("`")[1], shell=True, check=True)
    with state_lock(home):
        assert shared.stat().st_mode & 0o777 == 0o775


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_directory_of_another_user_is_refused(tmp_path: Path) -> None:
    """Its owner could do the same; the command that is told gives it back."""
    os.chown(tmp_path, 65534, -1)
    with pytest.raises(ConfigError, match="belongs to another user") as caught, state_lock(tmp_path):
        pass
    subprocess.run(str(caught.value).split("`")[1], shell=True, check=True)
    with state_lock(tmp_path):
        pass
