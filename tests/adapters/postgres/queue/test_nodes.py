"""What only a real server does with the sessions that hold names: it ends them when it notices."""

import pytest
import trio

from patience import LONGEST_S
from sample_rows import NOW
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.errors import NameTaken, StoreUnavailable

pytestmark = pytest.mark.real


async def test_a_session_of_the_dead_is_waited_for(postgres_store: PostgresStore) -> None:
    """Nobody beats under the name: the server has not noticed yet that its holder is gone."""
    dead, heir = postgres_store.another_node(), postgres_store.another_node()
    await dead.join("a", now=NOW)

    async def notice() -> None:
        await trio.sleep(0.5)
        dead.leave()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(notice)
        assert (await heir.join("a", now=NOW)).epoch == 2
    heir.leave()


async def test_it_is_not_waited_for_without_end(postgres_store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that is never ended is no fault of the configuration: the start may be tried again."""
    monkeypatch.setattr("thesetd.adapters.postgres.queue.nodes.LINGERING_S", 0.3)
    hung, heir = postgres_store.another_node(), postgres_store.another_node()
    await hung.join("a", now=NOW)
    with pytest.raises(StoreUnavailable, match="is unresponsive"):
        await heir.join("a", now=NOW)
    hung.leave()


async def test_a_lost_session_of_ones_own_is_no_rival(postgres_store: PostgresStore) -> None:
    """A connection that broke may live on in the server for a while: the node goes on when it has ended."""
    node, ghost = postgres_store.another_node(), postgres_store.another_node()
    me = await node.join("a", now=NOW)
    ghost._session, node._session = node._session, None  # as after a network that was cut
    with pytest.raises(StoreUnavailable, match="our lost session"):
        await node.beat(me)
    ghost.leave()
    with trio.fail_after(LONGEST_S):
        while True:
            try:
                assert (await node.beat(me)).retaken
                break
            except StoreUnavailable:
                await trio.sleep(0.05)
    node.leave()


async def test_whoever_took_the_name_meanwhile_is_one(postgres_store: PostgresStore) -> None:
    """A later life of the name ends this process."""
    node, later = postgres_store.another_node(), postgres_store.another_node()
    me = await node.join("a", now=NOW)
    node.leave()
    await trio.sleep(0.2)
    await later.join("a", now=NOW)
    with pytest.raises(NameTaken):
        await node.beat(me)
    for one in (node, later):
        one.leave()
