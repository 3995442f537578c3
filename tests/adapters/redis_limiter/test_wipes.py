"""A wiped Redis costs two seconds however early it comes, and what a limiter is told of late calls is used."""

import random

import pytest
import trio
from redis import Redis
from trio.testing import MockClock as Clock

from thesetd.adapters.redis_limiter import LimiterState
from thesetd.domain.gate.calls import Response
from thesetd.domain.gate.limiter import LATE_S, LATEST_S, TRANSIT_S, is_long
from thesetd.domain.gate.windows import Window
from virtual_nodes import EPOCH, Node, Open, World

DAY = Window(5000, 86400.0)
MINUTE = Window(100, 60.0)
QUICK = Window(50, 10.0)
RECOVERED_S = 2.5


async def busy(world: World, names: str, callers: int = 5) -> list[Node]:
    """Start nodes that want everything."""
    nodes = [world.start(name) for name in names]
    await world.pass_time(1.0)
    for node in nodes:
        node.call(callers=callers)
    return nodes


@pytest.mark.parametrize("window", [MINUTE, QUICK, Window(5, 1.0)])
async def test_wipes_in_the_first_minute_cost_two_seconds_each(open_world: Open, mock_clock: Clock, window: Window):
    """Nodes that found a complete log when they came know all of it, however short a time ago that was."""
    async with open_world([window]) as world:
        nodes = await busy(world, "abcd")
        for _ in range(3):
            await world.pass_time(13.0)
            world.forget()
            await world.pass_time(RECOVERED_S)
            assert {node.state for node in nodes} == {LimiterState.SHARED}
        await world.pass_time(13.5)
    assert not any(world.violations().values()), world.violations()
    assert world.made() >= 0.6 * window.count * 60.0 / window.seconds


async def test_a_restarted_node_answers_for_its_predecessor(open_world: Open, mock_clock: Clock):
    """It found in the log what its predecessor reserved; a wipe right after that needs no silent window."""
    async with open_world([MINUTE]) as world:
        first, second = await busy(world, "ab")
        await world.pass_time(5.0)
        first.kill()
        again = world.start("a")
        await world.pass_time(1.0)
        again.call(callers=5)
        await world.pass_time(1.0)
        world.forget()
        await world.pass_time(RECOVERED_S)
        assert {again.state, second.state} == {LimiterState.SHARED}
        await world.pass_time(120.0)
    assert not any(world.violations().values()), world.violations()


async def test_a_node_that_is_gone_keeps_the_others_waiting_for_one_window(open_world: Open, mock_clock: Clock):
    """Nobody else knows what it reserved last."""
    async with open_world([MINUTE]) as world:
        first, second = await busy(world, "ab")
        await world.pass_time(5.0)
        first.kill()
        world.forget()
        await world.pass_time(50.0)
        assert second.state is LimiterState.JOINING
        await world.pass_time(15.0)
        assert second.state is LimiterState.SHARED
        await world.pass_time(60.0)
    assert not any(world.violations().values()), world.violations()


async def test_an_unused_redis_and_ledger_cost_no_silence(open_world: Open, mock_clock: Clock):
    """That nothing was sent is known: the first second brings calls."""
    async with open_world([MINUTE, Window(5000, 86400.0)]) as world:
        await busy(world, "abcd")
        await world.pass_time(0.1)
        assert world.made() >= 50


async def test_what_the_ledger_and_the_nodes_both_know_counts_once(open_world: Open, mock_clock: Clock):
    """After a wipe short windows hold what was called, not twice as much."""
    async with open_world([Window(100, 60.0), Window(5000, 86400.0)]) as world:
        (node,) = await busy(world, "a")
        await world.pass_time(20.0)
        world.forget()
        await world.pass_time(RECOVERED_S)
        assert node.state is LimiterState.SHARED
        made = world.made()
        (_, minute), (_, day) = await node.limiter.usage()
        assert minute == made
        assert day == made


async def test_slots_that_are_given_back_are_used_by_others(open_world: Open, mock_clock: Clock):
    """With every second call too late the budget is used all the same."""
    async with open_world([QUICK]) as world:
        rng = random.Random(1)
        world.late_s = lambda: rng.choice((0.0, 2 * LATEST_S))
        await busy(world, "abc")
        await world.pass_time(100.0)
    assert not any(world.violations().values()), world.violations()
    assert world.made() >= 0.97 * 500


@pytest.mark.parametrize("window", [QUICK, Window(5, 1.0), Window(1, 1.0)])
async def test_calls_that_leave_late_are_counted_where_they_left(open_world: Open, mock_clock: Clock, window: Window):
    """Lateness far beyond the guard breaks no limit, with Redis there and wiped."""
    async with open_world([window]) as world:
        rng = random.Random(2)
        world.late_s = lambda: rng.uniform(0.0, LATEST_S) if rng.random() < 0.3 else rng.uniform(0.0, LATE_S)
        await busy(world, "abc")
        for _ in range(4):
            await world.pass_time(20.0)
            world.forget()
        await world.pass_time(20.0)
    assert not any(world.violations().values()), world.violations()


@pytest.mark.parametrize("window", [QUICK, Window(5, 1.0), Window(1, 1.0)])
async def test_calls_that_arrive_late_are_counted_until_they_are_answered(
    open_world: Open, mock_clock: Clock, window: Window
):
    """Calls that leave in time and are seconds on their way break no limit, with Redis there and wiped."""
    async with open_world([window]) as world:
        rng = random.Random(3)
        world.transit_s = lambda: rng.uniform(0.0, 3.0) if rng.random() < 0.1 else rng.uniform(0.0, TRANSIT_S)
        await busy(world, "abc")
        for _ in range(4):
            await world.pass_time(20.0)
            world.forget()
        await world.pass_time(20.0)
    assert not any(world.violations().values()), world.violations()


@pytest.mark.parametrize("usual_s", [0.0, TRANSIT_S])
async def test_answers_within_the_guard_cost_nothing(open_world: Open, mock_clock: Clock, usual_s: float):
    """Where every answer takes as long as the guard allows for, the whole limit is used."""
    async with open_world([QUICK]) as world:
        world.transit_s = lambda: usual_s
        await busy(world, "abc")
        await world.pass_time(100.0)
    assert not any(world.violations().values()), world.violations()
    assert world.made() >= 0.97 * 500


async def test_a_longer_limit_counts_what_the_ledger_knows_from_before(open_world: Open, mock_clock: Clock):
    """Calls that had left every window when the limits were changed count in a window that reaches further back."""
    async with open_world([QUICK]) as world:
        nodes = await busy(world, "ab")
        await world.pass_time(100.0)
        for node in nodes:
            node.limiter.set_windows([QUICK, Window(1000, 86400.0)])
        made = world.made()
        await world.pass_time(1.0)
        (_, short), (day, long) = await nodes[0].limiter.usage()
        assert is_long(day)
        assert made <= long <= world.made() + 10
        assert short <= QUICK.count
        await world.pass_time(200.0)
        assert world.made() <= 1000


async def test_a_node_with_shorter_limits_leaves_the_others_their_past(open_world: Open, mock_clock: Clock):
    """The log is kept as far back as the longest limit of all nodes reaches."""
    async with open_world([MINUTE]) as world:
        await busy(world, "a")
        other = Node(world, world.limiter("b", [Window(100, 1.0)]))
        world.nursery.start_soon(other.run)
        await world.pass_time(50.0)
        with Redis.from_url(world.url) as client:
            (log,) = [key for key in world.keys(client) if key.endswith(b":log")]
            assert client.zcard(log) == world.made() + 1
    assert not any(world.violations().values()), world.violations()


async def test_a_slot_that_is_given_back_counts_for_no_ceiling(open_world: Open, mock_clock: Clock):
    """With three calls left, as the provider said, one that is not made leaves room for another."""
    async with open_world([DAY]) as world:
        node = world.start("a")
        await world.pass_time(1.0)
        reset_ms = round((EPOCH.timestamp() + 3600.0) * 1000)
        headers = {"rate-limit-available": "3", "rate-limit-reset": str(reset_ms)}
        node.limiter.learn(Response(status=200, headers=headers, received_at=world.now(), json=None))
        slots = [await node.limiter.reserve() for _ in range(3)]
        node.limiter.amend(slots[1], None)
        assert (await node.limiter.reserve()).moment <= trio.current_time()
        assert (await node.limiter.reserve()).moment > 3000.0
        assert (await node.limiter.usage())[0] == (DAY, 3)
