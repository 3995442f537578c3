"""The watchdog pings while every actor is well, and names the one that is not. Each actor of the daemon is frozen."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import attrs
import trio
import trio.testing

from recorder import Recorder
from thesetd.actors.supervision.watchdog import Watchdog
from thesetd.domain.facts import ActorFroze, ActorThawed
from thesetd.ports.surface.daemon import ActorView

INTERVAL_S = 15.0


@attrs.define
class Witness:
    """Counts how often it was to tell."""

    told: int = 0
    expected: list[float] = attrs.field(factory=list)

    def expect(self, within_s: float) -> None:
        """Note when the next look has to come."""
        self.expected.append(trio.current_time() + within_s)

    def tell(self) -> None:
        """Count."""
        self.told += 1


@attrs.define
class Watched:
    """A watchdog at work."""

    pings: list[float]
    witness: Witness
    recorder: Recorder


@asynccontextmanager
async def watching(actors: Callable[[], tuple[ActorView, ...]]) -> AsyncIterator[Watched]:
    """Run a watchdog."""
    made = Watched([], Witness(), Recorder())
    watchdog = Watchdog(
        actors,
        ping=lambda: made.pings.append(trio.current_time()),
        interval_s=INTERVAL_S,
        witness=made.witness,
        observer=made.recorder,
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watchdog.run)
        yield made
        nursery.cancel_scope.cancel()


async def test_pings_come_each_interval(autojump_clock: trio.testing.MockClock) -> None:
    """The first at once, then one each interval; each look comes before the witness would tell of a frozen loop."""
    well = (ActorView(name="writer", state="running", restarts=0),)
    start = trio.current_time()
    async with watching(lambda: well) as watched:
        await trio.sleep(4 * INTERVAL_S + 1)
    assert [at - start for at in watched.pings] == [0.0, 15.0, 30.0, 45.0, 60.0]
    assert all(late > at for late, at in zip(watched.witness.expected, watched.pings[1:], strict=False))


async def test_a_frozen_actor_stops_the_pings_until_it_goes_on(autojump_clock: trio.testing.MockClock) -> None:
    """It is named once, the stacks are told once, pings stop, and come back within a quarter of an interval."""
    health = "ok"
    async with watching(lambda: (ActorView(name="writer", state="running", restarts=0, health=health),)) as watched:
        await trio.sleep(1)
        health = "writes a batch for 61 s, which takes 60 s at most"
        await trio.sleep(5 * INTERVAL_S)
        assert len(watched.pings) == 1
        assert watched.recorder.facts == [ActorFroze(actor="writer", complaint=health)]
        assert watched.witness.told == 1
        health = "ok"
        await trio.sleep(INTERVAL_S / 4)
        assert len(watched.pings) == 2
        assert watched.recorder.facts[1:] == [ActorThawed(actor="writer")]


async def test_a_restarting_actor_is_no_frozen_one(autojump_clock: trio.testing.MockClock) -> None:
    """Crashes have a budget of their own: they do not cost pings."""
    view = ActorView(name="writer", state="restarting", restarts=3, last_error="ValueError: x")
    async with watching(lambda: (view,)) as watched:
        await trio.sleep(INTERVAL_S + 1)
    assert len(watched.pings) == 2
