"""Callers who wait for their turn to ask get their slots in one round trip."""

import trio
import trio.testing
from trio.testing import MockClock as Clock

from thesetd.domain.gate.limiter import Slot
from thesetd.domain.gate.windows import Window
from virtual_nodes import Node, Open

WIDE = Window(1000, 60.0)


async def ask(node: Node, into: list[Slot], *, patient: bool = False) -> None:
    """Reserve a slot."""
    into.append(await node.limiter.reserve(replies_per_s=0.0 if patient else None))


async def hold(node: Node) -> None:
    """Reserve a slot, and return it in the end."""
    slot = await node.limiter.reserve()
    try:
        await trio.sleep_forever()
    finally:
        node.limiter.amend(slot, None)


async def test_callers_who_wait_share_a_round_trip(open_world: Open, mock_clock: Clock):
    """Each has a slot of its own, in the log as well, and the next caller asks again."""
    async with open_world([WIDE]) as world:
        node, slots = world.start("a"), list[Slot]()
        await world.pass_time(1.0)
        before = world.wires["a"].trips
        async with trio.open_nursery() as nursery:
            for _ in range(12):
                nursery.start_soon(ask, node, slots)
        assert world.wires["a"].trips - before <= 2
        assert len({slot.key for slot in slots}) == 12
        assert await node.limiter.usage() == ((WIDE, 12),)
        await ask(node, slots)
        assert await node.limiter.usage() == ((WIDE, 13),)


async def test_the_slots_of_callers_who_go_are_returned(open_world: Open, mock_clock: Clock):
    """What was requested for them counts for nobody, also if the one who asked goes before the answer is there."""
    async with open_world([WIDE]) as world:
        node, slots = world.start("a"), list[Slot]()
        await world.pass_time(1.0)
        async with trio.open_nursery() as leaving:
            for _ in range(6):
                leaving.start_soon(hold, node)
            while not world.wires["a"]._under_way:
                await trio.lowlevel.checkpoint()
            leaving.cancel_scope.cancel()
        await ask(node, slots)
        assert await node.limiter.usage() == ((WIDE, 1),)


async def test_slots_whose_answer_is_lost_are_returned(open_world: Open, mock_clock: Clock):
    """They were reserved, and nobody knows their moments: as soon as Redis answers again, they count for nobody."""
    day = Window(1000, 24 * 3600.0)
    async with open_world([day]) as world:
        node, slots = world.start("a"), list[Slot]()
        await world.pass_time(1.0)
        await ask(node, slots)
        world.wires["a"].cut_back = True
        async with trio.open_nursery() as lost:
            for _ in range(6):
                lost.start_soon(ask, node, list[Slot]())
            await world.pass_time(0.0)
            lost.cancel_scope.cancel()
        world.wires["a"].cut_back = False
        await world.pass_time(120.0)
        assert await node.limiter.usage() == ((day, 1),)


async def test_a_narrow_limit_gives_each_what_fits(open_world: Open, mock_clock: Clock):
    """Those for whom nothing is left wait, patient or not, and the provider sees no more than the limit."""
    async with open_world([Window(4, 2.0)]) as world:
        node = world.start("a")
        await world.pass_time(1.0)
        node.call(6)
        node.call(6, patient=True)
        await world.pass_time(20.0)
        assert 30 <= world.made() <= 44
    assert not any(world.violations().values()), world.violations()
