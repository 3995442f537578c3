"""What every `Live` does, one suite over the fake and over the real subscribers."""

from collections.abc import AsyncIterator, Sequence

import attrs
import pytest
import trio
import trio.testing

import fake_live
from fake_live import FakeLive
from recorder import Recorder
from sample_rows import NOW
from thesetd.actors.control import subscribers
from thesetd.actors.control.subscribers import Subscribers
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.progress import CommittedEvent, Stage, advance
from thesetd.ports.control import Lagged, Subscription

Told = FakeLive | Subscribers
Clock = trio.testing.MockClock
LONG_S = 10.0


def event(seq: int, job: int = 1) -> CommittedEvent:
    """Return a committed event."""
    progress = advance(None, Stage.SYNCING_CATALOG, {})
    return CommittedEvent(seq=Seq(seq), job_id=JobId(job), artist_id=None, slug=None, progress=progress, at=NOW)


@attrs.define
class Reader:
    """Takes events until it has had enough of them, and says when it has been woken."""

    enough: int = 1000
    pieces: list[list[int]] = attrs.field(factory=list)
    woken: bool = False

    @property
    def seqs(self) -> list[int]:
        """Return all the numbers that it took."""
        return [seq for piece in self.pieces for seq in piece]

    def take(self, events: Sequence[CommittedEvent]) -> bool:
        """Take events; say whether more may come."""
        self.pieces.append([one.seq for one in events])
        return len(self.seqs) < self.enough

    async def rest(self, subscription: Subscription) -> None:
        """Let events be handed over until that ends."""
        await subscription.hand_to(self.take)
        self.woken = True


@pytest.fixture(params=["fake", "real"])
async def live(request: pytest.FixtureRequest, nursery: trio.Nursery) -> AsyncIterator[Told]:
    """Yield the fake, or the subscribers of a process, who are served."""
    if request.param == "fake":
        yield FakeLive()
        return
    live = Subscribers(Recorder())
    nursery.start_soon(live.spread)
    yield live
    nursery.cancel_scope.cancel()


async def test_events_are_handed_over_in_order_and_wake_nobody(
    live: Told, autojump_clock: Clock, nursery: trio.Nursery
) -> None:
    """Each once, those of one job to its reader only, while the readers' tasks sleep on."""
    every, two = Reader(), Reader()
    async with live.subscribe() as one, live.subscribe(JobId(2)) as other:
        nursery.start_soon(every.rest, one)
        nursery.start_soon(two.rest, other)
        await trio.testing.wait_all_tasks_blocked()
        for number in range(1, 41):
            live.tell(event(number, 1 + number % 2))
            await trio.sleep(0.01)
        await trio.sleep(LONG_S)
        assert every.seqs == list(range(1, 41))
        assert two.seqs == list(range(1, 41, 2))
        assert not every.woken
        assert not two.woken


async def test_what_is_queued_is_handed_over_first(live: Told, autojump_clock: Clock, nursery: trio.Nursery) -> None:
    """A reader that was busy gets what came meanwhile in one piece, and later events after it."""
    reader = Reader()
    async with live.subscribe() as subscription:
        for number in range(1, 6):
            live.tell(event(number))
        nursery.start_soon(reader.rest, subscription)
        await trio.testing.wait_all_tasks_blocked()
        assert reader.pieces == [[1, 2, 3, 4, 5]]
        live.tell(event(6))
        await trio.sleep(LONG_S)
        assert reader.seqs == [1, 2, 3, 4, 5, 6]


async def test_a_refusal_wakes_the_reader(live: Told, autojump_clock: Clock, nursery: trio.Nursery) -> None:
    """What it refused with counts as taken; what comes then is queued for when it asks."""
    reader = Reader(enough=2)
    async with live.subscribe() as subscription:
        nursery.start_soon(reader.rest, subscription)
        await trio.testing.wait_all_tasks_blocked()
        live.tell(event(1))
        await trio.sleep(LONG_S)
        assert not reader.woken
        live.tell(event(2))
        await trio.sleep(LONG_S)
        assert reader.woken
        live.tell(event(3))
        live.tell(event(4))
        await trio.sleep(LONG_S)
        assert reader.seqs == [1, 2]
        assert [one.seq for one in await subscription.receive_all()] == [3, 4]


async def test_a_reader_that_stops_waiting_keeps_what_was_not_handed_over(live: Told, autojump_clock: Clock) -> None:
    """A deadline around the wait loses nothing."""
    reader = Reader()
    async with live.subscribe() as subscription:
        for number in range(1, 10):
            live.tell(event(number))
            with trio.move_on_after(0.003):
                await subscription.hand_to(reader.take)
        live.tell(event(10))
        left = await subscription.receive_all()
    assert [*reader.seqs, *(one.seq for one in left)] == list(range(1, 11))


async def test_a_reader_that_fell_behind_is_told_so(
    live: Told, autojump_clock: Clock, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than its queue holds at once: it is woken and learns where the gap begins; nothing is handed over."""
    monkeypatch.setattr(subscribers, "QUEUE", 4)
    monkeypatch.setattr(fake_live, "QUEUE", 4)
    reader = Reader()
    async with live.subscribe() as subscription:
        for number in range(1, 8):
            live.tell(event(number))
        await reader.rest(subscription)
        assert reader.pieces == []
        with pytest.raises(Lagged) as lagged:
            await subscription.receive_all()
        assert lagged.value.first == 1


async def test_the_end_wakes_every_reader(live: Told, autojump_clock: Clock, nursery: trio.Nursery) -> None:
    """One that waits and one that comes later are handed what is left, and both learn that the daemon stops."""
    reader, later = Reader(), Reader()
    async with live.subscribe() as subscription, live.subscribe() as late:
        nursery.start_soon(reader.rest, subscription)
        await trio.testing.wait_all_tasks_blocked()
        live.tell(event(1))
        live.close()
        await trio.testing.wait_all_tasks_blocked()
        assert (reader.seqs, reader.woken) == ([1], True)
        await later.rest(late)
        assert later.seqs == [1]
        for one in (subscription, late):
            with pytest.raises(trio.EndOfChannel):
                await one.receive_all()
