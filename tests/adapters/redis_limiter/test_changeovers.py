"""No window is ever exceeded, whatever happens to Redis, its data, its clock, the wires to it, and the nodes."""

from trio.testing import MockClock as Clock

from thesetd.adapters.redis_limiter import State
from thesetd.domain.windows import Window
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
            assert {node.state for node in nodes} == {State.SHARED}
    assert not any(world.violations().values()), world.violations()
    assert world.made() >= 100
