"""The prober: what it knows of each thing that the daemon needs, and how soon."""

import random
from typing import Any

import attrs
import pytest
import trio
import trio.testing

from recorder import Recorder
from thesetd.actors.supervision.prober import PATIENCE_S, REMIND_S, Prober
from thesetd.domain.errors import BusUnavailable
from thesetd.domain.facts import DependencyLost, DependencyReturned, ServerAwaited
from thesetd.ports.probes import ADVICE, Probe

KNOWN_WITHIN_S = 10.0


@attrs.define
class Server:
    """A server that works, refuses with its words, hangs, or cannot be cancelled while it hangs."""

    words: str = ""
    hangs: bool = False
    shielded: bool = False
    proofs: int = 0
    free: trio.Event = attrs.field(factory=trio.Event)

    async def prove(self) -> None:
        """Do what `hangs` and `words` say."""
        self.proofs += 1
        await trio.lowlevel.checkpoint()
        if self.hangs:
            with trio.CancelScope(shield=self.shielded):
                await self.free.wait()
        if self.words:
            raise BusUnavailable(self.words)


@attrs.define
class Scene:
    """A prober over one server, and another server beside it that always works."""

    server: Server = attrs.field(factory=Server)
    beside: Server = attrs.field(factory=Server)
    recorder: Recorder = attrs.field(factory=Recorder)
    prober: Prober = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        probes = (Probe("limits", self.server.prove), Probe("writes", self.beside.prove))
        self.prober = Prober(probes, observer=self.recorder, rng=random.Random(1))

    @property
    def verdict(self) -> str:
        """Return what is known of the server."""
        assert self.prober.verdicts["writes"] in {"ok", "not proved yet"}
        return self.prober.verdicts["limits"]


@pytest.fixture
async def scene(nursery: trio.Nursery, autojump_clock: Any) -> Scene:
    """Run a prober whose servers work."""
    made = Scene()
    assert made.verdict == "not proved yet"
    nursery.start_soon(made.prober.run)
    with trio.fail_after(0.5):
        await made.prober.first_verdicts()
    assert made.verdict == "ok"
    return made


async def test_a_loss_and_a_return_are_known_within_ten_seconds(
    scene: Scene, autojump_clock: trio.testing.MockClock
) -> None:
    """The verdict is the server's words, later "ok"; each change is told once, however often it is proved."""
    for _ in range(20):
        await trio.sleep(random.Random(7).uniform(0, 20))
        scene.server.words = "NOPERM no permissions to access a key"
        await trio.sleep(KNOWN_WITHIN_S)
        assert scene.verdict == "NOPERM no permissions to access a key"
        scene.server.words = ""
        await trio.sleep(KNOWN_WITHIN_S)
        assert scene.verdict == "ok"
    lost = scene.recorder.of(DependencyLost)
    assert len(lost) == len(scene.recorder.of(DependencyReturned)) == 20
    assert (lost[0].dependency, lost[0].reason) == ("limits", "NOPERM no permissions to access a key")


@pytest.mark.parametrize("shielded", [False, True])
async def test_silence_is_a_loss_that_delays_no_other_verdict(
    scene: Scene, autojump_clock: trio.testing.MockClock, *, shielded: bool
) -> None:
    """A probe that hangs, also behind a shield, fails after its patience; the other one is repeated meanwhile."""
    scene.server.hangs, scene.server.shielded = True, shielded
    proofs = scene.beside.proofs
    await trio.sleep(KNOWN_WITHIN_S)
    assert scene.verdict == f"no answer within {PATIENCE_S:g} s"
    await trio.sleep(1)  # the second one is due at the same moment
    assert scene.beside.proofs - proofs >= 2
    scene.server.hangs = False
    scene.server.free.set()
    await trio.sleep(KNOWN_WITHIN_S)
    assert scene.verdict == "ok"


async def test_other_words_are_told_too(scene: Scene, autojump_clock: trio.testing.MockClock) -> None:
    """A server that first loads and then is a replica is told with both."""
    for words in ("LOADING", "READONLY"):
        scene.server.words = words
        await trio.sleep(KNOWN_WITHIN_S)
    assert [fact.reason for fact in scene.recorder.of(DependencyLost)] == ["LOADING", "READONLY"]


async def test_proofs_cost_a_server_little(scene: Scene, autojump_clock: trio.testing.MockClock) -> None:
    """A server that works is asked about 12 times a minute, one that does not about 50 times."""
    await trio.sleep(600)
    asked = scene.server.proofs
    assert 110 <= asked <= 150
    scene.server.words = "LOADING"
    await trio.sleep(600)
    assert 450 <= scene.server.proofs - asked <= 600


async def test_what_is_lacking_is_told_each_minute(autojump_clock: trio.testing.MockClock) -> None:
    """One line a minute and server, with its first refusal, until it works again; advice is told once."""
    server, recorder = Server(words="refused"), Recorder()
    probes = tuple(Probe(name, server.prove) for name in ("redis limits", "redis publishing", *ADVICE, "database"))
    prober = Prober(probes, observer=recorder, rng=random.Random(1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(prober.run)
        await trio.sleep(2.5 * REMIND_S)
        told = [(fact.server, fact.error) for fact in recorder.of(ServerAwaited)]
        assert sorted(told) == [("database", "refused")] * 2 + [("redis", "refused")] * 2
        assert [fact.waited_s for fact in recorder.of(ServerAwaited)][-1] == pytest.approx(2 * REMIND_S, abs=PATIENCE_S)
        server.words = ""
        await trio.sleep(5 * REMIND_S)
        assert len(recorder.of(ServerAwaited)) == 4
        nursery.cancel_scope.cancel()
