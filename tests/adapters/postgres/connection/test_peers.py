"""What is said where PostgreSQL cannot learn who its peer is."""

import asyncpg
import pytest

from thesetd.adapters.postgres.connection import connect
from thesetd.adapters.postgres.connection.address import parse
from thesetd.domain.errors import ConfigError, StoreRefused


@pytest.mark.parametrize(
    ("uid", "wanted"), [(4_000_000, " (install libnss-systemd, which names user 4000000)"), (0, "")]
)
def test_a_user_without_a_name_is_told_what_names_it(monkeypatch: pytest.MonkeyPatch, uid: int, wanted: str) -> None:
    """A service's dynamic user has none on a slim system; whoever has one gets the server's words alone."""
    monkeypatch.setattr("os.geteuid", lambda: uid)
    words = 'Peer authentication failed for user "thesetd"'
    address = parse("postgresql://thesetd@/theset?host=/run/postgresql")
    found = connect.Connector(address, {}, connect_s=1.0)._translated(
        asyncpg.InvalidAuthorizationSpecificationError(words), address.hosts[0]
    )
    assert (type(found), str(found)) == (StoreRefused, words + wanted)


def test_an_address_without_a_user_needs_one_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container with any number as its user nothing names it: a line says so where the library would crash."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "PGUSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 4_000_000)
    monkeypatch.setattr("os.geteuid", lambda: 4_000_000)
    with pytest.raises(
        ConfigError, match=r"database\.dsn: names no user, and user 4000000 of this process has no name"
    ):
        connect.Connector(parse("postgresql://h/d"), {}, connect_s=1.0)
    monkeypatch.setenv("PGUSER", "u")
    connect.Connector(parse("postgresql://h/d"), {}, connect_s=1.0)


def test_a_refused_connection_is_told_in_the_systems_words() -> None:
    """Without numbers, and without the address once more."""
    assert (
        connect.first_line(ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 1)")) == "connection refused"
    )
