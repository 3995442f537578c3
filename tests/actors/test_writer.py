"""The writer stores every batch exactly as often as it has to, and tells of it only after the commit."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
import trio

from recorder import Recorder
from sample_rows import song
from thesetd.actors.asking import WriterHandle
from thesetd.actors.messages import Publish, ToBroadcaster, ToImporter, Wake, Write
from thesetd.actors.supervision.guard import BreakerGuard
from thesetd.actors.waiting_batches import MOST_IN_VAIN, MOST_OVERTAKING, MOST_ROWS, TOGETHER, WITH_ROWS
from thesetd.actors.writer import Writer
from thesetd.domain.errors import LostLease, StoreError, StoreRejected, StoreUnavailable
from thesetd.domain.facts import BatchesWritten, BreakerMoved, RowRejected, StoreWaited
from thesetd.domain.gate.breaker import Breaker
from thesetd.domain.ids import Fence, JobId, Seq
from thesetd.domain.music.records import Reject, Rows
from thesetd.domain.work.accepted import Accepted
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import JobState, JobUpdate, Lane
from thesetd.domain.work.progress import CommittedEvent, Progress, Stage

AT = datetime(2026, 11, 22, tzinfo=UTC)
EVENT = CommittedEvent(
    seq=Seq(1),
    job_id=JobId(1),
    artist_id=None,
    slug=None,
    progress=Progress(stage=Stage.COMPLETED, percent=100, message="m"),
    at=AT,
)


@attrs.define
class Store:
    """A store that follows a script: an error to raise, or what was written."""

    script: list[Exception | Written] = attrs.field(factory=list)
    batches: list[Batch] = attrs.field(factory=list)
    groups: list[int] = attrs.field(factory=list)
    delay_s: float = 0.0

    async def write_all(self, batches: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
        """Store batches, shielded as a real store does."""
        self.groups.append(len(batches))
        self.batches += batches
        with trio.CancelScope(shield=True):
            await trio.sleep(self.delay_s)
        steps = [self.script.pop(0) if self.script else Written() for _ in batches]
        for step in steps:
            if not isinstance(step, Written | LostLease | StoreRejected):
                raise step
        return tuple(step for step in steps if isinstance(step, Written | StoreError))


@attrs.define
class Scene:
    """A writer with its surroundings."""

    writer: Writer
    handle: WriterHandle
    events: trio.MemoryReceiveChannel[ToBroadcaster]
    wakes: trio.MemoryReceiveChannel[ToImporter]
    recorder: Recorder
    store: Store


def scene(*script: Exception | Written, delay_s: float = 0.0, store: Store | None = None) -> Scene:
    """Make a writer that is not running yet."""
    recorder, store = Recorder(), store or Store(list(script), delay_s=delay_s)
    to_writer, mailbox = trio.open_memory_channel[Write](10)
    to_broadcaster, events = trio.open_memory_channel[ToBroadcaster](10)
    to_importer, wakes = trio.open_memory_channel[ToImporter](1)
    guard = BreakerGuard(Breaker(name="writer", rest_s=1.0, longest_rest_s=5.0), StoreUnavailable, recorder)
    writer = Writer(mailbox, to_broadcaster, to_importer, store=store, guard=guard, observer=recorder)
    return Scene(writer, WriterHandle(to_writer), events, wakes, recorder, store)


async def test_a_committed_batch_is_answered_and_its_events_are_passed_on(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """The answer is what the store wrote; rejects of the batch and of the store are told."""
    written = Written(events=(EVENT,), changed={"songs": 3}, rejects=(Reject(kind="song", key="1", reason="r"),))
    s = scene(written)
    batch = Batch(at=AT, rows=Rows(rejects=(Reject(kind="album", key="2", reason="q"),)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        assert await s.handle.write(batch) == written
        assert await s.events.receive() == Publish(events=(EVENT,))
        nursery.cancel_scope.cancel()
    assert [fact.key for fact in s.recorder.of(RowRejected)] == ["2", "1"]
    assert s.recorder.of(BatchesWritten)[0].changed == {"songs": 3}


async def test_a_database_that_is_away_is_waited_for(autojump_clock: trio.testing.MockClock) -> None:
    """Twenty failures later the same batch is stored; the breaker opened meanwhile and nothing was dropped."""
    s = scene(*[StoreUnavailable("gone")] * 20)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        assert await s.handle.write(Batch(at=AT)) == Written()
        nursery.cancel_scope.cancel()
    assert len(s.store.batches) == 21
    assert len({id(batch) for batch in s.store.batches}) == 1
    assert len(s.recorder.of(StoreWaited)) == 20
    opened = s.recorder.of(BreakerMoved)[0]
    assert (opened.state, bool(opened.reason)) == ("open", True)


@pytest.mark.parametrize("error", [LostLease("taken"), StoreRejected("no")])
async def test_a_refusal_goes_back_to_the_job(autojump_clock: trio.testing.MockClock, error: StoreError) -> None:
    """It is not tried again and the writer goes on with the next batch."""
    s = scene(error)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        with pytest.raises(type(error)):
            await s.handle.write(Batch(at=AT))
        assert await s.handle.write(Batch(at=AT)) == Written()
        nursery.cancel_scope.cancel()
    assert len(s.store.batches) == 2


async def test_a_posted_batch_is_stored_in_turn_and_not_sent_twice(autojump_clock: trio.testing.MockClock) -> None:
    """Before those sent after it; its sender may wait for the answer later, and learns a refusal, or a loss."""
    s = scene(Written(), LostLease("taken"), Written(), RuntimeError("a bug"), delay_s=1.0)
    first, second = Batch(at=AT), Batch(at=AT)
    async with trio.open_nursery() as nursery:
        posted, refused = await s.handle.post(first, Lane.LOW), await s.handle.post(second, Lane.LOW)
        nursery.start_soon(s.writer.run)
        assert await s.handle.write(Batch(at=AT)) == Written()
        assert [one is batch for one, batch in zip(s.store.batches, (first, second), strict=False)] == [True, True]
        assert await posted()
        with pytest.raises(LostLease):
            await refused()
        nursery.cancel_scope.cancel()
    lost = await s.handle.post(first, Lane.LOW)
    with pytest.RaisesGroup(RuntimeError):
        await s.writer.run()
    assert not await lost()
    assert len(s.store.batches) == 4


async def test_a_commit_is_told_even_while_the_writer_is_being_stopped(autojump_clock: trio.testing.MockClock) -> None:
    """The cancel that arrives during the write does not swallow its events."""
    s = scene(Written(events=(EVENT,)), delay_s=2.0)
    async with trio.open_nursery() as outer:

        async def ask() -> None:
            with trio.move_on_after(10):
                await s.handle.write(Batch(at=AT))

        outer.start_soon(ask)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(s.writer.run)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        assert s.events.receive_nowait() == Publish(events=(EVENT,))


async def test_a_batch_whose_writer_crashed_is_sent_again(autojump_clock: trio.testing.MockClock) -> None:
    """The sender does not hear of the crash: the next life of the writer answers."""
    s = scene(ZeroDivisionError("a defect"), Written(changed={"songs": 1}))
    async with trio.open_nursery() as nursery:

        async def two_lives() -> None:
            with pytest.RaisesGroup(ZeroDivisionError):
                await s.writer.run()
            await s.writer.run()

        nursery.start_soon(two_lives)
        assert (await s.handle.write(Batch(at=AT))).changed == {"songs": 1}
        nursery.cancel_scope.cancel()


async def test_a_sender_that_is_gone_does_not_stop_the_writer(autojump_clock: trio.testing.MockClock) -> None:
    """Its batch is stored all the same."""
    s = scene(delay_s=5.0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        with trio.move_on_after(1):
            await s.handle.write(Batch(at=AT))
        await s.handle.write(Batch(at=AT))
        nursery.cancel_scope.cancel()
    assert len(s.store.batches) == 2


async def test_a_new_job_wakes_the_importer(autojump_clock: trio.testing.MockClock) -> None:
    """Each commit that enqueues sends a hint; hints that nobody took yet are one."""
    job = Accepted(job_id=JobId(1), artist_id=None, slug=None, name=None, status="initializing")
    s = scene(Written(enqueued=(job,)), Written(enqueued=(job,)), Written())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        for _ in range(3):
            await s.handle.write(Batch(at=AT))
        assert s.wakes.receive_nowait() == Wake()
        with pytest.raises(trio.WouldBlock):
            s.wakes.receive_nowait()
        nursery.cancel_scope.cancel()


async def test_batches_that_wait_together_are_stored_together(autojump_clock: trio.testing.MockClock) -> None:
    """While one commit is under way others gather, and each of their senders gets its own answer."""
    changed = [Written(changed={"songs": number}) for number in range(10)]
    s = scene(Written(), *changed, delay_s=1.0)
    answers: list[Written] = []

    async def send() -> None:
        answers.append(await s.handle.write(Batch(at=AT)))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        nursery.start_soon(s.handle.write, Batch(at=AT))
        await trio.testing.wait_all_tasks_blocked()
        for _ in changed:
            nursery.start_soon(send)
        await s.recorder.until(lambda r: sum(fact.batches for fact in r.of(BatchesWritten)) == 11)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert s.store.groups == [1, 10]
    assert sorted(answer.changed["songs"] for answer in answers) == list(range(10))


def update(job: int, checkpoint: Mapping[str, Any] | None = None) -> JobUpdate:
    """Return an update of a running job."""
    return JobUpdate(id=JobId(job), fence=Fence(1), checkpoint=checkpoint)


def of_job(job: int, checkpoint: int = 0) -> Batch:
    """Return a batch of a job."""
    return Batch(at=AT, job=update(job, {"page": checkpoint}))


async def test_two_batches_of_one_job_are_two_commits(autojump_clock: trio.testing.MockClock) -> None:
    """A job that is given back while its last batch still waits: the later one is stored after it."""
    s = scene(delay_s=1.0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        for batch in (of_job(9), of_job(1, 1), of_job(2), of_job(1, 2), of_job(3)):
            nursery.start_soon(s.handle.write, batch)
            await trio.testing.wait_all_tasks_blocked()
        await s.recorder.until(lambda r: sum(fact.batches for fact in r.of(BatchesWritten)) == 5)
        nursery.cancel_scope.cancel()
    assert s.store.groups == [1, 3, 1]
    assert [batch.job and batch.job.id for batch in s.store.batches] == [9, 1, 2, 3, 1]


async def test_whoever_waits_for_a_reply_overtakes_jobs_and_users_overtake_refreshes(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """A backlog of refreshes with rows, an import's rows and a request arrive in this order: stored the other way."""
    s = scene(delay_s=1.0)
    rows = Rows(rejects=(Reject(kind="album", key="2", reason="q"),))
    background = [Batch(at=AT, rows=rows) for _ in range(2 * WITH_ROWS)]
    users, asked = Batch(at=AT, rows=rows), Batch(at=AT, rows=rows)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        nursery.start_soon(s.handle.write, Batch(at=AT))
        await trio.testing.wait_all_tasks_blocked()
        for batch in background:
            nursery.start_soon(s.handle.write, batch, Lane.MEDIUM)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(s.handle.write, users, Lane.INTERACTIVE)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(s.handle.write_soon, asked)
        await s.recorder.until(lambda r: sum(fact.batches for fact in r.of(BatchesWritten)) == 3 + len(background))
        nursery.cancel_scope.cancel()
    assert s.store.groups == [1, 1, 1, WITH_ROWS, WITH_ROWS]
    assert s.store.batches[1] is asked
    assert s.store.batches[2] is users


@pytest.mark.parametrize("lane", [Lane.INTERACTIVE, None], ids=["a user's job", "a reply"])
async def test_nobody_is_overtaken_for_ever(autojump_clock: trio.testing.MockClock, lane: Lane | None) -> None:
    """However many that are more urgent follow one another, a refresh is stored after a few commits."""
    s = scene(delay_s=1.0)

    async def urgent() -> None:
        while True:
            await (s.handle.write_soon(Batch(at=AT)) if lane is None else s.handle.write(Batch(at=AT), lane))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        for _ in range(2):  # one waits while the other is stored
            nursery.start_soon(urgent)
            await trio.testing.wait_all_tasks_blocked()
        began = trio.current_time()
        await s.handle.write(Batch(at=AT), Lane.LOW)
        stored, waited, own = 1, 1, 1  # one commit each: under way, there before it, itself
        assert trio.current_time() - began == stored + waited + MOST_OVERTAKING + own
        nursery.cancel_scope.cancel()


async def test_batches_with_rows_are_not_piled_up(autojump_clock: trio.testing.MockClock) -> None:
    """Rows take their time: only so many of them stand between a person and the next commit."""
    s = scene(delay_s=1.0)
    rows = Rows(rejects=(Reject(kind="album", key="2", reason="q"),))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        for _ in range(1 + 9):
            nursery.start_soon(s.handle.write, Batch(at=AT, rows=rows))
        await s.recorder.until(lambda r: sum(fact.batches for fact in r.of(BatchesWritten)) == 10)
        nursery.cancel_scope.cancel()
    assert s.store.groups[1] <= WITH_ROWS


async def test_what_fails_together_is_tried_one_by_one(autojump_clock: trio.testing.MockClock) -> None:
    """Those that failed because of another one are stored at the next attempt."""
    s = scene(Written(), StoreUnavailable("timeout"), *[Written()] * 9, delay_s=1.0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        for _ in range(4):
            nursery.start_soon(s.handle.write, Batch(at=AT))
            await trio.testing.wait_all_tasks_blocked()
        await s.recorder.until(lambda r: sum(fact.batches for fact in r.of(BatchesWritten)) == 4)
        nursery.cancel_scope.cancel()
    assert s.store.groups == [1, 3, 1, 1, 1]


TIMEOUT = "canceling statement due to statement timeout"


@attrs.define
class TooLong(Store):
    """A store in which batches of job 13 take as long as a statement may, and all others a tenth of a second.

    `tried` are the moments of the attempts.
    """

    tried: list[float] = attrs.field(factory=list)

    async def write_all(self, batches: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
        """Store batches."""
        self.groups.append(len(batches))
        if any(batch.job and batch.job.id == JobId(13) for batch in batches):
            self.tried.append(trio.current_time())
            await trio.sleep(10.0)
            raise StoreUnavailable(TIMEOUT)
        self.batches += batches
        await trio.sleep(0.1)
        return tuple(Written() for _ in batches)


@pytest.mark.parametrize("lane", [Lane.LOW, Lane.INTERACTIVE], ids=["a refresh", "an import"])
async def test_a_batch_that_always_takes_too_long_keeps_no_other_out(
    autojump_clock: trio.testing.MockClock, lane: Lane
) -> None:
    """It is tried less and less often, by itself; its job's later batches wait for it, all others are stored."""
    s = scene(store=(store := TooLong()))
    waited: list[float] = []

    async def send(batch: Batch) -> None:
        began = trio.current_time()
        await s.handle.write(batch, Lane.INTERACTIVE)
        waited.append(trio.current_time() - began)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        for _ in range(2):
            nursery.start_soon(s.handle.write, rows_of_job(13), lane)
        for job in range(100, 400):
            nursery.start_soon(send, rows_of_job(job))
            await trio.sleep(1.0)
        assert len(waited) >= 300 - 11
        nursery.cancel_scope.cancel()
    assert max(waited) <= 20.3  # once with others, then by itself
    assert max(waited[50:]) <= 10.3
    assert sum(one > 1.0 for one in waited) <= 90
    assert len(store.tried) <= 9
    rests = [after - before for before, after in zip(store.tried[2:], store.tried[3:], strict=False)]
    assert rests == sorted(rests)
    assert not any(batch.job and batch.job.id == JobId(13) for batch in store.batches)
    first, *_, last = [fact.error for fact in s.recorder.of(StoreWaited)]
    assert (first, last) == (TIMEOUT, f"{TIMEOUT} (only for a batch of job 13)")


async def test_a_batch_that_takes_too_long_is_dropped_once_nobody_waits_for_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Its job was taken away, or its caller was told that it is not known to be stored."""
    s = scene(store=(store := TooLong()))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        with trio.move_on_after(5.0):
            await s.handle.write(of_job(13))
        for job in range(100, 500):
            await s.handle.write(of_job(job))
            await trio.sleep(1.0)
        assert s.writer.waiting() == 0
        nursery.cancel_scope.cancel()
    assert len(store.tried) == 1 + MOST_IN_VAIN


@attrs.define
class Away(Store):
    """A store that is unavailable to the first thirty attempts."""

    failures: int = 30

    async def write_all(self, batches: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
        """Store batches."""
        self.groups.append(len(batches))
        self.failures -= 1
        if self.failures >= 0:
            raise StoreUnavailable("gone")
        return tuple(Written() for _ in batches)


async def test_after_an_outage_batches_are_stored_together_again(autojump_clock: trio.testing.MockClock) -> None:
    """None of them was to blame, however often each was tried by itself."""
    s = scene(store=(store := Away()))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        for job in range(20):
            nursery.start_soon(s.handle.write, of_job(job))
        await s.recorder.until(lambda r: sum(fact.batches for fact in r.of(BatchesWritten)) == 20)
        nursery.cancel_scope.cancel()
    assert store.failures < 0
    assert s.store.groups[-2:] == [1, 19]


async def test_a_reply_overtakes_whatever_waits(autojump_clock: trio.testing.MockClock) -> None:
    """However many jobs post their reports and rows at once: none is left in the mailbox, behind all of them."""
    s = scene(delay_s=1.0)
    rows = Rows(rejects=(Reject(kind="album", key="2", reason="q"),))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        for _ in range(3 * TOGETHER):
            nursery.start_soon(s.handle.write, Batch(at=AT, rows=rows))
        await trio.testing.wait_all_tasks_blocked()
        began = trio.current_time()
        await s.handle.write_soon(Batch(at=AT))
        assert trio.current_time() - began == 2
        nursery.cancel_scope.cancel()


async def test_one_commit_has_so_many_rows(autojump_clock: trio.testing.MockClock) -> None:
    """Large batches are fewer of one commit, the largest one by itself: a reply may wait for all of them."""
    s = scene(delay_s=1.0)
    tracks = (song(),) * (MOST_ROWS // 2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        nursery.start_soon(s.handle.write, Batch(at=AT))
        await trio.testing.wait_all_tasks_blocked()
        for size in (1, 1, 1, 3, 1):
            nursery.start_soon(s.handle.write, Batch(at=AT, rows=Rows(songs=tracks * size)))
            await trio.testing.wait_all_tasks_blocked()
        await s.recorder.until(lambda r: sum(fact.batches for fact in r.of(BatchesWritten)) == 6)
        nursery.cancel_scope.cancel()
    assert s.store.groups == [1, 2, 1, 1, 1]


@attrs.define
class SlowRows(Store):
    """A store in which batches with rows take ten seconds and others one; it notes when each was begun."""

    begun: list[tuple[float, int]] = attrs.field(factory=list)

    async def write_all(self, batches: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
        """Store batches."""
        self.begun += [(trio.current_time(), batch.job.id) for batch in batches if batch.job]
        with trio.CancelScope(shield=True):
            await trio.sleep(10.0 if any(batch.rows for batch in batches) else 1.0)
        return tuple(Written() for _ in batches)


async def begun(*batches: Batch) -> list[tuple[float, int]]:
    """Send batches, one a second; return when each was begun to be stored, by its job."""
    s = scene(store=(store := SlowRows()))
    started = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(s.writer.run)
        for batch in batches:
            nursery.start_soon(s.handle.write, batch)
            await trio.sleep(1.0)
        await s.recorder.until(lambda r: sum(fact.batches for fact in r.of(BatchesWritten)) == len(batches))
        nursery.cancel_scope.cancel()
    return [(at - started, job) for at, job in store.begun]


def rows_of_job(job: int) -> Batch:
    """Return a batch of a job with rows."""
    return attrs.evolve(of_job(job), rows=Rows(rejects=(Reject(kind="album", key="2", reason="q"),)))


async def test_a_report_does_not_wait_for_rows(autojump_clock: trio.testing.MockClock) -> None:
    """Reports of other jobs are stored while rows are; other rows, and an end, wait for them."""
    end = attrs.evolve(of_job(5), job=attrs.evolve(update(5), state=JobState.DONE))
    assert await begun(rows_of_job(1), rows_of_job(2), of_job(3), of_job(4), end) == [
        (0, 1), (2, 3), (3, 4), (10, 2), (10, 5)
    ]  # fmt: skip


async def test_batches_of_one_job_are_stored_in_their_order(autojump_clock: trio.testing.MockClock) -> None:
    """A report waits for its own job's rows, stored or waiting, and rows for the reports before them."""
    assert await begun(rows_of_job(1), of_job(1)) == [(0, 1), (10, 1)]
    assert await begun(rows_of_job(1), rows_of_job(2), of_job(2)) == [(0, 1), (10, 2), (20, 2)]
    assert await begun(of_job(7), of_job(1), of_job(1), rows_of_job(1)) == [(0, 7), (1, 1), (2, 1), (3, 1)]
