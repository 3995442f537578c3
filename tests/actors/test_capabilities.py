"""What a credential cannot do is found out once a week, not at every start."""

from collections.abc import Collection
from datetime import timedelta

import attrs
import trio

from fakes import EPOCH, FakeCapabilityMemory, FakeClock
from thesetd.actors.capabilities import LEARNED_FOR, LOOK_S, CapabilityKeeper
from thesetd.domain.credentials import fingerprint
from thesetd.domain.ids import SPOTIFY
from thesetd.ports.gate import Learned

ME = fingerprint("me")


@attrs.define
class Client:
    """A client that learns when it is told to."""

    gone: set[str] = attrs.field(factory=set)
    restored: int = 0

    def remember(self) -> tuple[str, ...]:
        """Name what is gone."""
        return tuple(sorted(self.gone))

    def restore(self, gone: Collection[str]) -> None:
        """Count on everything but these."""
        self.gone = set(gone)
        self.restored += 1


@attrs.define
class Scene:
    """A keeper with its surroundings."""

    memory: FakeCapabilityMemory = attrs.field(factory=FakeCapabilityMemory)
    clock: FakeClock = attrs.field(factory=FakeClock)
    client: Client = attrs.field(factory=Client)

    def start(self, nursery: trio.Nursery) -> None:
        """Start a life of the keeper."""
        clients = {SPOTIFY: (ME, self.client)}
        nursery.start_soon(CapabilityKeeper(clients, memory=self.memory, clock=self.clock).run)

    def learned(self) -> Learned | None:
        """Give what the memory holds."""
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


async def test_after_a_week_everything_is_tried_again(autojump_clock: trio.testing.MockClock) -> None:
    """In a process that runs on; what is refused again is learned anew, for another week."""
    s = Scene()
    s.memory.learned[SPOTIFY, ME] = Learned(gone=("batch",), at=EPOCH - LEARNED_FOR + timedelta(hours=1))
    async with trio.open_nursery() as nursery:
        s.start(nursery)
        await trio.sleep(3600 - LOOK_S)
        assert s.client.gone == {"batch"}
        await trio.sleep(2 * LOOK_S)
        assert s.client.gone == set()
        s.client.gone = {"batch"}
        await trio.sleep(1.1 * LOOK_S)  # looks fall on multiples of LOOK_S
        learned = s.learned()
        assert learned is not None
        assert learned.at >= EPOCH + timedelta(hours=1)
        await trio.sleep(6 * 86_400)
        assert s.client.gone == {"batch"}
        nursery.cancel_scope.cancel()


async def test_what_is_older_than_a_week_is_not_believed(autojump_clock: trio.testing.MockClock) -> None:
    """A process that starts then finds out for itself."""
    s = Scene()
    s.memory.learned[SPOTIFY, ME] = Learned(gone=("batch",), at=EPOCH - LEARNED_FOR)
    async with trio.open_nursery() as nursery:
        s.start(nursery)
        await trio.sleep(3 * LOOK_S)
        nursery.cancel_scope.cancel()
    assert s.client.restored == 0


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
