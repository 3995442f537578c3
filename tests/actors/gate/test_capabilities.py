"""What a credential cannot do is found out once a week, not at every start."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import attrs
import pytest
import trio

from fake_providers import call
from fakes import EPOCH, FakeCapabilityMemory, FakeClock
from recorder import Recorder
from thesetd.actors.gate.capabilities import ASK_AGAIN, LEARNED_FOR, CapabilityKeeper
from thesetd.actors.supervision.polls import POLLS
from thesetd.domain.errors import CapabilityGone, NotFound, Unauthorized, Unavailable
from thesetd.domain.facts import CapabilitiesLearned
from thesetd.domain.gate.calls import Call
from thesetd.domain.gate.credentials import fingerprint
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.work.jobs import Lane
from thesetd.ports.gate import Learned

LOOK_S = POLLS.capabilities_s

ME = fingerprint("me")


@attrs.define
class Client:
    """A client that learns when it is told to."""

    gone: set[str] = attrs.field(factory=set)
    restored: int = 0

    def remember(self) -> tuple[str, ...]:
        """Name what is gone."""
        return tuple(sorted(self.gone))

    def probe(self, capability: str) -> Call[Any]:
        """Build a call whose path is the capability."""
        return call(SPOTIFY, capability, lambda: None)

    def restore(self, gone: Collection[str]) -> None:
        """Count on everything but these."""
        self.gone = set(gone)
        self.restored += 1


@attrs.define
class Answers:
    """The way to the provider: `refused` are the capabilities it refuses, each with its error; `asked` were probed."""

    refused: dict[str, Exception] = attrs.field(factory=dict)
    asked: list[str] = attrs.field(factory=list)

    async def fetch(self, call: Call[Any], lane: Lane) -> Any:
        """Answer a probe."""
        assert (lane, call.purpose.text) == (Lane.LOW, "probe")
        self.asked.append(call.request.path)
        if call.request.path in self.refused:
            raise self.refused[call.request.path]


@attrs.define
class Scene:
    """A keeper with its surroundings."""

    memory: FakeCapabilityMemory = attrs.field(factory=FakeCapabilityMemory)
    clock: FakeClock = attrs.field(factory=FakeClock)
    client: Client = attrs.field(factory=Client)
    provider: Answers = attrs.field(factory=Answers)
    recorder: Recorder = attrs.field(factory=Recorder)

    def start(self, nursery: trio.Nursery) -> None:
        """Start a life of the keeper."""
        clients = {SPOTIFY: (ME, self.client)}
        keeper = CapabilityKeeper(
            clients, fetcher=self.provider, memory=self.memory, clock=self.clock, observer=self.recorder
        )
        nursery.start_soon(keeper.run)

    def learned(self) -> Learned | None:
        """Return what the memory holds."""
        return self.memory.learned.get((SPOTIFY, ME))


async def test_what_was_learned_is_saved_when_it_changes(autojump_clock: trio.testing.MockClock) -> None:
    """Within seconds, and only then; a client that has nothing to say leaves no trace."""
    s = Scene()
    async with trio.open_nursery() as nursery:
        s.start(nursery)
        await trio.sleep(3 * LOOK_S + 1)
        assert s.learned() is None
        s.client.gone = {"page-limit", "batch"}
        await trio.sleep(1.1 * LOOK_S)
        first = s.learned()
        assert first is not None
        assert first.gone == ("batch", "page-limit")
        await trio.sleep(5 * LOOK_S)
        assert s.learned() is first
        s.client.gone.add("top-tracks")
        await trio.sleep(1.1 * LOOK_S)
        assert s.learned() == Learned(gone=("batch", "page-limit", "top-tracks"), at=first.at + timedelta(seconds=60))
        nursery.cancel_scope.cancel()
    told = [fact.gone for fact in s.recorder.of(CapabilitiesLearned)]
    assert told == [("batch", "page-limit"), ("batch", "page-limit", "top-tracks")]
    assert s.provider.asked == []


async def test_a_new_process_knows_what_an_earlier_one_learned(autojump_clock: trio.testing.MockClock) -> None:
    """Beside what it has found out before it could read that; its age stays what it is where nothing is new."""
    s = Scene()
    s.memory.learned[SPOTIFY, ME] = known = Learned(gone=("batch", "page-limit"), at=EPOCH - timedelta(days=6))
    s.client.gone = {"batch"}
    async with trio.open_nursery() as nursery:
        s.start(nursery)
        await trio.sleep(3 * LOOK_S)
        nursery.cancel_scope.cancel()
    assert s.client.gone == {"batch", "page-limit"}
    assert s.learned() is known
    assert s.client.restored == 1


@pytest.mark.parametrize("age", [timedelta(days=6, hours=23), timedelta(days=30)])
async def test_after_a_week_it_is_asked_again(autojump_clock: trio.testing.MockClock, age: timedelta) -> None:
    """In a process that runs on or in a new one, past the cache: what is refused again stays gone for another week."""
    s = Scene()
    s.memory.learned[SPOTIFY, ME] = Learned(gone=("batch", "page-limit", "top-tracks"), at=EPOCH - age)
    s.provider.refused = {"batch": gone("batch"), "top-tracks": NotFound(SPOTIFY, "no artist")}
    async with trio.open_nursery() as nursery:
        s.start(nursery)
        await trio.sleep(3600 + 2 * LOOK_S)
        assert s.provider.asked == ["batch", "page-limit", "top-tracks"]
        assert s.client.gone == {"batch"}
        learned = s.learned()
        assert learned is not None
        assert (learned.gone, learned.at >= EPOCH) == (("batch",), True)
        assert [fact.gone for fact in s.recorder.of(CapabilitiesLearned)] == [("batch",)]
        await trio.sleep(3600)
        assert len(s.provider.asked) == 3
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("error", [Unavailable(SPOTIFY, "502"), Unauthorized(SPOTIFY, "no subscription")])
async def test_a_probe_that_tells_nothing_is_made_again(
    autojump_clock: trio.testing.MockClock, error: Exception
) -> None:
    """An hour later; until then the client counts on nothing that was gone."""
    s = Scene()
    s.memory.learned[SPOTIFY, ME] = Learned(gone=("batch",), at=EPOCH - LEARNED_FOR)
    s.provider.refused = {"batch": error}
    async with trio.open_nursery() as nursery:
        s.start(nursery)
        await trio.sleep(ASK_AGAIN.total_seconds() - LOOK_S)
        assert (s.provider.asked, s.client.gone) == (["batch"], {"batch"})
        s.provider.refused.clear()
        await trio.sleep(3 * LOOK_S)
        assert (s.provider.asked, s.client.gone) == (["batch", "batch"], set())
        nursery.cancel_scope.cancel()


async def test_a_week_that_ends_while_the_database_is_away_costs_one_probe(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """What it told cannot be saved; it is not asked again before an hour has passed."""
    s = Scene()
    s.memory.learned[SPOTIFY, ME] = Learned(gone=("batch",), at=EPOCH - LEARNED_FOR + timedelta(seconds=LOOK_S / 2))
    s.provider.refused = {"batch": gone("batch")}
    async with trio.open_nursery() as nursery:
        s.start(nursery)
        await trio.sleep(LOOK_S / 2)
        s.memory.down = True
        await trio.sleep(ASK_AGAIN.total_seconds())
        assert s.provider.asked == ["batch"]
        s.memory.down = False
        await trio.sleep(2 * LOOK_S)
        assert s.provider.asked == ["batch", "batch"]
        nursery.cancel_scope.cancel()


def gone(capability: str) -> CapabilityGone:
    """Make the refusal of a capability."""
    return CapabilityGone(SPOTIFY, capability, "forbidden")


async def test_a_database_that_is_away_is_asked_again(autojump_clock: trio.testing.MockClock) -> None:
    """For what it knows as well as for what it is to remember."""
    s = Scene()
    s.memory.learned[SPOTIFY, ME] = Learned(gone=("batch",), at=EPOCH)
    s.memory.down = True
    async with trio.open_nursery() as nursery:
        s.start(nursery)
        await trio.sleep(1.1 * LOOK_S)
        s.client.gone = {"page-limit"}
        await trio.sleep(1.1 * LOOK_S)
        s.memory.down = False
        await trio.sleep(1.1 * LOOK_S)
        assert s.client.gone == {"batch", "page-limit"}
        assert s.learned() is not None
        assert s.learned().gone == ("batch", "page-limit")
        nursery.cancel_scope.cancel()
