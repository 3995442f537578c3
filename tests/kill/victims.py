"""PostgreSQL, Redis and the emulated providers as processes of their own, which can be killed, restarted and wiped."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import trio
from redis import Redis
from redis.exceptions import RedisError

from thesetd.adapters.embedded import processes
from thesetd.adapters.embedded.postgres import SETTINGS, EmbeddedCluster, dsn, find_programs
from thesetd.adapters.embedded.redis import command, find_program

PROGRAMS = Path(sys.executable).parent
LONGEST_S = 180.0  # ends what hangs, on a machine of any speed
UNLIMITED = tuple(f"--{name}-limits=none" for name in ("spotify", "ticketmaster", "setlistfm"))
IMMEDIATE, FAST, KILL = signal.SIGQUIT, signal.SIGINT, signal.SIGKILL  # what pg_ctl calls the first two


def wait_for(condition: Callable[[], Any], what: str, patience_s: float = LONGEST_S) -> Any:
    """Look until the condition holds and give what it gave.

    Raises:
        TimeoutError: it did not hold in time.
    """
    until, wait_s = time.monotonic() + patience_s, 0.01
    while not (found := condition()):
        if time.monotonic() > until:
            raise TimeoutError(f"waited {patience_s:g} s for {what}")
        time.sleep(wait_s)
        wait_s = min(1.5 * wait_s, 0.1)
    return found


@attrs.define
class Postgres:
    """A durable PostgreSQL (fsync on), as the daemon's embedded one is."""

    cluster: EmbeddedCluster
    identity: str
    process: processes.Process | None = None

    @classmethod
    def make(cls, folder: Path) -> "Postgres":
        """Make its data."""
        folder = folder / "postgres"
        folder.mkdir()
        cluster = EmbeddedCluster(
            folder=folder, programs=find_programs(), settings={**SETTINGS, "max_connections": "100"}
        )

        async def make() -> str:
            identity = await cluster.find_identity()
            await cluster.make(cluster.server(identity))
            return identity

        return cls(cluster, trio.run(make))

    def dsn(self, database: str = "theset") -> str:
        """Return the address of one of its databases."""
        return dsn(self.cluster.folder).replace("/theset?", f"/{database}?")

    def start(self) -> None:
        """Start it and wait until it takes clients."""
        with (self.cluster.folder / "log").open("ab") as output:
            self.process = process = processes.start(
                self.cluster.command(self.cluster.folder),
                folder=self.cluster.folder,
                identity=self.identity,
                dying=KILL,
                output=output,
            )
        wait_for(lambda: trio.run(self.cluster.is_ready, process.pid), "PostgreSQL")

    def stop(self, how: signal.Signals) -> None:
        """Stop it."""
        process, self.process = self.process, None
        if process is not None and process.popen is not None:
            process.send(how)
            process.popen.wait()
            os.close(process.pidfd)
            self.cluster.sweep()


@attrs.define
class RedisServer:
    """A Redis that keeps nothing over a restart."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"unix://{self.folder / 'redis.sock'}"

    def start(self) -> None:
        """Start it empty and wait until it answers."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        arguments = command(find_program(), self.folder, self.folder / "redis.sock")
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, cwd=self.folder)
        wait_for(self._answers, "Redis")

    def stop(self) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def wipe(self) -> None:
        """Make it forget everything."""
        with Redis.from_url(self.url) as client:
            client.flushall()

    @contextmanager
    def refusing(self, every_s: float) -> Iterator[None]:
        """Refuse scripts and publishing now, and allow them then, for as long as the block lasts."""
        over = threading.Event()

        def work() -> None:
            with Redis.from_url(self.url) as client:
                sign = "+"
                while not over.wait(every_s):
                    sign = "-" if sign == "+" else "+"
                    client.execute_command("ACL", "SETUSER", "default", f"{sign}@scripting", f"{sign}publish")
                client.execute_command("ACL", "SETUSER", "default", "+@scripting", "+publish")

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url) as client:
                return bool(client.ping())
        except RedisError:
            return False


@attrs.frozen
class Sandbox:
    """The emulated providers and how to reach them."""

    base: str
    environ: Mapping[str, str]

    def ask(self, path: str, method: str = "GET") -> Any:
        """Ask one of its controls."""
        request = urllib.request.Request(f"{self.base}/_sandbox/{path}", method=method)
        with urllib.request.urlopen(request, timeout=LONGEST_S) as answer:
            return json.loads(answer.read() or b"null")

    def arrivals(self) -> list[tuple[Any, ...]]:
        """Name each call that arrived, in order; tokens are no calls."""
        return [
            (entry["provider"], entry["path"], *map(tuple, entry["params"]))
            for entry in self.ask("log")["entries"]
            if entry["endpoint"] != "token"
        ]


@contextmanager
def sandbox(*options: str) -> Iterator[Sandbox]:
    """Run the emulated providers for as long as the block lasts; they refuse nobody unless an option says so."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    arguments = [str(PROGRAMS / "thesetd"), "sandbox", "--json", *UNLIMITED, *options]
    with subprocess.Popen(arguments, env=kept, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            yield Sandbox(ready["base"], ready["environment"])
        finally:
            process.terminate()
