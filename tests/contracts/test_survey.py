"""A survey, in memory and in PostgreSQL: the queue by state, what Redis has not seen, and how schedules ended."""

from typing import Any

from sample_rows import NOW, batch, moment, new_job, owner, update
from thesetd.domain.work.batches import Firing
from thesetd.domain.work.jobs import JobKind, JobState, Lane
from thesetd.domain.work.survey import JobGroup

CLEANUP = "cleanup-old-data"


async def test_jobs_are_counted_by_state_with_the_age_of_the_oldest(store: Any) -> None:
    """A job that is due, one that is put off, one that runs and a dead one are each counted under their state."""
    jobs = [new_job(name, kind=JobKind.NOOP, lane=Lane.LOW) for name in ("a", "b", "c", "d")]
    await store.batches.write(batch(0, enqueue=tuple(jobs)))
    claimed = (await store.jobs.claim(owner=owner("n1"), limit=3, background=3, now=moment(1))).jobs
    first, second, _ = claimed
    await store.batches.write(batch(2, job=update(first, JobState.DEAD)))
    await store.batches.write(batch(3, job=update(second, JobState.READY, not_before=moment(60))))
    backlog = await store.surveys.backlog(moment(5))

    def group(state: str, since: float) -> JobGroup:
        return JobGroup(state=state, kind="noop", lane="low", count=1, oldest=moment(since))

    expected = {group("ready", 0), group("deferred", 60), group("running", 1), group("dead", 2)}
    assert set(backlog.jobs) == expected


async def test_an_empty_database_has_nothing_to_tell(store: Any) -> None:
    """No jobs, no events, no copies, no nodes."""
    backlog = await store.surveys.backlog(NOW)
    assert (backlog.jobs, backlog.unpublished, backlog.oldest_unpublished) == ((), 0, None)
    assert (await store.surveys.ages(NOW), await store.surveys.nodes()) == ((), ())


async def test_a_schedule_remembers_how_its_last_job_ended(store: Any) -> None:
    """A success is kept with its moment; a later failure is the last result and leaves the success as it was."""
    job = new_job("x", kind=JobKind.CLEANUP, args={"schedule": CLEANUP})
    await store.schedules.plan(CLEANUP, moment(0))
    for minute, state, error in ((1, JobState.DONE, None), (3, JobState.FAILED, "disk full")):
        firing = Firing(schedule=CLEANUP, due=moment(minute - 1), next_due=moment(minute + 1))
        await store.batches.write(batch(minute, enqueue=(job,), firing=firing))
        (claimed,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(minute))).jobs
        await store.batches.write(batch(minute + 0.5, job=update(claimed, state, error=error)))
    (row,) = await store.schedules.rows()
    assert (row.last_result, row.last_error, row.last_success) == ("failed", "disk full", moment(1.5))
