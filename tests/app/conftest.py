"""The real commands as processes: a sandbox for all tests, a daemon of its own for each."""

import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis

import loopback
from forking import fork
from programs import (
    NO_LIMITS,
    PROGRAMS,
    Daemon,
    Running,
    Sandbox,
    StartDaemon,
    begin,
    clean_environ,
    open_sandbox,
    stopping,
)
from thesetd.sandbox.synthetic.universe import Universe


@pytest.fixture(scope="session")
def recorded_sandbox(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Iterator[Sandbox]:
    """Yield the recorded world, without limits."""
    yield from open_sandbox(tmp_path_factory.mktemp("recorded"), "--corpus", str(corpus), "--spotify-limits", "none")


@pytest.fixture(scope="session")
def synthetic_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Yield the synthetic world, slow enough to be interrupted."""
    limits = [f"--{name}-limits=none" for name in ("spotify", "ticketmaster", "setlistfm")]
    yield from open_sandbox(tmp_path_factory.mktemp("synthetic"), "--latency", "0.05", *limits)


@pytest.fixture(scope="session")
def synthetic_artist() -> str:
    """Name an artist of the synthetic world who tours, and whose name nobody else has."""
    universe = Universe(1, 300)
    names = [universe.artist(index).name for index in range(300)]
    return next(name for name in names if names.count(name) == 1)


@pytest.fixture(scope="session")
def unique_artists() -> list[str]:
    """Name artists of the synthetic world with more albums than one batch holds, and names that nobody else has."""
    universe = Universe(1, 300)
    roster = [universe.artist(index) for index in range(300)]
    names = [artist.name for artist in roster]
    return [
        artist.name
        for artist in roster
        if names.count(artist.name) == 1 and len(universe.catalogue(artist).albums) > 20
    ]


@pytest.fixture(scope="session")
def ambiguous_artist() -> str:
    """Return a name that several artists of the synthetic world have."""
    universe = Universe(1, 300)
    names = [universe.artist(index).name for index in range(300)]
    return next(name for name in names if names.count(name) > 1)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yield a folder with a path short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="thesetd-") as name:
        yield Path(name)


@pytest.fixture
def started() -> Iterator[list[Running]]:
    """Yield a list for daemons; what still runs at the end is stopped."""
    with stopping() as found:
        yield found


@pytest.fixture
def start_embedded(folder: Path, started: list[Running]) -> StartDaemon:
    """Return a function that starts a daemon with its own servers."""
    return lambda sandbox=None, **variables: begin(folder, started, sandbox, **variables)


@pytest.fixture
def free_port() -> int:
    """Return a port that nobody listens on."""
    return loopback.free_port()


@pytest.fixture
def launch(folder: Path, started: list[Running], free_port: int) -> Any:
    """Return a function that starts a daemon on servers of its own choice and does not wait until it is ready."""

    def begin(sandbox: Any, **variables: str) -> Daemon:
        http = f"127.0.0.1:{free_port}"
        own = {"THESETD_HTTP__LISTEN": http, **NO_LIMITS}
        environ = clean_environ(folder) | own | sandbox.environ | variables
        errors = folder / "daemon.err"
        with errors.open("w") as stderr:
            command = [str(PROGRAMS / "thesetd"), "run", "--json", "--state-dir", str(folder / "state")]
            process = fork(command, environ, stderr)
        started.append(Running(process, errors))
        return Daemon(started[-1], folder / "state" / "thesetd.sock", {"http": f"http://{http}"}, environ)

    return begin


@pytest.fixture
def start_confined(folder: Path, started: list[Running]) -> StartDaemon:
    """Return a function that starts a daemon under the restrictions of a unit."""
    return lambda confine, unit, sandbox, **variables: begin(
        folder, started, sandbox, sys.executable, confine, unit, **variables
    )


@pytest.fixture
def database_dsn(schema_dsn: str) -> str:
    """Return the DSN of a fresh database with the schema: the first start of a daemon need not make it each time."""
    return schema_dsn


@pytest.fixture
def start_daemon(start_embedded: StartDaemon, redis_server: str, database_dsn: str) -> StartDaemon:
    """Return a function that starts a daemon on external servers, with nothing in the cache of an earlier test."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return partial(start_embedded, forked=True, DATABASE_URL=database_dsn, REDIS_URL=redis_server)
