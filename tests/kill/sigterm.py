"""SIGTERM at random moments of a daemon's life, with clients that do not read, are slow, or are stuck.

    python tests/kill/sigterm.py --rounds 200 --seed 1

Every life must end with exit code 0 within 30 s, without a traceback, a running job or a process that is left behind.
Prints one line; ends with 1 where one did not, after a line for each. Servers and sandbox run once for all lives.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg
import attrs
import click
import trio

from thesetd.adapters.embedded.postgres import EmbeddedPostgres
from thesetd.adapters.embedded.redis import EmbeddedRedis
from thesetd.sandbox.synthetic.universe import Universe

PROGRAM = str(Path(sys.executable).parent / "thesetd")
LAST_S = 30.0  # a campaign of its own measures this; the test only ends what hangs
LONGEST_S = 180.0
STARTING_S = 2.0  # a start takes about so long on a busy machine
WORKING_S = 3.0
EVENTS = b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n"
STUCK = b"POST /imports HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"


@attrs.frozen(kw_only=True)
class Clients:
    """How many clients of each kind meet a daemon that is ready."""

    silent: int = 50
    slow: int = 50
    stuck: int = 20


@attrs.frozen(kw_only=True)
class Ground:
    """What every life stands on."""

    dsn: str
    redis: str
    environ: Mapping[str, str]
    artists: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Life:
    """How one life ended; `moment_s` after its start, or after it was ready."""

    number: int
    ready: bool
    moment_s: float
    seconds: float
    faults: tuple[str, ...]


@contextlib.contextmanager
def sandbox(folder: Path) -> Iterator[Mapping[str, str]]:
    """Run the providers, slow enough for imports to be under way; give the variables that lead to them."""
    limits = [f"--{name}-limits=none" for name in ("spotify", "ticketmaster", "setlistfm")]
    command = [PROGRAM, "sandbox", "--json", "--latency", "0.05", *limits]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environ(folder)) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["environment"]
        finally:
            process.terminate()


def artists() -> tuple[str, ...]:
    """Name artists of the synthetic world whose names nobody else has."""
    universe = Universe(1, 300)
    names = [artist.name for artist in map(universe.artist, range(300)) if artist is not None]
    return tuple(name for name in names if names.count(name) == 1)


def campaign(ground: Ground, *, rounds: int, seed: int, clients: Clients) -> Iterator[Life]:
    """Live so many lives; every third is told to stop while it starts."""
    rng = random.Random(seed)
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="sigterm-") as folder:
            yield _life(ground, number, rng, Path(folder), clients)


def _life(ground: Ground, number: int, rng: random.Random, folder: Path, clients: Clients) -> Life:
    errors = folder / "errors"
    environ = _environ(folder) | ground.environ
    environ |= {"DATABASE_URL": ground.dsn, "REDIS_URL": ground.redis, "THESETD_HTTP__LISTEN": "127.0.0.1:0"}
    command = [PROGRAM, "run", "--json", "--state-dir", str(folder / "state")]
    with errors.open("w") as stderr, contextlib.ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True)
        )
        stack.callback(_end_group, process)
        if ready := number % 3 != 0:
            assert process.stdout is not None
            addresses = json.loads(process.stdout.readline())
            _crowd(stack, addresses, clients)
            _import(stack, addresses["control"], rng.choice(ground.artists))
            moment_s = rng.uniform(0.0, WORKING_S)
        else:
            _loading(process)
            moment_s = rng.uniform(0.0, STARTING_S)
        time.sleep(moment_s)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        faults = list(_faults_of_end(process))
        seconds = time.monotonic() - started
        log = errors.read_text()
        if "Traceback" in log:
            faults.append("traceback: " + log[log.index("Traceback") :][:2000])
        if running := asyncio.run(_running_jobs(ground.dsn)):
            faults.append(f"{running} jobs are left running")
    return Life(number=number, ready=ready, moment_s=moment_s, seconds=seconds, faults=tuple(faults))


def _loading(process: subprocess.Popen[bytes]) -> None:
    """Wait until the interpreter runs the command; before that the kernel ends it by the signal's default."""
    handled = 1 << (signal.SIGTERM - 1)
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        caught = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt:"))
        if int(caught.split()[1], 16) & handled:
            return
        time.sleep(0.001)


def _faults_of_end(process: subprocess.Popen[bytes]) -> Iterator[str]:
    try:
        code = process.wait(LONGEST_S)
    except subprocess.TimeoutExpired:
        yield f"it outlived {LONGEST_S:g} s"
        return
    if code != 0:
        yield f"exit code {code}"
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 0)
        yield "it left a process behind"


def _end_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _crowd(stack: contextlib.ExitStack, addresses: Mapping[str, str], clients: Clients) -> None:
    """Bring clients that read nothing, that send a byte of a request, and that never end their request."""
    host, _, port = addresses["http"].removeprefix("http://").rpartition(":")
    http = (host, int(port))
    for count, family, address, message in (
        (clients.silent, socket.AF_INET, http, EVENTS),
        (clients.slow, socket.AF_INET, http, EVENTS[:5]),
        (clients.stuck, socket.AF_UNIX, addresses["control"], STUCK),
    ):
        for _ in range(count):
            client = stack.enter_context(socket.socket(family))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.connect(address)
            client.sendall(message)


def _import(stack: contextlib.ExitStack, control: str, artist: str) -> None:
    """Ask for an import, and leave the answer unread."""
    body = json.dumps({"artist": artist}).encode()
    client = stack.enter_context(socket.socket(socket.AF_UNIX))
    client.connect(control)
    client.sendall(b"POST /imports HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))


async def _running_jobs(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        if await connection.fetchval("select to_regclass('thesetd.jobs')") is None:
            return 0
        count: int = await connection.fetchval("select count(*) from thesetd.jobs where state = 'running'")
        return count
    finally:
        await connection.close()


def _environ(folder: Path) -> dict[str, str]:
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "SSL_CERT_FILE", "COVERAGE_PROCESS_START")
        if name in os.environ
    }
    return {**kept, "HOME": str(folder)}


def _measured(life: Life) -> Life:
    late = (f"it outlived {LAST_S:g} s",) if life.seconds > LAST_S else ()
    return attrs.evolve(life, faults=(*life.faults, *late))


@click.command()
@click.option("--rounds", default=200, show_default=True, help="Lives to end.")
@click.option("--seed", default=1, show_default=True, help="Of the moments.")
def main(rounds: int, seed: int) -> None:
    """Measure and print."""

    async def prove(folder: Path) -> list[Life]:
        async with EmbeddedPostgres.run(folder, settings={"fsync": "off"}) as dsn, EmbeddedRedis.run(folder) as url:
            with sandbox(folder) as environ:
                ground = Ground(dsn=dsn, redis=url, environ=environ, artists=artists())
                lives = campaign(ground, rounds=rounds, seed=seed, clients=Clients())
                return await trio.to_thread.run_sync(lambda: [_measured(life) for life in lives])

    with tempfile.TemporaryDirectory(prefix="sigterm-") as folder:
        lives: list[Life] = trio.run(prove, Path(folder))
    for life in (life for life in lives if life.faults):
        click.echo(f"seed {seed}, life {life.number}, ready {life.ready}, {life.moment_s:.3f} s: {life.faults}")
    bad, times = sum(bool(life.faults) for life in lives), sorted(life.seconds for life in lives)
    early, middle = sum(not life.ready for life in lives), times[len(times) // 2]
    click.echo(
        f"SIGTERM at random moments: {rounds} lives ({early} while starting), {rounds - bad} ended with 0, "
        f"stop p50 {middle:.2f} s, max {times[-1]:.2f} s, seed {seed}"
    )
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
