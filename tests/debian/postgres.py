"""Debian's PostgreSQL: a cluster of its own on a free port; its superuser uses a Unix socket, all others a password."""

import atexit
import itertools
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

import attrs

from debian.processes import Process, User, program, server_folder, until
from loopback import free_port

PASSWORD = "p-w0rd"  # of every role that `role` makes
SETTINGS = {"fsync": "off", "max_connections": "40", "listen_addresses": "127.0.0.1", "timezone": "UTC", "jit": "off"}
HBA = "local all postgres trust\nlocal all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n"
_numbers = itertools.count(1)


@attrs.define(kw_only=True)
class Cluster:
    """One PostgreSQL server that runs, with its data folder."""

    folder: Path
    user: User
    port: int = attrs.field(factory=free_port)
    process: Process = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        command = [program("postgres"), "-D", str(self.data), "-p", str(self.port), "-k", str(self.folder)]
        self.process = Process(command=self.user.command(command), log=self.folder / "log")

    @property
    def data(self) -> Path:
        """Where the data is."""
        return self.folder / "data"

    def make(self) -> None:
        """Write an empty cluster: a copy, since initdb takes ten times as long."""
        self.run("cp", "-a", str(_empty(self.user)), str(self.data))
        self.configure(SETTINGS)

    def follow(self, primary: "Cluster") -> None:
        """Become a streaming standby of another cluster."""
        source = f"host={primary.folder} port={primary.port} user=postgres application_name=standby"
        self.run(program("pg_basebackup"), "-D", str(self.data), "-R", "-X", "stream", "-c", "fast", "-d", source)

    def run(self, *command: str) -> str:
        """Run a program as the server's user."""
        done = subprocess.run(self.user.command(command), capture_output=True, text=True, check=False, cwd="/")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def configure(self, settings: Mapping[str, str]) -> None:
        """Add settings; a server that runs has taken them over where it can when this returns."""
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        if self.process.popen is not None and self.process.popen.poll() is None:
            self.reload()

    def reload(self) -> None:
        """Have it read its configuration; return when sessions that begin now have it."""
        assert self.process.popen is not None
        before = self.sql("select pg_conf_load_time()")
        self.process.popen.send_signal(signal.SIGHUP)
        until(lambda: self.sql("select pg_conf_load_time()") != before, "the configuration is read")

    def start(self) -> None:
        """Start it, and wait until it takes clients."""
        status = self.data / "postmaster.pid"
        self.process.start(lambda: status.exists() and status.read_text().rstrip().endswith("ready"))

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it, fast where nothing else is said."""
        self.process.stop(how)

    def sql(self, statements: str, database: str = "postgres") -> str:
        """Run statements as the superuser, give what they answer."""
        options = ["-h", str(self.folder), "-p", str(self.port), "-U", "postgres", "-d", database]
        return self.run(program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", *options, "-c", statements).strip()

    def role(self, options: str = "") -> str:
        """Make a role that may log in with PASSWORD; give its name."""
        name = f"role_{next(_numbers)}"
        self.sql(f"create role {name} login password '{PASSWORD}' {options}")
        return name

    def database(self, owner: str, options: str = "") -> str:
        """Make a database; give its name."""
        name = f"db_{next(_numbers)}"
        self.sql(f"create database {name} owner {owner} {options}")
        return name

    def dsn(self, role: str, database: str, query: str = "", *, password: str = PASSWORD) -> str:
        """Return an address as an operator would."""
        address = f"postgresql://{role}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"
        return f"{address}?{query}" if query else address


@cache
def _empty(user: User) -> Path:
    """Make the data folder that clusters are copied from; it lives as long as the process."""
    held = server_folder(user)
    folder = held.__enter__()
    atexit.register(held.__exit__, None, None, None)
    options = ("-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
    made = Cluster(folder=folder, user=user)
    made.run(program("initdb"), "-D", str(made.data), *options)
    (made.data / "pg_hba.conf").write_text(HBA)
    return made.data


@contextmanager
def cluster(**settings: str) -> Iterator[Cluster]:
    """Run a new cluster."""
    user = User.of("postgres")
    program("postgres")
    with server_folder(user) as folder:
        made = Cluster(folder=folder, user=user)
        made.make()
        made.configure(settings)
        made.start()
        try:
            yield made
        finally:
            made.stop(signal.SIGQUIT)
