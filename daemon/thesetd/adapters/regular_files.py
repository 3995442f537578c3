"""Checks files that an operator names (configuration, secrets, certificates): only regular ones are opened.

Opening a pipe or a device waits for its other end, which may never come, and a reload reads every file again, when a
pipe is empty.
"""

import os
import stat
from pathlib import Path

_OTHERS = {stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFSOCK: "a socket"}


def check_regular(*files: Path | str | None) -> None:
    """Check files before they are opened; missing ones, directories and the null device are left to the opening.

    Raises:
        OSError: one is a pipe, a device or a socket; `strerror` says which.
    """
    for file in (one for one in files if one is not None):
        try:
            found = Path(file).stat()
        except (OSError, ValueError):
            continue
        kind = _OTHERS.get(stat.S_IFMT(found.st_mode))
        if kind and found.st_rdev != Path(os.devnull).stat().st_rdev:
            raise OSError(0, f"it is {kind}, not a regular file: write the content to a file")
