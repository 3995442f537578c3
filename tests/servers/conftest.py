"""Real Debian servers for a daemon that is started on them."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from debian.certificates import Authority
from debian.postgres import Cluster, cluster
from programs import Sandbox, StartDaemon, begin, open_sandbox, stopping
from thesetd.sandbox.synthetic.universe import Universe


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Yield the synthetic world, without limits and as fast as it can."""
    limits = [f"--{name}-limits=none" for name in ("spotify", "ticketmaster", "setlistfm")]
    yield from open_sandbox(tmp_path_factory.mktemp("sandbox"), *limits)


@pytest.fixture(scope="session")
def slow_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Yield the same world at a provider's usual pace, so that imports take a moment."""
    limits = [f"--{name}-limits=none" for name in ("spotify", "ticketmaster", "setlistfm")]
    yield from open_sandbox(tmp_path_factory.mktemp("slow"), "--latency", "0.1", *limits)


@pytest.fixture(scope="session")
def artists() -> list[str]:
    """Name artists of the synthetic world who tour, and whose names nobody else has."""
    universe = Universe(1, 300)
    names = [universe.artist(index).name for index in range(300)]
    return [name for name in names if names.count(name) == 1]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yield a folder with a path short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="thesetd-") as name:
        yield Path(name)


@pytest.fixture
def start_daemon(folder: Path) -> Iterator[StartDaemon]:
    """Yield a function that starts a daemon on the servers that its variables name; it need not load first."""
    with stopping() as started:
        yield lambda sandbox=None, **variables: begin(folder, started, sandbox, **{"forked": True, **variables})


@pytest.fixture
def database_dsn(schema_dsn: str) -> str:
    """Return the DSN of a fresh database with the schema, which a daemon need not make first."""
    return schema_dsn


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Yield a PostgreSQL that tests share, each in databases of its own; who restarts it uses `new_postgres`."""
    with cluster() as running:
        yield running


@pytest.fixture
def new_postgres() -> Iterator[Callable[..., Cluster]]:
    """Yield a function that runs a PostgreSQL for this test alone; settings are its arguments."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(cluster(**settings))


@pytest.fixture(scope="session")
def authority() -> Iterator[Authority]:
    """Yield a private certificate authority, in a folder that servers of other users may enter."""
    with tempfile.TemporaryDirectory(prefix="ca-") as folder:
        Path(folder).chmod(0o755)
        yield Authority.found(Path(folder))
