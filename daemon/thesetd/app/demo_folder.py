"""Manages the demo's state directory, marked in a way that only the demo uses, so that nothing else is ever cleared."""

import shutil
from pathlib import Path

from thesetd.adapters.embedded.lock import LOCK, state_lock, usable
from thesetd.domain.errors import ThesetdError

MARK = ".thesetd-demo"


class NotTheDemos(ThesetdError):
    """The folder is not empty and lacks the demo's mark; nothing was changed."""


def claim(folder: Path, *, clear: bool) -> None:
    """Mark a new or empty folder as the demo's, or accept one so marked; remove what earlier demos left in it.

    Args:
        folder: the state directory, absolute.
        clear: whether to delete the data of earlier demos.

    Raises:
        NotTheDemos: it is not empty and has never been the demo's.
        StateLocked: a daemon runs on it.
        ConfigError: it cannot be created, read or cleared.
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
