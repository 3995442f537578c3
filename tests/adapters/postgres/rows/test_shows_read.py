"""What is decided about an act's shows and pages can be looked up: it reads those of the act, not all there are."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from sample_rows import NOW
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.places import ELSEWHERE, Changed, settle_places
from thesetd.adapters.postgres.rows.show_days import complete_shows, complete_shows_of
from thesetd.adapters.postgres.rows.standings import settle_standings
from thesetd.adapters.postgres.setlists.nights import concerned, settle_nights
from thesetd.adapters.postgres.setlists.pages import claim_pages
from thesetd.adapters.postgres.setlists.songs import covering

ACTS, NIGHTS = 60, 20  # of each act, every night at a hall of its own, as a show and as a page
_FILL = """
create temp table nights on commit drop as
select a, n, md5('act' || a)::uuid as act, md5('hall' || a || ' ' || n)::uuid as hall,
    md5('show' || a || ' ' || n)::uuid as show, md5('page' || a || ' ' || n)::uuid as page, date '2026-03-01' + n as day
from generate_series(1, :acts) a, generate_series(1, :nights) n;
insert into artists (id, name, folded_name, slug, mbid, is_stub, created_at, updated_at)
select distinct act, 'Act ' || a, 'act ' || a, 'act-' || a, act::text, false, now(), now() from nights;
insert into thesetd.artist_ids (space, id, artist_id, created_at)
select distinct 'musicbrainz', act::text, act, now() from nights;
insert into venues (id, name, city, town, country_code, setlistfm_id, created_at, updated_at)
select hall, 'Hall ' || a || n, 'Town ' || a, 'town ' || a, 'DE', 'v' || a || '-' || n, now(), now() from nights;
insert into shows (id, name, kind, status, local_date, venue_id, ticketmaster_id, is_addon, created_at, updated_at)
select show, 'Act ' || a, 'concert', 'scheduled', day, hall, 't' || a || '-' || n, false, now(), now() from nights;
insert into artist_shows (artist_id, show_id, is_headliner, set_order, created_at, updated_at)
select act, show, true, 1, now(), now() from nights;
insert into thesetd.setlist_pages (id, setlistfm_id, version_id, artist_mbid, artist_name, artist_id, venue_id, place,
    event_date, url, set_names, performed, songs, encore_songs, fetched_at, created_at, updated_at)
select page, 's' || a || '-' || n, 'v', act::text, 'Act ' || a, act, hall, '{}', day, 'https://setlist.fm/s',
    '{}', '{}', '[]', '[]', now(), now(), now() from nights;
insert into thesetd.played_names (artist_id, name, cover, class, matches, updated_at)
select act, 'Song ' || n, 'other act ' || a, 'song', '[]', now() from nights;
"""
_FIRST = "select l.artist_id, l.show_id from artist_shows l join artists a on a.id = l.artist_id where a.slug = 'act-1'"
_READ = """
select coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0) from pg_stat_xact_user_tables
where relname in ('shows', 'artist_shows', 'venues', 'setlist_pages', 'played_names')
"""
MOST = 25 * NIGHTS  # rows of any of these tables; there are 6,000

LOOKED_UP: dict[str, Callable[[Connection, UUID, UUID], Awaitable[Any]]] = {
    "pages to claim": lambda connection, act, _: claim_pages(connection, [act], NOW),
    "acts with pages": lambda connection, act, show: concerned(connection, [show], [], [act]),
    "shows that are over": lambda connection, act, show: complete_shows_of(connection, [show], [act], NOW),
    "acts that cover": lambda connection, act, _: covering(connection, [act]),
    "nights": lambda connection, act, _: settle_nights(connection, [act], NOW),
    "standings": lambda connection, _, show: settle_standings(connection, [show], [], NOW),
    "places": lambda connection, _, show: settle_places(connection, Changed(shows={show}), NOW),
}


@pytest.mark.parametrize("what", LOOKED_UP)
async def test_no_other_acts_rows_are_read(postgres_store: PostgresStore, what: str) -> None:
    """All of it can be looked up: of 60 acts the shows, halls and pages of one are read, a few times at most.

    What is cheaper while tables are small, and depends on when they were last analyzed, is switched off.
    """

    async def read(connection: Connection) -> int:
        await connection.execute(_FILL.replace(":acts", str(ACTS)).replace(":nights", str(NIGHTS)))
        row = await connection.fetchrow(_FIRST)
        assert row is not None
        await connection.execute("set local enable_seqscan = off; set local enable_hashjoin = off")
        before = await connection.fetchval(_READ)
        await LOOKED_UP[what](connection, *row)
        return int(await connection.fetchval(_READ) - before)

    assert await postgres_store.database.transact(read) <= MOST


async def test_shows_that_were_completed_long_ago_are_not_read(postgres_store: PostgresStore) -> None:
    """Once an hour all shows that time completes are looked for; of 1,200 that were played one was moved."""

    async def read(connection: Connection) -> int:
        await connection.execute(_FILL.replace(":acts", str(ACTS)).replace(":nights", str(NIGHTS)))
        await connection.execute("update shows set status = 'completed'; set local enable_seqscan = off")
        moved = "update shows set former_date = local_date, local_date = $1 where ticketmaster_id = 't1-1'"
        await connection.execute(moved, NOW.date() + timedelta(days=9))
        before = await connection.fetchval(_READ)
        assert len(await complete_shows(connection, NOW)) == 1
        return int(await connection.fetchval(_READ) - before)

    assert await postgres_store.database.transact(read) <= NIGHTS


def passed(plan: dict[str, Any]) -> int:
    """Count the rows that the steps of a plan passed on or compared in vain."""
    removed = sum(count for name, count in plan.items() if name.startswith("Rows Removed"))
    own = round(plan["Actual Loops"] * (plan["Actual Rows"] + removed))
    return own + sum(map(passed, plan.get("Plans", ())))


async def test_nights_are_not_compared_with_every_hall_of_a_town(postgres_store: PostgresStore) -> None:
    """Nor are the acts' shows read for each night: all 1,200 halls are in one town, and one act's nights are asked."""

    async def explained(connection: Connection) -> dict[str, Any]:
        await connection.execute(_FILL.replace(":acts", str(ACTS)).replace(":nights", str(NIGHTS)))
        await connection.execute("update venues set town = 'town'")
        mine = await connection.fetch("select act, day from nights where a = 1")
        acts, days = zip(*mine, strict=True)
        found = await connection.fetchval(f"explain (analyze, format json) {ELSEWHERE}", acts, days, ["town"])
        plan: dict[str, Any] = json.loads(found)[0]["Plan"]
        return plan

    plan = await postgres_store.database.transact(explained)
    assert plan["Actual Rows"] == NIGHTS
    assert passed(plan) <= 25 * NIGHTS
