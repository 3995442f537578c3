"""A Redis that refuses, comes and goes, or loses a key breaks no limit: the database tells how many nodes share it."""

import random
from itertools import pairwise

import pytest
import trio
from redis import Redis
from trio.testing import MockClock as Clock

from thesetd.adapters.redis_limiter import LimiterState
from thesetd.adapters.redis_limiter.times import settle_s
from thesetd.domain.gate.windows import Window
from thesetd.domain.work.live_nodes import NEWS_S, LiveNodes
from virtual_nodes import Node, Open, World

LIMIT = Window(30, 20.0)


def refused(world: World, name: str) -> Node:
    """Start a node whose Redis never answers."""
    return world.start(name, cut=True)


async def busy(world: World, nodes: list[Node]) -> None:
    """Let all nodes want everything."""
    await world.pass_time(1.0)
    for node in nodes:
        node.call(callers=5)


@pytest.mark.parametrize("window", [LIMIT, Window(3, 1.0), Window(1, 1.0), Window(2, 5.0)])
async def test_nodes_that_never_saw_redis_share_by_what_the_database_knows(
    open_world: Open, mock_clock: Clock, window: Window
):
    """Three of them keep a limit together, also one of fewer calls than nodes, and use most of it."""
    async with open_world([window]) as world:
        world.database = True
        await busy(world, [refused(world, name) for name in "abc"])
        await world.pass_time(100.0)
        made = world.made()
        await world.pass_time(100.0)
    assert not any(world.violations().values()), world.violations()
    assert world.made() - made >= 0.7 * window.count * 100.0 / window.seconds


async def test_nothing_is_granted_while_nobody_knows_how_many_nodes_there_are(open_world: Open, mock_clock: Clock):
    """A refused limiter is not taken for a lonely one."""
    async with open_world([LIMIT]) as world:
        world.database = world.ledger_is_away = True
        node = refused(world, "a")
        await busy(world, [node])
        await world.pass_time(60.0)
        assert world.made() == 0
        assert node.state is LimiterState.ALONE
        assert "is not known" in node.limiter.doubt
        world.ledger_is_away = False
        await world.pass_time(5.0 + NEWS_S + 25.0)
        assert world.made() > 0


async def test_the_only_node_of_a_database_need_not_wait(open_world: Open, mock_clock: Clock):
    """With an empty ledger it starts with its first beat."""
    async with open_world([LIMIT]) as world:
        world.database = True
        await busy(world, [refused(world, "a")])
        await world.pass_time(5.0)
        assert world.made() == 30


async def test_nodes_that_come_and_go_while_redis_is_refused(open_world: Open, mock_clock: Clock):
    """Each that comes waits until all know of it; the share of one that is gone is used in the end."""
    async with open_world([LIMIT]) as world:
        world.database = True
        first = refused(world, "a")
        await busy(world, [first])
        await world.pass_time(30.0)
        await busy(world, [refused(world, "b")])
        await world.pass_time(60.0)
        third = refused(world, "c")
        await busy(world, [third])
        await world.pass_time(60.0)
        third.kill()
        await world.pass_time(60.0)
        made = world.made()
        await world.pass_time(100.0)
    assert not any(world.violations().values()), world.violations()
    assert world.made() - made >= 0.9 * 150


@pytest.mark.parametrize(("window", "for_s"), [(LIMIT, 700.0), (Window(7, 10.0), 100.0), (Window(1, 1.0), 60.0)])
async def test_one_node_is_refused_and_the_others_are_not(
    open_world: Open, mock_clock: Clock, window: Window, for_s: float
):
    """Those who reach Redis set aside the share of one that never did, for as long as it lives."""
    async with open_world([window]) as world:
        world.database = True
        nodes = [world.start("a"), world.start("b"), refused(world, "c")]
        await busy(world, nodes)
        await world.pass_time(NEWS_S + 25.0)  # until it has heard of them
        made = world.made()
        await world.pass_time(for_s)
        assert [node.state for node in nodes] == [LimiterState.SHARED, LimiterState.SHARED, LimiterState.ALONE]
    assert not any(world.violations().values()), world.violations()
    assert world.made() - made >= 0.5 * window.count * for_s / window.seconds


@pytest.mark.parametrize("window", [LIMIT, Window(2, 5.0)])
async def test_a_node_joins_the_log_while_another_is_cut_off(open_world: Open, mock_clock: Clock, window: Window):
    """The one that is cut off uses the whole limit until it has heard of the other, who waits for that."""
    async with open_world([window]) as world:
        world.database = True
        first = world.start("b")
        await busy(world, [first])
        await world.pass_time(5.0)
        world.wires["b"].cut = True
        await world.pass_time(61.0)
        second = world.start("a")
        await busy(world, [second])
        await world.pass_time(80.0)
        assert [node.state for node in (first, second)] == [LimiterState.ALONE, LimiterState.SHARED]
    assert not any(world.violations().values()), world.violations()


@pytest.mark.parametrize("window", [LIMIT, Window(1, 1.0)])
async def test_nodes_of_two_databases_are_refused_for_long(open_world: Open, mock_clock: Clock, window: Window):
    """Neither database knows of the other's node: what Redis told of it holds until Redis can be asked again."""
    async with open_world([window]) as world:
        world.database = True
        nodes = [world.start("a@1"), world.start("a@2")]
        await busy(world, nodes)
        await world.pass_time(10.0)
        for wire in world.wires.values():
            wire.cut = True
        await world.pass_time(800.0)
        assert [node.state for node in nodes] == [LimiterState.ALONE, LimiterState.ALONE]
    assert not any(world.violations().values()), world.violations()
    assert world.made() >= 0.5 * window.count * 800.0 / window.seconds


async def test_a_redis_that_comes_and_goes_is_left_alone_after_a_while(open_world: Open, mock_clock: Clock):
    """Refused and allowed each 5 s for four minutes: no limit is broken, and half of it is used."""
    async with open_world([LIMIT]) as world:
        world.database = True
        await busy(world, [world.start(name) for name in "ab"])
        for _ in range(24):
            for cut in (True, False):
                await world.pass_time(5.0)
                for wire in world.wires.values():
                    wire.cut = cut
    assert not any(world.violations().values()), world.violations()
    assert world.made() >= 0.5 * 30 * 240.0 / 20.0


@pytest.mark.parametrize("room", [0.02, 0.1])
async def test_a_redis_at_the_edge_of_its_memory(open_world: Open, mock_clock: Clock, room: float):
    """It takes one call in many, for ten minutes: no limit is broken, and nine tenths of it are used."""
    async with open_world([LIMIT]) as world:
        world.database = True
        rng = random.Random(room)
        await busy(world, [world.start(name) for name in "ab"])
        await world.pass_time(10.0)
        for wire in world.wires.values():
            wire.full = lambda: rng.random() >= room
        made = world.made()
        await world.pass_time(600.0)
    assert not any(world.violations().values()), world.violations()
    assert world.made() - made >= 0.9 * 30 * 600.0 / 20.0


@pytest.mark.parametrize(("full_s", "room_s"), [(0.3, 0.3), (5.0, 5.0), (40.0, 3.0)])
async def test_a_redis_that_is_full_now_and_then_stalls_nobody(
    open_world: Open, mock_clock: Clock, full_s: float, room_s: float
):
    """However long it is full and has room: half of the limit is used, and no silence is longer than one change."""
    window = Window(15, 10.0)
    async with open_world([window]) as world:
        world.database = True
        await busy(world, [world.start(name) for name in "ab"])
        await world.pass_time(10.0)
        began = trio.current_time()
        for wire in world.wires.values():
            wire.full = lambda: (trio.current_time() - began) % (full_s + room_s) < full_s
        made = world.made()
        await world.pass_time(300.0)
        times = [began, *(at for at, _ in world.arrivals if at >= began), trio.current_time()]
    assert not any(world.violations().values()), world.violations()
    assert world.made() - made >= 0.5 * 15 * 300.0 / 10.0
    assert max(later - sooner for sooner, later in pairwise(times)) < settle_s([window]) + NEWS_S


@pytest.mark.parametrize(("key", "seed"), [("log", 0), ("state", 1), ("either", 2)])
async def test_keys_that_are_lost_at_random_moments(open_world: Open, mock_clock: Clock, key: str, seed: int):
    """One node is cut off and works on its share; whichever key goes, and also if the others start anew."""
    async with open_world([LIMIT, Window(10, 3.0)]) as world:
        world.database = True
        rng = random.Random(seed)
        nodes = [world.start(name) for name in "abc"]
        await busy(world, nodes)
        await world.pass_time(10.0)
        world.wires["c"].cut = True
        for number in range(20):
            await world.pass_time(rng.uniform(0.1, 12.0))
            lost = key if key != "either" else rng.choice(["log", "state"])
            with Redis.from_url(world.url) as client:
                client.delete(b"none", *(name for name in world.keys(client) if name.endswith(f":{lost}".encode())))
            if number == 10:
                nodes[0].kill()
                await busy(world, [world.start("a")])
    assert not any(world.violations().values()), world.violations()
    assert world.made() > 50


async def test_an_evicted_list_of_nodes_lets_nobody_take_the_share_of_one_that_is_cut_off(
    open_world: Open, mock_clock: Clock
):
    """What is lost with it is the generation: the others hand in again whom they know."""
    async with open_world([Window(10, 20.0)]) as world:
        nodes = [world.start(name) for name in "ab"]
        await busy(world, nodes)
        await world.pass_time(5.0)
        world.wires["b"].cut = True
        await world.pass_time(40.0)
        with Redis.from_url(world.url) as client:
            assert client.delete(*(name for name in world.keys(client) if not name.endswith(b":log")))
        await world.pass_time(60.0)
        assert {node.state for node in nodes} == {LimiterState.SHARED, LimiterState.ALONE}
    assert not any(world.violations().values()), world.violations()


async def test_keys_of_a_log_in_use_never_expire_and_those_of_an_abandoned_one_do(open_world: Open, mock_clock: Clock):
    """A server that evicts what has an end takes a log that nodes share last."""
    async with open_world([LIMIT]) as world:
        nodes = [world.start(name) for name in "ab"]
        await world.pass_time(2.0)
        with Redis.from_url(world.url) as client:
            keys = world.keys(client)[1:]
            assert len(keys) == 2
            assert {client.ttl(key) for key in keys} == {-1}
            for node in nodes:
                node.kill()
                await trio.testing.wait_all_tasks_blocked()
                await node.limiter._member.leave()
            assert all(client.ttl(key) > 3600 for key in keys)


def test_live_nodes_are_forgotten_by_evidence_only():
    """A name lingers after it was last seen; while the database says nothing, everybody lives."""
    live = LiveNodes()
    assert live.within(10.0) is None
    live.heard({"a", "b"}, 100.0)
    assert live.within(10.0) == {"a", "b"}
    live.heard({"a"}, 105.0)
    assert live.within(10.0) == {"a", "b"}
    live.heard({"a"}, 111.0)
    assert live.within(10.0) == {"a"}
    assert live.within(20.0) == {"a", "b"}
