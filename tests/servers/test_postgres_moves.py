"""A PostgreSQL that moves, loses its slots, or is shared in a schema; nodes that only a lease holds."""

import signal
import subprocess
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from debian.pgbouncer import pgbouncer
from debian.postgres import PASSWORD, Cluster
from debian.processes import User, server_folder, until
from debian.redis import Name
from opening import refused
from patience import promised
from programs import PROGRAMS, Daemon, Sandbox, StartDaemon, clean_environ
from server_table import Seen
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres.database import Connection, Database
from thesetd.domain.errors import StoreUnavailable

pytestmark = pytest.mark.real

DONE = "select count(*) from import_status where status = 'completed'"
GAPLESS = "select count(*) = count(distinct seq) and count(*) = max(seq) from thesetd.events"


def imported(daemon: Daemon, artist: str) -> None:
    """Import an artist to the end."""
    done = daemon.ctl("import", artist, "--follow")
    assert done.returncode == 0, done.stderr + daemon.running.log()[-2000:]


@pytest.mark.parametrize("first", ["a write", "the session"])
async def test_no_reader_stays_on_the_server_that_a_name_led_to(
    postgres: Cluster, new_postgres: Callable[..., Cluster], bridge: AsyncioBridge, first: str
) -> None:
    """A reader connects to the old server after a write has failed there, before the name moves: it follows, too.

    Whichever connection is the first that leads to the new one.
    """
    old, new = postgres, new_postgres()
    owner = old.role()
    database = old.database(owner)
    new.sql(f"create role {owner} login password '{PASSWORD}'")
    new.sql(f"create database {database} owner {owner}")

    async def port(connection: Connection) -> object:
        return await connection.fetchval("select inet_server_port()")

    async def backend(connection: Connection) -> object:
        return await connection.fetchval("select pg_backend_pid()")

    async def fail(connection: Connection) -> object:
        return await connection.fetchval("select pg_terminate_backend(pg_backend_pid())")

    with closing(Name(old.port)) as name:
        dsn = old.dsn(owner, database).replace(f":{old.port}/", f":{name.port}/")
        async with Database.open(dsn, bridge) as store:
            with pytest.raises(StoreUnavailable):
                await store.transact(fail)
            assert await store.read(port) == old.port
            name.target = new.port
            if first == "the session":
                session = await store.session()
                assert await store.on(session, port) == new.port
                session.terminate()
            assert await store.transact(port) == new.port
            assert await store.read(port) == new.port
            await store.read(backend)
            assert await store.read(backend) == await store.read(backend), "a connection is not kept"
    left = f"select count(*) from pg_stat_activity where usename = '{owner}'"
    until(lambda: old.sql(left) == "0", "no connection stays on the old one")


@pytest.mark.in_full
@pytest.mark.case(27)
def test_three_slots_of_four_are_enough_and_their_loss_is_told(
    postgres: Cluster, redis_server: str, sandbox: Sandbox, artists: list[str], start_daemon: StartDaemon, seen: Seen
) -> None:
    """Another client has one; when the others are lost readiness has the server's words, and goes green by itself."""
    owner = postgres.role()
    database = postgres.database(owner)
    postgres.sql(f"alter database {database} connection limit 4")
    psql = postgres.user.command([
        "psql", "-h", str(postgres.folder), "-p", str(postgres.port), "-U", "postgres", "-d", database,
        "-c", "select pg_sleep(600)",
    ])  # fmt: skip
    used = "select count(*) from pg_stat_activity where datname = "
    with subprocess.Popen(psql, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/") as other:
        try:
            until(lambda: postgres.sql(f"{used}'{database}'") == "1", "the other client is there")
            daemon = start_daemon(sandbox, DATABASE_URL=postgres.dsn(owner, database), REDIS_URL=redis_server)
            imported(daemon, artists[0])
            assert daemon.get("/readyz")[0] == 200
            postgres.sql(
                f"alter database {database} connection limit 1; "
                f"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{owner}'"
            )
            words = f'too many connections for database \\"{database}\\"'
            red = until(lambda: words in daemon.get("/readyz")[1], "readiness has the server's words")
            assert promised(red, 10)
            postgres.sql(f"alter database {database} connection limit 4")
            green = until(lambda: daemon.get("/readyz")[0] == 200, "readiness is green")
            assert promised(green, 15)
            imported(daemon, artists[1])
        finally:
            other.terminate()
    seen(f"3 of 4 slots: an import; lost: red after {red:.1f} s with the server's words, green after {green:.1f} s")


@pytest.mark.case(28)
def test_a_node_that_only_a_lease_holds_is_killed_and_comes_back(
    postgres: Cluster,
    redis_server: str,
    slow_sandbox: Sandbox,
    artists: list[str],
    start_daemon: StartDaemon,
    seen: Seen,
) -> None:
    """Its next life takes name and job; of two that start at once one is refused with 78."""
    owner = postgres.role()
    database = postgres.database(owner)
    with pgbouncer(postgres, owner, pool_mode="transaction") as port:
        dsn = postgres.dsn(owner, database).replace(f":{postgres.port}/", f":{port}/")
        keys = {"DATABASE_URL": dsn, "REDIS_URL": redis_server, "THESETD_NODE__NAME": "leased"}
        daemon = start_daemon(slow_sandbox, **keys)
        assert daemon.ctl("import", artists[0]).returncode == 0
        daemon.running.stop(signal.SIGKILL)
        daemon = start_daemon(slow_sandbox, **keys)
        took = until(lambda: postgres.sql(DONE, database) == "1", "the import of the life before is done")
        assert promised(took, 30)
        assert postgres.sql(GAPLESS, database) == "t"
        daemon.running.stop()
        codes, winner = two_at_once(daemon.environ, Path(daemon.environ["HOME"]))
        assert codes == [78]
        assert "another thesetd runs as node 'leased'" in winner
    seen(f"killed in an import: its next life completes it after {took:.1f} s; of two at once one is refused with 78")


def two_at_once(environ: dict[str, str], folder: Path) -> tuple[list[int], str]:
    """Start two daemons of one name; give the codes of those that end, and what they said, once one is ready."""
    command = [str(PROGRAMS / "thesetd"), "run", "--json", "--state-dir"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": clean_environ(folder) | environ}
    both = [subprocess.Popen([*command, str(folder / name)], **pipes) for name in ("one", "two")]  # type: ignore[call-overload]
    try:
        until(lambda: any(one.poll() is not None for one in both), "one is refused")
        (living,) = [one for one in both if one.poll() is None]
        ended = [one for one in both if one.poll() is not None]
        assert living.stdout is not None
        assert "control" in living.stdout.readline()
        return [one.returncode for one in ended], "".join(one.communicate()[1] for one in ended)
    finally:
        for one in both:
            one.terminate()
            one.communicate()


@pytest.mark.case(8)
def test_an_address_that_moves_is_followed_while_the_old_primary_lives(
    new_postgres: Callable[..., Cluster],
    redis_server: str,
    slow_sandbox: Sandbox,
    artists: list[str],
    start_daemon: StartDaemon,
    seen: Seen,
) -> None:
    """The old one takes no more writes and keeps its connections; imports in flight are done on the new one."""
    primary, user = new_postgres(), User.of("postgres")
    with ExitStack() as stack:
        hba = primary.data / "pg_hba.conf"
        hba.write_text(hba.read_text() + "local replication all trust\n")
        primary.configure({})
        standby = Cluster(folder=stack.enter_context(server_folder(user)), user=user)
        standby.follow(primary)
        standby.start()
        stack.callback(standby.stop)
        owner = primary.role()
        database = primary.database(owner)
        name = stack.enter_context(closing(Name(primary.port)))
        dsn = primary.dsn(owner, database).replace(f":{primary.port}/", f":{name.port}/")
        daemon = start_daemon(slow_sandbox, DATABASE_URL=dsn, REDIS_URL=redis_server)
        for artist in artists[:3]:
            assert daemon.ctl("import", artist).returncode == 0
        primary.configure({"default_transaction_read_only": "on"})
        lag = "select pg_current_wal_lsn() = replay_lsn from pg_stat_replication"
        until(lambda: primary.sql("show default_transaction_read_only") == "on", "the old one takes no writes")
        until(lambda: primary.sql(lag) == "t", "the standby has all")
        standby.sql("select pg_promote()")
        name.target = standby.port
        took = until(lambda: standby.sql(DONE, database) == "3", "three imports are done on the new one")
        assert promised(took, 30)
        assert promised(until(lambda: daemon.get("/readyz")[0] == 200, "readiness is green"), 10)
        assert standby.sql(GAPLESS, database) == "t"
        left = f"select count(*) from pg_stat_activity where usename = '{owner}'"
        until(lambda: primary.sql(left) == "0", "no connection stays on the old one")
    seen(f"the address moves in three imports, the old primary lives: all done on the new one after {took:.1f} s")


@pytest.mark.in_full
def test_a_schema_of_the_address_has_the_tables(
    postgres: Cluster, redis_server: str, sandbox: Sandbox, artists: list[str], start_daemon: StartDaemon
) -> None:
    """Prisma's word: all tables of the application are in it, none in public, and the daemon finds them there."""
    owner = postgres.role()
    database = postgres.database(owner)
    postgres.sql(f"create schema app authorization {owner}", database)
    dsn = postgres.dsn(owner, database, "schema=app")
    daemon = start_daemon(sandbox, DATABASE_URL=dsn, REDIS_URL=redis_server)
    imported(daemon, artists[0])
    assert daemon.get("/readyz")[0] == 200, daemon.get("/readyz")
    assert postgres.sql("select count(*) > 0 from app.songs", database) == "t"
    assert postgres.sql("select count(*) from pg_tables where schemaname = 'public'", database) == "0"
    for query in ("", "schema=nowhere"):
        line = refused(postgres.dsn(owner, database, query))
        assert "there is no table" in line
        assert "(schema= in the address)" in line
