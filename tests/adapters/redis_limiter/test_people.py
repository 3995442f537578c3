"""What people wait for at the shared log while the background of every node wants all that there is."""

import random
from datetime import UTC, datetime

import pytest
import trio
from trio.testing import MockClock as Clock

from exploring import EXPLORE
from fake_gate import GateParts
from recorder import Recorder
from thesetd.actors.asking import PooledCallExecutor
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.actors.pool import Pool
from thesetd.adapters.redis_limiter.times import AHEAD_S
from thesetd.domain.gate.calls import Call, Request, Response
from thesetd.domain.gate.limiter import HURRY, PEOPLE_SHARE, guarded_s
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.work.jobs import Lane
from thesetd.ports.transport import OnSent
from virtual_nodes import Open

LATENCY_S = 0.15
LULLS = [0.0, 0.1, 0.2, 0.35] if EXPLORE else [0.1, 0.35]
LIMITS = [Window(100, 60.0), Window(50, 10.0), Window(5, 1.0)]


@pytest.mark.parametrize("window", LIMITS, ids=str)
@pytest.mark.parametrize("lull", LULLS)
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


class Wire:
    """A provider that answers after 150 ms."""

    async def send(self, _request: Request, left: OnSent | None = None) -> Response:
        """Answer."""
        if left is not None:
            left()
        await trio.sleep(LATENCY_S)
        return Response(status=200, headers={}, received_at=datetime(2026, 1, 1, tzinfo=UTC), json=None)


@pytest.mark.parametrize("window", LIMITS, ids=str)
async def test_a_backlog_in_every_lane_holds_no_person_up(open_world: Open, mock_clock: Clock, window: Window):
    """Through lanes, pool and gate: a call that somebody waits for starts within one slot, all workers being taken."""
    slot_s = guarded_s(window) / window.count
    call = Call(request=Request(provider=SPOTIFY, endpoint="e", path="/x"), parse=lambda response: response.json)
    waited_s = []
    async with open_world([window]) as world:
        node, mailbox = world.start("a"), LaneMailbox()
        parts = GateParts(Wire(), Recorder(), limiter=node.limiter)
        world.nursery.start_soon(Pool(parts.gate, mailbox=mailbox, concurrency=4, rng=random.Random(1)).run)
        fetcher = PooledCallExecutor({SPOTIFY: mailbox})
        for lane in (Lane.HIGH, Lane.MEDIUM, Lane.LOW):
            for _ in range(3 * window.count):
                world.nursery.start_soon(fetcher.fetch, call, lane)
        await world.pass_time(1.2 * window.seconds)

        async def ask() -> None:
            came = trio.current_time()
            await fetcher.fetch(call, Lane.INTERACTIVE)
            waited_s.append(trio.current_time() - came - LATENCY_S)

        for _ in range(window.count):
            world.nursery.start_soon(ask)
            await world.pass_time(slot_s / PEOPLE_SHARE / HURRY)
        assert len(mailbox) > 0
    assert len(waited_s) == window.count
    assert max(waited_s) <= slot_s + AHEAD_S
