"""Pauses and what they keep from being claimed, one suite over the fake and over PostgreSQL; where a job stands."""

from typing import Any

import trio

from patience import LONGEST_S
from sample_rows import NOW, batch, moment, new_job, next_due, owner, update
from thesetd.domain.ids import JobId
from thesetd.domain.work.deferrals import EVERYTHING, Deferral, DeferReason
from thesetd.domain.work.jobs import Action, JobKind, JobState, Lane, NewJob, Order
from thesetd.ports.store import Busy, Pause


async def claimed(store: Any, minutes: float = 1) -> list[JobId]:
    """Claim what is due and give the ids."""
    jobs = (await store.jobs.claim(owner=owner(), limit=10, background=10, now=moment(minutes))).jobs
    return [job.id for job in jobs]


async def put_off(store: Any, waits_for: Deferral, minutes: float | None = None, **more: object) -> JobId:
    """Enqueue a job, claim it, and put it off."""
    await store.batches.write(batch(enqueue=(new_job(str(waits_for)),)))
    (job,) = (await store.jobs.claim(owner=owner(), limit=10, background=10, now=moment(1))).jobs
    not_before = None if minutes is None else moment(minutes)
    put = update(job, JobState.READY, waits_for=waits_for, not_before=not_before, **more)
    await store.batches.write(batch(2, job=put))
    return job.id


async def test_a_pause_is_there_once_until_it_is_resumed(store: Any) -> None:
    """Pausing twice keeps the first moment; resuming what is not paused changes nothing."""
    assert [await store.pauses.pause("spotify", at=moment(n)) for n in (0, 5)] == [True, False]
    assert await store.pauses.pause("setlistfm", at=moment(1))
    assert await store.pauses.in_force() == (Pause(what="setlistfm", since=moment(1)), Pause(what="spotify", since=NOW))
    assert [await store.pauses.resume("spotify") for _ in range(2)] == [True, False]
    assert [pause.what for pause in await store.pauses.in_force()] == ["setlistfm"]


async def test_a_node_says_once_that_it_has_drained(store: Any) -> None:
    """Of what is not paused any more nothing is kept; a new pause begins without."""
    await store.pauses.pause("spotify", at=NOW)
    for node in ("a", "b", "a"):
        await store.pauses.mark_drained("spotify", node)
    await store.pauses.mark_drained("setlistfm", "a")
    assert [pause.drained for pause in await store.pauses.in_force()] == [{"a", "b"}]
    await store.pauses.resume("spotify")
    await store.pauses.pause("spotify", at=moment(1))
    assert await store.pauses.in_force() == (Pause(what="spotify", since=moment(1)),)


async def test_who_could_still_be_at_work_is_known(store: Any) -> None:
    """Nodes that hold their names, whether they run anything or not, and the jobs that run."""
    await store.batches.write(batch(enqueue=(new_job("a"), new_job("b"))))
    node = store.another_node()
    await node.join("one", now=NOW)
    assert await store.pauses.busy() == Busy(nodes=frozenset({"one"}), jobs=0)
    await claimed(store)
    assert (await store.pauses.busy()).jobs == 2
    node.leave()  # type: ignore[attr-defined]


async def test_nothing_is_claimed_while_everything_is_paused(store: Any) -> None:
    """Nor is anything due, so that nobody asks again and again; afterwards all is as before."""
    await store.batches.write(batch(enqueue=(new_job(lane=Lane.INTERACTIVE), new_job("b"))))
    await store.pauses.pause(EVERYTHING, at=NOW)
    assert (await claimed(store), await next_due(store.jobs)) == ([], None)
    await store.pauses.resume(EVERYTHING)
    assert await next_due(store.jobs) == NOW
    assert await claimed(store) == [1, 2]


async def test_what_was_put_off_for_what_is_over_is_due_before_its_time(store: Any) -> None:
    """Only what waits for just that; what is due already keeps its place."""
    breaker = Deferral(DeferReason.BREAKER, "spotify")
    await put_off(store, breaker, 30)
    await put_off(store, Deferral(DeferReason.BREAKER, "setlistfm"), 30)
    await put_off(store, Deferral(DeferReason.QUOTA, "spotify"), 30)
    assert await store.jobs.hasten(breaker, now=moment(5)) == 1
    assert await store.jobs.hasten(breaker, now=moment(6)) == 0
    assert await next_due(store.jobs) == moment(5)
    assert await claimed(store, 5) == [1]
    assert await claimed(store, 29) == []


async def test_what_waits_for_a_pause_is_due_the_moment_it_is_over(store: Any) -> None:
    """Only what waits for that one, and whatever else had been its time."""
    await put_off(store, Deferral(DeferReason.PAUSE, "spotify"))
    await store.pauses.pause("spotify", at=NOW)
    await store.pauses.pause("setlistfm", at=NOW)
    await store.batches.write(batch(enqueue=(new_job("other"),)))
    assert await claimed(store, 3) == [2]
    assert await next_due(store.jobs) is None
    await store.pauses.resume("setlistfm")
    assert await claimed(store, 3) == []
    await store.pauses.resume("spotify")
    assert await claimed(store, 3) == [1]


async def test_a_job_that_is_put_off_while_the_pause_ends_is_due(store: Any) -> None:
    """It is the pause that holds it, not what was known when its fate was written."""
    await put_off(store, Deferral(DeferReason.PAUSE, "spotify"))
    assert await claimed(store, 3) == [1]


async def test_a_schedule_knows_that_it_is_paused(store: Any) -> None:
    """By its own pause or by that of everything, and its plan stays as it is."""
    for name in ("a", "b"):
        await store.schedules.plan(name, moment(5))
    await store.pauses.pause("a", at=NOW)
    assert [(row.name, row.paused, row.next_due) for row in await store.schedules.rows()] == [
        ("a", True, moment(5)),
        ("b", False, moment(5)),
    ]
    await store.pauses.pause(EVERYTHING, at=NOW)
    assert all(row.paused for row in await store.schedules.rows())


async def test_jobs_are_listed_by_kind(store: Any) -> None:
    """Together with the state where that is asked for, too."""
    sweep = NewJob(kind=JobKind.SWEEP, lane=Lane.LOW, unique_key="sweep")
    await store.batches.write(batch(enqueue=(new_job(), sweep)))
    assert [s.kind for s in await store.statuses.listed(kinds=[JobKind.SWEEP])] == [JobKind.SWEEP]
    assert await store.statuses.listed(kinds=[JobKind.SWEEP], states=[JobState.DONE]) == ()
    assert len(await store.statuses.listed()) == 2


async def test_where_a_job_stands_in_line(store: Any) -> None:
    """The due jobs that are claimed before it: more urgent, or as urgent and older; not those that are held back."""
    held = await put_off(store, Deferral(DeferReason.PAUSE, "spotify"))
    await store.pauses.pause("spotify", at=NOW)
    lanes = {"a": Lane.LOW, "b": Lane.LOW, "c": Lane.INTERACTIVE}
    await store.batches.write(batch(enqueue=tuple(new_job(key, lane=lane) for key, lane in lanes.items())))
    await store.batches.write(batch(enqueue=(new_job("d", lane=Lane.LOW, not_before=moment(1)),)))
    ahead = {}
    for job_id in range(held + 1, held + 5):
        standing = await store.snapshots.snapshot(JobId(job_id), now=moment(2))
        assert standing is not None
        ahead[job_id - held] = standing.ahead
    assert ahead == {1: 1, 2: 2, 3: 0, 4: 3}


async def test_what_is_known_of_a_job(store: Any) -> None:
    """Its owner and whether that lives, what it was put off for, who does the same, and all that is paused."""
    assert await store.snapshots.snapshot(JobId(9), now=NOW) is None
    job_id = await put_off(store, Deferral(DeferReason.QUOTA, "spotify"), 30, error="used up")
    found = await store.snapshots.snapshot(job_id, now=moment(3))
    assert found is not None
    assert (found.waits_for, found.due, found.error) == (Deferral(DeferReason.QUOTA, "spotify"), moment(30), "used up")
    shown = await store.statuses.status(found.job_id)
    assert shown is not None
    assert (shown.waits_for, shown.not_before) == ("quota of spotify", moment(30))
    await store.pauses.pause("spotify", at=NOW)
    node = store.another_node()
    await node.join("n1", now=NOW)
    await claimed(store, 31)
    found = await store.snapshots.snapshot(job_id, now=moment(31))
    assert found is not None
    assert (found.node, found.node_lives, found.waits_for, found.paused) == ("n1", True, None, {"spotify"})
    node.leave()  # type: ignore[attr-defined]
    with trio.fail_after(LONGEST_S):  # the server ends a session that was left a moment later
        while found.node_lives:
            found = await store.snapshots.snapshot(job_id, now=moment(31))
            assert found is not None


async def test_who_does_the_same_is_known(store: Any) -> None:
    """Once a job has ended another of the same key may be unfinished."""
    await store.batches.write(batch(enqueue=(new_job(),)))
    await store.batches.write(batch(1, orders=(Order(JobId(1), Action.CANCEL),)))
    await store.batches.write(batch(2, enqueue=(new_job(),)))
    found = [await store.snapshots.snapshot(JobId(n), now=moment(3)) for n in (1, 2)]
    assert [standing.same_key for standing in found if standing] == [2, None]
