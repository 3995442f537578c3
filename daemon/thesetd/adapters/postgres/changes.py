"""Implements the change feed: triggers note changes in the transactions that make them (`0039_changes.sql`).

A note is numbered after it is committed. The single row of `thesetd.change_feed` is locked first, and the notes are
read by a later statement, so each publisher sees everything that the previous one numbered, and numbers follow commits.
"""

from collections.abc import Collection
from datetime import datetime

import asyncpg

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.reading import json_column
from thesetd.domain.changes import CatalogueChange, ChangeAction, ChangeKind, Changes
from thesetd.domain.ids import JobId, Seq

CHANNEL = "theset_changes"
PAGE = 500  # changes numbered at once: the lock is held for milliseconds

_LAST = "select coalesce(max(last), 0) from thesetd.change_feed"
_LOCK = """
insert into thesetd.change_feed as t (last) values (0) on conflict (single) do update set last = t.last returning last
"""
# Stubs are acts known only from bills: pages do not show them. A row with the same values as before has not changed.
_DROP = """
delete from thesetd.changes c
where c.id = any($1) and (
    c.action = 'changed' and c.before = c.after
    or c.subject = 'artists' and exists (select from artists a where a.id = c.row_id and a.is_stub)
)
"""
_PENDING = "select id from thesetd.changes where seq is null order by id limit $1"
_NUMBER = f"""
with pending as (
    select c.id, row_number() over (order by c.id) as place, case
        when c.action = 'changed' and c.before ->> 'is_stub' = 'true' then 'created' else c.action
    end as action, coalesce(c.artist_id, case c.subject
        when 'artists' then c.row_id
        when 'setlists' then (select s.artist_id from setlists s where s.id = c.row_id)
        when 'shows' then (
            select b.artist_id from artist_shows b where b.show_id = c.row_id and b.left_at is null
            order by b.is_headliner desc, b.set_order, b.artist_id limit 1
        )
    end) as artist_id
    from thesetd.changes c where c.id = any($1)
), feed as (
    update thesetd.change_feed set last = last + (select count(*) from pending) returning last
), numbered as (
    update thesetd.changes c
    set seq = $2 + p.place, artist_id = p.artist_id, action = p.action, at = $3
    from pending p where c.id = p.id
    returning c.seq, c.kind, c.subject, c.row_id, c.artist_id, c.action, c.before, c.after, c.job_id
), told as (
    select pg_notify('{CHANNEL}', json_build_object(
        'seq', seq, 'kind', kind, 'action', action, 'table', subject, 'id', row_id, 'artist_id', artist_id,
        'changed', array(select rtrim(name, '#') from jsonb_object_keys(after) name
            where before -> name is distinct from after -> name order by name),
        'job_id', job_id
    )::text) from (select * from numbered order by seq) n
)
select feed.last from feed where (select count(*) from told) >= 0
"""  # noqa: S608 - a constant
_OLDEST = "select min(seq) from thesetd.changes"
_PUBLISHED = """
select * from thesetd.changes where seq > $1 and seq <= $2 and kind = any($3) order by seq limit $4
"""


class PostgresChanges:
    """The `ChangeStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def publish_changes(self, *, now: datetime) -> Seq:
        """Number what was committed; see `thesetd.ports.store.ChangeStore`."""

        async def look(connection: Connection) -> tuple[Seq, bool]:
            pending = await connection.fetchval("select exists (select from thesetd.changes where seq is null)")
            return Seq(await connection.fetchval(_LAST)), pending

        async def work(connection: Connection) -> tuple[Seq, bool]:
            last = await connection.fetchval(_LOCK)
            ids = [row["id"] for row in await connection.fetch(_PENDING, PAGE)]
            await connection.execute(_DROP, ids)
            return Seq(await connection.fetchval(_NUMBER, ids, last, now)), len(ids) == PAGE

        last, more = await self._database.read(look)
        while more:
            last, more = await self._database.note(work)
        return last

    async def changes_after(self, *, since: Seq | None, kinds: Collection[ChangeKind] = (), limit: int) -> Changes:
        """Return published changes; see `thesetd.ports.store.ChangeStore`."""

        async def work(connection: Connection) -> Changes:
            last = Seq(await connection.fetchval(_LAST))
            oldest = Seq(await connection.fetchval(_OLDEST) or last + 1)
            after = Seq(oldest - 1) if since is None else since
            page = Changes(changes=(), next=after, last=last, oldest=oldest)
            if not page.reaches(after):
                return page
            wanted = [kind.value for kind in kinds or ChangeKind]
            rows = await connection.fetch(_PUBLISHED, after, last, wanted, limit)
            following = Seq(rows[-1]["seq"]) if len(rows) == limit else last
            return Changes(changes=tuple(map(change, rows)), next=following, last=last, oldest=oldest)

        return await self._database.read(work)


def change(row: asyncpg.Record) -> CatalogueChange:
    """Read a row of `thesetd.changes` that has a number."""
    before, after = json_column(row["before"]), json_column(row["after"])
    names = sorted(name for name in after if before.get(name) != after[name])
    shown = [name for name in names if not name.endswith("#")]
    return CatalogueChange(
        seq=Seq(row["seq"]),
        kind=ChangeKind(row["kind"]),
        action=ChangeAction(row["action"]),
        table=row["subject"],
        id=row["row_id"],
        artist_id=row["artist_id"],
        changed=tuple(name.rstrip("#") for name in names),
        before={name: before.get(name) for name in shown},
        after={name: after[name] for name in shown},
        job_id=None if row["job_id"] is None else JobId(row["job_id"]),
        at=row["at"],
    )
