"""Reports of running jobs are committed beside a batch with rows, in the order of their numbers."""

import asyncio
from collections.abc import Awaitable, Callable

import attrs
import pytest
import trio

from patience import LONGEST_S
from sample_rows import album, artist, batch, event, moment, new_job, owner, progress, song, update
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.batches.commit_log import WRITER_LOCK
from thesetd.adapters.postgres.database import Connection, Database
from thesetd.domain.errors import LostLease, StoreError
from thesetd.domain.ids import Seq
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import Action, Job, Order

pytestmark = pytest.mark.real
HOLD = f"select pg_advisory_xact_lock({WRITER_LOCK})"
WAITING = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
REPORTED = "select count(*) from thesetd.jobs where checkpoint ->> 'page' = '1'"


async def running(store: PostgresStore, *names: str) -> tuple[Job, ...]:
    """Return jobs that users follow, each with its first event."""
    await store.batches.write(batch(enqueue=tuple(new_job(name, progress=progress()) for name in names)))
    return (await store.jobs.claim(owner=owner(), limit=9, background=9, now=moment(1))).jobs


def report(job: Job, page: int = 1) -> Batch:
    """Return a report of how far a job is."""
    changed = attrs.evolve(update(job, checkpoint={"page": page}), revision=page)
    return batch(1 + page, job=changed, events=(event(job.id, 1 + page),))


async def beside(
    store: PostgresStore, one: Batch, other: Database, first: str, work: Callable[[Connection], Awaitable[None]]
) -> Written | StoreError:
    """Write a batch while another transaction is open, which works after it was sent; return what came of it."""
    found: list[Written | StoreError] = []

    async def write() -> None:
        found.extend(await store.batches.write_all([one]))

    async with trio.open_nursery() as nursery:

        async def hold(connection: Connection) -> None:
            await connection.execute(first)
            nursery.start_soon(write)
            await work(connection)

        await other.transact(hold)
    return found[0]


async def until(connection: Connection, question: str) -> None:
    """Wait until the answer is not 0."""
    async with asyncio.timeout(LONGEST_S):
        while not await connection.fetchval(question):
            await asyncio.sleep(0)


async def test_a_report_does_not_wait_for_a_batch_with_rows(
    postgres_store: PostgresStore, migrated_dsn: str, bridge: AsyncioBridge
) -> None:
    """It is committed while another transaction has the lock of all batches with rows."""
    (job,) = await running(postgres_store, "a")
    async with Database.open(migrated_dsn, bridge) as other:

        async def see_it(connection: Connection) -> None:
            await until(connection, REPORTED)

        written = await beside(postgres_store, report(job), other, HOLD, see_it)
    assert isinstance(written, Written)
    assert [one.seq for one in written.events] == [2]


@pytest.mark.parametrize("locked", ["thesetd.jobs", "thesetd.outbox"])
async def test_a_report_waits_for_its_job_and_for_numbers(
    postgres_store: PostgresStore, migrated_dsn: str, bridge: AsyncioBridge, locked: str
) -> None:
    """While another batch has one of them it waits behind that batch, with nothing in hand, and is next."""
    (job,) = await running(postgres_store, "a")
    async with Database.open(migrated_dsn, bridge) as other:

        async def see_it_wait(connection: Connection) -> None:
            await until(connection, WAITING)
            assert not await connection.fetchval(REPORTED)

        lock = f"{HOLD}; select from {locked} for update"
        written = await beside(postgres_store, report(job), other, lock, see_it_wait)
    assert isinstance(written, Written)
    assert [one.seq for one in written.events] == [2]


async def test_a_lost_job_among_reports_is_told(postgres_store: PostgresStore) -> None:
    """Its report is refused and the others are stored; so is one that is the only report."""
    first, second = await running(postgres_store, "a", "b")
    await postgres_store.batches.write(batch(2, orders=(Order(first.id, Action.CANCEL),)))
    lost, stored = await postgres_store.batches.write_all([report(first), report(second)])
    assert isinstance(lost, LostLease)
    assert isinstance(stored, Written)
    assert [type(one) for one in await postgres_store.batches.write_all([report(first)])] == [LostLease]
    assert await postgres_store.batches.write_all([report(second)]) == (Written(),)


async def test_numbers_are_committed_in_their_order(
    postgres_store: PostgresStore, migrated_dsn: str, bridge: AsyncioBridge
) -> None:
    """A reader that asks for the events after the last one it has misses none, while two connections commit."""
    jobs = await running(postgres_store, *"abcdef")
    seen = [Seq(number) for number in range(1, 7)]
    total = len(seen) + 5 * len(jobs)

    async def send(job: Job) -> None:
        for page in range(1, 6):
            own = report(job, page)
            rows = batch(1, artists=(artist(),), albums=(album(name=f"Hoots {page}"),), songs=(song(),)).rows
            one = attrs.evolve(own, rows=rows) if job.id % 2 else own
            (written,) = await postgres_store.batches.write_all([one])
            assert isinstance(written, Written)

    async def read() -> None:
        while len(seen) < total:
            seen.extend(one.seq for one in await postgres_store.statuses.events(after=seen[-1], job_id=None, limit=99))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        for job in jobs:
            nursery.start_soon(send, job)
    assert seen == list(range(1, total + 1))
