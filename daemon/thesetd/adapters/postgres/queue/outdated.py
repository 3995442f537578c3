"""Marks rows that are out of date: artists for whom nothing happens any more, and shows that are no longer announced.

Nothing is deleted, since the application may refer to any of them. An artist's mark goes with the first news, and at
the latest with the next clean-up; a show returns when a provider lists it again.

Rows are found without a lock, and marked under the writer's: batches read rows before they write them, so one that
brings news at this moment comes before or after, and what it brought is looked at again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

import attrs

from thesetd.adapters.postgres.batches.commit_log import WRITER_LOCK
from thesetd.adapters.postgres.database import Connection, Database, DatabaseWork
from thesetd.adapters.postgres.gate.ledger import PIECE, in_pieces
from thesetd.domain.work.schedules import INACTIVE, OUTDATED

QUIET = timedelta(days=365)  # without which an artist is active, and a show that has no date to come still announced
_SOMETHING = """
    coalesce(greatest(a.created_at, a.last_activity) >= $1, false)
    or (select min(applied_at) >= $1 from thesetd.migrations)  -- the application's older rows: unchecked before
    or exists (
        select from artist_shows l join shows s on s.id = l.show_id
        where l.artist_id = a.id and l.left_at is null and s.merged_into is null
            and s.status in ('scheduled', 'rescheduled', 'postponed')
            and coalesce(greatest(s.local_date, s.end_date) >= $2::date - 1, true)
    )
    or exists (select from import_status i where i.artist_id = a.id and i.started_at >= $1)
    or exists (select from thesetd.interest i where i.artist_id = a.id and (i.followers > 0 or i.at >= $1))
"""
_QUIET = f"artists a where a.merged_into is null and a.inactive_since is null and not ({_SOMETHING})"
_LIVELY = f"artists a where a.inactive_since is not null and ({_SOMETHING})"
_UNLISTED = """
shows s left join thesetd.freshness f on f.row_id = s.id left join thesetd.readings r on r.id = f.reading_id
where s.merged_into is null and s.is_announced
    and (s.local_date is null or s.status = 'postponed' and greatest(s.local_date, s.end_date) < $1::date)
    and s.status in ('scheduled', 'rescheduled', 'postponed')
    and greatest(s.created_at, f.fetched_at, r.fetched_at) < $1
    and exists (  -- providers were asked for the shows of an act since then: only that makes silence an answer
        select from artist_shows l join thesetd.refresh x on x.artist_id = l.artist_id
        where l.show_id = s.id and l.left_at is null and x.aspect = 'shows' and x.looked_at >= $1
    )
"""
_MARK = "update artists set inactive_since = $2, updated_at = $2 where id = any(array(select a.id from {rows}))"
_UNMARK = "update artists set inactive_since = null, updated_at = $2 where id = any(array(select a.id from {rows}))"
_WITHDRAW = """
update shows t set status = 'withdrawn', updated_at = $2,
    gone_because = case when t.local_date is null then 'without a date' else 'postponed without a new date' end
        || ', and in no answer since ' || to_char(n.seen at time zone 'UTC', 'YYYY-MM-DD')
from (select s.id, greatest(s.created_at, f.fetched_at, r.fetched_at) as seen from {rows}) n where t.id = n.id
"""
_LOCK = f"select pg_advisory_xact_lock({WRITER_LOCK})"


@attrs.frozen
class _Mark:
    """Rows to mark, as a from clause of which `alias` has the ids, and the statement that marks them."""

    alias: str
    rows: str
    statement: str

    async def some(self, connection: Connection, *, now: datetime) -> int:
        """Mark some of the rows."""
        before, found = now - QUIET, f"select {self.alias}.id from {self.rows} limit {PIECE}"  # noqa: S608 - constants
        ids = [row["id"] for row in await connection.fetch(found, before, *([now] if "$2" in self.rows else []))]
        if not ids:
            return 0
        await connection.execute(_LOCK)
        still = self.statement.format(rows=f"{self.rows} and {self.alias}.id = any($3)")
        status: str = await connection.execute(still, before, now, ids)
        return int(status.removeprefix("UPDATE "))


async def count_outdated(connection: Connection, *, now: datetime) -> dict[str, int]:
    """Count the rows that `mark_outdated` would mark now."""
    before = now - QUIET
    return {
        INACTIVE: await connection.fetchval(f"select count(*) from {_QUIET}", before, now),  # noqa: S608 - a constant
        OUTDATED: await connection.fetchval(f"select count(*) from {_UNLISTED}", before),  # noqa: S608 - a constant
    }


async def mark_outdated(database: Database, *, now: datetime) -> dict[str, int]:
    """Mark outdated rows in small pieces, and take back marks of artists that are active again; return the marks."""
    marks: Mapping[str, DatabaseWork[int]] = {
        name: partial(mark.some, now=now)
        for name, mark in (
            (INACTIVE, _Mark("a", _QUIET, _MARK)),
            (OUTDATED, _Mark("s", _UNLISTED, _WITHDRAW)),
            ("", _Mark("a", _LIVELY, _UNMARK)),
        )
    }
    counts = {name: await in_pieces(database, piece) for name, piece in marks.items()}
    return {name: count for name, count in counts.items() if name}
