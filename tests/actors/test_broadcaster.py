"""The broadcaster tells subscribers and Redis every committed event, in order; neither waits for the other."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import pytest
import trio

from fakes import FakePublisher, FakeStore
from recorder import Recorder
from sample_rows import batch, event, new_job
from thesetd.actors.broadcaster import LOOK_S, PAGE, Broadcaster
from thesetd.actors.control.subscribers import QUEUE, Queue, Subscribers
from thesetd.actors.messages import Committed, Publish, ToBroadcaster
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.domain.errors import BusUnavailable
from thesetd.domain.facts import BusWaited, EventsPublished, SubscriberLagged
from thesetd.domain.gate.breaker import Breaker
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.progress import CommittedEvent


@attrs.define
class Scene:
    """A broadcaster over a store and a bus that both outlive it."""

    store: FakeStore = attrs.field(factory=FakeStore)
    bus: FakePublisher = attrs.field(factory=FakePublisher)
    recorder: Recorder = attrs.field(factory=Recorder)
    subscribers: Subscribers = attrs.field(init=False)
    send: trio.MemorySendChannel[ToBroadcaster] = attrs.field(init=False)
    broadcaster: Broadcaster = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.send, mailbox = trio.open_memory_channel[ToBroadcaster](100)
        self.subscribers = Subscribers(self.recorder)
        self.broadcaster = Broadcaster(
            mailbox,
            subscribers=self.subscribers,
            publisher=self.bus,
            statuses=self.store,
            outbox=self.store,
            guard=BreakerGuard(
                Breaker(name="broadcaster", rest_s=1.0, longest_rest_s=5.0), BusUnavailable, self.recorder
            ),
            observer=self.recorder,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run it until the block ends."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.broadcaster.run)
            yield
            nursery.cancel_scope.cancel()

    async def committed(self, *jobs: int) -> tuple[CommittedEvent, ...]:
        """Commit an event of each of these jobs, as any node's writer does."""
        for number in range(len(self.store.world.jobs), max(jobs)):
            await self.store.batches.write(batch(enqueue=(new_job(str(number)),)))
        return (await self.store.batches.write(batch(events=tuple(event(JobId(job)) for job in jobs)))).events

    async def heard(self, listener: Queue, count: int) -> list[int]:
        """Return the numbers of the next events that a subscriber hears."""
        return [(await listener.receive()).seq for _ in range(count)]

    async def told(self, upto: int) -> list[int]:
        """Return the numbers of what Redis was told, once it was told so far."""
        await self.recorder.until(lambda r: any(fact.upto >= upto for fact in r.of(EventsPublished)))
        return [one.seq for one in self.bus.published]


async def test_every_event_reaches_redis_and_who_listens_in_order(autojump_clock: trio.testing.MockClock) -> None:
    """One subscriber of all, one of job 2: each gets its events, in the order of their numbers."""
    s = Scene()
    async with s.running(), s.subscribers.subscribe() as every, s.subscribers.subscribe(JobId(2)) as two:
        await s.send.send(Publish(events=await s.committed(1, 2)))
        await s.send.send(Publish(events=await s.committed(2)))
        assert await s.heard(every, 3) == [1, 2, 3]
        assert await s.heard(two, 2) == [2, 3]
        assert await s.told(3) == [1, 2, 3]
    assert len(s.subscribers) == 0


async def test_what_another_node_committed_is_told_here_in_its_place(autojump_clock: trio.testing.MockClock) -> None:
    """A hint makes it known at once; without one the next number shows what is missing."""
    s = Scene()
    async with s.running(), s.subscribers.subscribe() as listener:
        await s.send.send(Publish(events=await s.committed(1)))
        await s.committed(1, 1)
        await s.send.send(Committed(seq=Seq(3)))
        assert await s.heard(listener, 3) == [1, 2, 3]
        await s.committed(1)
        await s.send.send(Publish(events=await s.committed(1)))
        await s.send.send(Committed(seq=Seq(4)))
        assert await s.heard(listener, 2) == [4, 5]
        assert await s.told(5) == [1, 2, 3, 4, 5]


async def test_a_hint_may_come_before_the_events_themselves(autojump_clock: trio.testing.MockClock) -> None:
    """The first that a process hears is often a hint of its own commit: it counts like any other, and Redis is told."""
    s = Scene()
    async with s.running(), s.subscribers.subscribe() as listener:
        await trio.sleep(1)
        events = await s.committed(1, 1)
        await s.send.send(Committed(seq=Seq(2)))
        await s.send.send(Publish(events=events))
        before = trio.current_time()
        assert await s.heard(listener, 2) == [1, 2]
        assert await s.told(2) == [1, 2]
        assert trio.current_time() - before < 1


async def test_a_slow_subscriber_loses_the_oldest_and_holds_up_nobody(autojump_clock: trio.testing.MockClock) -> None:
    """A reader that never reads keeps the latest events; the loss is told."""
    s = Scene()
    events = await s.committed(*[1] * (QUEUE + 5))
    async with s.subscribers.subscribe() as slow:
        for one in events:
            s.subscribers.tell(one)
        assert (await slow.receive()).seq == 6
    assert sum(fact.dropped for fact in s.recorder.of(SubscriberLagged)) == 5


async def test_while_redis_is_away_subscribers_hear_and_redis_is_told_later(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Nothing waits for Redis, and nothing is lost to it: what was committed meanwhile is published when it is back."""
    s = Scene()
    s.bus.down = True
    async with s.running(), s.subscribers.subscribe() as listener:
        before = trio.current_time()
        for _ in range(20):
            await s.send.send(Publish(events=await s.committed(1)))
        assert await s.heard(listener, 20) == list(range(1, 21))
        assert trio.current_time() == before
        await s.recorder.until(lambda r: len(r.of(BusWaited)) == 3)
        s.bus.down = False
        assert await s.told(20) == list(range(1, 21))


async def test_what_no_daemon_told_is_told_by_the_next(autojump_clock: trio.testing.MockClock) -> None:
    """A daemon that died between a commit and its publication leaves it to who comes after, in pages of any number."""
    s = Scene()
    s.store.world.told = s.bus.told = Seq(0)
    await s.committed(*[1] * (2 * PAGE + 7))
    async with s.running():
        assert await s.told(2 * PAGE + 7) == list(range(1, 2 * PAGE + 8))
    assert await s.store.outbox.published_seq() == 2 * PAGE + 7


async def test_what_redis_was_told_is_not_told_again(autojump_clock: trio.testing.MockClock) -> None:
    """Redis itself remembers its place, so a daemon that died right after a publication repeats nothing."""
    s = Scene()
    events = await s.committed(1, 1, 1)
    await s.bus.publish(events[:2], after=None)
    async with s.running():
        assert await s.told(3) == [1, 2, 3]


@pytest.mark.parametrize("memory", [None, Seq(1_000)], ids=["wiped", "of another database"])
async def test_a_redis_that_does_not_know_is_told_from_where_the_database_knows(
    autojump_clock: trio.testing.MockClock, memory: Seq | None
) -> None:
    """Nothing is remembered, or more than ever happened: then the mark in the database is the place to begin."""
    s = Scene()
    await s.committed(1, 1, 1)
    await s.store.outbox.mark_published(Seq(1))
    s.bus.told = memory
    async with s.running():
        assert await s.told(3) == [2, 3]
        await s.send.send(Publish(events=await s.committed(1)))
        assert await s.told(4) == [2, 3, 4]


@pytest.mark.parametrize("memory", [None, Seq(1_000)], ids=["wiped", "of another database"])
async def test_a_redis_that_does_not_know_is_told_what_comes_where_all_else_was_told(
    autojump_clock: trio.testing.MockClock, memory: Seq | None
) -> None:
    """Also with nothing to catch up with: the numbers of another database do not hide the events of this one."""
    s = Scene()
    await s.committed(1)
    await s.store.outbox.mark_published(Seq(1))
    s.bus.told = memory
    async with s.running():
        await trio.sleep(1)
        for number in (2, 3):
            await s.send.send(Publish(events=await s.committed(1)))
            with trio.fail_after(LOOK_S / 2):
                assert await s.told(number) == list(range(2, number + 1))


async def test_a_database_that_was_restored_tells_what_follows_though_the_number_was_told(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Redis stands at event 3 of another history: number 3 of this one, and what came before it, is told."""
    s = Scene()
    await s.committed(1, 1, 1, 1)
    await s.store.outbox.mark_published(Seq(1))
    s.bus.told, s.bus.last = Seq(3), "77@0"
    async with s.running():
        assert await s.told(4) == [2, 3, 4]


async def test_a_redis_that_is_wiped_while_it_is_told_misses_nothing(autojump_clock: trio.testing.MockClock) -> None:
    """The next publication finds that Redis has forgotten and goes back to what is certain."""
    s = Scene()
    async with s.running():
        await s.send.send(Publish(events=await s.committed(1)))
        await s.told(1)
        s.bus.told = None
        await s.send.send(Publish(events=await s.committed(1)))
        told = await s.told(2)
    assert sorted(set(told)) == [1, 2]
    assert told[-1] == 2


async def test_a_commit_whose_node_died_is_published_by_another(autojump_clock: trio.testing.MockClock) -> None:
    """Now and then every node looks whether all was told, though nobody hinted at anything."""
    s = Scene()
    async with s.running():
        await s.send.send(Publish(events=await s.committed(1)))
        await s.told(1)
        before = trio.current_time()
        await s.committed(1)
        assert await s.told(2) == [1, 2]
        assert trio.current_time() - before <= LOOK_S


async def test_what_is_in_the_mailbox_is_still_told_at_the_end(autojump_clock: trio.testing.MockClock) -> None:
    """Stopping loses no event that was already handed over."""
    s = Scene()
    async with s.subscribers.subscribe() as listener:
        async with s.running():
            await s.send.send(Publish(events=await s.committed(1)))
            await s.told(1)
            for _ in range(10):
                s.send.send_nowait(Publish(events=await s.committed(1)))
        assert await s.heard(listener, 11) == list(range(1, 12))
    assert [one.seq for one in s.bus.published] == list(range(1, 12))
    assert await s.store.outbox.published_seq() == 11


async def test_closing_ends_every_subscription_after_what_is_left(autojump_clock: trio.testing.MockClock) -> None:
    """A reader gets what is queued, then the end; who comes later gets the end at once."""
    s = Scene()
    (one,) = await s.committed(1)
    async with s.subscribers.subscribe() as listener:
        s.subscribers.tell(one)
        s.subscribers.close()
        assert (await listener.receive()).seq == 1
        with pytest.raises(trio.EndOfChannel):
            await listener.receive()
    async with s.subscribers.subscribe() as late:
        with pytest.raises(trio.EndOfChannel):
            await late.receive()
