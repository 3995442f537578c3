"""Manages one embedded server: takes over leftovers, starts it, waits until it is ready, restarts it, stops it."""

import os
import shutil
import signal
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import attrs
import trio

from thesetd.adapters.embedded import launch
from thesetd.adapters.embedded.processes import Ladder, Process, end_leftovers, start
from thesetd.domain.errors import ThesetdError
from thesetd.domain.facts import ServerRestarted
from thesetd.ports.observer import Observer

POLL_S = 0.01
START_DEADLINE_S = 60.0  # recovery after a crash replays at most max_wal_size; TimeoutStartSec of the unit is above it
TOOL_LADDER: Ladder = ((signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0))
TAIL_LINES = 4
TAIL_BYTES = 2000
LOG_BYTES = 1 << 20
ROTATE_EVERY_S = 60.0
RESTARTS, RESTARTS_WITHIN_S = 5, 60.0


class EmbeddedServerFailed(ThesetdError):
    """A private server cannot be started or kept running; the message ends with the last lines of its log."""


@attrs.frozen(kw_only=True)
class Server:
    """How a server is run.

    Attributes:
        name: its display name.
        folder: its own folder; processes in there with one of the `programs` names belong to us.
        programs: names of its processes, as the kernel shows them.
        stopping: signals that stop it, with increasing force.
        is_ready: returns whether the process with this pid accepts clients.
        sweep: removes what would prevent a new server from starting; called when no old one is running any more.
        identity: one of those in `launch`.
    """

    name: str
    folder: Path
    programs: frozenset[str]
    stopping: Ladder
    is_ready: Callable[[int], Awaitable[bool]]
    sweep: Callable[[], None] = lambda: None
    identity: str = launch.OWN

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.folder / "log"

    async def take_over(self) -> None:
        """Make sure that nothing of an earlier run is running or in the way."""
        await end_leftovers(self.folder, self.programs, self.stopping)
        self.sweep()

    async def run_tool(self, *command: str, source: Path = Path(os.devnull)) -> None:
        """Run one of the server's programs to its end, with its identity and `source` as input.

        Raises:
            EmbeddedServerFailed: it ended with a code other than 0.
        """
        process, offset = self._launch(command, signal.SIGKILL, source)
        try:
            await process.wait()
            code = process.returncode()
        finally:
            await process.end(TOOL_LADDER)
        if code != 0:
            raise self.failure(f"{Path(command[0]).name} failed", code, offset)

    async def start(self, command: tuple[str, ...]) -> Process:
        """Start the server and return when it accepts clients.

        Raises:
            EmbeddedServerFailed: it ended, or is not ready within START_DEADLINE_S; nothing of it is left running.
        """
        process, offset = self._launch(command, self.stopping[0][0])
        try:
            with trio.fail_after(START_DEADLINE_S):
                while not await self.is_ready(process.pid):
                    with trio.move_on_after(POLL_S):
                        await process.wait()
                        raise self.failure("did not start", process.returncode(), offset)
        except BaseException as error:
            await process.end(self.stopping)
            if isinstance(error, trio.TooSlowError):
                raise self.failure(f"is not ready after {START_DEADLINE_S:g} s", None, offset) from None
            raise
        return process

    def _launch(
        self, command: tuple[str, ...], dying: signal.Signals, source: Path = Path(os.devnull)
    ) -> tuple[Process, int]:
        with open(self.log, "ab", opener=partial(os.open, mode=0o600)) as output:
            offset = output.tell()
            process = start(
                command,
                folder=self.folder,
                identity=self.identity,
                dying=dying,
                output=output,
                source=source,
            )
        return process, offset

    def failure(self, what: str, code: int | None, offset: int) -> EmbeddedServerFailed:
        """Return in one line what went wrong, with the last lines that the server logged after `offset`."""
        return EmbeddedServerFailed(
            f"embedded {self.name} {what}{_describe(code)}: {_tail(self.log, offset)} (log: {self.log})"
        )


@asynccontextmanager
async def running(server: Server, command: tuple[str, ...], observer: Observer | None = None) -> AsyncIterator[None]:
    """Run the server while the block runs; after a crash it is reported and restarted.

    A server that ends by itself is restarted, RESTARTS times within RESTARTS_WITHIN_S. Cancellation ends the block
    first: the server runs until the block is over, whatever the block does meanwhile.

    Raises:
        EmbeddedServerFailed: it cannot be started, or ends too often; the block was cancelled.
    """
    keeper = _Keeper(server, command, observer)
    await keeper.start()
    try:
        async with _beside(keeper.keep):
            yield
    finally:
        await keeper.stop()


def prepare_folder(state_dir: Path, name: str) -> Path:
    """Make a server's folder, closed to other users, and rotate a long log; return its absolute path.

    Symbolic links in it are not resolved: a short one may be what lets a socket's path fit.

    Raises:
        EmbeddedServerFailed: the folder cannot be made or used.
    """
    folder = state_dir.absolute() / name
    log = folder / "log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(folder / "log.1")
    except OSError as error:
        raise EmbeddedServerFailed(f"cannot use {folder}: {error.strerror}; choose another state_dir") from error
    return folder


def rotate(log: Path) -> bool:
    """Copy a long log aside and truncate it under the server, which appends; return whether that was done."""
    try:
        if log.stat().st_size <= LOG_BYTES:
            return False
        shutil.copyfile(log, log.with_name("log.1"))
        os.truncate(log, 0)
    except OSError:  # a full disk, or a removed file: the next attempt may succeed
        return False
    return True


class _Keeper:
    """Holds the running process and replaces it after a crash."""

    def __init__(self, server: Server, command: tuple[str, ...], observer: Observer | None) -> None:
        self._server = server
        self._command = command
        self._observer = observer
        self._process: Process | None = None

    async def start(self) -> None:
        self._process = await self._server.start(self._command)

    async def keep(self) -> None:
        recent: deque[float] = deque(maxlen=RESTARTS)
        while self._process:
            offset = self._server.log.stat().st_size
            while True:
                with trio.move_on_after(ROTATE_EVERY_S) as pause:
                    await self._process.wait()
                if not pause.cancelled_caught:
                    break
                offset = 0 if rotate(self._server.log) else offset
            failure = self._server.failure("ended by itself", self._process.returncode(), offset)
            await self.stop()
            if len(recent) == RESTARTS and trio.current_time() - recent[0] < RESTARTS_WITHIN_S:
                raise failure
            recent.append(trio.current_time())
            if self._observer:
                self._observer.notify(ServerRestarted(server=self._server.name, error=str(failure)))
            await self._server.take_over()
            await self.start()

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process:
            await process.end(self._server.stopping)


@asynccontextmanager
async def _beside(task: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run a task while the block runs; its error cancels the block."""
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(task)
            yield
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        raise group.exceptions[0] from group.exceptions[0].__cause__  # the block's own error, as if without a nursery


def _describe(code: int | None) -> str:
    if code is None:
        return ""
    return f" ({signal.Signals(-code).name})" if code < 0 else f" (exit {code})"


def _tail(log: Path, offset: int) -> str:
    if not log.exists():
        return "its log is gone"
    with log.open("rb") as stream:
        stream.seek(max(offset, log.stat().st_size - TAIL_BYTES))
        lines = [line.strip() for line in stream.read().decode("utf-8", "replace").splitlines()]
    return " | ".join([line for line in lines if line][-TAIL_LINES:]) or "it said nothing"
