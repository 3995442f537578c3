import pytest

from sample_rows import NOW, moment
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.gate.credentials import fingerprint
from thesetd.domain.gate.penalties import Penalty
from thesetd.domain.ids import SPOTIFY
from thesetd.ports.gate import Learned

pytestmark = pytest.mark.real
ME = fingerprint("me")


async def test_what_was_learned_last_is_remembered(postgres_store: PostgresStore) -> None:
    """Of each credential for itself; before anything was learned there is nothing."""
    memory = postgres_store.capabilities
    assert await memory.load(SPOTIFY, ME) is None
    for learned in (Learned(gone=("batch", "page-limit"), at=NOW), Learned(gone=(), at=moment(5))):
        await memory.save(SPOTIFY, ME, learned)
        assert await memory.load(SPOTIFY, ME) == learned
    assert await memory.load(SPOTIFY, fingerprint("other")) is None


async def test_capabilities_and_orders_do_not_touch_each_other(postgres_store: PostgresStore) -> None:
    """They share a row, and either may come first."""
    learned, order = Learned(gone=("batch",), at=NOW), Penalty(since=NOW, until=moment(5), strikes=1, reason="r")
    for name, capabilities_first in (("a", True), ("b", False)):
        me = fingerprint(name)
        if capabilities_first:
            await postgres_store.capabilities.save(SPOTIFY, me, learned)
        assert await postgres_store.penalties.current(SPOTIFY, me) is None
        await postgres_store.penalties.block(SPOTIFY, me, order)
        if not capabilities_first:
            assert await postgres_store.capabilities.load(SPOTIFY, me) is None
            await postgres_store.capabilities.save(SPOTIFY, me, learned)
        assert await postgres_store.capabilities.load(SPOTIFY, me) == learned
        assert await postgres_store.penalties.current(SPOTIFY, me) == order
