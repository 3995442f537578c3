"""What keeps jobs alive, one suite over the fake and over PostgreSQL: lives of nodes, rescues, orders, the outbox."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import attrs
import pytest
import trio

from fakes import FakeStore
from patience import LONGEST_S
from sample_rows import ARTIST_KEY, NOW, artist, batch, event, moment, new_job, next_due, owner, progress, song, update
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.errors import LostLease, NameTaken, StoreRejected, StoreUnavailable
from thesetd.domain.ids import JobId, Seq
from thesetd.domain.work.batches import Written
from thesetd.domain.work.jobs import POISON, REST_S, SUSPECT, Action, Job, JobState, Lane, Order, Ordered, Owner
from thesetd.domain.work.progress import Stage
from thesetd.ports.store import (
    Hint,
    HintKind,
    NodeStore,
    Stores,
)


class Node(NodeStore, Protocol):
    """A node that can die."""

    def leave(self) -> None:
        """Die, as far as the database sees."""


@attrs.frozen
class Cluster:
    """One database and as many nodes as are wanted."""

    store: Stores
    node: Callable[[], Node]

    async def claimed(self, by: Owner, *, minutes: float = 1, limit: int = 100, suspects: bool = False) -> list[Job]:
        """Claim what is due."""
        found = (
            await self.store.jobs.claim(owner=by, limit=limit, background=limit, now=moment(minutes), suspects=suspects)
        ).jobs
        return list(found)


@pytest.fixture
async def cluster(store: FakeStore | PostgresStore) -> AsyncIterator[Cluster]:
    """Yield nodes on it, which leave at the end."""
    nodes = list[Node]()

    def node() -> Node:
        nodes.append(store.another_node())
        return nodes[-1]

    try:
        yield Cluster(store, node)
    finally:
        for one in nodes:
            one.leave()


@asynccontextmanager
async def living(cluster: Cluster, name: str) -> AsyncIterator[Owner]:
    """Let a node live for as long as the block runs."""
    node = cluster.node()
    try:
        yield await node.join(name, now=NOW)
    finally:
        node.leave()


# -- lives ---------------------------------------------------------------------------------------------------------


async def test_each_life_of_a_node_has_the_next_epoch(cluster: Cluster) -> None:
    """Epochs count the starts of a node; names are counted apart."""
    epochs = []
    for name in ("a", "a", "b", "a"):
        async with living(cluster, name) as me:
            epochs.append((me.node, me.epoch))
    assert epochs == [("a", 1), ("a", 2), ("b", 1), ("a", 3)]


async def test_a_name_has_one_holder(cluster: Cluster) -> None:
    """Who comes second is told what to do as soon as the first gives a sign of life, and the first goes on."""
    first, second = cluster.node(), cluster.node()
    me = await first.join("a", now=NOW)

    async def beat() -> None:
        while True:
            await first.beat(me)
            await trio.sleep(0.1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(beat)
        with pytest.raises(NameTaken, match="'a'"):
            await second.join("a", now=NOW)
        nursery.cancel_scope.cancel()
    await first.beat(me)


async def test_only_the_dead_lose_their_jobs(cluster: Cluster) -> None:
    """An earlier life of one's own and a node that is gone are dead; a node that holds its name is not."""
    await cluster.store.batches.write(batch(enqueue=tuple(new_job(name) for name in "abcd")))
    async with living(cluster, "a") as old, living(cluster, "c") as alive:
        async with living(cluster, "b") as gone:
            for one in (old, gone, alive):
                await cluster.claimed(one, limit=1)
        mine = Owner("a", old.epoch + 1)  # as after a restart, the old life's session being gone or not
        recovered = 0
        with trio.fail_after(LONGEST_S):  # the server ends a session a moment after its connection is closed
            while recovered < 2:
                recovered += await cluster.store.jobs.recover(owner=mine, now=moment(2))
        assert [(job.id, job.fence) for job in await cluster.claimed(mine, minutes=2)] == [(1, 2), (2, 2), (4, 1)]
        assert await cluster.store.jobs.recover(owner=mine, now=moment(3)) == 0
        assert await cluster.store.jobs.recover(owner=mine, presumed_dead=["c"], now=moment(3)) == 1


async def test_a_rescued_job_is_due_though_the_clock_went_back(cluster: Cluster) -> None:
    """The time of the claim does not hold it up."""
    await cluster.store.batches.write(batch(60, enqueue=(new_job(),)))
    await cluster.claimed(owner("gone"), minutes=61)
    async with living(cluster, "a") as me:
        await cluster.store.jobs.recover(owner=me, now=moment(5))
        assert [job.id for job in await cluster.claimed(me, minutes=5)] == [1]


async def test_beats_tell_of_the_other_nodes_that_run_something(cluster: Cluster) -> None:
    """A count that rises is a node that works; idle nodes are of no interest."""
    await cluster.store.batches.write(batch(enqueue=(new_job(),)))
    one, two, idle = cluster.node(), cluster.node(), cluster.node()
    me, other, _ = await one.join("one", now=NOW), await two.join("two", now=NOW), await idle.join("idle", now=NOW)
    await cluster.claimed(other)
    seen = [(await one.beat(me)).beats]
    await two.beat(other)
    seen.append((await one.beat(me)).beats)
    assert [set(peers) for peers in seen] == [{"two"}, {"two"}]
    assert seen[1]["two"] == seen[0]["two"] + 1


async def test_a_name_that_was_lost_with_its_connection_is_taken_again(cluster: Cluster) -> None:
    """The same life goes on, and says so once: the others may be in the same position."""
    node = cluster.node()
    me = await node.join("one", now=NOW)
    assert not (await node.beat(me)).retaken
    node.leave()
    with trio.fail_after(LONGEST_S):
        while not await retaken(node, me):
            pass
    assert not (await node.beat(me)).retaken


async def test_every_node_hears_what_there_is_to_do(cluster: Cluster) -> None:
    """A commit is told to all by what it leaves; what is heard twice before it is read is one."""
    one, two = cluster.node(), cluster.node()
    await one.join("one", now=NOW)
    await two.join("two", now=NOW)
    for _ in range(2):
        await cluster.store.batches.write(batch(enqueue=(new_job(progress=progress()),)))
    await cluster.store.batches.write(batch(orders=(Order(JobId(1), Action.CANCEL),)))
    await cluster.store.batches.write(batch(artists=(artist(),)))
    await cluster.store.pauses.pause("spotify", at=NOW)
    for node in (one, two):
        with trio.fail_after(LONGEST_S):
            heard: dict[HintKind, Hint] = {}
            while heard.get(HintKind.EVENTS) != Hint(HintKind.EVENTS, Seq(2)) or len(heard) < len(HintKind):
                hint = await node.hint()
                heard[hint.left] = hint


async def test_the_kind_of_hint_that_waits_longest_comes_first(cluster: Cluster) -> None:
    """However fast events follow one another, orders and pauses are heard in their turn."""
    node = cluster.node()
    await node.join("one", now=NOW)
    await cluster.store.batches.write(batch(enqueue=(new_job(progress=progress()),)))
    heard = list[HintKind]()
    with trio.fail_after(LONGEST_S):
        for number in range(3):
            await cluster.store.pauses.pause(f"pause {number}", at=NOW)
            await cluster.store.batches.write(batch(events=(event(JobId(1), number),)))
            await until_heard(cluster, number)
            heard.append((await node.hint()).left)
    assert set(heard) == {HintKind.JOBS, HintKind.EVENTS, HintKind.PAUSES}


async def until_heard(cluster: Cluster, number: int) -> None:
    """Wait until a hint that was given after all others has arrived somewhere, and so have those."""
    witness = cluster.node()
    await witness.join(f"witness {number}", now=NOW)
    await cluster.store.pauses.resume(f"pause {number}")
    while (await witness.hint()).left is not HintKind.PAUSES:
        pass
    witness.leave()


async def test_a_node_whose_connection_was_lost_looks_for_all_that_it_may_have_missed(cluster: Cluster) -> None:
    """Whatever was committed meanwhile is a hint of each kind when it listens again."""
    await cluster.store.batches.write(batch(enqueue=(new_job(progress=progress()),)))
    node = cluster.node()
    me = await node.join("one", now=NOW)
    node.leave()
    await cluster.store.batches.write(batch(2, events=(event(JobId(1), 2),)))
    with trio.fail_after(LONGEST_S):
        while not await retaken(node, me):
            pass
        heard = [await node.hint() for _ in HintKind]
    assert {hint.left for hint in heard} == set(HintKind)
    assert Hint(HintKind.EVENTS, Seq(2)) in heard


async def retaken(node: Node, me: Owner) -> bool:
    """Beat once; the server ends a session a moment after its connection is closed."""
    try:
        return (await node.beat(me)).retaken
    except StoreUnavailable:
        return False


# -- rescues -------------------------------------------------------------------------------------------------------


async def test_every_node_hears_of_a_rescue(cluster: Cluster) -> None:
    """The one that gives jobs of the dead back may have no room for them; another need not find them by looking."""
    one, two = cluster.node(), cluster.node()
    me = await one.join("one", now=NOW)
    await cluster.store.batches.write(batch(enqueue=(new_job(),)))
    await cluster.claimed(owner("gone"))
    await two.join("two", now=NOW)
    assert await cluster.store.jobs.recover(owner=me, now=moment(1)) == 1
    with trio.fail_after(LONGEST_S):
        assert await two.hint() == Hint(HintKind.JOBS)


async def test_every_node_hears_of_what_is_given_back(cluster: Cluster) -> None:
    """A node that stops leaves jobs that another need not find by looking."""
    await cluster.store.batches.write(batch(enqueue=(new_job(),)))
    (job,) = await cluster.claimed(owner("gone"))
    node = cluster.node()
    await node.join("two", now=NOW)
    await cluster.store.batches.write(batch(2, job=update(job, JobState.READY)))
    with trio.fail_after(LONGEST_S):
        assert await node.hint() == Hint(HintKind.JOBS)


async def test_a_job_whose_owners_keep_dying_is_suspect(cluster: Cluster) -> None:
    """After SUSPECT deaths it is claimed apart from the others, and it is due apart from them."""
    await cluster.store.batches.write(batch(enqueue=(new_job("bad"),)))
    async with living(cluster, "me") as me:
        for life in range(SUSPECT):
            assert [job.rescues for job in await cluster.claimed(owner("gone", life + 1))] == [life]
            assert await cluster.store.jobs.recover(owner=me, now=moment(1)) == 1
        await cluster.store.batches.write(batch(enqueue=(new_job("good"), new_job("other"))))
        assert await next_due(cluster.store.jobs, suspects=True) is not None
        assert [job.id for job in await cluster.claimed(me)] == [2, 3]
        assert await cluster.claimed(me, suspects=True) == []
        rested = 1 + REST_S / 60
        claimed = await cluster.claimed(me, minutes=rested, suspects=True)
        assert [(job.id, job.rescues) for job in claimed] == [(1, SUSPECT)]
        assert await next_due(cluster.store.jobs, suspects=True) is None


@pytest.mark.parametrize(("deaths", "rest"), [(SUSPECT - 1, 0), (SUSPECT, 1), (SUSPECT + 1, 2), (POISON, 0)])
async def test_a_suspect_rests_before_it_runs_alone(cluster: Cluster, deaths: int, rest: int) -> None:
    """Kills from outside are over by then, and the innocent gets further; one that is given up need not wait."""
    await cluster.store.batches.write(batch(enqueue=(new_job("bad"),)))
    async with living(cluster, "me") as me:
        for life in range(deaths):
            suspects = life >= SUSPECT
            assert len(await cluster.claimed(owner("gone", life + 1), minutes=10 * life, suspects=suspects)) == 1
            await cluster.store.jobs.recover(owner=me, now=moment(10 * life + 1))
        due = await next_due(cluster.store.jobs, suspects=deaths >= SUSPECT)
    assert due is not None
    assert max(due, moment(10 * life + 1)) == moment(10 * life + 1 + rest * REST_S / 60)


async def test_a_claim_that_was_not_heard_of_is_made_again(cluster: Cluster) -> None:
    """Whoever has a job by the database but does not run it gets it with the next claim, under a new fence."""
    await cluster.store.batches.write(batch(enqueue=tuple(new_job(name, lane=Lane.LOW) for name in "abc")))
    await cluster.claimed(owner(), limit=2)  # the answer was lost
    found = (
        await cluster.store.jobs.claim(owner=owner(), limit=9, background=0, now=moment(1), running=(JobId(1),))
    ).jobs
    assert [(job.id, job.fence) for job in found] == [(2, 2)]


async def test_progress_clears_the_suspicion(cluster: Cluster) -> None:
    """What a job has stored proves that it does not kill at once: the count begins again."""
    await cluster.store.batches.write(batch(enqueue=(new_job(),)))
    async with living(cluster, "me") as me:
        for life in range(SUSPECT + 1):
            (job,) = await cluster.claimed(owner("gone", life + 1))
            await cluster.store.batches.write(batch(job=update(job, checkpoint={"page": life})))
            await cluster.store.jobs.recover(owner=me, now=moment(1))
        assert [job.rescues for job in await cluster.claimed(me)] == [1]


async def test_a_report_of_progress_does_not_clear_the_suspicion(cluster: Cluster) -> None:
    """Each life of a poisonous job may tell anew how far it is before it kills: that gets it no further."""
    await cluster.store.batches.write(batch(enqueue=(new_job(),)))
    async with living(cluster, "me") as me:
        for life in range(SUSPECT):
            (job,) = await cluster.claimed(owner("gone", life + 1))
            assert job.rescues == life
            told = batch(job=update(job, checkpoint={"page": 1}), events=(event(job.id),))
            await cluster.store.batches.write(told)
            if life == 0:
                await cluster.store.batches.write(batch(job=update(job, checkpoint={"page": 1}, revision=2)))
            await cluster.store.jobs.recover(owner=me, now=moment(1))
        assert [job.rescues for job in await cluster.claimed(me, minutes=5, suspects=True)] == [SUSPECT]


@pytest.mark.parametrize(("name", "rescues"), [("Old", 1), ("New", 0)])
async def test_rows_clear_the_suspicion_if_they_changed(cluster: Cluster, name: str, rescues: int) -> None:
    """A long step stores rows under one checkpoint; to store the same rows again gets a job no further."""
    await cluster.store.batches.write(batch(enqueue=(new_job(),), artists=(artist(name="Old"),)))
    async with living(cluster, "me") as me:
        await cluster.claimed(owner("gone", 1))
        await cluster.store.jobs.recover(owner=me, now=moment(1))
        (job,) = await cluster.claimed(owner("gone", 2))
        await cluster.store.batches.write(batch(1, job=update(job, rescued=True), artists=(artist(1, name=name),)))
        await cluster.store.jobs.recover(owner=me, now=moment(1))
        assert [one.rescues for one in await cluster.claimed(me)] == [rescues + 1]


async def test_the_next_due_of_the_urgent_is_asked_apart(cluster: Cluster) -> None:
    """While the background is full only what people wait for is of interest."""
    await cluster.store.batches.write(batch(enqueue=(new_job("a", lane=Lane.LOW), new_job("b", lane=Lane.INTERACTIVE))))
    await cluster.claimed(owner(), limit=1)
    assert await next_due(cluster.store.jobs, background=0) is None
    assert await next_due(cluster.store.jobs) == NOW


# -- several batches -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [(), (song(),)], ids=["light", "with rows"])
async def test_a_batch_whose_commit_was_not_heard_of_is_stored_once(cluster: Cluster, rows: tuple[Any, ...]) -> None:
    """Sent again it changes nothing and tells nothing twice, also where it ended the job; a later claim counts anew."""
    await cluster.store.batches.write(batch(enqueue=(new_job(progress=progress()),)))
    (job,) = await cluster.claimed(owner())
    first = batch(
        2, job=attrs.evolve(update(job, checkpoint={"page": 1}), revision=1), events=(event(job.id, 2),), songs=rows
    )
    last = batch(3, job=attrs.evolve(update(job, JobState.DEAD), revision=3), events=(event(job.id, 3),), songs=rows)
    for again in (first, first, last, last):
        await cluster.store.batches.write(again)
    assert [one.seq for one in await cluster.store.statuses.events(after=Seq(0), job_id=None, limit=9)] == [1, 2, 3]
    with pytest.raises(LostLease):
        await cluster.store.batches.write(batch(4, job=attrs.evolve(update(job), revision=4)))
    await ordered(cluster, Action.RETRY)
    (job,) = await cluster.claimed(owner(), minutes=6)
    await cluster.store.batches.write(batch(7, job=attrs.evolve(update(job), revision=1), events=(event(job.id, 7),)))
    assert await cluster.store.outbox.last_seq() == 5


async def test_batches_stored_together_fare_as_if_stored_alone(cluster: Cluster) -> None:
    """Each is stored as a whole or refused as a whole: a lost job or bad data in one touches no other."""
    await cluster.store.batches.write(batch(enqueue=tuple(new_job(name, progress=progress()) for name in "abcde")))
    jobs = await cluster.claimed(owner())
    await cluster.store.batches.write(batch(orders=(Order(jobs[1].id, Action.CANCEL),)))
    found = await cluster.store.batches.write_all(
        [
            batch(2, job=update(jobs[0], JobState.DONE), events=(event(jobs[0].id, 2, Stage.COMPLETED, 100),)),
            batch(2, job=update(jobs[1], JobState.DONE), events=(event(jobs[1].id, 2, Stage.COMPLETED, 100),)),
            batch(2, job=update(jobs[2], checkpoint={"page": 1}), artists=(artist(),)),
            batch(2, job=update(jobs[3], checkpoint={"bad": "\0"})),
            batch(2, job=update(jobs[4]), enqueue=(new_job("a"), new_job("e"), new_job("f", progress=progress()))),
            batch(2, job=update(jobs[1]), songs=(song(),)),
        ]
    )
    assert [type(one) for one in found] == [Written, LostLease, Written, StoreRejected, Written, LostLease]
    states = {status.job_id: status.state for status in await cluster.store.statuses.listed()}
    assert [states[job.id] for job in jobs] == [
        JobState.DONE, JobState.CANCELLED, JobState.RUNNING, JobState.RUNNING, JobState.RUNNING,
    ]  # fmt: skip
    told = [one for written in found if isinstance(written, Written) for one in written.events]
    assert [one.seq for one in told] == [7, 8]
    assert isinstance(found[4], Written)
    assert [(one.job_id, one.joined) for one in found[4].enqueued][:2] == [(6, False), (5, True)]
    assert not found[4].enqueued[2].joined


async def test_what_a_lost_job_reports_is_not_told(cluster: Cluster) -> None:
    """Its events are left out of those that are stored at the same time, and numbers have no gap."""
    await cluster.store.batches.write(batch(enqueue=tuple(new_job(name, progress=progress()) for name in "abc")))
    jobs = await cluster.claimed(owner())
    await ordered(cluster, Action.CANCEL, jobs[1].id)
    before = await cluster.store.outbox.last_seq()
    found = await cluster.store.batches.write_all(
        [batch(6, job=update(job, checkpoint={"page": 1}), events=(event(job.id, 6),)) for job in jobs]
    )
    assert [type(one) for one in found] == [Written, LostLease, Written]
    told = await cluster.store.statuses.events(after=before, job_id=None, limit=9)
    assert [(one.seq, one.job_id) for one in told] == [(before + 1, jobs[0].id), (before + 2, jobs[2].id)]
    assert [one.events for one in found if isinstance(one, Written)] == [(told[0],), (told[1],)]


async def test_the_fake_and_the_database_refuse_the_same_checkpoint(cluster: Cluster) -> None:
    """A checkpoint that cannot be stored is refused, and the job keeps the one it had."""
    await cluster.store.batches.write(batch(enqueue=(new_job(),)))
    (job,) = await cluster.claimed(owner())
    with pytest.raises(StoreRejected):
        await cluster.store.batches.write(batch(job=update(job, checkpoint={"bad": "\0"})))


# -- orders --------------------------------------------------------------------------------------------------------


async def ordered(cluster: Cluster, action: Action, job_id: int = 1, minutes: float = 5) -> Ordered:
    """Order something of a job."""
    (found,) = (await cluster.store.batches.write(batch(minutes, orders=(Order(JobId(job_id), action),)))).ordered
    return found


async def test_a_running_job_is_cancelled_under_its_owner(cluster: Cluster) -> None:
    """It has ended for everybody: its owner cannot store anything more, and who follows it is told."""
    await cluster.store.batches.write(
        batch(artists=(artist(),), enqueue=(new_job(artist=ARTIST_KEY, progress=progress()),))
    )
    (job,) = await cluster.claimed(owner())
    found = await ordered(cluster, Action.CANCEL)
    assert found == Ordered(job_id=JobId(1), obeyed=True, before=JobState.RUNNING)
    with pytest.raises(LostLease):
        await cluster.store.batches.write(batch(6, job=update(job)))
    status = await cluster.store.statuses.status(JobId(1))
    assert status is not None
    assert (status.state, status.status, status.completed_at) == (JobState.CANCELLED, "cancelled", moment(5))
    told = await cluster.store.statuses.events(after=Seq(1), job_id=JobId(1), limit=10)
    assert [(one.progress.stage, one.progress.percent, one.slug) for one in told] == [
        (Stage.CANCELLED, progress().percent, "the-owls")
    ]


@pytest.mark.parametrize("end", [JobState.FAILED, JobState.DEAD, JobState.CANCELLED])
async def test_what_ended_without_success_is_done_again(cluster: Cluster, end: JobState) -> None:
    """It is due with its checkpoint and without its attempts; percents do not fall."""
    await cluster.store.batches.write(batch(enqueue=(new_job(progress=progress(percent=50)),)))
    (job,) = await cluster.claimed(owner())
    await cluster.store.batches.write(
        batch(2, job=update(job, end, checkpoint={"page": 3}, error="no", failed_attempt=True))
    )
    assert await ordered(cluster, Action.RETRY) == Ordered(job_id=JobId(1), obeyed=True, before=end)
    (again,) = await cluster.claimed(owner(), minutes=5)
    assert (again.checkpoint, again.attempts, again.last_error) == ({"page": 3}, 0, None)
    told = await cluster.store.statuses.events(after=Seq(1), job_id=None, limit=10)
    assert [one.progress.percent for one in told] == [50]


@pytest.mark.parametrize(
    ("state", "action"),
    [(JobState.DONE, Action.CANCEL), (JobState.DONE, Action.RETRY), (JobState.CANCELLED, Action.CANCEL)],
)
async def test_an_order_that_makes_no_sense_changes_nothing(cluster: Cluster, state: JobState, action: Action) -> None:
    """What has ended cannot be cancelled, and what was done is not done again."""
    await cluster.store.batches.write(batch(enqueue=(new_job(progress=progress()),)))
    (job,) = await cluster.claimed(owner())
    await cluster.store.batches.write(batch(2, job=update(job, state)))
    before = await cluster.store.statuses.status(JobId(1))
    assert await ordered(cluster, action) == Ordered(job_id=JobId(1), obeyed=False, before=state)
    assert await cluster.store.statuses.status(JobId(1)) == before
    assert await cluster.store.outbox.last_seq() == 1


async def test_an_order_for_no_job_says_so(cluster: Cluster) -> None:
    """An unknown id has no state."""
    assert await ordered(cluster, Action.CANCEL, 99) == Ordered(job_id=JobId(99), obeyed=False, before=None)


async def test_a_retry_joins_who_does_the_same_already(cluster: Cluster) -> None:
    """While another job of the same key is unfinished there is nothing to do again."""
    await cluster.store.batches.write(batch(enqueue=(new_job(),)))
    await ordered(cluster, Action.CANCEL)
    await cluster.store.batches.write(batch(6, enqueue=(new_job(),)))
    found = await ordered(cluster, Action.RETRY, minutes=7)
    assert found == Ordered(job_id=JobId(1), obeyed=False, before=JobState.CANCELLED, joined=JobId(2))


# -- the outbox ----------------------------------------------------------------------------------------------------


async def test_numbers_of_events_have_no_gaps(cluster: Cluster) -> None:
    """Whatever is refused in between takes no number with it."""
    await cluster.store.batches.write(batch(enqueue=(new_job(progress=progress()),)))
    (job,) = await cluster.claimed(owner())
    stale = update(job, checkpoint={"bad": "\0"})
    await cluster.store.batches.write_all(
        [batch(job=stale, events=(event(job.id),)), batch(events=(event(job.id, 1),))]
    )
    with pytest.raises(StoreRejected):
        await cluster.store.batches.write(batch(job=stale, events=(event(job.id),)))
    await cluster.store.batches.write(batch(events=(event(job.id, 2),)))
    told = await cluster.store.statuses.events(after=Seq(0), job_id=None, limit=10)
    assert [one.seq for one in told] == [1, 2, 3]
    assert await cluster.store.outbox.last_seq() == 3


async def test_what_was_told_never_goes_back_nor_ahead(cluster: Cluster) -> None:
    """The mark moves on only, and never past the last event."""
    assert (await cluster.store.outbox.published_seq(), await cluster.store.outbox.last_seq()) == (0, 0)
    await cluster.store.batches.write(batch(enqueue=tuple(new_job(name, progress=progress()) for name in "abc")))
    marks = []
    for seq in (2, 1, 9):
        await cluster.store.outbox.mark_published(Seq(seq))
        marks.append(await cluster.store.outbox.published_seq())
    assert marks == [2, 2, 3]
