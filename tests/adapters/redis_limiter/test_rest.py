"""How often a node contacts Redis while it makes no calls."""

import pytest
import trio
from trio.testing import MockClock as Clock

from thesetd.adapters.redis_limiter.times import BEAT_S, REST_BEAT_S
from thesetd.domain.gate.windows import Window
from virtual_nodes import Open, World

SHORT, SETTLED_S, LOOK_S = Window(100, 4.0), 10.0, 8.0
STEP_S = 0.125  # exact, however many are added
OFTEN, SELDOM = LOOK_S / BEAT_S, LOOK_S / REST_BEAT_S


async def trips(world: World, name: str = "a") -> int:
    """Count what a node sends in a while."""
    before = world.wires[name].trips
    await world.pass_time(LOOK_S)
    return world.wires[name].trips - before


async def test_a_node_rests_once_its_calls_have_left_every_short_window(open_world: Open, mock_clock: Clock):
    """Until then a log that is lost may lack them; from the next call on it does not rest."""
    async with open_world([SHORT]) as world:
        node = world.start("a")
        await world.pass_time(SETTLED_S)
        assert await trips(world) <= SELDOM + 1
        slot = await node.limiter.reserve()
        node.limiter.amend(slot, trio.current_time())
        node.limiter.answered(slot, trio.current_time())
        await world.pass_time(0.0)
        before = world.wires["a"].trips
        await world.pass_time(SHORT.seconds)
        assert world.wires["a"].trips - before >= SHORT.seconds / BEAT_S - 1
        await world.pass_time(SETTLED_S)
        assert await trips(world) <= SELDOM + 1


async def test_a_node_that_rests_contacts_at_whole_seconds(open_world: Open, mock_clock: Clock):
    """The limiters of all providers wake the daemon at the same moments."""
    async with open_world([SHORT]) as world:
        await world.pass_time(3 * STEP_S)
        world.start("a")
        await world.pass_time(SETTLED_S)
        moments, seen = set[float](), world.wires["a"].trips
        for _ in range(int(LOOK_S / STEP_S)):
            await world.pass_time(STEP_S)
            if world.wires["a"].trips > seen:
                moments.add(round(trio.current_time() % 1.0, 6))
            seen = world.wires["a"].trips
        assert moments == {0.0}


async def test_nodes_that_know_each_other_do_not_rest(open_world: Open, mock_clock: Clock):
    """A share would be set aside for one that is silent; one that joins waits for a contact of the one that rests."""
    async with open_world([SHORT]) as world:
        world.start("a")
        await world.pass_time(SETTLED_S)
        other = world.start("b")
        began = trio.current_time()
        await other.limiter.reserve()
        assert trio.current_time() - began <= REST_BEAT_S + 2 * BEAT_S
        await world.pass_time(SETTLED_S)
        assert min(await trips(world), await trips(world, "b")) >= OFTEN - 1


@pytest.mark.parametrize("database", [False, True])
@pytest.mark.parametrize("joined_s", [0.1, 0.9, 1.4, 1.6, 1.8, 1.95, 2.2, 2.6, 3.2])
async def test_redis_is_lost_while_a_node_joins_one_that_rests(
    open_world: Open, mock_clock: Clock, joined_s: float, *, database: bool
):
    """The one that rests may not know of the other yet, nor may its database: both together keep the limit."""
    async with open_world([SHORT]) as world:
        world.database = database
        first = world.start("a@1")
        await world.pass_time(SETTLED_S)
        seen = world.wires["a@1"].trips
        while world.wires["a@1"].trips == seen:  # the longest time to its next contact begins
            await world.pass_time(0.05)
        second = world.start("b@2")
        await world.pass_time(joined_s)
        for wire in world.wires.values():
            wire.cut = True
        for node in (first, second):
            node.call(callers=20)
        await world.pass_time(60.0)
    assert not any(world.violations().values()), world.violations()
    assert world.made() > 0
