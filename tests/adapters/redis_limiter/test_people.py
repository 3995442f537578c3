"""What people wait for at the shared log while the background of every node wants all that there is."""

import pytest
import trio
from trio.testing import MockClock as Clock

from thesetd.adapters.redis_limiter.times import AHEAD_S
from thesetd.domain.limiter import HURRY, PEOPLE_SHARE, guarded_s
from thesetd.domain.windows import Window
from virtual_nodes import Open

LIMITS = [Window(100, 60.0), Window(50, 10.0), Window(5, 1.0)]


@pytest.mark.parametrize("window", LIMITS, ids=str)
@pytest.mark.parametrize("lull", [0.0, 0.1, 0.2, 0.35])
async def test_people_start_within_one_slot(open_world: Open, mock_clock: Clock, window: Window, lull: float):
    """Also a window after a lull of the background, when no slot becomes free for as long; and nothing is wasted.

    They stand behind what was reserved ahead when they came.
    """
    slot_s, span_s = guarded_s(window) / window.count, max(window.seconds, 10.0)
    async with open_world([window]) as world:
        nodes = [world.start(name) for name in "abc"]
        await world.pass_time(1.0)
        for node in nodes:
            node.call(callers=5, patient=True)
        await world.pass_time(window.seconds * (1.0 - lull) - 1.0)
        for node in nodes:
            node.rest()
        await world.pass_time(window.seconds * lull)
        for node in nodes:
            node.call(callers=5, patient=True)
        nodes[0].visit(every_s=slot_s / PEOPLE_SHARE / HURRY)
        await world.pass_time(1.5 * window.seconds + span_s)
        made = world.made(trio.current_time() - span_s)
    assert not any(world.violations().values()), world.violations()
    assert max(nodes[0].waited_s) <= slot_s + AHEAD_S
    assert made >= 0.95 * span_s / slot_s
