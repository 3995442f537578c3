"""What a cause of an alert is brought about on: a daemon, a database and a Redis of its own, emulated providers."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import attrs

from alerts.scrapes import Recording
from debian.postgres import Cluster
from debian.processes import program
from debian.redis import RedisNode, redis_node
from loopback import free_port
from programs import Daemon, Running, Sandbox, begin, open_sandbox, thesetd
from thesetd.sandbox.synthetic.universe import Universe

PATIENCE_S = 300.0
TEMPLATE = "alerts_template"


def socket_dsn(cluster: Cluster, database: str) -> str:
    """Return the address of the superuser, over the socket."""
    return f"postgresql://postgres@/{database}?host={cluster.folder}&port={cluster.port}"


def make_template(cluster: Cluster, folder: Path) -> None:
    """Make the database that each cause gets a copy of."""
    cluster.sql(f"create database {TEMPLATE}")
    done = thesetd(folder, "migrate", DATABASE_URL=socket_dsn(cluster, TEMPLATE))
    assert done.returncode == 0, done.stderr


@attrs.define(eq=False)
class Ground:
    """One daemon with everything around it; `base` stays where a restarted daemon answers again."""

    folder: Path
    cluster: Cluster
    database: str
    redis: RedisNode
    sandbox: Sandbox
    wrapper: Sequence[str]
    variables: Mapping[str, str]
    started: list[Running] = attrs.field(factory=list)
    port: int = attrs.field(factory=free_port)
    daemon: Daemon = attrs.field(init=False)
    recording: Recording = attrs.field(init=False)
    _stack: ExitStack = attrs.field(factory=ExitStack)

    def start(self) -> None:
        """Start the daemon."""
        own = {
            "THESETD_HTTP__LISTEN": f"127.0.0.1:{self.port}",
            "DATABASE_URL": socket_dsn(self.cluster, self.database),
            "REDIS_URL": self.redis.url,
            "THESETD_CONFIG": str(self.folder / "thesetd.toml"),
            "THESETD_TEST_DEFECT": str(self.folder / "defect"),
        }
        (self.folder / "thesetd.toml").touch()
        forked = not self.wrapper
        self.daemon = begin(
            self.folder, self.started, self.sandbox, *self.wrapper, forked=forked, **own | dict(self.variables)
        )

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End the daemon."""
        self.daemon.running.stop(how)

    @cached_property
    def artists(self) -> list[str]:
        """Name artists that nobody shares a name with."""
        names = [artist.name for artist in Universe(1, 300).roster]
        return [name for name in names if names.count(name) == 1]

    def ctl(self, *words: str) -> str:
        """Run thesetctl and return what it printed; the caller looks for success where it matters."""
        return self.daemon.ctl(*words).stdout

    def ask(self, number: int = 0) -> str:
        """Request the import of an artist."""
        return self.ctl("import", self.artists[number])

    def follow(self, number: int = 0) -> str:
        """Import an artist and wait for the end."""
        return self.ctl("import", self.artists[number], "--follow")

    def fault(self, provider: str, **how: Any) -> None:
        """Let a provider fail."""
        self.sandbox.ask("faults", {"provider": provider, **how}, "POST")

    def sql(self, statements: str) -> str:
        """Change or ask the database behind the daemon's back."""
        return self.cluster.sql(statements, self.database)

    def until(self, question: str) -> None:
        """Wait until the database answers a question with true."""
        deadline = time.monotonic() + PATIENCE_S
        while self.sql(f"select ({question})") != "t":
            assert time.monotonic() < deadline, question
            time.sleep(0.2)

    def until_metric(self, name: str, *labels: tuple[str, str], above: float = 0.0) -> None:
        """Wait until the sum of a metric exceeds a value; some are surveyed once a minute."""
        deadline = time.monotonic() + 3 * PATIENCE_S
        while self.metric(name, *labels) <= above:
            assert time.monotonic() < deadline, name
            self.recording.more(1)

    def metric(self, name: str, *labels: tuple[str, str]) -> float:
        """Return the sum of a metric in the latest scrape, over the series with these labels."""
        latest = self.recording.scrapes[-1].samples
        return sum(value for (found, told), value in latest.items() if found == name and set(labels) <= set(told))

    def quiet(self) -> bool:
        """Return whether the latest scrape tells of the database, and everything works."""
        if not self.recording.scrapes:
            return False
        latest = self.recording.scrapes[-1].samples
        works = all(value for (name, _), value in latest.items() if name in {"thesetd_ready", "thesetd_dependency_up"})
        return works and any(name == "thesetd_jobs" for name, _ in latest)

    def refuse_connections(self) -> None:
        """Let the database refuse everybody."""
        self.cluster.sql(f"alter database {self.database} allow_connections false")
        self.cluster.sql(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{self.database}'")

    def hold(self, statement: str) -> None:
        """Keep a transaction open that has run a statement, until the end."""
        options = ["-h", str(self.cluster.folder), "-p", str(self.cluster.port), "-U", "postgres", "-d", self.database]
        options += ["-v", "ON_ERROR_STOP=1"]
        quiet: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        session = self._stack.enter_context(
            subprocess.Popen([program("psql"), "-XAtq", *options], stdin=subprocess.PIPE, text=True, bufsize=1, **quiet)
        )
        assert session.stdin is not None
        assert session.stdout is not None
        self._stack.callback(session.kill)
        session.stdin.write(f"begin; {statement};\n\\echo held\n")
        assert any(line == "held\n" for line in session.stdout), statement

    def signal(self, how: signal.Signals) -> None:
        """Send the daemon a signal."""
        self.daemon.running.process.send_signal(how)

    def child(self, word: str) -> int:
        """Return the process of a private server: the one that has this word in its command and our folder too."""
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            words = path.read_bytes().decode(errors="replace") if path.exists() else ""
            if word in words and str(self.folder) in words:
                return int(path.parent.name)
        raise LookupError(word)

    def closing(self, thing: Any) -> Any:
        """Close something at the end."""
        self._stack.callback(thing.close)
        return thing

    def close(self) -> None:
        """End everything."""
        self._stack.close()
        for running in self.started:
            running.stop(signal.SIGKILL)


@contextmanager
def ground(
    cluster: Cluster,
    *,
    options: Sequence[str] = (),
    wrapper: Sequence[str] = (),
    variables: Mapping[str, str] = {},
) -> Iterator[Ground]:
    """Start a daemon and record it, from when it has told of the database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="al-", ignore_cleanup_errors=True)))
        database = f"al_{os.getpid()}_{folder.name[3:]}".lower().replace("-", "_")
        cluster.sql(f"create database {database} template {TEMPLATE} strategy file_copy")
        stack.callback(cluster.sql, f"drop database if exists {database} with (force)")
        redis = stack.enter_context(redis_node())
        limits = [f"--{name}-limits=none" for name in ("spotify", "ticketmaster", "setlistfm")]
        (folder / "sandbox").mkdir()
        sandbox = stack.enter_context(contextmanager(open_sandbox)(folder / "sandbox", *limits, *options))
        made = Ground(folder, cluster, database, redis, sandbox, wrapper, variables)
        stack.callback(made.close)
        made.start()
        made.recording = Recording(f"http://127.0.0.1:{made.port}")
        stack.callback(made.recording.close)
        deadline = time.monotonic() + PATIENCE_S
        while not made.quiet():
            assert time.monotonic() < deadline, made.daemon.running.log()[-2000:]
            time.sleep(0.2)
        del made.recording.scrapes[:-1]
        made.recording.more(2)
        yield made


PLANTED = (sys.executable, str(Path(__file__).with_name("planted.py")))
