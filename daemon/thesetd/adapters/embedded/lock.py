"""One daemon per state directory."""

import fcntl
import os
import shlex
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thesetd.domain.errors import ConfigError, ThesetdError

LOCK = "lock"


class StateLocked(ThesetdError):
    """Another daemon lives in this state directory; nothing was touched."""


@contextmanager
def state_lock(state_dir: Path) -> Iterator[None]:
    """Own the state directory, made with mode 0700 where it is missing, until the block or the process ends.

    The kernel drops the lock with the process, so a killed daemon leaves none; the file stays, since to remove it would
    let two owners each lock a file of their own.

    Raises:
        StateLocked: another process owns it; the text names its pid.
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
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def _check_owner(state_dir: Path) -> None:
    """Refuse a directory in which another user could put files, or links, in the place of ours.

    Raises:
        ConfigError: it belongs to another user, or others may write to it; the text has the command that mends it.
    """
    found, where = state_dir.stat(), shlex.quote(str(state_dir))
    if found.st_uid != os.geteuid():
        raise ConfigError([f"state_dir: {where} belongs to another user: run `chown {os.geteuid()} {where}`"])
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError([f"state_dir: others may write to {where}: run `chmod go-w {where}`"])


@contextmanager
def usable(state_dir: Path) -> Iterator[None]:
    """Turn what the system has against a state directory into a fault of the configuration."""
    try:
        yield
    except OSError as error:
        raise ConfigError(
            [f"state_dir: cannot use {state_dir}: {error.strerror}; choose another with --state-dir"]
        ) from error
