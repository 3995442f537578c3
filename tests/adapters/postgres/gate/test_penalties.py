from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import trio

from sample_rows import NOW, moment
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres import Database, PostgresStore
from thesetd.adapters.postgres.gate.penalties import PROBE_S, PostgresPenalties
from thesetd.domain.errors import StoreRejected
from thesetd.domain.gate.credentials import Fingerprint, fingerprint
from thesetd.domain.gate.penalties import Penalty
from thesetd.domain.ids import SPOTIFY

pytestmark = pytest.mark.real
Look = Callable[..., Awaitable[list[Any]]]
ME = fingerprint("me")
DAY = 24 * 60


def order(until: float, strikes: int = 1) -> Penalty:
    """Give an order that began at NOW."""
    return Penalty(since=NOW, until=moment(until), strikes=strikes, reason="r")


async def test_an_order_outlives_the_process(
    postgres_store: PostgresStore, migrated_dsn: str, bridge: AsyncioBridge
) -> None:
    """Whoever opens the database later finds it as it was given."""
    await postgres_store.penalties.block(SPOTIFY, ME, order(60, 3))
    async with PostgresStore.open(migrated_dsn, bridge) as later:
        assert await later.penalties.current(SPOTIFY, ME) == order(60, 3)


async def test_nodes_that_block_at_once_keep_the_longest(
    postgres_store: PostgresStore, migrated_dsn: str, bridge: AsyncioBridge
) -> None:
    """Also the first time, when there is no row yet; each is told of no less than its own."""

    async def block(box: PostgresPenalties, number: int) -> None:
        assert (await box.block(SPOTIFY, ME, order(number, number % 5))).until >= moment(number)

    async with PostgresStore.open(migrated_dsn, bridge) as second, trio.open_nursery() as nursery:
        for number in range(1, 21):
            nursery.start_soon(block, (postgres_store, second)[number % 2].penalties, number)
    assert await postgres_store.penalties.current(SPOTIFY, ME) == order(20, 4)


async def test_of_many_nodes_one_tests(postgres_store: PostgresStore, migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """The others are told how long it has for that."""
    await postgres_store.penalties.block(SPOTIFY, ME, order(60))
    waits: list[float] = []

    async def ask(box: PostgresPenalties) -> None:
        waits.append(await box.probe(SPOTIFY, ME, now=moment(60)))

    async with PostgresStore.open(migrated_dsn, bridge) as second, trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(ask, (postgres_store, second)[number % 2].penalties)
    assert sorted(waits) == [0.0] + [PROBE_S] * 19


async def test_only_a_fingerprint_is_stored(postgres_store: PostgresStore, look: Look) -> None:
    """The table itself refuses what could be a credential."""
    with pytest.raises(StoreRejected):
        await postgres_store.penalties.block(SPOTIFY, Fingerprint("s3cr3t-client-id"), order(60))
    assert await look("select count(*) from thesetd.provider_state") == [0]


async def test_a_database_that_is_away_holds_back_no_probe(bridge: AsyncioBridge) -> None:
    """Each node tests for itself then."""
    database = Database("postgresql://u@/d?host=/nowhere", bridge)
    assert await PostgresPenalties(database).probe(SPOTIFY, ME, now=NOW) == 0.0


async def test_orders_are_forgotten_after_a_year(postgres_store: PostgresStore) -> None:
    """A credential that nobody uses any more leaves no row behind."""
    await postgres_store.penalties.block(SPOTIFY, ME, order(60))
    assert await postgres_store.schedules.cleanup(now=NOW + timedelta(days=365)) == {}
    assert await postgres_store.schedules.cleanup(now=moment(61) + timedelta(days=365)) == {"thesetd.provider_state": 1}
    assert await postgres_store.penalties.current(SPOTIFY, ME) is None
