"""The broadcaster tells subscribers and Redis, in order, and waits for neither."""

from datetime import UTC, datetime

import attrs
import pytest
import trio

from recorder import Recorder
from thesetd.actors.broadcaster import QUEUE, Broadcaster, Subscribers
from thesetd.actors.guard import Guard
from thesetd.actors.messages import Publish
from thesetd.domain.breaker import FAILURES_TO_OPEN, Breaker
from thesetd.domain.errors import BusUnavailable
from thesetd.domain.facts import EventPublished, EventUnpublished, SubscriberLagged
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.progress import CommittedEvent, Progress, Stage

AT = datetime(2026, 11, 22, tzinfo=UTC)


def event(seq: int, job: int = 1) -> CommittedEvent:
    """Make a committed event."""
    progress = Progress(stage=Stage.SYNCING_CATALOG, percent=85, message="m")
    return CommittedEvent(seq=Seq(seq), job_id=JobId(job), artist_id=None, slug=None, progress=progress, at=AT)


@attrs.define
class Bus:
    """A publisher that keeps what it gets, and is away when told so."""

    away: bool = False
    published: list[int] = attrs.field(factory=list)

    async def publish(self, event: CommittedEvent) -> None:
        """Take an event."""
        await trio.lowlevel.checkpoint()
        if self.away:
            raise BusUnavailable("Redis does not answer")
        self.published.append(event.seq)

    async def ping(self) -> None:
        """Answer."""


@attrs.define
class Stage1:
    """A broadcaster with its surroundings."""

    send: trio.MemorySendChannel[Publish]
    broadcaster: Broadcaster
    subscribers: Subscribers
    recorder: Recorder
    bus: Bus


def stage(*, away: bool = False) -> Stage1:
    """Make a broadcaster that is not running yet."""
    recorder, bus = Recorder(), Bus(away=away)
    send, receive = trio.open_memory_channel[Publish](100)
    subscribers = Subscribers(recorder)
    guard = Guard(Breaker(name="broadcaster", rest_s=1.0, longest_rest_s=5.0), BusUnavailable, recorder)
    broadcaster = Broadcaster(receive, subscribers=subscribers, publisher=bus, guard=guard, observer=recorder)
    return Stage1(send, broadcaster, subscribers, recorder, bus)


async def test_every_event_reaches_redis_and_who_listens_in_order(autojump_clock: trio.testing.MockClock) -> None:
    """One subscriber of all, one of job 2: each gets its events, in the order of their numbers."""
    s = stage()
    async with (
        trio.open_nursery() as nursery,
        s.subscribers.subscribe() as every,
        s.subscribers.subscribe(JobId(2)) as two,
    ):
        nursery.start_soon(s.broadcaster.run)
        await s.send.send(Publish(events=(event(1, 1), event(2, 2))))
        await s.send.send(Publish(events=(event(3, 2),)))
        assert [(await every.receive()).seq for _ in range(3)] == [1, 2, 3]
        assert [(await two.receive()).seq for _ in range(2)] == [2, 3]
        await s.recorder.until(lambda r: len(r.of(EventPublished)) == 3)
        nursery.cancel_scope.cancel()
    assert s.bus.published == [1, 2, 3]
    assert len(s.subscribers) == 0


async def test_a_slow_subscriber_loses_the_oldest_and_holds_up_nobody(autojump_clock: trio.testing.MockClock) -> None:
    """A reader that never reads keeps the latest events; the loss is told."""
    s = stage()
    async with s.subscribers.subscribe() as slow:
        for seq in range(QUEUE + 5):
            s.subscribers.tell(event(seq))
        assert (await slow.receive()).seq == 5
    assert sum(fact.dropped for fact in s.recorder.of(SubscriberLagged)) == 5


async def test_while_redis_is_away_nothing_waits_and_it_comes_back_by_itself(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Events pass by a closed door without a pause; after the rest the next one is published again."""
    s = stage(away=True)
    async with trio.open_nursery() as nursery, s.subscribers.subscribe() as listener:
        nursery.start_soon(s.broadcaster.run)
        before = trio.current_time()
        for seq in range(20):
            await s.send.send(Publish(events=(event(seq),)))
            assert (await listener.receive()).seq == seq
        await s.recorder.until(lambda r: len(r.of(EventUnpublished)) == 20)
        assert trio.current_time() == before
        assert sum("resting" in fact.error for fact in s.recorder.of(EventUnpublished)) == 20 - FAILURES_TO_OPEN
        s.bus.away = False
        await trio.sleep(1.0)
        await s.send.send(Publish(events=(event(99),)))
        await s.recorder.until(lambda r: len(r.of(EventPublished)) == 1)
        nursery.cancel_scope.cancel()
    assert s.bus.published == [99]


async def test_what_is_in_the_mailbox_is_still_told_at_the_end(autojump_clock: trio.testing.MockClock) -> None:
    """Stopping loses no event that was already handed over."""
    s = stage()
    async with trio.open_nursery() as nursery:
        for seq in range(10):
            s.send.send_nowait(Publish(events=(event(seq),)))
        nursery.start_soon(s.broadcaster.run)
        nursery.cancel_scope.cancel()
    assert s.bus.published == list(range(10))


async def test_closing_ends_every_subscription_after_what_is_left(autojump_clock: trio.testing.MockClock) -> None:
    """A reader gets what is queued, then the end; who comes later gets the end at once."""
    s = stage()
    async with s.subscribers.subscribe() as listener:
        s.subscribers.tell(event(1))
        s.subscribers.close()
        assert (await listener.receive()).seq == 1
        with pytest.raises(trio.EndOfChannel):
            await listener.receive()
    async with s.subscribers.subscribe() as late:
        with pytest.raises(trio.EndOfChannel):
            await late.receive()
