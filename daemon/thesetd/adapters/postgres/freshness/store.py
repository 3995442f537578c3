"""The `FreshnessStore`, `TimedStore` and `InterestStore` over PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias
from uuid import UUID

import asyncpg

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.freshness.runs import last_runs
from thesetd.adapters.postgres.queue.audiences import promised_artists
from thesetd.adapters.postgres.queue.refresh import bring_forward
from thesetd.adapters.postgres.reading import HAS_IDS, KNOWN_ARTIST, known_artist
from thesetd.domain.freshness.copies import LOOKS, Aspect
from thesetd.domain.freshness.interest import Interest, faded
from thesetd.domain.freshness.pins import Pin, PinView
from thesetd.domain.freshness.runs import PastRun
from thesetd.domain.work.jobs import HISTORY, JobKind, KnownArtist, Lane
from thesetd.ports.freshness import Overdue

_PINS = """
select p.*, a.slug, a.name, r.looked_at from thesetd.pins p join artists a on a.id = p.artist_id
left join thesetd.refresh r on r.artist_id = p.artist_id and r.aspect = p.aspect
where p.until is null or p.until > $1 order by a.name, a.id, p.aspect
"""
_PIN = """
insert into thesetd.pins as t (artist_id, aspect, max_age, until, why, since) values ($1, $2, $3, $4, $5, $6)
on conflict (artist_id, aspect) do update
set max_age = excluded.max_age, until = excluded.until, why = excluded.why, since = excluded.since
"""
_UNPIN = "delete from thesetd.pins where artist_id = $1 and aspect = any($2) returning 1"
_OVERDUE = f"""
select p.aspect, {KNOWN_ARTIST} from thesetd.pins p join artists a on a.id = p.artist_id
left join thesetd.refresh r on r.artist_id = p.artist_id and r.aspect = p.aspect
where {HAS_IDS} and (p.until is null or p.until > $1)
    and (r.ordered_until is null or r.ordered_until <= $1 or r.ordered_for > $1)
    and (r.looked_at is null or r.looked_at <= $1::timestamptz - p.max_age)
order by r.looked_at nulls first, a.id, p.aspect limit $2
"""  # noqa: S608 - a constant
_TIMED = f"""
select {KNOWN_ARTIST} from (
    select r.artist_id, r.next_at from thesetd.refresh r
    where r.aspect = $1 and r.askable and r.timed and r.next_at <= $2 order by r.next_at limit $3
) due join artists a on a.id = due.artist_id order by due.next_at, a.id
"""  # noqa: S608 - a constant
_UNTIMED = f"""
select {KNOWN_ARTIST} from thesetd.next_looks($1, $2, $3, null, $4) n
join artists a on a.id = n.artist_id and not a.is_stub
where not exists (
    select from import_status s join thesetd.jobs j on j.id = s.job_id
    where s.artist_id = a.id and j.kind = $5 and j.state in ('ready', 'running')
) order by n.place
"""  # noqa: S608 - a constant
_WAITING = """
select lane, count(*) as jobs from thesetd.jobs
where kind = $1 and state in ('ready', 'running') and not args ? $2 and (not_before <= $3 or waits_for is not null)
group by 1
"""
_TOLD = """
select o.slug, coalesce(o.merged_into, o.id) as id, i.followers, i.visits, i.at
from artists o left join thesetd.interest i on i.artist_id = coalesce(o.merged_into, o.id)
where o.slug = any($1) order by 2, o.merged_into is null, o.slug
"""
_INTEREST = """
insert into thesetd.interest as t (artist_id, followers, visits, at) values ($1, $2, $3, $4)
on conflict (artist_id) do update set followers = excluded.followers, visits = excluded.visits, at = excluded.at
"""

_Kept: TypeAlias = tuple[UUID, int, float, datetime]


class PostgresFreshness:
    """Reads runs; stores pins and interest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def runs(self, schedule: str, *, limit: int) -> tuple[PastRun, ...]:
        """Return a schedule's last runs; see `thesetd.ports.freshness.FreshnessStore`."""
        return await self._database.read(partial(last_runs, schedule=schedule, limit=limit))

    async def pins(self, *, now: datetime) -> tuple[PinView, ...]:
        """Return the active pins; see `thesetd.ports.freshness.FreshnessStore`."""

        async def work(connection: Connection) -> tuple[PinView, ...]:
            return tuple(map(_pin_view, await connection.fetch(_PINS, now)))

        return await self._database.read(work)

    async def pin(self, pins: Sequence[Pin]) -> None:
        """Store pins; see `thesetd.ports.freshness.FreshnessStore`."""

        async def work(connection: Connection) -> None:
            rows = [(p.artist_id, p.aspect.value, p.max_age, p.until, p.why, p.since) for p in pins]
            await connection.executemany(_PIN, rows)

        await self._database.note(work)

    async def unpin(self, artist_id: UUID, aspects: Sequence[Aspect]) -> int:
        """Delete pins of an artist; see `thesetd.ports.freshness.FreshnessStore`."""

        async def work(connection: Connection) -> int:
            return len(await connection.fetch(_UNPIN, artist_id, [one.value for one in aspects or Aspect]))

        return await self._database.note(work)

    async def overdue(self, *, now: datetime, limit: int) -> tuple[Overdue, ...]:
        """Return artists whose pinned aspects are too old; see `thesetd.ports.freshness.FreshnessStore`."""

        async def work(connection: Connection) -> tuple[Overdue, ...]:
            rows = await connection.fetch(_OVERDUE, now, limit)
            return tuple(
                Overdue(aspect=Aspect(aspect), artists=tuple(map(known_artist, group)))
                for aspect, group in groupby(sorted(rows, key=_aspect), _aspect)
            )

        return await self._database.read(work)

    async def timed(self, *, now: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return artists whose setlists are due by their shows; see `thesetd.ports.freshness.TimedStore`."""

        async def work(connection: Connection) -> tuple[KnownArtist, ...]:
            return tuple(map(known_artist, await connection.fetch(_TIMED, Aspect.SETLISTS.value, now, limit)))

        return await self._database.read(work)

    async def promised(self, schedule: str, *, now: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return artists whose setlists miss a schedule's target; see `thesetd.ports.freshness.TimedStore`."""
        return await self._database.read(partial(promised_artists, schedule=schedule, now=now, limit=limit))

    async def untimed(self, *, now: datetime, before: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return artists whose setlists are not timed by shows; see `thesetd.ports.freshness.TimedStore`."""

        async def work(connection: Connection) -> tuple[KnownArtist, ...]:
            asked = Aspect.SETLISTS.value, now, before, limit, JobKind.IMPORT_ARTIST.value
            return tuple(map(known_artist, await connection.fetch(_UNTIMED, *asked)))

        return await self._database.read(work)

    async def waiting(self, *, now: datetime) -> Mapping[Lane, int]:
        """Return how many refreshes of setlists are to run now; see `thesetd.ports.freshness.TimedStore`."""

        async def work(connection: Connection) -> Mapping[Lane, int]:
            rows = await connection.fetch(_WAITING, LOOKS[Aspect.SETLISTS].value, HISTORY, now)
            return {Lane(row["lane"]): row["jobs"] for row in rows}

        return await self._database.read(work)

    async def note_interest(self, interests: Sequence[Interest], *, at: datetime) -> int:
        """Store what the application reports; see `thesetd.ports.freshness.InterestStore`."""
        return await self._database.note(partial(_note_interest, interests=interests, at=at))


async def _note_interest(connection: Connection, *, interests: Sequence[Interest], at: datetime) -> int:
    told = {one.slug: one for one in interests}
    rows = await connection.fetch(_TOLD, list(told))
    by_artist = groupby(rows, itemgetter("id"))
    added = [_added(list(group), told, at) for _, group in by_artist]
    await connection.executemany(_INTEREST, added)
    await bring_forward(connection, [row for row, *_ in added], at)
    return len(told) - len(rows)


def _added(rows: Sequence[asyncpg.Record], told: Mapping[str, Interest], at: datetime) -> _Kept:
    """Combine reports under several slugs of one artist, its present slug last."""
    row, said = rows[-1], [told[one["slug"]] for one in rows]
    before = faded(row["visits"], row["at"], at) if row["at"] else 0.0
    followers = [one.followers for one in said if one.followers is not None] or [row["followers"] or 0]
    return row["id"], followers[-1], before + sum(one.visits or 0 for one in said), at


def _pin_view(row: asyncpg.Record) -> PinView:
    pin = Pin(
        artist_id=row["artist_id"],
        aspect=Aspect(row["aspect"]),
        max_age=row["max_age"],
        why=row["why"],
        since=row["since"],
        until=row["until"],
    )
    return PinView(pin=pin, slug=row["slug"], name=row["name"], looked_at=row["looked_at"])


def _aspect(row: asyncpg.Record) -> str:
    aspect: str = row["aspect"]
    return aspect
