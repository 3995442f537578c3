import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
import trio

from sample_rows import NOW, batch, moment, new_job, owner, update
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres import Database, PostgresStore
from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.queue.jobs import _CLAIMS
from thesetd.domain.errors import LostLease
from thesetd.domain.ids import JobId
from thesetd.domain.work.jobs import JobState

pytestmark = pytest.mark.real
Look = Callable[..., Awaitable[list[Any]]]


async def test_nodes_that_claim_at_once_never_get_the_same_job(
    postgres_store: PostgresStore, migrated_dsn: str, bridge: AsyncioBridge
) -> None:
    """Two nodes drain one queue: each job goes to one of them, once."""
    taken: dict[str, list[JobId]] = {"n1": [], "n2": []}

    async def node(name: str, store: PostgresStore) -> None:
        while jobs := (await store.jobs.claim(owner=owner(name), limit=2, background=2, now=moment(1))).jobs:
            taken[name] += [job.id for job in jobs]

    async with PostgresStore.open(migrated_dsn, bridge) as second, trio.open_nursery() as nursery:
        for name, store in (("n1", postgres_store), ("n2", second)):
            await node(name, store)  # there is nothing yet, and the statement is planned
        await postgres_store.batches.write(batch(enqueue=tuple(new_job(str(n)) for n in range(60))))
        nursery.start_soon(node, "n1", postgres_store)
        nursery.start_soon(node, "n2", second)
    assert sorted(taken["n1"] + taken["n2"]) == list(range(1, 61))
    assert all(taken.values())


async def test_a_job_that_another_node_is_just_claiming_is_skipped(
    postgres_store: PostgresStore, migrated_dsn: str, bridge: AsyncioBridge
) -> None:
    """A claim does not wait for a row that somebody else has locked."""
    await postgres_store.batches.write(batch(enqueue=(new_job("a"), new_job("b"))))

    async def lock(connection: Connection) -> None:
        await connection.execute("select from thesetd.jobs where id = 1 for update")
        locked.set()
        await claimed.wait()

    async with Database.open(migrated_dsn, bridge) as other, trio.open_nursery() as nursery:
        locked, claimed = trio.Event(), asyncio.Event()
        nursery.start_soon(other.transact, lock)
        await locked.wait()
        jobs = (await postgres_store.jobs.claim(owner=owner("n"), limit=5, background=5, now=moment(1))).jobs
        claimed.set()
    assert [job.id for job in jobs] == [2]


async def test_the_fence_keeps_a_slow_owner_out(postgres_store: PostgresStore, look: Look) -> None:
    """An owner whose job was given back and claimed again cannot write any more; the new one can."""
    await postgres_store.batches.write(batch(enqueue=(new_job(),)))
    (slow,) = (await postgres_store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=NOW)).jobs
    await postgres_store.jobs.recover(owner=owner("n1", 2), now=moment(1))
    (quick,) = (await postgres_store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(1))).jobs
    with pytest.raises(LostLease):
        await postgres_store.batches.write(batch(2, job=update(slow, checkpoint={"page": 9})))
    await postgres_store.batches.write(batch(3, job=update(quick, checkpoint={"page": 1})))
    assert await look("select checkpoint->>'page', renewed_at, node from thesetd.jobs") == [("1", moment(3), "n1")]


async def test_an_ended_job_has_no_owner(postgres_store: PostgresStore, look: Look) -> None:
    """Owner and lease go when the job does, whatever its end; the database allows nothing else."""
    ends = (JobState.DONE, JobState.FAILED, JobState.CANCELLED, JobState.READY)
    await postgres_store.batches.write(batch(enqueue=tuple(new_job(state.value) for state in ends)))
    for job, state in zip(
        (await postgres_store.jobs.claim(owner=owner("n"), limit=9, background=9, now=NOW)).jobs, ends, strict=True
    ):
        await postgres_store.batches.write(batch(5, job=update(job, state)))
    rows = await look("select unique_key, state, node, renewed_at, finished_at from thesetd.jobs order by id")
    assert rows == [(s.value, s.value, None, None, None if s is JobState.READY else moment(5)) for s in ends]


CLAIM = ("n", 1, 256, 32, NOW, [])


async def test_the_queue_is_read_through_its_indexes(postgres_store: PostgresStore, look: Look) -> None:
    """Claiming does not look at jobs that have ended, of which there are many."""
    await look("set enable_seqscan = off")
    plan = await look(f"explain {_CLAIMS[False]}", *CLAIM)
    assert {"jobs_ready", "jobs_held", "jobs_running"} <= {word for line in plan for word in line.split()}
    assert not any("Seq Scan on jobs" in line for line in plan)


async def test_jobs_that_wait_for_a_paused_provider_are_passed_over_as_a_whole(
    postgres_store: PostgresStore, look: Look
) -> None:
    """A look beside 20,000 of them reads a few pages, also where some wait for a pause that is over."""
    await postgres_store.pauses.pause("spotify", at=NOW)
    await look(
        "insert into thesetd.jobs (kind, lane, unique_key, args, state, not_before, created_at, waits_for) "
        "select 'noop', 1 + n % 3, n, '{}', 'ready', $1, $1, "
        "case when n % 2000 = 0 then 'pause setlistfm' when n % 4000 <> 1 then 'pause spotify' end "
        "from generate_series(1, 20000) n",
        NOW,
    )
    assert len(await claimed_with_few_pages(postgres_store, look)) == 15


async def test_jobs_that_were_put_off_are_not_looked_at(postgres_store: PostgresStore, look: Look) -> None:
    """A look beside 20,000 of them in each lane reads a few pages: what is due is before them."""
    await look(
        "insert into thesetd.jobs (kind, lane, unique_key, args, state, not_before, created_at, waits_for) "
        "select 'noop', n % 4, n, '{}', 'ready', $1::timestamptz + make_interval(hours => n / 4), $1, 'quota spotify' "
        "from generate_series(0, 80000) n",
        NOW,
    )
    assert len(await claimed_with_few_pages(postgres_store, look)) == 4


async def test_a_long_queue_is_read_in_its_order(postgres_store: PostgresStore, look: Look) -> None:
    """A look at 20,000 that are due in each lane walks over those that it takes, and over no others."""
    await look(
        "insert into thesetd.jobs (kind, lane, unique_key, args, state, not_before, created_at) "
        "select 'noop', 1 + n % 3, n, '{}', 'ready', $1::timestamptz - make_interval(secs => n % 977), $1 "
        "from generate_series(1, 60000) n",
        NOW,
    )
    await look("analyze thesetd.jobs")
    plan = await look(f"explain (analyze, buffers) {_CLAIMS[False]}", *CLAIM)
    walked = [
        float(rows) for line in plan if "jobs_ready" in line for rows in re.findall(r"actual .* rows=([\d.]+)", line)
    ]
    assert max(walked) == CLAIM[3], "\n".join(plan)


def buffers(plan: Sequence[str]) -> int:
    """Return the pages that a statement read in all."""
    first = next(line for line in plan if "Buffers:" in line)
    return sum(int(count) for count in re.findall(r"(?:hit|read)=(\d+)", first))


async def claimed_with_few_pages(store: PostgresStore, look: Look) -> list[JobId]:
    """Claim what there is to claim; see that another look reads few pages."""
    await look("analyze thesetd.jobs")
    claimed = [job.id for job in (await store.jobs.claim(owner=owner("n"), limit=256, background=32, now=NOW)).jobs]
    plan = await look(f"explain (analyze, buffers) {_CLAIMS[False]}", "n", 1, 256, 32, NOW, claimed)
    assert buffers(plan) < 200, "\n".join(plan)
    return claimed
