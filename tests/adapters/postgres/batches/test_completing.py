"""Shows that time completes are completed once an hour, which no batch depends on."""

import asyncio
from datetime import timedelta

import trio

from sample_rows import NOW, artist, batch, billing, show
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.batches.commit_log import WRITER_LOCK
from thesetd.adapters.postgres.batches.completing import HourlyCompletion
from thesetd.adapters.postgres.database import Connection, Database, PoolLimits

STATEMENT_S = 0.2
DAYS = 4 * 24 * 60  # in minutes


async def test_a_completion_that_takes_too_long_is_left_for_minutes(
    migrated_dsn: str, bridge: AsyncioBridge, postgres_store: PostgresStore
) -> None:
    """Another writer keeps it waiting for longer than a statement may take: that is no fault of the batch."""
    act = artist(ticketmaster_id="AttractionA")
    over = show(local_date=NOW.date() + timedelta(days=1), status="scheduled")
    await postgres_store.batches.write(batch(artists=(act,), shows=(over,)))
    beside = show(provider_id="ShowB", bill=(billing("AttractionB"),))

    async def status() -> str:
        return str(await postgres_store.database.read(lambda c: c.fetchval("select status from shows")))

    ended: list[bool] = []

    async with (
        Database.open(migrated_dsn, bridge, limits=PoolLimits(statement_s=STATEMENT_S)) as database,
        Database.open(migrated_dsn, bridge) as other,
        trio.open_nursery() as nursery,
    ):
        completion = HourlyCompletion(database)
        first, next_, last = (batch(DAYS + minutes, shows=(beside,)) for minutes in (0, 5, 11))

        async def complete() -> None:
            try:
                await completion.before([first])
            finally:
                ended.append(True)

        async def hold(connection: Connection) -> None:
            await connection.execute("select pg_advisory_xact_lock($1)", WRITER_LOCK)
            nursery.start_soon(complete)
            while not ended:
                await asyncio.sleep(0)

        await other.transact(hold)
        await completion.before([next_])
        assert await status() == "scheduled"
        await completion.before([last])
        assert await status() == "completed"
