"""No window is ever exceeded, whatever happens to Redis, its data, its clock, the wires to it, and the nodes."""

from functools import partial

import pytest
from redis import Redis
from trio.testing import MockClock as Clock

from thesetd.adapters.redis_limiter import LimiterState
from thesetd.domain.gate.limiter import guarded_s
from thesetd.domain.gate.windows import Window
from virtual_nodes import Open

SHORT = (Window(20, 10.0), Window(4, 1.0))


async def test_all_nodes_together_use_what_there_is_and_no_more(open_world: Open, mock_clock: Clock):
    """Three nodes that want everything get 20 calls in every 10 s, exactly."""
    async with open_world(SHORT) as world:
        nodes = [world.start(name) for name in "abc"]
        await world.pass_time(1.0)
        for node in nodes:
            node.call(callers=5)
        await world.pass_time(100.0)
    assert not any(world.violations().values()), world.violations()
    assert world.made() >= 200


async def test_a_wiped_redis_costs_two_seconds(open_world: Open, mock_clock: Clock):
    """All nodes hand in what they reserved, and the log is shared again."""
    async with open_world(SHORT) as world:
        nodes = [world.start(name) for name in "abc"]
        await world.pass_time(1.0)
        for node in nodes:
            node.call(callers=5)
        for _ in range(5):
            await world.pass_time(13.0)
            world.forget()
            await world.pass_time(2.5)
            assert {node.state for node in nodes} == {LimiterState.SHARED}
    assert not any(world.violations().values()), world.violations()
    assert world.made() >= 100


async def test_a_node_that_finds_the_script_unknown_does_not_doubt_the_log(open_world: Open, mock_clock: Clock):
    """Scripts may be forgotten without a restart; and where nodes start together, one may look before another is in."""
    async with open_world([Window(100, 60.0)]) as world:
        first = world.start("a")
        await world.pass_time(1.0)
        with Redis.from_url(world.url) as client:
            client.script_flush()
        second = world.start("b")
        await world.pass_time(1.0)
        assert (first.state, second.state) == (LimiterState.SHARED, LimiterState.SHARED)


async def test_a_log_that_a_restart_brought_back_is_doubted(open_world: Open, mock_clock: Clock):
    """It lacks what came since. That the server knows the script, from another provider's limiter, says nothing."""
    async with open_world([Window(100, 60.0)]) as world:
        nodes = [world.start(name) for name in "ab"]
        await world.pass_time(1.0)
        for node in nodes:
            node.call(callers=5, patient=True)
        await world.pass_time(10.0)
        restore = world.snapshot()
        await world.pass_time(30.0)
        restore()
        await world.pass_time(120.0)
    assert not any(world.violations().values()), world.violations()


@pytest.mark.parametrize("by", ["limits set", "limits set --for", "limits set --for, elsewhere"])
async def test_who_waits_hears_of_other_limits(open_world: Open, mock_clock: Clock, by: str):
    """The next slot is 40 s away when the limits are raised: it is there within a beat, on every node that hears."""
    raised = [Window(100, 60.0)]
    async with open_world([Window(1, 50.0)]) as world:
        nodes = [world.start(name) for name in "ab"]
        await world.pass_time(1.0)
        for _ in range(2):
            world.nursery.start_soon(nodes[0].person)
        await world.pass_time(10.0)
        assert world.made() == 1
        if by == "limits set":
            nodes[0].limiter.set_windows(raised)
        else:
            world.nursery.start_soon(nodes[by.endswith("elsewhere")].limiter.override, raised, 3600.0)
        await world.pass_time(1.0)
        assert world.made() == 2


async def test_limits_for_a_time_end_without_redis_too(open_world: Open, mock_clock: Clock):
    """A node that is alone when they end goes on with its share of its own."""
    async with open_world([Window(2, 10.0)]) as world:
        node = world.start("a")
        await world.pass_time(1.0)
        world.nursery.start_soon(node.limiter.override, [Window(20, 10.0)], 40.0)
        await world.pass_time(1.0)
        world.wires["a"].cut = True
        await world.pass_time(60.0)
        assert node.state is LimiterState.ALONE
        node.call(callers=3)
        await world.pass_time(30.0)
    assert not any(world.violations().values()), world.violations()
    assert world.made() >= 5


async def test_who_waits_is_told_for_when(open_world: Open, mock_clock: Clock):
    """The moment of the slot where the log knows it; nothing while nobody does."""
    async with open_world([Window(1, 50.0)]) as world:
        node, told = world.start("a"), list[float]()
        await world.pass_time(1.0)
        await node.person()
        world.nursery.start_soon(partial(node.limiter.reserve, on_wait=told.append))
        await world.pass_time(1.0)
        assert told == [pytest.approx(1.0 + guarded_s(Window(1, 50.0)), abs=0.01)]
    async with open_world([Window(1, 50.0)]) as world:
        world.ledger_is_away = True
        node, told = world.start("a"), list[float]()
        world.nursery.start_soon(partial(node.limiter.reserve, on_wait=told.append))
        await world.pass_time(1.0)
        assert (node.state, told) == (LimiterState.JOINING, [])


async def test_every_node_knows_for_how_long_other_limits_are_in_force(open_world: Open, mock_clock: Clock):
    """What one is told for a minute ends on both after that minute; then nothing is for a time."""
    async with open_world(SHORT) as world:
        nodes = [world.start(name) for name in "ab"]
        await world.pass_time(1.0)
        world.nursery.start_soon(nodes[0].limiter.override, (Window(3, 10.0),), 60.0)
        await world.pass_time(10.0)
        assert [round(node.limiter.limits.temporary_s) for node in nodes] == [50, 50]
        world.nursery.start_soon(nodes[1].limiter.override, (), 0.0)
        await world.pass_time(1.0)
        assert [node.limiter.limits.temporary_s for node in nodes] == [0.0, 0.0]
        world.nursery.start_soon(nodes[0].limiter.override, (Window(3, 10.0),), 60.0)
        await world.pass_time(61.0)
        assert [node.limiter.limits.temporary_s for node in nodes] == [0.0, 0.0]


async def test_who_cannot_know_what_is_used_says_so(open_world: Open, mock_clock: Clock):
    """Nothing is granted while the log is founded anew, nor right after Redis was lost: no quota is used up by that."""
    async with open_world([Window(100, 60.0)]) as world:
        nodes = [world.start(name) for name in "ab"]
        await world.pass_time(5.0)
        assert [node.limiter.doubt for node in nodes] == ["", ""]
        nodes[0].kill()
        world.forget()
        await world.pass_time(10.0)
        assert "is being gathered" in nodes[1].limiter.doubt
        await world.pass_time(60.0)
        assert nodes[1].limiter.doubt == ""
        world.wires["b"].cut = True
        await world.pass_time(10.0)
        assert "Redis does not answer" in nodes[1].limiter.doubt
        await world.pass_time(60.0)
        assert (nodes[1].state, nodes[1].limiter.doubt) == (LimiterState.ALONE, "")
