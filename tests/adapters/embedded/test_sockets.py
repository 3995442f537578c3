import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.adapters.embedded.sockets import LINK, MAX_PATH_BYTES, fits, socket_folder

NAME = "redis.sock"


def deep(tmp_path: Path) -> Path:
    """Make a folder whose path is too long for a socket in it."""
    folder = tmp_path / ("x" * MAX_PATH_BYTES)
    folder.mkdir(mode=0o700)
    return folder


def test_a_short_path_is_used_as_it_is(tmp_path: Path):
    """Where the socket fits, it lies in the server's own folder and nothing else is made."""
    with socket_folder(tmp_path, NAME) as folder:
        assert folder == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_a_long_path_gets_a_private_folder_that_goes_with_the_block(tmp_path: Path):
    """The stand-in is short, of mode 0700, linked from the server's folder, and removed with what is in it."""
    home, runtime = deep(tmp_path), tmp_path / "run"
    runtime.mkdir()
    with socket_folder(home, NAME, runtime) as folder:
        assert fits(folder, NAME)
        assert folder.parent == runtime
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (home / LINK).readlink() == folder
        (folder / NAME).touch()
    assert not folder.exists()
    assert list(home.iterdir()) == []


def test_the_folder_of_a_killed_run_is_removed_by_the_next(tmp_path: Path):
    """The link remembers what was never cleaned up."""
    home, runtime = deep(tmp_path), tmp_path / "run"
    left = runtime / "thesetd-left"
    left.mkdir(mode=0o700, parents=True)
    (left / NAME).touch()
    (home / LINK).symlink_to(left)
    with socket_folder(home, NAME, runtime) as folder:
        assert not left.exists()
        assert folder != left


@pytest.mark.parametrize(("name", "mode"), [("thesetd-open", 0o755), ("foreign", 0o700)])
def test_a_remembered_folder_that_is_not_ours_is_left_alone(tmp_path: Path, name: str, mode: int):
    """After a reboot somebody else may own the name: only a private folder of our making is removed."""
    foreign = tmp_path / name
    foreign.mkdir()
    foreign.chmod(mode)
    (tmp_path / LINK).symlink_to(foreign)
    with socket_folder(tmp_path, NAME):
        pass
    assert foreign.is_dir()


def test_a_runtime_directory_that_is_too_long_as_well_is_refused(tmp_path: Path):
    """No socket path is handed out that cannot be bound, and nothing is left behind."""
    home = deep(tmp_path)
    with pytest.raises(OSError, match="must be short"), socket_folder(home, NAME, home):
        pass
    assert list(home.iterdir()) == []


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1))
def test_length_counts_in_bytes(name: str):
    """A path of few characters can still have too many bytes; one with a comma is never used."""
    assert fits(Path("/"), name) == (len(os.fsencode(Path("/") / name)) <= MAX_PATH_BYTES and "," not in name)
