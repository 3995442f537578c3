"""Provides a private folder for a Unix socket, even if the state directory's path is too long for one.

A socket's path has at most 107 bytes (unix(7)), and PostgreSQL's clients take a comma in it for a separator of hosts.
If the server's own folder is unsuitable, the socket is in a fresh folder under a runtime directory, remembered by a
symbolic link, so that the next start removes what a killed one left.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thesetd.domain.places import MAX_PATH_BYTES

LINK = "socket"


@contextmanager
def socket_folder(folder: Path, name: str, runtime_dir: Path | None = None) -> Iterator[Path]:
    """Yield a folder of mode 0700 in which a socket called `name` fits; `folder` itself where possible.

    Args:
        folder: the server's own folder, of mode 0700.
        name: the socket's file name.
        runtime_dir: where a short folder may be made; the system's temporary directory by default.

    Raises:
        OSError: no folder could be made, or its path is unsuitable, too.
    """
    link = folder / LINK
    _forget(link)
    if fits(folder, name):
        yield folder
        return
    short = Path(tempfile.mkdtemp(prefix="thesetd-", dir=runtime_dir))
    try:
        if not fits(short, name):
            raise OSError(f"a socket's path must be short and without a comma: {short}")
        link.symlink_to(short)
        yield short
    finally:
        _forget(link)
        shutil.rmtree(short, ignore_errors=True)


def fits(folder: Path, name: str) -> bool:
    """Return whether a socket of this name can be bound in the folder, and reached there."""
    path = os.fsencode(folder / name)
    return len(path) <= MAX_PATH_BYTES and b"," not in path


def _forget(link: Path) -> None:
    """Remove the link of an earlier run, and its folder if that is still the private one that we made."""
    if not link.is_symlink():
        return
    target = link.readlink()
    link.unlink()
    try:
        found = target.lstat()
    except OSError:
        return
    private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == stat.S_IRWXU
    if private and found.st_uid == os.geteuid() and target.name.startswith("thesetd-"):
        shutil.rmtree(target, ignore_errors=True)
