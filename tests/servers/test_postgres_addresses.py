"""Addresses of PostgreSQL as consoles print them, on Debian's server, with TLS and without."""

import socket
import time
from collections.abc import Iterator
from functools import partial

import pytest

from debian.certificates import Authority
from debian.postgres import PASSWORD, Cluster, cluster
from opening import opened, refused, waited_for
from patience import promised
from programs import Sandbox, StartDaemon
from server_table import Seen

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def protected(authority: Authority) -> Iterator[Cluster]:
    """Yield a PostgreSQL that offers TLS, with a certificate for localhost alone."""
    with cluster() as running:
        for name in ("localhost", "db.test"):
            authority.issue(name, user=running.user)
        running.configure(tls(authority, "localhost"))
        yield running


def tls(authority: Authority, name: str) -> dict[str, str]:
    """Return the settings of a server with a certificate."""
    certificate, key = authority.folder / f"{name}.pem", authority.folder / f"{name}.key"
    return {"ssl": "on", "ssl_cert_file": str(certificate), "ssl_key_file": str(key)}


@pytest.fixture(scope="module")
def place(postgres: Cluster) -> tuple[str, str]:
    """Return a role and a database of its own, in which the first test that opens it makes the schema."""
    owner = postgres.role()
    return owner, postgres.database(owner)


@pytest.fixture(scope="module")
def protected_place(protected: Cluster) -> tuple[str, str]:
    """Return the same on the server with TLS."""
    owner = protected.role()
    return owner, protected.database(owner)


@pytest.mark.parametrize(
    ("query", "ignored"),
    [
        pytest.param("sslmode=prefer&channel_binding=prefer", "", marks=pytest.mark.case(1)),
        pytest.param("gssencmode=disable&connect_timeout=10", "", marks=pytest.mark.case(2)),
        pytest.param("pgbouncer=true", "pgbouncer", marks=pytest.mark.case(3)),
        pytest.param("statement_cache_size=0", "statement_cache_size", marks=pytest.mark.case(3)),
        pytest.param("pool_max_conns=5", "pool_max_conns", marks=pytest.mark.case(3)),
        pytest.param("keepalives=1&keepalives_idle=20&tcp_user_timeout=9000", "", marks=pytest.mark.case(5)),
    ],
)
def test_a_word_is_honoured_or_left_out(
    postgres: Cluster, place: tuple[str, str], query: str, ignored: str, seen: Seen
) -> None:
    """The database is opened and written, whatever an address says that means nothing here."""
    found = opened(postgres.dsn(*place, query))
    assert " ".join(found.ignored) == ignored
    seen(f"{query}: works{f', {ignored} is left out with a warning' if ignored else ''}")


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("sslmode=require&channel_binding=require", marks=pytest.mark.case(1)),
        pytest.param("sslmode=require&uselibpqcompat=true", marks=pytest.mark.case(3)),
        pytest.param("ssl=true", marks=pytest.mark.case(4)),
        pytest.param("sslnegotiation=postgres&sslmode=require", marks=pytest.mark.case(1)),
    ],
)
def test_words_about_tls_protect(protected: Cluster, protected_place: tuple[str, str], query: str, seen: Seen) -> None:
    """On a server with TLS the connection is protected."""
    found = opened(protected.dsn(*protected_place, query))
    assert found.is_protected
    seen(f"{query}: works over TLS")


@pytest.mark.case(4)
def test_a_server_without_tls_is_named_as_such(postgres: Cluster, place: tuple[str, str], seen: Seen) -> None:
    """It is waited for: TLS may be switched on there at any time."""
    line = waited_for(postgres.dsn(*place, "ssl=true"))
    assert "does not offer TLS" in line
    seen(f"ssl=true without TLS: {line.rpartition(': ')[2]}")


@pytest.mark.case(2)
def test_an_address_that_drops_packets_costs_its_connect_timeout(seen: Seen) -> None:
    """One attempt ends after the seconds that the address says."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = time.monotonic()
        line = waited_for(f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/d?connect_timeout=1")
        took = time.monotonic() - began
        assert took > 0.9
        assert promised(took, 2.5)
        assert "does not answer within 1 s" in line
    seen(f"connect_timeout=1 to a place that answers nothing: ends after {took:.1f} s")


@pytest.mark.case(6)
@pytest.mark.parametrize(
    "form", ["postgres://{}", "postgresql+psycopg2://{}", '"postgresql://{}"', "postgresql://{}\n"]
)
def test_schemes_and_wrappings(postgres: Cluster, place: tuple[str, str], form: str, seen: Seen) -> None:
    """Each is opened."""
    opened(form.format(postgres.dsn(*place).partition("://")[2]))
    seen(f"{form.format('...')!r}: works")


@pytest.mark.case(7)
@pytest.mark.parametrize("password", ["p@ss/w", "a b", "p?w&x=1", "100%"])
def test_a_password_is_encoded_or_refused(
    postgres: Cluster, place: tuple[str, str], password: str, seen: Seen, request: pytest.FixtureRequest
) -> None:
    """Encoded it opens; raw it opens where it can be read, and else is refused without a piece of it."""
    owner, database = place
    request.addfinalizer(partial(postgres.sql, f"alter role {owner} password '{PASSWORD}'"))
    postgres.sql(f"alter role {owner} password '{password}'")
    opened(postgres.dsn(owner, database, password=password))
    raw = f"postgresql://{owner}:{password}@127.0.0.1:{postgres.port}/{database}"
    if password == "a b":
        opened(raw)
        seen("'a b' works encoded and raw")
        return
    line = refused(raw)
    assert "percent-encode the password" in line
    assert "ss/w" not in line
    seen(f"{password!r} works encoded; raw: refused, percent-encode the password")


@pytest.mark.case(7)
def test_a_wrong_password_is_refused_in_the_servers_words(postgres: Cluster, place: tuple[str, str]) -> None:
    """It never becomes right by waiting."""
    assert "password authentication failed" in refused(postgres.dsn(*place, password="wrong"))


@pytest.mark.case(9)
def test_certificates_are_checked(
    protected: Cluster, protected_place: tuple[str, str], authority: Authority, seen: Seen
) -> None:
    """Trusted with the authority's certificate, not without it, and not for another name."""
    owner = protected_place[0]
    dsn = protected.dsn(*protected_place).replace("127.0.0.1", "localhost")
    root = f"sslmode=verify-full&sslrootcert={authority.certificate}"
    assert opened(f"{dsn}?{root}").is_protected
    untrusted = waited_for(f"{dsn}?sslmode=verify-full")
    assert "certificate not trusted" in untrusted
    other = waited_for(protected.dsn(owner, "postgres", root))
    assert "certificate is for another name" in other
    assert opened(protected.dsn(owner, dsn.rpartition("/")[2], root.replace("full", "ca"))).is_protected
    assert "sslrootcert: /nowhere.pem cannot be used" in refused(f"{dsn}?sslmode=verify-full&sslrootcert=/nowhere.pem")
    seen("verify-full with the CA: works; without: certificate not trusted; else: certificate is for another name")


@pytest.mark.case(5)
def test_words_that_mean_something_are_honoured(
    postgres: Cluster,
    redis_server: str,
    sandbox: Sandbox,
    artists: list[str],
    start_daemon: StartDaemon,
    seen: Seen,
) -> None:
    """A daemon carries the name that the address gives it, and bounds statements as its own work needs."""
    owner = postgres.role()
    database = postgres.database(owner)
    words = "application_name=theset&options=-c%20statement_timeout%3D9000&target_session_attrs=any"
    daemon = start_daemon(sandbox, DATABASE_URL=postgres.dsn(owner, database, words), REDIS_URL=redis_server)
    done = daemon.ctl("import", artists[0], "--follow")
    assert done.returncode == 0, done.stderr
    assert PASSWORD not in daemon.running.log() + daemon.running.ready
    names = postgres.sql(f"select distinct application_name from pg_stat_activity where datname = '{database}'")
    assert names == "theset"
    songs = postgres.sql("select count(*) from songs", database)
    seen(f"starts as {names!r}; {songs} songs")
