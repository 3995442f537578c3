"""What jobs wait for, counted."""

import pytest

from sample_rows import NOW, batch, moment, new_job, owner, update
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.work.deferrals import Deferral, DeferReason, Deferred
from thesetd.domain.work.jobs import JobState

pytestmark = pytest.mark.real


async def test_what_is_put_off_is_counted_by_what_it_waits_for(postgres_store: PostgresStore) -> None:
    """With the moment at which the first is due; what is due, and what waits for nothing, is not counted."""
    quota, breaker = Deferral(DeferReason.QUOTA, "spotify"), Deferral(DeferReason.BREAKER, "setlistfm")
    for name, waits_for, minutes in (("a", quota, 30), ("b", quota, 20), ("c", breaker, 40), ("d", breaker, 2)):
        await postgres_store.batches.write(batch(enqueue=(new_job(name),)))
        (job,) = (await postgres_store.jobs.claim(owner=owner(), limit=1, background=1, now=moment(1))).jobs
        put = update(job, JobState.READY, waits_for=waits_for, not_before=moment(minutes))
        await postgres_store.batches.write(batch(2, job=put))
    await postgres_store.batches.write(batch(enqueue=(new_job("e"),)))
    assert await postgres_store.snapshots.deferred(moment(3)) == (
        Deferred(waits_for=quota, jobs=2, due=moment(20)),
        Deferred(waits_for=breaker, jobs=1, due=moment(40)),
    )
    assert len(await postgres_store.snapshots.deferred(NOW)) == 2
