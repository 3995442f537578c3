"""Temporary files of tests are in memory, if there is enough: data of servers above all.

A fresh database is some 800 files, which are written, and deleted after the test. That takes 0.2 to 0.5 s of CPU on
ext4 and 0.03 s in memory. The folder goes with the run that made it; `TMPDIR` names another, which stays.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

PLACE = Path("/dev/shm")
PREFIX = "tests-"  # short, as paths of sockets have to be
ROOM_BYTES = 6 << 30  # five processes of tests use a quarter of it


def has_room(place: Path, room_bytes: int = ROOM_BYTES) -> bool:
    """Return whether programs may run there, and both the folder and the machine have so much left."""
    try:
        found = os.statvfs(place)
        memory = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    except OSError:
        return False
    free = min(found.f_bavail * found.f_frsize, int(memory["MemAvailable"].split()[0]) << 10)
    return os.access(place, os.W_OK) and not found.f_flag & os.ST_NOEXEC and free >= room_bytes


def sweep(place: Path) -> None:
    """Remove what runs left that were killed; one that goes on holds its folder, in another container as well."""
    for folder in place.glob(f"{PREFIX}*"):
        if not Path("/proc", folder.name.removeprefix(PREFIX)).exists():
            with suppress(OSError), held(folder):
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder of our own.

    Raises:
        OSError: another process holds it, or it is somebody else's.
    """
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(place).st_uid != os.geteuid():
            raise PermissionError(f"{folder} is somebody else's")
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(place)


@pytest.hookimpl(tryfirst=True)  # before pytest chooses its own
def pytest_configure(config: pytest.Config) -> None:
    """Make the folder, before anything asks for one; workers of pytest-xdist inherit it."""
    if "TMPDIR" in os.environ or config.option.basetemp or not has_room(PLACE):
        return
    sweep(PLACE)
    folder = PLACE / f"{PREFIX}{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o755)  # servers run as users of their own
    holding = ExitStack()
    holding.enter_context(held(folder))
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    config.option.basetemp = str(folder / "pytest")

    def remove() -> None:
        del os.environ["TMPDIR"]
        tempfile.tempdir = None
        shutil.rmtree(folder, ignore_errors=True)
        holding.close()

    config.add_cleanup(remove)
