"""Stores shows known only from pages, and what pages add to the rows of other shows.

A page that fits no known show creates one, of its own kind. If that turns out to be a known show, the row points there
and stays for existing references; if the two are separated again, the row is restored.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.lookup import derived_id
from thesetd.adapters.postgres.rows.merge import SKIPPED, Stored, halving, reject
from thesetd.adapters.postgres.rows.show_days import PLAYED
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.setlists.kinds import PageKind, tour_name

_ROWS = "select id, is_announced from shows where id = any($1)"
# The show of another night, or of a seller, is first detached from the page's id, which is unique.
_LET_GO = """
update shows s set setlistfm_id = null, updated_at = $1
from unnest($2::uuid[], $3::text[]) as n (id, setlistfm_id)
where s.setlistfm_id = n.setlistfm_id and s.id <> n.id and s.is_announced
"""
_WRITE = """
insert into shows as t (id, setlistfm_id, name, kind, status, local_date, url, tour, venue_id, is_addon, created_at,
    updated_at)
select n.id, n.setlistfm_id, n.name, n.kind, case when n.played then 'completed' else 'scheduled' end, n.day, n.url,
    n.tour, n.venue_id, false, $1, $1
from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::date[], $8::text[], $9::text[],
    $10::uuid[]) as n (id, setlistfm_id, name, kind, played, day, url, tour, venue_id)
on conflict (id) do update
set setlistfm_id = excluded.setlistfm_id, name = excluded.name, kind = excluded.kind, local_date = excluded.local_date,
    url = excluded.url, tour = excluded.tour, venue_id = excluded.venue_id, merged_into = null, updated_at = $1,
    status = case when excluded.status = 'completed' then 'completed' when t.local_date <> excluded.local_date
        then 'scheduled' else t.status end
where (t.setlistfm_id, t.name, t.kind, t.local_date, t.url, t.tour, t.venue_id, t.merged_into)
    is distinct from (excluded.setlistfm_id, excluded.name, excluded.kind, excluded.local_date, excluded.url,
        excluded.tour, excluded.venue_id, null)
    or excluded.status = 'completed' and t.status <> 'completed'
returning t.id
"""
_PLACE = """
insert into artist_shows as t (artist_id, show_id, is_headliner, set_order, created_at, updated_at)
select n.artist_id, n.show_id, true, 1, $1, $1 from unnest($2::uuid[], $3::uuid[]) as n (artist_id, show_id)
join shows s on s.id = n.show_id
on conflict (artist_id, show_id) do update set left_at = null, updated_at = $1 where t.left_at is not null
returning t.show_id
"""
# A page that moved to another act takes its show along.
_DISPLACE = """
update artist_shows l set left_at = $3, updated_at = $3
from unnest($1::uuid[], $2::uuid[]) as n (artist_id, show_id)
where l.show_id = n.show_id and l.artist_id <> n.artist_id and l.left_at is null
"""
_MERGE = """
update shows t set merged_into = n.show_id, setlistfm_id = null, updated_at = $1
from unnest($2::uuid[], $3::uuid[]) as n (id, show_id)
where t.id = n.id and t.id <> n.show_id and not t.is_announced and t.merged_into is distinct from n.show_id
returning t.id
"""
_LEAVE = "update artist_shows set left_at = $2, updated_at = $2 where show_id = any($1) and left_at is null"
# An act that played there is on the bill, whatever a shop says later.
_RETURN = """
update artist_shows l set left_at = null, updated_at = $2 from thesetd.setlist_pages p
where p.show_id = any($1) and p.verdict = 'joined' and cardinality(p.performed) > 0 and p.gone_at is null
    and l.show_id = p.show_id and l.artist_id = p.artist_id and l.left_at is not null
"""
_LEADERS = """
select distinct on (p.show_id) p.show_id, p.setlistfm_id, p.tour
from thesetd.setlist_pages p join artist_shows l on l.show_id = p.show_id and l.artist_id = p.artist_id
where p.show_id = any($1) and p.verdict = 'joined' and p.gone_at is null
order by p.show_id, l.set_order, p.setlistfm_id
"""
_UNLABEL = """
update shows t set setlistfm_id = null from unnest($1::uuid[], $2::text[]) as n (id, setlistfm_id)
where t.id = n.id and t.is_announced and t.setlistfm_id <> coalesce(n.setlistfm_id, '')
"""
_LABEL = """
update shows t set setlistfm_id = n.setlistfm_id, tour = n.tour, kind = 'concert', updated_at = $3
from unnest($1::uuid[], $2::text[], $4::text[]) as n (id, setlistfm_id, tour)
where t.id = n.id and t.is_announced
    and (t.setlistfm_id, t.tour, t.kind) is distinct from (n.setlistfm_id, n.tour, 'concert')
returning t.id
"""
# A show with played songs has taken place, whatever its seller says; if the songs are removed, the seller's status
# applies again.
_TOOK_PLACE = f"""
update shows t set status = case when t.status = 'cancelled' then 'completed' else 'cancelled' end, updated_at = $2
where t.id = any($1) and (
    t.status = 'cancelled' and t.local_date <= $3 and {PLAYED.format(show="t.id")}
    or t.status = 'completed' and t.said_status = 'cancelled' and not {PLAYED.format(show="t.id")}
)
returning t.id
"""  # noqa: S608 - a constant


@attrs.frozen(kw_only=True)
class Own:
    """A show known only from a page."""

    artist: UUID
    page: str
    name: str
    day: date
    kind: PageKind
    played: bool
    url: str
    tour: str
    venue: UUID | None


@attrs.define
class OwnStored:
    """The outcome for these shows, and how many places on bills are new."""

    shows: Stored = attrs.field(factory=Stored)
    places: int = 0


async def write_own(connection: Connection, own: Sequence[Own], at: datetime) -> tuple[dict[str, UUID], OwnStored]:
    """Write shows created by pages; return their rows by page."""
    done = OwnStored()
    if not own:
        return {}, done
    homes = await _homes(connection, own)

    async def write(part: Sequence[Own]) -> Stored:
        ids = [homes[one.page] for one in part]
        await connection.execute(_LET_GO, at, ids, [one.page for one in part])
        changed = await connection.fetch(_WRITE, at, ids, *zip(*(_sent(one, at) for one in part), strict=True))
        return Stored(ids=set(ids), changed={row["id"] for row in changed})

    done.shows = await halving(connection, own, write, lambda one, why: reject("shows", one.page, why, one.name))
    kept = {row["id"] for row in await connection.fetch(_ROWS, list(done.shows.ids))}
    skipped = [one for one in own if homes[one.page] in done.shows.ids - kept]
    done.shows.rejects += [reject("shows", one.page, SKIPPED, one.name) for one in skipped]
    done.shows.ids &= kept
    part = [one for one in own if homes[one.page] in kept]

    async def place(part: Sequence[Own]) -> Stored:
        artists, shows = [one.artist for one in part], [homes[one.page] for one in part]
        await connection.execute(_DISPLACE, artists, shows, at)
        done.places += len(await connection.fetch(_PLACE, at, artists, shows))
        return Stored()

    placed = await halving(connection, part, place, lambda one, why: reject("artist_shows", one.page, why, one.name))
    done.shows.rejects += placed.rejects
    return {one.page: homes[one.page] for one in part}, done


async def merge_shows(connection: Connection, joined: Mapping[str, UUID], at: datetime) -> Stored:
    """Point rows created by pages at the shows that those pages now belong to."""
    if not joined:
        return Stored()
    rows = [(candidate, show) for page, show in joined.items() for candidate in _candidates(page)]
    changed = await connection.fetch(_MERGE, at, [row for row, _ in rows], [show for _, show in rows])
    ids = {row["id"] for row in changed}
    left = await update_places(connection, _LEAVE, ids, at)
    return Stored(ids=ids, changed=ids, rejects=left.rejects)


async def update_places(connection: Connection, statement: str, rows: Collection[UUID], at: datetime) -> Stored:
    """Change places on bills by a statement about shows, or artists: one that is refused affects no other."""

    async def change(part: Sequence[UUID]) -> Stored:
        await connection.execute(statement, part, at)
        return Stored()

    return await halving(connection, sorted(rows), change, lambda one, why: reject("artist_shows", str(one), why, ""))


async def label_shows(connection: Connection, shows: Collection[UUID], at: datetime) -> Stored:
    """Write the id and tour of the first act's page into sold shows, and clear those of pages that moved away."""
    if not shows:
        return Stored()
    returned = await update_places(connection, _RETURN, shows, at)
    leaders = {row["show_id"]: row for row in await connection.fetch(_LEADERS, list(shows))}
    ids = sorted(shows)
    pages = [leaders[one]["setlistfm_id"] if one in leaders else None for one in ids]
    tours = [(tour_name(leaders[one]["tour"] or "") or None) if one in leaders else None for one in ids]
    await connection.execute(_UNLABEL, ids, pages)
    changed = {row["id"] for row in await connection.fetch(_LABEL, ids, pages, at, tours)}
    return Stored(ids=changed, changed=changed, rejects=returned.rejects)


async def mark_played(connection: Connection, shows: Collection[UUID], at: datetime) -> Stored:
    """Complete cancelled shows at which songs were played, and cancel them again if the songs are removed."""
    if not shows:
        return Stored()
    latest = at.date() + timedelta(days=1)  # it is already tomorrow somewhere
    changed = {row["id"] for row in await connection.fetch(_TOOK_PLACE, list(shows), at, latest)}
    return Stored(ids=changed, changed=changed)


def _candidates(page: str) -> tuple[UUID, UUID]:
    """Return the rows that a page's own show may have: the second if a sold show has taken over the first."""
    return derived_id("shows", SETLISTFM, page), derived_id("shows", SETLISTFM, f"{page} again")


async def _homes(connection: Connection, own: Sequence[Own]) -> dict[str, UUID]:
    wanted = [row for one in own for row in _candidates(one.page)]
    sold = {row["id"] for row in await connection.fetch(_ROWS, wanted) if row["is_announced"]}
    return {
        one.page: next((row for row in _candidates(one.page) if row not in sold), _candidates(one.page)[1])
        for one in own
    }


def _sent(one: Own, at: datetime) -> tuple[object, ...]:
    played = one.played and one.day <= at.date() + timedelta(days=1)  # it is already tomorrow somewhere
    return one.page, one.name, one.kind.value, played, one.day, one.url, tour_name(one.tour) or None, one.venue
