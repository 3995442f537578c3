"""Makes sure that only one daemon uses a state directory."""

import fcntl
import os
import shlex
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from thesetd.domain.errors import ConfigError, ThesetdError

LOCK = "lock"


class StateLocked(ThesetdError):
    """Another daemon runs in this state directory; nothing was touched."""


@contextmanager
def state_lock(state_dir: Path) -> Iterator[None]:
    """Own the state directory, made with mode 0700 if it is missing, until the block or the process ends.

    The kernel releases the lock with the process, so a killed daemon leaves none; the file stays, since removing it
    would let two owners each lock a different file.

    Raises:
        StateLocked: another process owns it; the message names its pid.
        ConfigError: the directory or the file cannot be made, or is not this user's alone.
    """
    with usable(state_dir):
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_owner(state_dir)
        descriptor = os.open(state_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            raise StateLocked(
                f"another thesetd runs on this state directory (pid {owner}): {state_dir}; "
                "stop it or choose another with --state-dir"
            ) from None
        with suppress(OSError):  # a full disk: the lock works without the number, which is only informative
            os.truncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def inspect_state(state_dir: Path) -> tuple[str, bool]:
    """Report whether a state directory can be used, and whether a daemon uses it now; nothing is changed.

    Raises:
        ConfigError: it cannot be used.
    """
    with usable(state_dir):
        if not state_dir.exists():
            above = next(folder for folder in state_dir.absolute().parents if folder.exists())
            if not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
                raise ConfigError([f"state_dir: cannot use {state_dir}: {above} takes no folder of this user"])
            return f"{state_dir} would be made", False
        _check_owner(state_dir)
        if not os.access(state_dir, os.R_OK | os.W_OK | os.X_OK):
            raise ConfigError([f"state_dir: cannot use {state_dir}: this user may not write there"])
        if owner := _owner(state_dir / LOCK):
            return f"{state_dir}: a daemon uses it now (pid {owner}), a second one would be refused", True
    return f"{state_dir} can be used", False


def _owner(lock: Path) -> str:
    """Return the process that owns a lock's file now, "" if there is none."""
    try:
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read(20).strip() or "unknown"
    except FileNotFoundError:
        pass
    return ""


def _check_owner(state_dir: Path) -> None:
    """Reject a directory in which another user could replace our files, or put links there.

    A user who may write to a parent directory could replace this one. In /tmp every user may write, but the sticky bit
    prevents that; a parent's owner and group are trusted, since the administrator chose them.

    Raises:
        ConfigError: it belongs to another user, or others may write to it or move it; the message has the command that
            fixes it.
    """
    found, where = state_dir.stat(), shlex.quote(str(state_dir))
    if found.st_uid != os.geteuid():
        raise ConfigError([f"state_dir: {where} belongs to another user: run `chown {os.geteuid()} {where}`"])
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError([f"state_dir: others may write to {where}: run `chmod go-w {where}`"])
    for parent in state_dir.resolve().parents:
        mode = parent.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            above = shlex.quote(str(parent))
            raise ConfigError(
                [f"state_dir: anybody may move {where}, since they may write to {above}: run `chmod o-w {above}`"]
            )


@contextmanager
def usable(state_dir: Path) -> Iterator[None]:
    """Turn the system's errors about a state directory into faults of the configuration."""
    try:
        yield
    except OSError as error:
        raise ConfigError(
            [f"state_dir: cannot use {state_dir}: {error.strerror}; choose another with --state-dir"]
        ) from error
