"""How often actors wake the daemon while nothing happens."""

import random

import trio
import trio.testing

from fakes import FakeClock, FakeStore
from recorder import Recorder
from thesetd.actors.gate.holds import Hold
from thesetd.actors.messages import ToBroadcaster, ToImporter
from thesetd.actors.supervision.node import Node
from thesetd.actors.supervision.prober import Prober
from thesetd.actors.supervision.proving import CredentialProver, Proof
from thesetd.domain.ids import SPOTIFY
from thesetd.ports.probes import Probe

from .test_proving import ASK, Provider

PROBES, SETTLED_S, LOOK_S = 12, 10.5, 60


class Wakes(trio.abc.Instrument):
    """The moments at which any task had a step."""

    def __init__(self) -> None:
        """Start without any."""
        self.moments: set[float] = set()

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Note the moment."""
        self.moments.add(trio.current_time())


async def works() -> None:
    """Prove a server that always works."""
    await trio.lowlevel.checkpoint()


async def test_an_idle_minute_has_sixty_wakes_at_most(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    """Probes, beats and looks at credentials that are due in the same second are done in the same turns of the loop.

    Each at its own moment, these would be 200 wakes: 12 probes each 4.5 s, a beat each 2 s, a look each 5 s.
    """
    recorder, clock, store = Recorder(), FakeClock(), FakeStore()
    probes = tuple(Probe(f"probe {number}", works) for number in range(PROBES))
    provider = Provider(Hold(SPOTIFY, recorder))
    names = store.another_node()
    owner = await names.join("one", now=clock.now())
    to_importer, _jobs = trio.open_memory_channel[ToImporter](10)
    to_broadcaster, _events = trio.open_memory_channel[ToBroadcaster](10)
    node = Node(
        owner,
        nodes=names,
        jobs=store,
        importer=to_importer,
        broadcaster=to_broadcaster,
        clock=clock,
        observer=recorder,
    )
    prover = CredentialProver(
        {SPOTIFY: Proof(call=ASK, beside=provider.beside)}, gates={SPOTIFY: provider}, fetcher=provider
    )
    for actor in (Prober(probes, observer=recorder, rng=random.Random(1)), node, prover):
        nursery.start_soon(actor.run)
        await trio.sleep(0.3)
    await trio.sleep(SETTLED_S)
    wakes = Wakes()
    trio.lowlevel.add_instrument(wakes)
    await trio.sleep(LOOK_S)
    trio.lowlevel.remove_instrument(wakes)
    assert LOOK_S / 2 < len(wakes.moments) <= LOOK_S + 1
