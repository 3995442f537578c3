"""What a running daemon knows of orders to stay away, whatever becomes of the stores behind it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from redis import Redis

from fakes import FakeClock, FakePenaltyBox
from sample_rows import NOW, moment
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.penalty_box import FRESH_S, MIRROR_REST_S, SharedPenaltyBox
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.redis.link import RedisServer
from thesetd.adapters.redis.penalties import Mirrored, RedisPenalties
from thesetd.domain.errors import BusUnavailable, StoreUnavailable
from thesetd.domain.gate.credentials import Fingerprint, fingerprint
from thesetd.domain.gate.penalties import Penalty
from thesetd.domain.ids import SPOTIFY, ProviderName
from thesetd.ports.gate import PenaltyBox

ME = fingerprint("me")


def order(until: float, strikes: int = 1, since: float = 0) -> Penalty:
    """Give an order between two moments, in minutes."""
    return Penalty(since=moment(since), until=moment(until), strikes=strikes, reason="r")


@attrs.define
class Mirror:
    """A mirror in memory; `down` makes it fail, `wipe` forgets, `asked` counts what it was asked."""

    orders: dict[tuple[str, str], Penalty | None] = attrs.field(factory=dict)
    asked: int = 0
    down: bool = False

    async def get(self, provider: ProviderName, credential: Fingerprint) -> Mirrored | None:
        """Return what is known."""
        await self._answer()
        key = (provider, credential)
        return Mirrored(self.orders[key]) if key in self.orders else None

    async def put(self, provider: ProviderName, credential: Fingerprint, penalty: Penalty | None, *, now: Any) -> None:
        """Keep what ends later."""
        await self._answer()
        kept = self.orders.get((provider, credential))
        if kept is None or (penalty is not None and penalty.until >= kept.until):
            self.orders[provider, credential] = penalty

    async def forget(self, provider: ProviderName, credential: Fingerprint) -> None:
        """Forget one."""
        await self._answer()
        self.orders.pop((provider, credential), None)

    async def _answer(self) -> None:
        self.asked += 1
        await trio.lowlevel.checkpoint()
        if self.down:
            raise BusUnavailable("Redis does not answer")


@attrs.define
class Cluster:
    """The two stores, and nodes that share them."""

    durable: FakePenaltyBox = attrs.field(factory=FakePenaltyBox)
    mirror: Mirror = attrs.field(factory=Mirror)

    def node(self, durable: PenaltyBox | None = None) -> SharedPenaltyBox:
        """Start a node, which remembers nothing yet."""
        return SharedPenaltyBox(durable or self.durable, self.mirror, FakeClock(NOW))


async def later() -> None:
    """Let memory grow old."""
    await trio.sleep(FRESH_S + 0.01)


async def test_fresh_memory_answers_without_asking(autojump_clock: trio.testing.MockClock) -> None:
    """A hundred workers at once and a thousand calls after them cost one read at the start, then one a second."""
    cluster = Cluster()
    node = cluster.node()
    async with trio.open_nursery() as nursery:
        for _ in range(100):
            nursery.start_soon(node.current, SPOTIFY, ME)
    for _ in range(1000):
        assert await node.current(SPOTIFY, ME) is None
    assert cluster.durable.asked == 1
    cluster.mirror.asked = 0
    for _ in range(5):
        await later()
        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(node.current, SPOTIFY, ME)
    assert (cluster.durable.asked, cluster.mirror.asked) == (1, 5)


async def test_other_nodes_hear_of_an_order_within_a_second(autojump_clock: trio.testing.MockClock) -> None:
    """From the mirror, without asking the database; the one that was told knows at once."""
    cluster = Cluster()
    one, other = cluster.node(), cluster.node()
    assert await one.current(SPOTIFY, ME) == await other.current(SPOTIFY, ME) is None
    await one.block(SPOTIFY, ME, order(60))
    assert await one.current(SPOTIFY, ME) == order(60)
    await later()
    asked = cluster.durable.asked
    assert await other.current(SPOTIFY, ME) == order(60)
    assert cluster.durable.asked == asked


async def test_a_wiped_redis_forgets_no_order(autojump_clock: trio.testing.MockClock) -> None:
    """Nodes that run and nodes that start read it from the database, and the mirror is whole again."""
    cluster = Cluster()
    node = cluster.node()
    await node.block(SPOTIFY, ME, order(60))
    for survivor in (node, cluster.node()):
        cluster.mirror.orders.clear()
        await later()
        assert await survivor.current(SPOTIFY, ME) == order(60)
        assert cluster.mirror.orders == {(SPOTIFY, ME): order(60)}


async def test_a_starting_node_reads_the_database_whatever_redis_says(autojump_clock: trio.testing.MockClock) -> None:
    """A Redis that came back from an old copy of itself is believed by nobody who starts."""
    cluster = Cluster()
    await cluster.node().block(SPOTIFY, ME, order(60))
    cluster.mirror.orders[SPOTIFY, ME] = order(5)
    assert await cluster.node().current(SPOTIFY, ME) == order(60)
    assert cluster.mirror.orders[SPOTIFY, ME] == order(60)


async def test_without_redis_the_database_is_asked(autojump_clock: trio.testing.MockClock) -> None:
    """No more than once a second, and a Redis that failed is left alone for a while."""
    cluster = Cluster()
    one, other = cluster.node(), cluster.node()
    cluster.mirror.down = True
    assert await other.current(SPOTIFY, ME) is None
    await one.block(SPOTIFY, ME, order(60))
    await later()
    assert await other.current(SPOTIFY, ME) == order(60)
    cluster.mirror.asked = 0
    await trio.sleep(MIRROR_REST_S)
    for _ in range(3):
        await later()
        assert await other.current(SPOTIFY, ME) == order(60)
    assert cluster.mirror.asked == 1
    cluster.mirror.down = False
    await trio.sleep(MIRROR_REST_S)
    await other.current(SPOTIFY, ME)
    await later()
    asked = cluster.durable.asked
    assert await other.current(SPOTIFY, ME) == order(60)
    assert cluster.durable.asked == asked


async def test_without_any_store_memory_holds(autojump_clock: trio.testing.MockClock) -> None:
    """What was read and what this process was told stays known; who knows nothing says so."""
    cluster = Cluster()
    node, idle = cluster.node(), cluster.node()
    assert await idle.current(SPOTIFY, ME) is None
    cluster.durable.down = cluster.mirror.down = True
    with pytest.raises(StoreUnavailable):
        await node.current(SPOTIFY, ME)
    assert await node.block(SPOTIFY, ME, order(60)) == order(60)
    assert await node.block(SPOTIFY, ME, order(30)) == order(60)
    for _ in range(3):
        await later()
        assert await node.current(SPOTIFY, ME) == order(60)
        assert await idle.current(SPOTIFY, ME) is None
    with pytest.raises(StoreUnavailable):
        await node.clear(SPOTIFY, ME)


async def test_a_starting_node_believes_redis_while_the_database_is_away(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """It is better than nothing."""
    cluster = Cluster()
    await cluster.node().block(SPOTIFY, ME, order(60))
    cluster.durable.down = True
    assert await cluster.node().current(SPOTIFY, ME) == order(60)


async def test_what_the_database_did_not_take_is_written_later(autojump_clock: trio.testing.MockClock) -> None:
    """By itself, without a call, also when the writing actor was started anew; then it outlives the process."""
    cluster = Cluster()
    node = cluster.node()
    cluster.durable.down = True
    await node.block(SPOTIFY, ME, order(60))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(node.run)
        await trio.sleep(20)
        nursery.cancel_scope.cancel()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(node.run)
        await trio.sleep(1)
        cluster.durable.down = False
        await trio.sleep(10)
        assert cluster.durable.orders == {(SPOTIFY, ME): order(60)}
        cluster.durable.down = True
        await node.block(SPOTIFY, ME, order(90))
        cluster.durable.down = False
        await trio.sleep(1)
        nursery.cancel_scope.cancel()
    cluster.mirror.orders.clear()
    assert await cluster.node().current(SPOTIFY, ME) == order(90)


async def test_orders_that_arrive_at_once_are_all_written(autojump_clock: trio.testing.MockClock) -> None:
    """The longest of them is what everybody knows in the end, in whatever order the database answers."""
    cluster = Cluster()
    node = cluster.node()
    async with trio.open_nursery() as nursery:
        for until in (30, 90, 10, 60):
            nursery.start_soon(node.block, SPOTIFY, ME, order(until))
    assert await node.current(SPOTIFY, ME) == order(90)
    assert cluster.durable.orders[SPOTIFY, ME] == cluster.mirror.orders[SPOTIFY, ME] == order(90)


async def test_a_late_answer_about_a_shorter_order_settles_no_longer_one(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """The database takes one order slowly and not the other, which was given meanwhile: that one is still owed."""
    cluster = Cluster()
    take = cluster.durable.block

    async def slowly(provider: ProviderName, credential: Fingerprint, penalty: Penalty) -> Penalty:
        if penalty == order(90):
            raise StoreUnavailable("the connection broke")
        taken = await take(provider, credential, penalty)
        await trio.sleep(1)
        return taken

    node = cluster.node()
    cluster.durable.block = slowly
    async with trio.open_nursery() as nursery:
        nursery.start_soon(node.block, SPOTIFY, ME, order(30))
        await trio.testing.wait_all_tasks_blocked()
        await node.block(SPOTIFY, ME, order(90))
    cluster.durable.block = take
    async with trio.open_nursery() as nursery:
        nursery.start_soon(node.run)
        await trio.sleep(10)
        nursery.cancel_scope.cancel()
    assert cluster.durable.orders[SPOTIFY, ME] == order(90)


async def test_an_order_shorter_than_what_the_database_knows_changes_nothing(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Even where Redis was wiped and this node had not heard of the longer one: everybody learns of it."""
    cluster = Cluster()
    await cluster.node().block(SPOTIFY, ME, order(60))
    cluster.mirror.orders.clear()
    node = cluster.node()
    assert await node.block(SPOTIFY, ME, order(5)) == order(60)
    assert cluster.mirror.orders[SPOTIFY, ME] == order(60)


async def test_a_database_that_hangs_costs_two_seconds_once_a_second(autojump_clock: trio.testing.MockClock) -> None:
    """What this process was told is given then."""
    cluster = Cluster()
    cluster.mirror.down = True
    hanging = FakePenaltyBox()
    node = cluster.node(hanging)
    await node.block(SPOTIFY, ME, order(60))
    await later()

    async def hang(provider: ProviderName, credential: Fingerprint) -> Penalty | None:
        await trio.sleep_forever()
        raise AssertionError

    hanging.current = hang
    with trio.fail_after(2.1):
        assert await node.current(SPOTIFY, ME) == order(60)
    with trio.fail_after(0.1):
        assert await node.current(SPOTIFY, ME) == order(60)


async def test_an_order_is_written_down_by_a_worker_that_is_being_stopped(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Otherwise the next life of the process would call into the ban."""
    cluster = Cluster()
    with trio.CancelScope() as scope:
        scope.cancel()
        await cluster.node().block(SPOTIFY, ME, order(60))
    assert cluster.durable.orders == {(SPOTIFY, ME): order(60)}


async def test_forgiven_strikes_are_forgiven_everywhere(autojump_clock: trio.testing.MockClock) -> None:
    """Other nodes hear of it within seconds; the order itself stays."""
    cluster = Cluster()
    one, other = cluster.node(), cluster.node()
    await one.block(SPOTIFY, ME, order(60, 3))
    assert await other.current(SPOTIFY, ME) == order(60, 3)
    await one.clear(SPOTIFY, ME)
    await later()
    assert [await node.current(SPOTIFY, ME) for node in (one, other)] == [order(60, 0)] * 2


class CountingBridge(AsyncioBridge):
    """Counts the crossings to the real servers."""

    crossings = 0

    async def __call__(self, function: Callable[..., Awaitable[Any]], /, *args: Any, **kwargs: Any) -> Any:
        """Count one."""
        self.crossings += 1
        return await super().__call__(function, *args, **kwargs)


@pytest.fixture
async def real(postgres_store: PostgresStore, empty_redis: str, bridge: AsyncioBridge) -> AsyncIterator[Any]:
    """Yield a maker of nodes over real servers, and the bridge to Redis."""
    counting = CountingBridge()
    mirror = RedisPenalties(RedisServer(empty_redis, counting))
    yield lambda: SharedPenaltyBox(postgres_store.penalties, mirror, FakeClock(NOW), fresh_s=0.0), counting
    await mirror.aclose()


@pytest.mark.real
async def test_a_read_is_one_round_trip(real: Any) -> None:
    """Where memory is not fresh, one question to Redis answers."""
    make, bridge = real
    node = make()
    await node.block(SPOTIFY, ME, order(60))
    bridge.crossings = 0
    for _ in range(10):
        assert await node.current(SPOTIFY, ME) == order(60)
    assert bridge.crossings == 10


@pytest.mark.real
async def test_a_ban_survives_a_restart_and_a_wiped_redis(real: Any, empty_redis: str) -> None:
    """On real servers: a new process finds it, and so does one that runs on when Redis loses everything."""
    make, _ = real
    node = make()
    await node.block(SPOTIFY, ME, order(60, 2))
    with Redis.from_url(empty_redis) as client:
        for survivor in (node, make(), node):
            client.flushall()
            assert await survivor.current(SPOTIFY, ME) == order(60, 2)
            assert len(client.keys("thesetd:penalty:spotify:*")) == 1


@pytest.mark.real
async def test_a_ban_is_kept_while_redis_is_not_there(
    postgres_store: PostgresStore, tmp_path: Path, bridge: AsyncioBridge
) -> None:
    """A socket that nobody listens on costs nothing but the look into the database."""
    mirror = RedisPenalties(RedisServer(f"unix://{tmp_path / 'nobody.sock'}", bridge))
    node = SharedPenaltyBox(postgres_store.penalties, mirror, FakeClock(NOW), fresh_s=0.0)
    assert await node.current(SPOTIFY, ME) is None
    await node.block(SPOTIFY, ME, order(60))
    assert await node.current(SPOTIFY, ME) == await postgres_store.penalties.current(SPOTIFY, ME) == order(60)
