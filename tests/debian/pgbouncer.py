"""Debian's PgBouncer before a cluster, with Debian's own configuration but for the places and the database line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from debian.postgres import PASSWORD, Cluster
from debian.processes import Process, User, listens, program, server_folder
from loopback import free_port

SHIPPED = Path("/etc/pgbouncer/pgbouncer.ini")


@contextmanager
def pgbouncer(cluster: Cluster, *roles: str, **settings: str) -> Iterator[int]:
    """Run a pooler for all databases of a cluster; give its port."""
    user = User.of("postgres")
    with server_folder(user) as folder:
        port = free_port()
        users = folder / "userlist.txt"
        users.write_text("".join(f'"{role}" "{PASSWORD}"\n' for role in roles))
        own = {
            "logfile": str(folder / "log"),
            "pidfile": str(folder / "pid"),
            "listen_addr": "127.0.0.1",
            "listen_port": str(port),
            "unix_socket_dir": "",
            "auth_file": str(users),
            **settings,
        }
        shipped = SHIPPED.read_text().replace("[databases]", f"[databases]\n* = host=127.0.0.1 port={cluster.port}")
        kept = [line for line in shipped.splitlines() if line.partition("=")[0].strip() not in own]
        file = folder / "pgbouncer.ini"
        file.write_text("\n".join([*kept, *(f"{name} = {value}" for name, value in own.items())]) + "\n")
        for path in (users, file):
            user.own(path)
        process = Process(command=user.command([program("pgbouncer"), str(file)]), log=folder / "output")
        process.start(lambda: listens(port))
        try:
            yield port
        finally:
            process.stop()
