"""What is said where PostgreSQL cannot learn who its peer is."""

import asyncpg
import pytest

from thesetd.adapters.postgres.connection import connect
from thesetd.adapters.postgres.connection.address import parse
from thesetd.domain.errors import StoreRefused


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
