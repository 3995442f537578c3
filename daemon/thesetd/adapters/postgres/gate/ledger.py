"""The ledger: a row per call for a month, after that a row per hour and kind of call for a year.

Rows are written on the connection for notes, so an intent never waits for a batch. A call is never in both the raw rows
and the roll-ups: one statement moves it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import asyncpg
import trio

from thesetd.adapters.postgres.database import Connection, Database, DatabaseWork
from thesetd.adapters.postgres.text import storable
from thesetd.domain.gate.reserve import WindowHistory
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.jobs import Lane
from thesetd.ports.gate import CallRecord

CALLS_KEPT = timedelta(days=30)
SUMS_KEPT = timedelta(days=400)
PIECE = 5_000  # rows of one transaction, so that none delays the writer for long
PAUSE_S = 0.05  # between pieces: batches that arrived meanwhile are written first
INTENDED = "intended"  # the outcome of a call that was recorded before it was made, and never after

_INSERT = """
insert into thesetd.api_calls as t
    (key, at, provider, endpoint, lane, purpose, cost, job_id, outcome, status, latency_ms, request_id)
select * from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[],
    $8::bigint[], $9::text[], $10::smallint[], $11::integer[], $12::text[])
on conflict (key) do
"""
_INTEND = f"{_INSERT} nothing"
_COMPLETE = f"""
{_INSERT} update set at = excluded.at, cost = excluded.cost, outcome = excluded.outcome, status = excluded.status,
    latency_ms = excluded.latency_ms
where excluded.outcome is not null
"""

_ROLL_UP = f"""
with gone as (
    delete from thesetd.api_calls where key = any(array(
        select key from thesetd.api_calls where at < $1 order by at limit $2
    )) returning *
), summed as (
    insert into thesetd.api_calls_hourly as t
        (hour, provider, endpoint, lane, purpose, outcome, calls, cost, timed, latency_ms, slowest_ms)
    select date_trunc('hour', at, 'UTC'), provider, endpoint, lane, purpose, coalesce(outcome, '{INTENDED}'),
        count(*), sum(cost), count(latency_ms), coalesce(sum(latency_ms), 0), max(latency_ms)
    from gone group by 1, 2, 3, 4, 5, 6
    on conflict (hour, provider, endpoint, lane, purpose, outcome) do update
    set calls = t.calls + excluded.calls, cost = t.cost + excluded.cost, timed = t.timed + excluded.timed,
        latency_ms = t.latency_ms + excluded.latency_ms, slowest_ms = greatest(t.slowest_ms, excluded.slowest_ms)
)
select count(*) from gone
"""  # noqa: S608 - a constant of this module

_DELETE_SUMS = """
with gone as (
    delete from thesetd.api_calls_hourly where ctid = any(array(
        select ctid from thesetd.api_calls_hourly where hour < $1 limit $2
    )) returning 1
)
select count(*) from gone
"""

# The columns of the ledger and of its roll-ups by which calls may be counted.
_BY: Mapping[str, tuple[str, str]] = {
    "provider": ("provider", "provider"),
    "endpoint": ("endpoint", "endpoint"),
    "lane": ("lane", "lane"),
    "purpose": ("purpose", "purpose"),
    "outcome": (f"coalesce(outcome, '{INTENDED}')", "outcome"),
    "job": ("job_id", "null::bigint"),
}
_SUMMARY = """
select value, sum(calls)::bigint as calls, sum(cost)::bigint as cost, sum(ok)::bigint as ok,
    sum(timed)::bigint as timed, sum(latency_ms)::bigint as latency_ms, max(slowest_ms) as slowest_ms
from (
    select {raw} as value, count(*) as calls, sum(cost) as cost, count(*) filter (where outcome = 'ok') as ok,
        count(latency_ms) as timed, sum(latency_ms) as latency_ms, max(latency_ms) as slowest_ms
    from thesetd.api_calls where at >= $1 group by 1
    union all
    select {summed}, sum(calls), sum(cost), coalesce(sum(calls) filter (where outcome = 'ok'), 0),
        sum(timed), sum(latency_ms), max(slowest_ms)
    from thesetd.api_calls_hourly where hour >= date_trunc('hour', $1::timestamptz, 'UTC') group by 1
) as both_kinds group by 1
"""


_PIECES = """
select floor(extract(epoch from at - $2) / $3::float8)::integer as number, sum(cost)::integer as cost
from thesetd.api_calls where provider = $1 and at >= $2 and cost > 0 group by 1 order by 1
"""
# A call without a job belongs to its request or, without a request id, stands alone.
_PEOPLE = """
select coalesce(sum(cost), 0)::bigint as cost, coalesce(sum(cost * cost), 0)::bigint as squares
from (
    select sum(cost) as cost from thesetd.api_calls where provider = $1 and at >= $2 and cost > 0 and lane = $3
    group by coalesce(job_id::text, request_id, key)
) as of_each
"""


class PostgresLedger:
    """The `Ledger` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def intend(self, record: CallRecord) -> None:
        """Record a call before it is made; see `thesetd.ports.gate.Ledger`."""
        await self._write(_INTEND, [record])

    async def record(self, records: Sequence[CallRecord]) -> None:
        """Record calls in one statement; see `thesetd.ports.gate.Ledger`."""
        await self._write(_COMPLETE, _last_of_each(records))

    async def spent(self, provider: ProviderName, since: datetime) -> tuple[tuple[datetime, int], ...]:
        """Return when calls were made and their cost; see `thesetd.ports.gate.Ledger`."""

        async def work(connection: Connection) -> tuple[tuple[datetime, int], ...]:
            rows = await connection.fetch(
                """
                select at, cost from thesetd.api_calls where provider = $1 and at >= $2 and cost > 0 order by at
                """,
                provider,
                since,
            )
            return tuple((at, cost) for at, cost in rows)

        return await self._database.read(work)

    async def window(self, provider: ProviderName, since: datetime, piece_s: float) -> WindowHistory:
        """Return a window in pieces; see `thesetd.ports.gate.Ledger`."""

        async def work(connection: Connection) -> WindowHistory:
            pieces = await connection.fetch(_PIECES, provider, since, piece_s)
            people = await connection.fetchrow(_PEOPLE, provider, since, Lane.INTERACTIVE.label)
            assert people is not None  # an aggregate has a row
            return WindowHistory(
                piece_s=piece_s,
                pieces=tuple((since + timedelta(seconds=row["number"] * piece_s), row["cost"]) for row in pieces),
                people=people["cost"],
                squares=people["squares"],
            )

        return await self._database.read(work)

    async def summary(self, *, by: str, since: datetime) -> tuple[dict[str, object], ...]:
        """Count calls; see `thesetd.ports.gate.Ledger`."""
        if by not in _BY:
            raise ValueError(f"calls cannot be counted by {by!r}: choose one of {', '.join(_BY)}")
        raw, summed = _BY[by]

        async def work(connection: Connection) -> list[asyncpg.Record]:
            return await connection.fetch(_SUMMARY.format(raw=raw, summed=summed), since)

        rows = await self._database.read(work)
        rows.sort(key=lambda row: (-row["calls"], row["value"] is None, row["value"]))
        return tuple(_counted(by, row) for row in rows)

    async def _write(self, statement: str, records: Sequence[CallRecord]) -> None:
        if not records:
            return

        async def work(connection: Connection) -> None:
            await connection.execute(statement, *_columns(records))

        await self._database.note(work)


async def prune(database: Database, now: datetime) -> dict[str, int]:
    """Roll up calls older than `CALLS_KEPT`, delete roll-ups older than `SUMS_KEPT`; return how many left each table.

    Raises:
        StoreUnavailable, StoreRejected: what is done so far stays done.
    """
    return {
        "thesetd.api_calls": await in_pieces(database, partial(_piece, statement=_ROLL_UP, before=now - CALLS_KEPT)),
        "thesetd.api_calls_hourly": await in_pieces(
            database, partial(_piece, statement=_DELETE_SUMS, before=now - SUMS_KEPT)
        ),
    }


async def in_pieces(database: Database, piece: DatabaseWork[int]) -> int:
    """Repeat a transaction, which returns how many rows it touched, until that is less than `PIECE`; return the sum.

    Raises:
        StoreUnavailable, StoreRejected: what is done so far stays done.
    """
    total = count = await database.transact(piece)
    while count >= PIECE:
        await trio.sleep(PAUSE_S)
        count = await database.transact(piece)
        total += count
    return total


async def _piece(connection: Connection, *, statement: str, before: datetime) -> int:
    count: int = await connection.fetchval(statement, before, PIECE)
    return count


def _last_of_each(records: Iterable[CallRecord]) -> list[CallRecord]:
    """Keep one record per key, the last one with an outcome: a statement may touch a row only once."""
    found: dict[str, CallRecord] = {}
    for record in records:
        if record.outcome is not None or record.key not in found:
            found[record.key] = record
    return list(found.values())


def _columns(records: Sequence[CallRecord]) -> list[list[Any]]:
    return [
        [storable(record.key) for record in records],
        [record.at for record in records],
        [record.provider for record in records],
        [storable(record.endpoint) for record in records],
        [storable(record.lane) for record in records],
        [storable(record.purpose) for record in records],
        [record.cost for record in records],
        [record.job_id for record in records],
        [record.outcome for record in records],
        [record.status for record in records],
        [None if record.latency_s is None else round(record.latency_s * 1000) for record in records],
        [record.request_id for record in records],
    ]


def _counted(by: str, row: asyncpg.Record) -> dict[str, object]:
    mean_s = round(row["latency_ms"] / row["timed"] / 1000, 3) if row["timed"] else None
    slowest_s = None if row["slowest_ms"] is None else row["slowest_ms"] / 1000
    counts = {name: row[name] for name in ("calls", "cost", "ok")}
    return {by: row["value"], **counts, "mean_s": mean_s, "slowest_s": slowest_s}
