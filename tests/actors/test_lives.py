"""Jobs and the lives of their owners: orders, take-overs, jobs that kill, over fakes and with time that jumps."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
import trio

from breaking import break_in_part
from fake_cache import FakeCache
from fakes import FakeClock, FakeNodes, FakeStore
from recorder import Recorder
from sample_rows import new_job
from thesetd.actors.asking import PooledCallExecutor, WriterHandle
from thesetd.actors.importer import Importer
from thesetd.actors.jobs.work import JobRun, JobServices
from thesetd.actors.messages import ToBroadcaster, ToImporter, Write
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.actors.supervision.node import Node
from thesetd.actors.supervision.polls import POLLS
from thesetd.actors.writer import Writer
from thesetd.domain.errors import ConfigError, LostLease, Paused, StoreError, StoreUnavailable
from thesetd.domain.facts import JobClaimed, JobEnded, JobsRecovered, JobSuspected
from thesetd.domain.gate.breaker import Breaker
from thesetd.domain.ids import Epoch, JobId
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.heartbeat_monitor import PATIENCE_S
from thesetd.domain.work.jobs import POISON, SUSPECT, Action, JobKind, JobState, Order, Owner
from thesetd.domain.work.quarantine import ALONE_S
from thesetd.ports.store import Heartbeat

UNUSED: Any = None  # these jobs ask nobody
NO_PAST: Any = SimpleNamespace(plans=None)  # nor how long others took


@attrs.define
class Machine:
    """One node: writer, importer and node actor over a store that other machines share."""

    store: FakeStore
    name: str
    recorder: Recorder = attrs.field(factory=Recorder)
    clock: FakeClock = attrs.field(factory=FakeClock)
    node: FakeNodes = attrs.field(init=False)
    writer: WriterHandle = attrs.field(init=False)

    async def live(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run until cancelled; what a kill would leave is left."""
        self.node = self.store.another_node()
        owner = await self.node.join(self.name, now=self.clock.now())
        to_writer, writes = trio.open_memory_channel[Write](100)
        to_importer, asked = trio.open_memory_channel[ToImporter](100)
        to_broadcaster, _told = trio.open_memory_channel[ToBroadcaster](1000)
        self.writer = WriterHandle(to_writer)
        guard = BreakerGuard(Breaker(name="writer", rest_s=1.0), StoreUnavailable, self.recorder)
        writer = Writer(writes, to_broadcaster, to_importer, store=self.store, guard=guard, observer=self.recorder)
        tools = JobServices(
            fetcher=PooledCallExecutor({}),
            writer=self.writer,
            cache=FakeCache(self.clock),
            import_age_s=0.0,
            providers=UNUSED,
            reading=NO_PAST,
            budget_of=UNUSED,
            clock=self.clock,
            observer=self.recorder,
        )
        importer = Importer(asked, jobs=self.store, tools=tools, owner=owner)
        node = Node(
            owner,
            nodes=self.node,
            jobs=self.store,
            importer=to_importer,
            broadcaster=to_broadcaster,
            clock=self.clock,
            observer=self.recorder,
        )
        try:
            async with trio.open_nursery() as nursery:
                for actor in (writer, node, importer):
                    nursery.start_soon(actor.run)
                task_status.started()
        finally:
            self.node.leave()

    async def order(self, job_id: int, action: Action) -> None:
        """Order something of a job, through this machine's writer."""
        await self.writer.write(Batch(at=self.clock.now(), orders=(Order(JobId(job_id), action),)))

    def ended(self, job_id: int) -> list[str]:
        """Return how the job's runs here have ended."""
        return [fact.state for fact in self.recorder.of(JobEnded) if fact.job_id == job_id]

    def state(self, job_id: int) -> JobState:
        """Return a job's state in the store."""
        return self.store.world.jobs[JobId(job_id)].state


@attrs.define
class Cluster:
    """Machines over one store; the jobs of kind noop last until they are released."""

    nursery: trio.Nursery
    store: FakeStore = attrs.field(factory=FakeStore)
    _kills: dict[str, trio.CancelScope] = attrs.field(factory=dict)

    async def start(self, name: str) -> Machine:
        """Start a machine."""
        machine = Machine(self.store, name)
        scope = self._kills[name] = trio.CancelScope()

        async def live(task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
            with scope:
                await machine.live(task_status)

        await self.nursery.start(live)
        return machine

    async def kill(self, machine: Machine) -> None:
        """End a machine as SIGKILL does: nothing more of it reaches the store."""
        self.store.down = True
        self._kills[machine.name].cancel()
        await trio.testing.wait_all_tasks_blocked()
        await trio.sleep(10)  # its last words find nobody
        self.store.down = False

    async def enqueued(self, *keys: str) -> None:
        """Enqueue jobs that last until they are released."""
        now = FakeClock().now()
        jobs = tuple(attrs.evolve(new_job(key), kind=JobKind.NOOP) for key in keys)
        await self.store.batches.write(Batch(at=now, enqueue=jobs))


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Let jobs work until their id is released; give the released ones, for the test to add to."""
    released: set[int] = set()

    async def perform(work: JobRun) -> None:
        while work.job.id not in released:
            await trio.sleep(0.5)
        await work.commit(state=JobState.DONE)

    monkeypatch.setattr("thesetd.actors.importer.perform", perform)
    return released


@asynccontextmanager
async def cluster() -> AsyncIterator[Cluster]:
    """Yield an empty cluster, and kill what is left of it at the end."""
    async with trio.open_nursery() as nursery:
        yield Cluster(nursery)
        nursery.cancel_scope.cancel()


async def test_a_running_job_is_cancelled_at_once(autojump_clock: trio.testing.MockClock, endless: set[int]) -> None:
    """The order is committed, the task is stopped in the same moment, and its neighbour goes on."""
    async with cluster() as c:
        one = await c.start("one")
        await c.enqueued("a", "b")
        await one.recorder.until(lambda r: len(r.of(JobClaimed)) == 2)
        before = trio.current_time()
        await one.order(1, Action.CANCEL)
        await one.recorder.until(lambda _: one.ended(1) == ["lost"])
        assert trio.current_time() - before < 1.0
        assert (one.state(1), one.state(2)) == (JobState.CANCELLED, JobState.RUNNING)
        endless.add(2)
        await one.recorder.until(lambda _: one.ended(2) == ["done"])


async def test_a_job_is_cancelled_wherever_it_runs(autojump_clock: trio.testing.MockClock, endless: set[int]) -> None:
    """An order given to one node stops the task on another."""
    async with cluster() as c:
        one = await c.start("one")
        await c.enqueued("a")
        await one.recorder.until(lambda r: bool(r.of(JobClaimed)))
        two = await c.start("two")
        before = trio.current_time()
        await two.order(1, Action.CANCEL)
        await one.recorder.until(lambda _: one.ended(1) == ["lost"])
        assert trio.current_time() - before < 1.0


async def test_a_cancelled_job_runs_again_when_it_is_asked_to(
    autojump_clock: trio.testing.MockClock, endless: set[int]
) -> None:
    """A retry is due at once."""
    async with cluster() as c:
        one = await c.start("one")
        await c.enqueued("a")
        await one.recorder.until(lambda r: bool(r.of(JobClaimed)))
        await one.order(1, Action.CANCEL)
        await one.recorder.until(lambda _: one.ended(1) == ["lost"])
        endless.add(1)
        before = trio.current_time()
        await one.order(1, Action.RETRY)
        await one.recorder.until(lambda _: one.ended(1) == ["lost", "done"])
        assert trio.current_time() - before < 1.0


async def test_a_dead_nodes_jobs_are_taken_over(autojump_clock: trio.testing.MockClock, endless: set[int]) -> None:
    """Two beats after its end they run elsewhere; its own next life finds nothing left to do."""
    async with cluster() as c:
        one = await c.start("one")
        await c.enqueued("a", "b")
        await one.recorder.until(lambda r: len(r.of(JobClaimed)) == 2)
        two = await c.start("two")
        await c.kill(one)
        before = trio.current_time()
        await two.recorder.until(lambda r: len(r.of(JobClaimed)) == 2)
        assert trio.current_time() - before <= 2 * POLLS.beat_s
        assert [fact.count for fact in two.recorder.of(JobsRecovered)] == [2]
        again = await c.start("one")
        endless |= {1, 2}
        await two.recorder.until(lambda _: two.ended(1) == two.ended(2) == ["done"])
        assert again.recorder.of(JobClaimed) == []


async def test_after_an_outage_nobody_takes_what_others_are_about_to_hold_again(
    autojump_clock: trio.testing.MockClock, endless: set[int]
) -> None:
    """A database that restarted has let go of every name: whoever is back first waits for the others."""
    async with cluster() as c:
        one, two = await c.start("one"), await c.start("two")
        await c.enqueued("a", "b")
        await c.enqueued("c")
        await trio.sleep(10)
        claims = len(one.recorder.of(JobClaimed)) + len(two.recorder.of(JobClaimed))
        c.store.named.clear()
        await trio.sleep(30)
        assert one.recorder.of(JobsRecovered) == two.recorder.of(JobsRecovered) == []
        assert len(one.recorder.of(JobClaimed)) + len(two.recorder.of(JobClaimed)) == claims == 3


async def test_a_node_that_hangs_loses_its_jobs_and_stores_nothing_of_them(
    autojump_clock: trio.testing.MockClock, endless: set[int]
) -> None:
    """It still holds its name; its beats stand still, so others take over, and the fence keeps it out afterwards."""
    async with cluster() as c:
        one = await c.start("one")
        await c.enqueued("a")
        await one.recorder.until(lambda r: bool(r.of(JobClaimed)))
        two = await c.start("two")

        async def no_beat(_: object) -> Heartbeat:
            await trio.sleep_forever()
            raise AssertionError

        one.node.beat = no_beat  # type: ignore[method-assign,assignment]
        before = trio.current_time()
        await two.recorder.until(lambda r: bool(r.of(JobClaimed)))
        assert PATIENCE_S <= trio.current_time() - before <= PATIENCE_S + 3 * POLLS.beat_s
        endless.add(1)
        await two.recorder.until(lambda _: two.ended(1) == ["done"])
        await one.recorder.until(lambda _: one.ended(1) == ["lost"])


async def test_a_job_that_comes_back_to_whoever_still_runs_it_runs_once(
    autojump_clock: trio.testing.MockClock, endless: set[int]
) -> None:
    """A node that hung may itself claim what was taken from it: the run from before ends, the new one stays alone."""
    async with cluster() as c:
        one = await c.start("one")
        await c.enqueued("a")
        await one.recorder.until(lambda r: bool(r.of(JobClaimed)))
        assert await c.store.jobs.recover(owner=Owner("two", Epoch(1)), presumed_dead=["one"], now=one.clock.now()) == 1
        with trio.fail_after(POLLS.jobs_s):
            await one.recorder.until(lambda _: one.ended(1) == ["lost"])
        await trio.sleep(3 * POLLS.jobs_s)
        endless.add(1)
        await one.recorder.until(lambda _: one.ended(1) == ["lost", "done"])
        assert len(one.recorder.of(JobClaimed)) == 2


async def test_a_job_is_claimed_again_before_whoever_gave_it_back_has_heard_that_it_is(
    autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to the commit may come late; the end of the earlier run is not taken for that of the next."""
    runs: list[int] = []

    async def perform(work: JobRun) -> None:
        runs.append(work.job.fence)
        if len(runs) == 1:
            raise Paused("setlistfm")
        await trio.sleep_forever()

    monkeypatch.setattr("thesetd.actors.importer.perform", perform)
    async with cluster() as c:
        one = await c.start("one")
        write_all, late = c.store.batches.write_all, trio.Event()

        async def answer_late(batches: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
            found = await write_all(batches)
            await late.wait()
            return found

        monkeypatch.setattr(c.store, "write_all", answer_late)
        await c.enqueued("a")
        await one.recorder.until(lambda _: len(runs) == 2)
        late.set()
        await one.recorder.until(lambda _: one.ended(1) == ["ready"])
        await trio.sleep(3 * POLLS.jobs_s)
        assert (runs, one.state(1)) == ([1, 2], JobState.RUNNING)


async def test_a_job_that_is_refused_in_the_moment_it_is_cancelled_takes_nobody_along(
    autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of its branches may be refused while the other is stopped: that is the job's end, not the importer's."""

    async def perform(_: JobRun) -> None:
        await break_in_part(LostLease("taken away"))

    monkeypatch.setattr("thesetd.actors.importer.perform", perform)
    async with cluster() as c:
        one = await c.start("one")
        await c.enqueued("a", "b")
        await one.recorder.until(lambda r: len(r.of(JobClaimed)) == 2)
        await one.order(1, Action.CANCEL)
        await one.recorder.until(lambda _: one.ended(1) == ["lost"])
        assert one.ended(2) == []
        monkeypatch.undo()


async def test_a_node_whose_name_went_on_without_it_ends(autojump_clock: trio.testing.MockClock) -> None:
    """It finds its name in a later life, says which key to change, and is not started again."""
    store = FakeStore()
    first, second = store.another_node(), store.another_node()
    owner = await first.join("one", now=FakeClock().now())
    first.leave()
    await second.join("one", now=FakeClock().now())
    node = Node(
        owner,
        nodes=first,
        jobs=store,
        importer=trio.open_memory_channel[ToImporter](1)[0],
        broadcaster=trio.open_memory_channel[ToBroadcaster](1)[0],
        clock=FakeClock(),
        observer=Recorder(),
    )
    with pytest.raises(ExceptionGroup) as caught:
        await node.run()
    assert caught.group_contains(ConfigError, match=r"node\.name: another thesetd")


async def test_a_job_that_kills_its_owners_runs_alone_and_then_not_at_all(
    autojump_clock: trio.testing.MockClock, endless: set[int]
) -> None:
    """After SUSPECT deaths nobody runs beside it, after POISON it is dead, and the others are all done."""
    async with cluster() as c:
        await c.enqueued("poison", "innocent", "other")
        running = []
        while c.store.world.jobs[JobId(1)].state is not JobState.DEAD:
            one = await c.start("one")
            await one.recorder.until(lambda r: 1 in {fact.job_id for fact in r.of(JobClaimed)})
            await trio.testing.wait_all_tasks_blocked()
            running.append({number for number in (1, 2, 3) if one.state(number) is JobState.RUNNING})
            if len(running) <= POISON:
                await c.kill(one)
        assert running[:SUSPECT] == [{1, 2, 3}] * SUSPECT
        assert running[SUSPECT:POISON] == [{1}] * (POISON - SUSPECT)
        endless |= {2, 3}
        await one.recorder.until(lambda _: one.state(2) is one.state(3) is JobState.DONE)


async def test_a_suspect_that_lives_is_joined_by_the_others(
    autojump_clock: trio.testing.MockClock, endless: set[int]
) -> None:
    """It has ALONE_S to show what it does, as long as it stores nothing; then the rest goes on beside it."""
    async with cluster() as c:
        await c.enqueued("slow", "other")
        c.store.world.jobs[JobId(1)].rescues = SUSPECT
        one = await c.start("one")
        await one.recorder.until(lambda r: bool(r.of(JobSuspected)))
        before = trio.current_time()
        await one.recorder.until(lambda r: len(r.of(JobClaimed)) == 2)
        assert ALONE_S <= trio.current_time() - before <= ALONE_S + 1
        assert (one.state(1), one.state(2)) == (JobState.RUNNING, JobState.RUNNING)


async def test_a_suspect_that_another_node_gave_back_is_found_by_looking(
    autojump_clock: trio.testing.MockClock, endless: set[int]
) -> None:
    """Who gave it back may be gone before it ran it: nobody tells the others."""
    async with cluster() as c:
        one = await c.start("one")
        await trio.sleep(1)
        await c.enqueued("slow")
        await one.recorder.until(lambda r: bool(r.of(JobClaimed)))
        c.store.world.jobs[JobId(1)].rescues = SUSPECT - 1
        await c.store.jobs.recover(owner=Owner("two", Epoch(1)), presumed_dead=["one"], now=one.clock.now())
        with trio.fail_after(2 * POLLS.jobs_s):
            await one.recorder.until(lambda r: bool(r.of(JobSuspected)))


async def test_a_suspect_that_only_tells_how_far_it_is_stays_alone(
    autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It told that in each life before it killed its node, so it may still do so."""

    async def perform(work: JobRun) -> None:
        await work.commit()
        await trio.sleep_forever()

    monkeypatch.setattr("thesetd.actors.importer.perform", perform)
    async with cluster() as c:
        await c.enqueued("suspect", "innocent")
        c.store.world.jobs[JobId(1)].rescues = SUSPECT
        one = await c.start("one")
        await one.recorder.until(lambda r: bool(r.of(JobSuspected)))
        await trio.sleep(ALONE_S / 2)
        assert (one.state(1), one.state(2)) == (JobState.RUNNING, JobState.READY)
        assert c.store.world.jobs[JobId(1)].rescues == SUSPECT


async def test_suspects_that_get_further_are_cleared(
    autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after another each is alone until a step is done; then it is no suspect any more, and nobody waits."""

    async def perform(work: JobRun) -> None:
        await trio.sleep(0.5)
        work.step = "first"
        await work.commit(last=True)
        await trio.sleep_forever()

    monkeypatch.setattr("thesetd.actors.importer.perform", perform)
    async with cluster() as c:
        await c.enqueued("innocent", "other", "third", "new")
        for number in (1, 2, 3):
            c.store.world.jobs[JobId(number)].rescues = SUSPECT
        one = await c.start("one")
        before = trio.current_time()
        await one.recorder.until(lambda r: {fact.job_id for fact in r.of(JobClaimed)} == {1, 2, 3, 4})
        await one.recorder.until(lambda _: {one.state(number) for number in (1, 2, 3, 4)} == {JobState.RUNNING})
        assert trio.current_time() - before < 3
        assert [fact.job_id for fact in one.recorder.of(JobSuspected)] == [1, 2, 3]
        assert {c.store.world.jobs[JobId(number)].rescues for number in (1, 2, 3)} == {0}
