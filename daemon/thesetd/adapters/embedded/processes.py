"""Starts, watches and stops processes, including those that a killed run left behind.

Everything goes through pidfds: waiting needs neither a thread nor SIGCHLD, works for children and other processes
alike, and a signal can never hit another process that received the same number. `trio.lowlevel.open_process` is not
used, since it starts children in a worker thread: the kernel would take that thread's end, seconds later, for the death
of the parent (prctl(2)).
"""

import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import IO

import attrs
import trio

from thesetd.adapters.embedded import launch

Ladder = Sequence[tuple[signal.Signals, float]]  # signals of increasing force, each with its grace period in seconds

LAUNCHER = Path(launch.__file__)
ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}  # the daemon's own holds secrets, and its user's PG* variables
ROUNDS = 3  # scans of /proc until nothing of an earlier run is left


@attrs.define(kw_only=True)
class Process:
    """A process, identified by its pidfd; `popen` is None if it is not our child."""

    pid: int
    pidfd: int
    popen: subprocess.Popen[bytes] | None = None

    async def wait(self) -> None:
        """Wait until it has ended. Cancellation leaves it running."""
        await trio.lowlevel.wait_readable(self.pidfd)

    def returncode(self) -> int | None:
        """Return the exit code of a child that has ended (negative: the signal), None while it runs."""
        return self.popen.poll() if self.popen else None

    def send(self, number: signal.Signals) -> None:
        """Send a signal; does nothing if it has ended."""
        try:
            signal.pidfd_send_signal(self.pidfd, number)
        except ProcessLookupError:
            return

    async def end(self, ladder: Ladder) -> None:
        """Stop it with increasing force. This is not cancellable, but limited by the grace periods of the ladder."""
        with trio.CancelScope(shield=True):
            for number, grace_s in ladder:
                self.send(number)
                with trio.move_on_after(grace_s):
                    await self.wait()
                    break
        if self.popen:
            self.popen.poll()
        os.close(self.pidfd)


def start(
    command: Sequence[str],
    *,
    folder: Path,
    identity: str,
    dying: signal.Signals,
    output: IO[bytes],
    source: Path = Path(os.devnull),
) -> Process:
    """Start a child in `folder`, in its own session, that receives the signal `dying` when this thread ends.

    A Ctrl-C on the terminal must not stop a database under a daemon that is still draining. This blocks for the few
    milliseconds of one fork and exec.
    """
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER)]
    with source.open("rb") as stream:
        popen = subprocess.Popen(  # noqa: S603  all of it is our own
            [*launcher, identity, str(int(dying)), str(os.getpid()), str(folder), *command],
            stdin=stream,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT,
            start_new_session=True,
        )
    return Process(pid=popen.pid, pidfd=os.pidfd_open(popen.pid), popen=popen)


async def end_leftovers(folder: Path, names: Collection[str], ladder: Ladder) -> int:
    """Stop what an earlier run left running in `folder`, parents first; return how many were found.

    Children of a server end with it, and are only signalled if they outlive it.
    """
    found = 0
    for _ in range(ROUNDS):
        left = dict(_working_in(folder, names))
        if not left:
            break
        found += len(left)
        async with trio.open_nursery() as nursery:
            for pid, parent in left.items():
                if parent not in left:
                    nursery.start_soon(_end_stranger, pid, ladder)
    return found


async def _end_stranger(pid: int, ladder: Ladder) -> None:
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    await Process(pid=pid, pidfd=pidfd).end(ladder)


def _working_in(folder: Path, names: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yield pid and parent of each process with such a name whose working directory is in the folder."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            name, _, fields = (entry / "stat").read_text(errors="replace").partition("(")[2].rpartition(") ")
            state, parent = fields.split()[:2]
            if name in names and state != "Z" and _is_in(entry, folder):
                yield int(entry.name), int(parent)
        except (FileNotFoundError, ProcessLookupError, PermissionError):  # gone; or hidden, so not our server
            continue


def _is_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").readlink().is_relative_to(folder.resolve())
    except PermissionError:  # another uid's: its command line, which anyone may read, names the folder
        return str(folder).encode() in (process / "cmdline").read_bytes()
