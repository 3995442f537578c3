"""Manages the control socket's file: which process may bind it, and how existing files are treated.

A lock on `<path>.lock` decides which daemon listens; the kernel frees it however a process ends. Only its holder
removes a stale socket, and only if it is a socket without a listener; a foreign file is never touched. At the end both
files are removed, if they are still ours. The lock's file may vanish between opening and locking it, so the holder
checks that it holds the existing one.
"""

import errno
import fcntl
import grp
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thesetd.domain.errors import ConfigError
from thesetd.domain.places import MAX_PATH_BYTES

_CLOSED_UMASK = 0o177
_NO_GROUP = 2**32 - 1  # in chown(2), as -1: leave it unchanged


@contextmanager
def bound_socket(path: Path, *, mode: int, group: str | None, backlog: int) -> Iterator[socket.socket]:
    """Bind and listen on `path`, with this mode and group from the first connection on; remove it at the end.

    Raises:
        ConfigError: the path cannot be used; nothing was changed and nothing is left behind.
    """
    _check_length(path)
    group_id = None if group is None else group_number(group)
    with _lock(path), _bind(path, mode=mode, group_id=group_id, backlog=backlog) as sock:
        yield sock


def inspect_socket(path: Path, *, group: str | None, folder_is_made: bool) -> str:
    """Report whether a daemon of this user could listen on `path`; nothing is changed.

    Args:
        path: the path of the socket.
        group: the group that may use it; None for our own.
        folder_is_made: whether a missing folder is made before the socket.

    Raises:
        ConfigError: it could not.
    """
    _check_length(path)
    if group is not None and (wanted := group_number(group)) not in {os.getegid(), *os.getgroups()} and os.geteuid():
        raise ConfigError([f"control.group: this user is not in group {group} ({wanted}): join it, or set Group="])
    folder = path.parent
    if not folder.exists():
        if folder_is_made:
            return f"{path} would be made"
        raise _missing(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _fault(f"{folder}: this user may not write there: choose a path in a folder of your own")
    if not os.path.lexists(path):
        return f"{path} is free"
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise _foreign(path)
    if _answers(path):
        return f"a daemon listens on {path} now: a second one would be refused"
    return f"{path} is left from a daemon that ended: it would be replaced"


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    name = path.with_name(f"{path.name}.lock")
    descriptor = _locked(name, path)
    try:
        yield
    finally:
        if _same_file(name, os.fstat(descriptor)):
            name.unlink()
        os.close(descriptor)


def _locked(name: Path, path: Path) -> int:
    while True:
        descriptor = _open_lock(name)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise _taken(path) from None
        if _same_file(name, os.fstat(descriptor)):
            return descriptor
        os.close(descriptor)


def _open_lock(name: Path) -> int:
    try:
        return os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileNotFoundError as error:
        raise _missing(name.parent) from error
    except OSError as error:
        raise _fault(f"{name}: {error.strerror}: choose a path in a folder of your own") from error


@contextmanager
def _bind(path: Path, *, mode: int, group_id: int | None, backlog: int) -> Iterator[socket.socket]:
    _clear(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as sock:
        ours = _bind_closed(sock, path)
        try:
            _hand_over(path, mode, group_id)
            sock.listen(backlog)
            yield sock
        finally:
            if _same_file(path, ours):
                path.unlink()


def _bind_closed(sock: socket.socket, path: Path) -> os.stat_result:
    before = os.umask(_CLOSED_UMASK)
    try:
        sock.bind(os.fspath(path))
    except OSError as error:
        raise _fault(f"{path}: {error.strerror}: choose another path") from error
    finally:
        os.umask(before)
    return path.lstat()


def _hand_over(path: Path, mode: int, group_id: int | None) -> None:
    """Set group and mode. A correct group is not changed, since the unit's filter refuses every chown."""
    try:
        if group_id is not None and path.lstat().st_gid != group_id:
            os.chown(path, -1, group_id)
        path.chmod(mode)
    except OSError as error:
        raise ConfigError(
            [
                (
                    f"control.group: cannot give {path} to group {group_id} ({error.strerror}): "
                    "join the group, or set Group= in the unit"
                )
            ]
        ) from error


def _clear(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise _foreign(path)
    if _answers(path):
        raise _taken(path)
    path.unlink(missing_ok=True)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        # A full backlog (EAGAIN) or missing access (EACCES) means that a process listens; only a refusal means that
        # none does.
        return probe.connect_ex(os.fspath(path)) not in {errno.ECONNREFUSED, errno.ENOENT}


def _same_file(path: Path, known: os.stat_result) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return (found.st_dev, found.st_ino) == (known.st_dev, known.st_ino)


def group_number(group: str) -> int:
    """Return the number of a group, given by name or number.

    Raises:
        ConfigError: there is no such group.
    """
    if group.isdecimal() and int(group) < _NO_GROUP:
        return int(group)
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise ConfigError([f"control.group: there is no group {group!r}: create it or leave the key out"]) from None


def _check_length(path: Path) -> None:
    if len(os.fsencode(path)) > MAX_PATH_BYTES:
        raise _fault(f"{path} has more than {MAX_PATH_BYTES} bytes: choose a shorter path")


def _missing(folder: Path) -> ConfigError:
    return _fault(f"the folder {folder} does not exist: create it or choose another path")


def _foreign(path: Path) -> ConfigError:
    return _fault(f"{path} exists and is not a socket: move it away or choose another path")


def _taken(path: Path) -> ConfigError:
    return _fault(f"another daemon listens on {path}: stop it or choose another path")


def _fault(text: str) -> ConfigError:
    return ConfigError([f"control.socket: {text}"])
