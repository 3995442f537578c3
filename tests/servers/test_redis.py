"""Redis as Debian packages it, as operators have it: addresses, few rights, little memory, replicas, failovers."""

import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import trio
from redis import Redis
from redis.exceptions import RedisError

from debian.certificates import Authority
from debian.processes import until
from debian.redis import Heard, Name, RedisNode, loads_slowly, redis_node, sentinels
from loopback import free_port
from patience import LONGEST_S, promised
from programs import Daemon, Sandbox, StartDaemon, thesetd
from querying import query
from server_table import Seen
from servers_readiness import becomes
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.redis.address import parse
from thesetd.adapters.redis.link import RedisServer
from thesetd.domain.errors import BusUnavailable

pytestmark = pytest.mark.real
README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def new_redis() -> Iterator[Callable[..., RedisNode]]:
    """Yield a function that runs a Redis for this test alone; settings are its arguments."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(redis_node(**settings))


def imported(daemon: Daemon, artist: str) -> None:
    """Import an artist to its end."""
    done = daemon.ctl("import", artist, "--follow")
    assert done.returncode == 0, done.stderr + done.stdout


@pytest.mark.case(10)
@pytest.mark.case(11)
def test_words_of_other_ecosystems_are_left_out_with_one_warning(
    new_redis: Callable[..., RedisNode], database_dsn: str, start_daemon: StartDaemon, seen: Seen
) -> None:
    """The daemon starts; what means something is honoured, the rest is named once, in one line."""
    redis = new_redis()
    words = "family=0&client_name=thesetd-test&db=2&retry_on_timeout=true&colour=blue"
    daemon = start_daemon(DATABASE_URL=database_dsn, REDIS_URL=f"{redis.url}?{words}")
    becomes(daemon, 200, "redis publishing", "ok")
    lines = [line for line in daemon.running.log().splitlines() if "SettingIgnored" in line]
    assert len(lines) == 1
    assert all(word in lines[0] for word in ("family", "retry_on_timeout", "colour"))
    assert "thesetd-test" in str(redis("CLIENT", "LIST"))
    with Redis(port=redis.port, db=2) as client:
        assert client.keys("thesetd:*")
    seen("starts, one warning names the words; client_name and db are honoured")


@pytest.mark.case(11)
@pytest.mark.parametrize(
    ("words", "named"), [("?tls=true", "tls=true contradicts redis://"), ("?db=two", "parameter db"), ("/x", "number")]
)
def test_what_cannot_be_meant_is_refused(database_dsn: str, folder: Path, words: str, named: str, seen: Seen) -> None:
    """78, one line, the parameter and nothing of the password."""
    done = thesetd(folder, "run", DATABASE_URL=database_dsn, REDIS_URL=f"redis://:s3cret-w0rd@127.0.0.1:1{words}")
    assert done.returncode == 78
    (line,) = done.stderr.splitlines()
    assert named in line
    assert "s3cret" not in line
    seen(line)


@pytest.mark.case(12)
def test_a_private_authority_is_trusted_by_configuration_or_environment(
    new_redis: Callable[..., RedisNode], authority: Authority, database_dsn: str, start_daemon: StartDaemon, seen: Seen
) -> None:
    """With ca_file or SSL_CERT_FILE it starts; without it, and for another name, the reason is said."""
    redis = new_redis(tls=authority.issue("redis.test", alternative="IP:127.0.0.1"))
    other = new_redis(tls=authority.issue("other.test"))
    trusted = {"THESETD_REDIS__CA_FILE": str(authority.certificate)}
    for variables in (trusted, {"SSL_CERT_FILE": str(authority.certificate)}):
        daemon = start_daemon(DATABASE_URL=database_dsn, REDIS_URL=redis.url, **variables)
        becomes(daemon, 200, "redis limits", "ok")
        daemon.running.stop()
    assert "certificate not trusted" in said(redis.url)
    assert "certificate is for another name" in said(other.url, authority.certificate)
    assert "does it speak TLS?" in said(new_redis().url.replace("redis:", "rediss:"))
    seen("starts with ca_file and with SSL_CERT_FILE; else 'certificate not trusted', 'is for another name'")


@pytest.mark.case(12)
def test_certificates_of_clients_and_expired_ones(
    new_redis: Callable[..., RedisNode], authority: Authority, seen: Seen
) -> None:
    """A server that asks for a client's certificate gets the one that the address names; an expired one is told."""
    own = authority.issue("redis.test", alternative="IP:127.0.0.1")
    strict = new_redis(tls=own, tls_auth_clients="yes", tls_ca_cert_file=str(authority.certificate))
    certificate, key = authority.issue("client.test")
    shown = f"{strict.url}?ssl_certfile={certificate}&ssl_keyfile={key}"
    assert said(shown, authority.certificate) == "nothing"
    without = said(strict.url, authority.certificate)
    assert "certificate" in without.lower()
    expired = new_redis(tls=authority.issue("old.test", alternative="IP:127.0.0.1", days=-1))
    told = said(expired.url, authority.certificate)
    assert "certificate not trusted: certificate has expired" in told
    seen(f"with a client's certificate: works; without: {without}; an expired one: {told}")


@pytest.mark.case(12)
def test_a_server_that_hangs_does_not_even_end_tls(
    new_redis: Callable[..., RedisNode], authority: Authority, seen: Seen
) -> None:
    """Neither throwing its connections away nor closing them raises anything, and both are bounded."""
    redis = new_redis(tls=authority.issue("redis.test", alternative="IP:127.0.0.1"))
    assert redis.process.popen is not None

    async def work() -> float:
        async with open_quick_loop():
            server = RedisServer(parse(redis.url, ca_file=authority.certificate), AsyncioBridge())
            links = [server.link(timeout_s=LONGEST_S, connections=1) for _ in range(2)]
            for link in links:
                await link.ask(link.client.ping)
                (connection,) = link.client.connection_pool._available_connections
                connection.socket_connect_timeout = 0.3  # bounds its end, too
            redis.process.popen.send_signal(signal.SIGSTOP)
            began = time.monotonic()
            await server.renew()
            for link in links:
                await link.aclose()
            took = time.monotonic() - began
            redis.process.popen.send_signal(signal.SIGCONT)
            await trio.sleep(0.5)  # in which it ends TLS, and asyncio closes the sockets
            return took

    took = trio.run(work)
    assert promised(took, 3)
    seen(f"a server that hangs behind TLS: its connections are thrown away within {took:.1f} s")


def _set(name: str, value: str) -> tuple[str, ...]:
    return "CONFIG", "SET", name, value


def said(url: str, ca_file: Path | None = None) -> str:
    """Return what is said about a Redis that cannot be reached."""

    async def ask() -> str:
        async with open_quick_loop():
            server = RedisServer(parse(url, ca_file=ca_file), AsyncioBridge())
            try:
                await server.check()
            except BusUnavailable as error:
                return str(error)
            finally:
                await server.aclose()
        return "nothing"

    return trio.run(ask)


@pytest.mark.case(15)
def test_the_rights_that_readme_prints_are_enough_and_fewer_are_told(
    new_redis: Callable[..., RedisNode],
    database_dsn: str,
    sandbox: Sandbox,
    artists: list[str],
    start_daemon: StartDaemon,
    seen: Seen,
) -> None:
    """README's own line, as printed, makes it green; with keys of another pattern only, NOPERM and the key are told."""
    redis = new_redis()
    url = redis.user("~theset:*", "&*", "+@all")
    daemon = start_daemon(sandbox, DATABASE_URL=database_dsn, REDIS_URL=url)
    becomes(daemon, 503, "redis limits", "NOPERM")
    told = becomes(daemon, 503, "redis limits", "thesetd:limit:")
    found = re.search(r"^ *(ACL SETUSER daemon .*)$", README.read_text(), re.MULTILINE)
    assert found, "README has no ACL SETUSER line"
    redis(*(word.replace("PASSWORD", "p-w0rd") for word in found[1].split()))
    green = becomes(daemon, 200, "redis limits", "ok")
    imported(daemon, artists[1])
    seen(f"NOPERM with the key after {told:.1f} s; README's line makes it green after {green:.1f} s")


@pytest.mark.case(18)
def test_events_wait_for_the_right_to_publish(
    new_redis: Callable[..., RedisNode],
    database_dsn: str,
    sandbox: Sandbox,
    artists: list[str],
    start_daemon: StartDaemon,
    seen: Seen,
) -> None:
    """Without channels readiness says so in Redis' words; with them every event comes, in order."""
    redis = new_redis()
    heard = Heard(redis)
    daemon = start_daemon(sandbox, DATABASE_URL=database_dsn, REDIS_URL=redis.user("~*", "resetchannels", "+@all"))
    becomes(daemon, 503, "redis publishing", "NOPERM")
    becomes(daemon, 503, "redis subscribing", "NOPERM")
    imported(daemon, artists[2])
    last = last_event(daemon)
    redis.user("~*", "&*", "+@all")
    assert heard.until(last) == list(range(1, last + 1))
    becomes(daemon, 200, "redis publishing", "ok")
    heard.close()
    seen(f"503 with NOPERM; {last} of {last} events in order once allowed")


def last_event(daemon: Daemon) -> int:
    """Return the number of the last event."""
    ((last,),) = query(daemon.environ["DATABASE_URL"], "select coalesce(max(seq), 0) from thesetd.events")
    return int(last)


@pytest.mark.case(19)
@pytest.mark.case(20)
@pytest.mark.case(21)
def test_a_redis_that_takes_no_writes_is_told_in_its_words(
    new_redis: Callable[..., RedisNode], database_dsn: str, start_daemon: StartDaemon, seen: Seen
) -> None:
    """Full, unable to save, without its replica, a replica itself: red in its words, and green again by itself."""
    redis, master = new_redis(), new_redis()
    redis("REPLICAOF", "127.0.0.1", str(master.port))
    daemon = start_daemon(DATABASE_URL=database_dsn, REDIS_URL=redis.url)
    dump = redis.folder / "dump.rdb"
    states: dict[str, tuple[list[tuple[str, ...]], list[tuple[str, ...]]]] = {
        "READONLY": ([], [("REPLICAOF", "NO", "ONE")]),
        "NOREPLICAS": ([_set("min-replicas-to-write", "1")], [_set("min-replicas-to-write", "0")]),
        "OOM": ([_set("maxmemory", "1000000")], [_set("maxmemory", "0")]),
        "MASTERDOWN": (
            [_set("replica-serve-stale-data", "no"), ("REPLICAOF", "127.0.0.1", str(free_port()))],
            [("REPLICAOF", "NO", "ONE")],
        ),
        "MISCONF": ([_set("save", "3600 1"), ("BGSAVE",)], [_set("save", "")]),
    }
    for words, (begin, end) in states.items():
        if words == "MISCONF":
            dump.unlink(missing_ok=True)
            dump.mkdir()  # so that no snapshot can be saved
        for command in begin:
            redis(*command)
        lost_s = max(becomes(daemon, 503, check, words) for check in ("redis limits", "redis publishing"))
        for command in end:
            redis(*command)
        found_s = max(becomes(daemon, 200, check, "ok") for check in ("redis limits", "redis publishing"))
        assert words in daemon.running.log()
        seen(f"{words}: 503 after {lost_s:.1f} s, 200 again after {found_s:.1f} s")


@pytest.mark.case(19)
def test_little_memory_is_named_with_its_policy(
    new_redis: Callable[..., RedisNode], database_dsn: str, start_daemon: StartDaemon, seen: Seen
) -> None:
    """A policy that may evict limits is told from the start, by health as well."""
    redis = new_redis(maxmemory="3mb", maxmemory_policy="allkeys-lru")
    daemon = start_daemon(DATABASE_URL=database_dsn, REDIS_URL=redis.url)
    becomes(daemon, 200, "redis memory", "maxmemory-policy allkeys-lru")
    assert "allkeys-lru" in daemon.ctl("health").stdout
    seen("health names maxmemory-policy allkeys-lru")


@pytest.mark.case(22)
def test_a_failover_is_followed_though_the_old_master_lives(
    new_redis: Callable[..., RedisNode],
    database_dsn: str,
    sandbox: Sandbox,
    artists: list[str],
    start_daemon: StartDaemon,
    seen: Seen,
) -> None:
    """Within 5 s every connection is on the new master and every event is there; readiness was red until a write."""
    old, new = new_redis(), new_redis()
    name = Name(old.port)
    daemon = start_daemon(sandbox, DATABASE_URL=database_dsn, REDIS_URL=name.url)
    imported(daemon, artists[3])
    heard = Heard(new)
    before = last_event(daemon)
    new("REPLICAOF", "127.0.0.1", str(old.port))
    until(lambda: replication(new).get("master_link_status") == "up", "the replica is in step")
    new("REPLICAOF", "NO", "ONE")
    name.target = new.port
    old("REPLICAOF", "127.0.0.1", str(new.port))
    began = time.monotonic()
    until(lambda: _ours(old) == 0 and _ours(new) > 0, "all connections are on the new master")
    moved_s = time.monotonic() - began
    assert promised(moved_s, 5)
    becomes(daemon, 200, "redis publishing", "ok")
    imported(daemon, artists[4])
    last = last_event(daemon)
    assert heard.until(last) == list(range(before + 1, last + 1))
    heard.close()
    name.close()
    seen(f"connections on the new master after {moved_s:.1f} s, {last - before} of {last - before} events there")


def replication(node: RedisNode) -> dict[str, str]:
    """Return what a server says of its role; nothing while it cuts its clients' connections."""
    with suppress(RedisError), node.client() as client:
        return dict(client.info("replication"))
    return {}


def _ours(node: RedisNode) -> int:
    """Count the daemon's connections to a server."""
    with node.client() as client:
        own = client.client_id()
        return sum(c["flags"] == "N" and int(c["id"]) != own for c in client.client_list())


def _replicas(port: int) -> int:
    with Redis(port=port, decode_responses=True) as client:
        return int(client.info("sentinel")["master0"]["slaves"])


@pytest.mark.in_full
@pytest.mark.case(22)
def test_sentinels_are_asked_where_the_master_is(
    new_redis: Callable[..., RedisNode],
    database_dsn: str,
    sandbox: Sandbox,
    artists: list[str],
    start_daemon: StartDaemon,
    seen: Seen,
) -> None:
    """The master is killed; the sentinels name another, and the daemon goes on there by itself."""
    master = new_redis()
    replica = new_redis(replicaof=f"127.0.0.1 {master.port}")
    until(lambda: replication(replica).get("master_link_status") == "up", "the replica is in step")
    with sentinels(master, "main") as ports:
        places = ",".join(f"127.0.0.1:{port}" for port in ports)
        daemon = start_daemon(sandbox, DATABASE_URL=database_dsn, REDIS_URL=f"redis+sentinel://{places}/main/0")
        becomes(daemon, 200, "redis limits", "ok")
        until(lambda: _replicas(ports[0]) == 1, "the sentinel knows the replica")
        master.stop()
        began = time.monotonic()
        until(lambda: replication(replica).get("role") == "master", "a new master")
        elected_s = time.monotonic() - began
        heard = Heard(replica)
        becomes(daemon, 200, "redis publishing", "ok")
        imported(daemon, artists[5])
        last = last_event(daemon)
        assert heard.until(last)[-1] == last
        heard.close()
    seen(f"redis+sentinel://: goes on when the sentinels have chosen, which took them {elected_s:.1f} s")


@pytest.mark.case(23)
def test_a_redis_that_loads_is_told_and_waited_for(
    new_redis: Callable[..., RedisNode], database_dsn: str, start_daemon: StartDaemon, seen: Seen
) -> None:
    """Red with LOADING while it lasts, green by itself."""
    redis = new_redis(enable_debug_command="yes")
    daemon = start_daemon(DATABASE_URL=database_dsn, REDIS_URL=redis.url)
    loads_slowly(redis, 6000, 1000)
    for check in ("redis limits", "redis publishing"):
        becomes(daemon, 503, check, "LOADING")
    until(lambda: "LOADING" not in daemon.get("/readyz")[1], "it is loaded")
    becomes(daemon, 200, "redis limits", "ok")
    seen("503 with LOADING, 200 by itself")


def test_cluster_mode_is_refused(
    new_redis: Callable[..., RedisNode], database_dsn: str, folder: Path, seen: Seen
) -> None:
    """78 and one line, also where INFO is refused."""
    redis = new_redis(cluster_enabled="yes", cluster_port=str(free_port()))
    for url in (redis.url, redis.user("~*", "&*", "+@all", "-info")):
        done = thesetd(folder, "run", DATABASE_URL=database_dsn, REDIS_URL=url)
        assert done.returncode == 78, done.stderr
        assert "cluster mode" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr


@pytest.mark.in_full
def test_a_late_redis_in_cluster_mode_is_named_and_the_daemon_works_on(
    new_redis: Callable[..., RedisNode],
    database_dsn: str,
    start_daemon: StartDaemon,
    sandbox: Sandbox,
    artists: list[str],
) -> None:
    """Work under way is not ended for it: readiness names the mode, imports go on without Redis."""
    redis = new_redis(cluster_enabled="yes", cluster_port=str(free_port()))
    redis.stop()
    daemon = start_daemon(sandbox, DATABASE_URL=database_dsn, REDIS_URL=redis.url)
    redis.start()
    for check in ("redis limits", "redis publishing"):
        becomes(daemon, 503, check, "cluster mode")
    imported(daemon, artists[2])
