import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest
import trio

from exploring import EXPLORE
from patience import cancelling
from sample_rows import NOW, batch, moment, new_job
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres import Database, PostgresStore
from thesetd.adapters.postgres.batches.commit_log import WRITER_LOCK
from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.gate.ledger import CALLS_KEPT, SUMS_KEPT
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.ids import SPOTIFY, TICKETMASTER, JobId
from thesetd.ports.gate import CallRecord

pytestmark = pytest.mark.real
Look = Callable[..., Awaitable[list[Any]]]
CALL = CallRecord(
    key="k",
    at=NOW,
    provider=SPOTIFY,
    endpoint="artist",
    lane="low",
    purpose="import",
    cost=1,
    outcome="ok",
    status=200,
    latency_s=0.1504,
    job_id=JobId(7),
    request_id="r-1",
)
DAY = 24 * 60
EVERY = 1 if EXPLORE else 10  # days between two cleanups


def calls(count: int, **parts: Any) -> list[CallRecord]:
    """Return calls of their own, one a second back from NOW."""
    return [attrs.evolve(CALL, key=f"c{n}", at=NOW - timedelta(seconds=n), **parts) for n in range(count)]


async def test_a_row_holds_what_the_record_says(postgres_store: PostgresStore, look: Look) -> None:
    """And nothing else: there is no place where a URL or a key could stand."""
    await postgres_store.ledger.record([CALL])
    assert await look("select * from thesetd.api_calls") == [
        (NOW, "spotify", "artist", "import", 7, 1, "ok", 150, "k", "low", 200, "r-1")
    ]


async def test_words_that_postgresql_does_not_take_lose_no_batch(postgres_store: PostgresStore) -> None:
    """They are written with replacements, and so are the other calls."""
    odd = attrs.evolve(CALL, key="a\0", endpoint="b\ud800", lane="c\0", purpose="d\udfff")
    await postgres_store.ledger.record([odd, CALL])
    assert len(await postgres_store.ledger.spent(SPOTIFY, NOW)) == 2


async def test_a_day_of_calls_is_read_from_the_index_alone(postgres_store: PostgresStore, look: Look) -> None:
    """5,000 calls of one provider among 20,000: no row of the table is looked at."""
    for start in range(4):
        provider = SPOTIFY if start == 0 else TICKETMASTER
        await postgres_store.ledger.record(
            [attrs.evolve(c, key=f"{start} {c.key}", provider=provider) for c in calls(5000)]
        )
    await vacuum(postgres_store)
    plan = await look(
        "explain select at, cost from thesetd.api_calls where provider = $1 and at >= $2 and cost > 0 order by at",
        SPOTIFY,
        moment(-DAY),
    )
    assert "Index Only Scan using api_calls_spent" in plan[0]
    spent = await postgres_store.ledger.spent(SPOTIFY, moment(-DAY))
    assert len(spent) == 5000
    assert spent[0] == (NOW - timedelta(seconds=4999), 1)


async def vacuum(store: PostgresStore) -> None:
    """Do what the server does by itself after a while."""

    async def work(connection: Connection) -> None:
        await connection.execute("vacuum analyze thesetd.api_calls")

    await store.database.read(work)


async def test_an_intent_does_not_wait_behind_a_batch(
    postgres_store: PostgresStore, migrated_dsn: str, bridge: AsyncioBridge
) -> None:
    """While a batch waits for the lock of all batches, the ledger goes on: its connection is its own."""
    written = trio.Event()
    async with Database.open(migrated_dsn, bridge) as other, trio.open_nursery() as nursery:

        async def a_batch() -> None:
            await postgres_store.batches.write(batch(enqueue=(new_job(),)))
            written.set()

        async def hold_the_writers_lock(connection: Connection) -> bool:
            await connection.execute("select pg_advisory_xact_lock($1)", WRITER_LOCK)
            nursery.start_soon(a_batch)
            while not await connection.fetchval("select count(*) from pg_locks where not granted"):
                pass
            nursery.start_soon(intend)
            while not await connection.fetchval("select count(*) from thesetd.api_calls"):
                pass
            return written.is_set()

        async def intend() -> None:
            await postgres_store.ledger.intend(CALL)

        assert not await other.transact(hold_the_writers_lock)


async def test_old_calls_are_summed_up_by_the_hour(postgres_store: PostgresStore, look: Look) -> None:
    """A sum says of an hour what its calls said, and grows when more of them grow old; nothing is counted twice."""
    old = [
        attrs.evolve(CALL, key="a", at=moment(1), latency_s=0.1),
        attrs.evolve(CALL, key="b", at=moment(59), latency_s=0.3, cost=2),
        attrs.evolve(CALL, key="c", at=moment(60), outcome=None, latency_s=None),
        attrs.evolve(CALL, key="d", at=moment(60), provider=TICKETMASTER, outcome="Unavailable"),
        attrs.evolve(CALL, key="young", at=moment(DAY)),
    ]
    await postgres_store.ledger.record(old)
    before = {
        by: await postgres_store.ledger.summary(by=by, since=NOW) for by in ("provider", "endpoint", "outcome", "lane")
    }
    cleaned = NOW + CALLS_KEPT
    assert await postgres_store.schedules.cleanup(now=cleaned + timedelta(minutes=30)) == {"thesetd.api_calls": 1}
    assert await postgres_store.schedules.cleanup(now=cleaned + timedelta(minutes=61)) == {"thesetd.api_calls": 3}
    assert await look(
        "select hour, provider, outcome, calls, cost, timed, latency_ms, slowest_ms "
        "from thesetd.api_calls_hourly order by hour, provider"
    ) == [
        (NOW, "spotify", "ok", 2, 3, 2, 400, 300),
        (moment(60), "spotify", "intended", 1, 1, 0, 0, None),
        (moment(60), "ticketmaster", "Unavailable", 1, 1, 1, 150, 150),
    ]
    assert await look("select key from thesetd.api_calls") == ["young"]
    assert {by: await postgres_store.ledger.summary(by=by, since=NOW) for by in before} == before
    assert [(row["job"], row["calls"]) for row in await postgres_store.ledger.summary(by="job", since=NOW)] == [
        (None, 4),
        (7, 1),
    ]
    assert await postgres_store.ledger.summary(by="provider", since=moment(59.9)) == before["provider"]


async def test_sums_are_kept_for_more_than_a_year(postgres_store: PostgresStore) -> None:
    """After 400 days they go as well."""
    await postgres_store.ledger.record([CALL])
    await postgres_store.schedules.cleanup(now=moment(100 * DAY))
    assert await postgres_store.schedules.cleanup(now=moment(399 * DAY)) == {}
    assert await postgres_store.schedules.cleanup(now=moment(401 * DAY)) == {"thesetd.api_calls_hourly": 1}
    assert await postgres_store.ledger.summary(by="lane", since=NOW) == ()


async def test_the_ledger_is_bounded_over_many_months(postgres_store: PostgresStore, look: Look) -> None:
    """A cleanup every few days keeps a month of calls and a year of sums, and loses no count."""
    last = 449
    for day in range(EVERY - 1, last + 1, EVERY):
        at = [moment(one * DAY + minute) for one in range(day - EVERY + 1, day + 1) for minute in (1, 2, 600)]
        await postgres_store.ledger.record([attrs.evolve(CALL, key=f"{when}", at=when) for when in at])
        await postgres_store.schedules.cleanup(now=at[-1])
        if (day + 1) % 30 == 0:
            (calls,) = await look("select count(*) from thesetd.api_calls")
            assert calls <= 3 * (CALLS_KEPT.days + 1)
    (sums,) = await look("select count(*) from thesetd.api_calls_hourly")
    assert sums <= 2 * (SUMS_KEPT - CALLS_KEPT).days
    counted = await postgres_store.ledger.summary(by="provider", since=moment((last - 399) * DAY))
    assert [row["calls"] for row in counted] == [3 * 400]


async def test_a_storm_of_cancels_loses_no_acknowledged_intent(postgres_store: PostgresStore) -> None:
    """Notes keep the rule of all writes: they are stored, or were never begun."""

    async def intend(number: int) -> None:
        await postgres_store.ledger.intend(attrs.evolve(CALL, key=str(number), cost=number + 1))

    acknowledged, _ = await cancelling(intend, of_each=50, rng=random.Random(7))
    stored = {cost - 1 for _, cost in await postgres_store.ledger.spent(SPOTIFY, NOW)}
    assert stored == acknowledged


async def test_a_ledger_that_is_away_says_so(migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """Every way in is StoreUnavailable, and works again afterwards."""
    async with PostgresStore.open(migrated_dsn, bridge) as store:
        nowhere = Database("postgresql://u@/d?host=/nowhere", bridge)._direct
        direct, store.database._direct = store.database._direct, nowhere
        store.database.close()
        for attempt in (
            store.ledger.intend(CALL),
            store.ledger.record([CALL]),
            store.ledger.spent(SPOTIFY, NOW),
            store.ledger.summary(by="lane", since=NOW),
        ):
            with pytest.raises(StoreUnavailable):
                await attempt
        store.database._direct = direct
        await store.ledger.record([CALL])
