"""The demo's own state directory: known by a mark that only the demo makes, so that nothing else is ever cleared."""

import shutil
from pathlib import Path

from thesetd.adapters.embedded.lock import LOCK, state_lock, usable
from thesetd.domain.errors import ThesetdError

MARK = ".thesetd-demo"


class NotTheDemos(ThesetdError):
    """The folder holds something and not the demo's mark; nothing was touched."""


def claim(folder: Path, *, clear: bool) -> None:
    """Mark a new or empty folder as the demo's, or accept one that is; remove what earlier demos left in it.

    Args:
        folder: the state directory, absolute.
        clear: whether the data of earlier demos goes.

    Raises:
        NotTheDemos: it is not empty and never was the demo's.
        StateLocked: a daemon runs on it.
        ConfigError: it cannot be made, read or cleared.
    """
    with usable(folder):
        foreign = folder.exists() and any(folder.iterdir()) and not (folder / MARK).is_file()
    if foreign:
        raise NotTheDemos(f"{folder} holds other data than a demo's: remove it, or choose another with --state-dir")
    with state_lock(folder), usable(folder):
        (folder / MARK).touch()
        for entry in folder.iterdir() if clear else ():
            if entry.name in {MARK, LOCK}:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
