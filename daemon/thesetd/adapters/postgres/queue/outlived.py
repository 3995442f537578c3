"""Counts rows that are no longer needed, and deletes them in small pieces.

Ledgers and historical records are deleted after a time, content of providers when their terms require it. The
catalogue, shows and operators' decisions are never deleted: `outdated` marks rows there.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from thesetd.adapters.postgres.database import Connection, Database, DatabaseWork
from thesetd.adapters.postgres.freshness import growth
from thesetd.adapters.postgres.gate.ledger import CALLS_KEPT, PIECE, SUMS_KEPT, in_pieces, prune
from thesetd.adapters.postgres.setlists.expiry import OLD_NAMES, OLD_PAGES, clear_pages, forget_names
from thesetd.domain.changes import KEPT_DAYS

# How long historical records are kept. Events and status rows are deleted with their job.
_KEPT: Mapping[str, tuple[str, timedelta]] = {
    "thesetd.jobs": ("finished_at", timedelta(days=30)),
    "thesetd.events": ("at", timedelta(days=7)),
    "thesetd.changes": ("at", timedelta(days=KEPT_DAYS)),
    "thesetd.provider_state": ("greatest(blocked_until, learned_at)", timedelta(days=365)),
    "thesetd.rejects": ("last_at", timedelta(days=90)),
    "thesetd.schedule_runs": ("at", timedelta(days=30)),
    "thesetd.artist_growth": ("day", growth.KEPT),
    "thesetd.pins": ("until", timedelta(0)),
    "thesetd.identity_links": ("last_at", timedelta(days=365)),
}
# The last import of each artist stays, for later queries.
_STAYS: Mapping[str, str] = {
    "thesetd.jobs": """and not exists (
        select from import_status s where s.job_id = t.id and not exists (
            select from import_status n
            where n.artist_id = s.artist_id and (n.started_at, n.job_id) > (s.started_at, s.job_id)
        ) and s.artist_id is not null
    )"""
}
_UNUSED = """
thesetd.readings r where not exists (select from thesetd.freshness f where f.reading_id = r.id)
    and not exists (select from thesetd.setlist_pages p where p.reading_id = r.id)
    and not exists (select from tracks t where t.first_reading_id = r.id)
"""
_UNUSED_READINGS = f"delete from thesetd.readings where id = any(array(select r.id from {_UNUSED} limit $1))"  # noqa: S608 - constants


async def count_outlived(connection: Connection, *, now: datetime, content_before: datetime | None) -> dict[str, int]:
    """Count the rows of each table that a clean-up would delete or clear now; see `delete_outlived`.

    Events deleted with their jobs are counted among the old events.
    """
    found = [
        (table, f"{table} t where {column} < $1 {_STAYS.get(table, '')}", now - age)
        for table, (column, age) in _KEPT.items()
    ]
    found += [
        ("thesetd.api_calls", "thesetd.api_calls where at < $1", now - CALLS_KEPT),
        ("thesetd.api_calls_hourly", "thesetd.api_calls_hourly where hour < $1", now - SUMS_KEPT),
        ("thesetd.readings", f"{_UNUSED} and $1::timestamptz is not null", now),
    ]
    if content_before is not None:
        found += [("setlist_pages", OLD_PAGES, content_before), ("played_names", OLD_NAMES, content_before)]
    return {
        table: await connection.fetchval(f"select count(*) from {which}", moment)  # noqa: S608 - constants
        for table, which, moment in found
    }


async def delete_outlived(database: Database, *, now: datetime, content_before: datetime | None) -> dict[str, int]:
    """Delete these rows; content fetched before a moment is cleared (None: no content). Return the rows by table."""
    pieces: dict[str, DatabaseWork[int]] = {
        table: partial(_delete_some, table=table, column=column, before=now - age)
        for table, (column, age) in _KEPT.items()
    }
    deleted = {table: await in_pieces(database, piece) for table, piece in pieces.items()}
    deleted |= await prune(database, now)
    deleted["thesetd.readings"] = await in_pieces(database, _delete_readings)
    if content_before is not None:
        clearing = partial(clear_pages, before=content_before, now=now)
        deleted["setlist_pages"] = await in_pieces(database, clearing)
        deleted["played_names"] = await in_pieces(database, partial(forget_names, before=content_before))
    return deleted


async def _delete_readings(connection: Connection) -> int:
    """Delete readings whose rows have since been confirmed by other readings."""
    status = await connection.execute(_UNUSED_READINGS, PIECE)
    return int(status.removeprefix("DELETE "))


async def _delete_some(connection: Connection, *, table: str, column: str, before: datetime) -> int:
    status: str = await connection.execute(
        f"""
        delete from {table} where ctid = any(array(
            select ctid from {table} t where {column} < $1 {_STAYS.get(table, "")} limit {PIECE}
        ))
        """,  # noqa: S608 - constants of this module
        before,
    )
    return int(status.removeprefix("DELETE "))
