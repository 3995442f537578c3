"""Readiness on real servers: a loss and a return are told within ten seconds, in the server's own words."""

import time
from collections.abc import Callable

import pytest
from redis import Redis

from debian.postgres import Cluster
from patience import promised
from programs import StartDaemon
from server_table import Seen
from servers_readiness import becomes

pytestmark = pytest.mark.real


@pytest.mark.case(26)
def test_a_database_that_takes_no_writes_is_told(
    new_postgres: Callable[..., Cluster], redis_server: str, start_daemon: StartDaemon, seen: Seen
) -> None:
    """Readiness quotes PostgreSQL while it is read-only, and is green again by itself; health and metrics agree."""
    postgres = new_postgres()
    owner = postgres.role()
    daemon = start_daemon(DATABASE_URL=postgres.dsn(owner, postgres.database(owner)), REDIS_URL=redis_server)
    becomes(daemon, 200, "database", "ok")
    postgres.sql("alter system set default_transaction_read_only = on")
    postgres.sql("select pg_reload_conf()")
    lost_s = becomes(
        daemon, 503, "database", "database takes no writes: cannot execute UPDATE in a read-only transaction"
    )
    health = daemon.ctl("health")
    assert health.returncode != 0
    assert "takes no writes" in health.stdout
    assert 'thesetd_dependency_up{dependency="database"} 0.0' in daemon.get("/metrics")[1]
    assert 'thesetd_dependency_up{dependency="redis limits"} 1.0' in daemon.get("/metrics")[1]
    postgres.sql("alter system reset default_transaction_read_only")
    postgres.sql("select pg_reload_conf()")
    found_s = becomes(daemon, 200, "database", "ok")
    assert "takes no writes" in daemon.running.log()
    seen(f"503 with PostgreSQL's words after {lost_s:.1f} s, 200 again after {found_s:.1f} s")


REFUSED = {
    "-@scripting": {"redis limits": "NOPERM"},
    "resetchannels": {"redis publishing": "channel", "redis subscribing": "NOPERM"},
}


def test_each_refusal_of_redis_is_told_by_its_own_check(
    empty_redis: str, database_dsn: str, start_daemon: StartDaemon, seen: Seen
) -> None:
    """A right that is taken away shows in the check of what it is needed for; the password is nowhere."""
    everything = ("on", ">s3cret-w0rd", "~*", "&*", "+@all")
    with Redis.from_url(empty_redis) as client:
        client.execute_command("ACL", "SETUSER", "daemon", *everything)
        try:
            url = empty_redis.replace("unix://", "unix://daemon:s3cret-w0rd@")
            daemon = start_daemon(DATABASE_URL=database_dsn, REDIS_URL=url)
            for right, checks in REFUSED.items():
                client.execute_command("ACL", "SETUSER", "daemon", right)
                lost_s = max(becomes(daemon, 503, check, words) for check, words in checks.items())
                client.execute_command("ACL", "SETUSER", "daemon", *everything)
                found_s = max(becomes(daemon, 200, check, "ok") for check in checks)
                seen(f"{', '.join(checks)}: told after {lost_s:.1f} s, the return after {found_s:.1f} s")
            assert "s3cret-w0rd" not in daemon.running.log()
        finally:
            client.execute_command("ACL", "DELUSER", "daemon")


def test_readiness_itself_waits_for_no_server(
    new_postgres: Callable[..., Cluster], redis_server: str, start_daemon: StartDaemon
) -> None:
    """Readiness answers at once while PostgreSQL is away; the loss is told, and the return."""
    postgres = new_postgres()
    owner = postgres.role()
    daemon = start_daemon(DATABASE_URL=postgres.dsn(owner, postgres.database(owner)), REDIS_URL=redis_server)
    postgres.stop()
    began = time.monotonic()
    daemon.get("/readyz")
    assert promised(time.monotonic() - began, 1.0)
    becomes(daemon, 503, "database", "no connection to PostgreSQL")
    postgres.start()
    becomes(daemon, 200, "database", "ok")
