"""The call log brings every call into the ledger, whatever happens to the database, and holds up nobody."""

from collections.abc import Sequence
from datetime import UTC, datetime

import attrs
import pytest
import trio

from fakes import FakeLedger
from recorder import Recorder
from thesetd.actors.gate.call_log import BATCH, DRAIN_S, LINGER_S, LONGEST_RETRY_S, CallLog, CallRecords
from thesetd.domain.errors import StoreRejected
from thesetd.domain.facts import CallsUnrecorded, StoreWaited
from thesetd.domain.ids import SPOTIFY
from thesetd.ports.gate import CallRecord

AT = datetime(2026, 11, 22, tzinfo=UTC)


def call(number: int) -> CallRecord:
    """Return a call of its own."""
    return CallRecord(
        key=str(number), at=AT, provider=SPOTIFY, endpoint="e", lane="low", purpose="p", cost=1, outcome="ok"
    )


class Ledger(FakeLedger):
    """A ledger that tells the sizes of batches, refuses some keys, and may be slow."""

    def __init__(self) -> None:
        """Start empty, quick and content."""
        super().__init__()
        self.sizes: list[int] = []
        self.refused: set[str] = set()
        self.defects = 0
        self.delay_s = 0.0

    async def record(self, records: Sequence[CallRecord]) -> None:
        """Keep what ended, all or nothing."""
        await trio.sleep(self.delay_s)
        if self.defects:
            self.defects -= 1
            raise ZeroDivisionError
        if {record.key for record in records} & self.refused:
            raise StoreRejected("no such lane")
        await super().record(records)
        self.sizes.append(len(records))


@attrs.define
class Scene:
    """A call log with its surroundings."""

    records: CallRecords
    ledger: Ledger = attrs.field(factory=Ledger)
    recorder: Recorder = attrs.field(factory=Recorder)

    @property
    def log(self) -> CallLog:
        """Make a life of the actor."""
        return CallLog(self.records, ledger=self.ledger, observer=self.recorder)

    def put(self, *numbers: int) -> None:
        """Put calls into the mailbox."""
        for number in numbers:
            self.records.put(call(number))

    def written(self) -> list[int]:
        """Return the calls in the ledger."""
        return sorted(map(int, self.ledger.calls))

    def lost(self) -> int:
        """Return how many calls were told to be lost."""
        return sum(fact.count for fact in self.recorder.of(CallsUnrecorded))


def scene(capacity: int = 1000) -> Scene:
    """Make a scene."""
    return Scene(CallRecords(capacity))


async def test_a_lone_call_is_written_within_a_second(autojump_clock: trio.testing.MockClock) -> None:
    """Together with those that came meanwhile."""
    s = scene()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.log.run)
        for number in range(3):
            s.put(number)
            await trio.sleep(LINGER_S / 4)
        assert s.written() == []
        await trio.sleep(LINGER_S / 2)
        assert s.ledger.sizes == [3]
        assert len(s.records) == 0
        nursery.cancel_scope.cancel()


async def test_many_calls_are_written_at_once(autojump_clock: trio.testing.MockClock) -> None:
    """A full batch does not wait, and none is larger."""
    s = scene()
    s.put(*range(2 * BATCH + 1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.log.run)
        await trio.sleep(LINGER_S / 2)
        assert s.ledger.sizes == [BATCH, BATCH]
        await trio.sleep(LINGER_S)
        assert s.ledger.sizes == [BATCH, BATCH, 1]
        nursery.cancel_scope.cancel()


async def test_a_database_that_is_away_is_waited_for(autojump_clock: trio.testing.MockClock) -> None:
    """Nothing is lost, in whatever order; the waits grow and are told."""
    s = scene()
    s.ledger.down = True
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.log.run)
        for number in range(300):
            s.put(number)
            await trio.sleep(0.2)
        s.ledger.down = False
        await trio.sleep(LONGEST_RETRY_S + LINGER_S)
        nursery.cancel_scope.cancel()
    assert s.written() == list(range(300))
    assert s.lost() == 0
    assert [fact.retry_in_s for fact in s.recorder.of(StoreWaited)][:4] == [0.1, 0.2, 0.4, 0.8]
    assert s.recorder.of(StoreWaited)[-1].retry_in_s == LONGEST_RETRY_S


async def test_the_oldest_are_dropped_when_there_is_no_room(autojump_clock: trio.testing.MockClock) -> None:
    """But those in hand; how many is told once, not for each."""
    s = scene(capacity=10)
    s.ledger.down = True
    s.put(1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.log.run)
        await trio.sleep(2)
        s.put(*range(100, 130))
        assert len(s.records) == 11
        await trio.sleep(LONGEST_RETRY_S)
        s.ledger.down = False
        await trio.sleep(2 * LONGEST_RETRY_S)
        nursery.cancel_scope.cancel()
    assert s.written() == [1, *range(120, 130)]
    assert [fact.count for fact in s.recorder.of(CallsUnrecorded)] == [20]


async def test_what_waits_is_written_at_the_end(autojump_clock: trio.testing.MockClock) -> None:
    """A stop does not wait for others to come, and ends also when the database does not answer."""
    s = scene()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.log.run)
        s.put(*range(BATCH + 50))
        nursery.cancel_scope.cancel()
    assert s.written() == list(range(BATCH + 50))
    assert s.lost() == 0


@pytest.mark.parametrize("trouble", ["away", "hangs"])
async def test_a_stop_without_a_database_ends_in_time(autojump_clock: trio.testing.MockClock, trouble: str) -> None:
    """Whether it is away or hangs; what is lost is told."""
    s = scene()
    s.ledger.down, s.ledger.delay_s = trouble == "away", 1000.0 if trouble == "hangs" else 0.0
    started = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.log.run)
        s.put(*range(5))
        await trio.sleep(LINGER_S + 0.05)
        nursery.cancel_scope.cancel()
    assert trio.current_time() - started <= LINGER_S + 0.05 + DRAIN_S
    assert s.lost() == 5


async def test_a_record_that_the_database_refuses_is_left_out(autojump_clock: trio.testing.MockClock) -> None:
    """The others of its batch are written, and the next batch as well."""
    s = scene()
    s.ledger.refused = {"3"}
    s.put(*range(6))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.log.run)
        await trio.sleep(LINGER_S + 0.1)
        s.put(7)
        await trio.sleep(LINGER_S + 0.1)
        nursery.cancel_scope.cancel()
    assert s.written() == [0, 1, 2, 4, 5, 7]
    assert [(fact.count, fact.reason) for fact in s.recorder.of(CallsUnrecorded)] == [(1, "no such lane")]


async def test_a_crash_loses_nothing(autojump_clock: trio.testing.MockClock) -> None:
    """The batch in hand is the first that the next life writes."""
    s = scene()
    s.ledger.defects = 1
    s.put(*range(5))
    with pytest.raises(ZeroDivisionError):
        await s.log.run()
    assert len(s.records) == 5
    assert s.lost() == 0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.log.run)
        await trio.testing.wait_all_tasks_blocked()
        assert s.written() == list(range(5))
        nursery.cancel_scope.cancel()
