"""What applications read: views with promised columns, words on everything, roles as the page prints them."""

import re
from typing import Any

import asyncpg
import pytest

from adapters.postgres import schema_page
from adapters.postgres.conftest import Look
from sample_rows import NOW
from thesetd.adapters.aio import AsyncioBridge

pytestmark = pytest.mark.real
PROMISED = {
    "artist_page": "id slug name image_url genres popularity followers spotify_id ticketmaster_id mbid spotify_url "
    "external_urls verified last_activity last_synced_at songs albums past_setlists import_job_id import_stage "
    "import_progress import_message import_completed_at small_image_url",
    "show_card": "id slug name status kind local_date local_time starts_at timezone end_date former_date tour "
    "image_url ticket_url currency min_price max_price sales_start sales_end venue_id venue venue_slug city "
    "state country_code "
    "latitude longitude headliner_artist_id headliner headliner_slug bill has_actual_setlist setlistfm_id "
    "venue_address venue_postal_code venue_capacity venue_website on_sale",
    "upcoming_shows": "artist_id is_headliner",
    "setlist_to_vote": "setlist_id show_id artist_id song_id title position expected encore probability reason dropped "
    "added_after_lock spotify_id album album_art_url duration_ms preview_url is_explicit is_playable popularity "
    "locked_at artist release_date",
    "actual_setlist": "actual_setlist_id show_id artist_id event_date tour info attribution_url position part encore "
    "tape title song_id cover",
    "import_progress": "job_id artist_id slug name stage progress message counts job_state waits_for waits_until "
    "started_at updated_at completed_at error",
}
WORLD = """
insert into artists (id, name, folded_name, slug, spotify_id, spotify_url, created_at, updated_at, is_stub, merged_into)
values
    ($A1, 'Owls', 'owls', 'owls', 'A', 'https://spotify/A', $now, $now, false, null),
    ($A2, 'Wolves', 'wolves', 'wolves', 'B', null, $now, $now, true, null),
    ($A3, 'Owls', 'owls', 'owls-2', null, null, $now, $now, false, $A1);
insert into thesetd.readings (id, fetched_at) values ($F2, $now);
insert into thesetd.freshness (row_id, fetched_at, reading_id) values ($A1, timestamptz '2026-01-01', $F2);
insert into venues (id, ticketmaster_id, name, city, created_at, updated_at, same_as) values
    ($B1, 'V', 'Hall', 'Rome', $now, $now, null),
    ($B2, 'W', 'The Hall', null, $now, $now, $B1);
insert into shows (id, ticketmaster_id, venue_id, name, status, local_date, is_addon, created_at, updated_at,
    price_currency, price_min) values
    ($C1, 'S', $B2, 'Été à Rome!', 'scheduled', '2026-07-01', false, $now, $now, 'EUR', 40),
    ($C2, 'T', null, 'Parking', 'scheduled', '2026-07-01', true, $now, $now, null, null),
    ($C3, 'U', null, 'Owls', 'completed', '2026-05-01', false, $now, $now, null, null);
insert into artist_shows (artist_id, show_id, is_headliner, set_order, created_at, updated_at, left_at) values
    ($A1, $C1, true, 1, $now, $now, null),
    ($A2, $C1, false, 2, $now, $now, null),
    ($A3, $C1, false, 3, $now, $now, $now),
    ($A1, $C2, true, 1, $now, $now, null),
    ($A1, $C3, true, 1, $now, $now, null);
insert into songs (id, artist_id, name, key, offered, created_at, updated_at) values
    ($D1, $A1, 'Hoot', 'hoot', true, $now, $now),
    ($D2, $A1, 'Moon', 'moon', true, $now, $now);
insert into setlists (id, show_id, artist_id, expected_songs, created_at, updated_at) values
    ($E1, $C1, $A1, 1, $now, $now);
insert into setlist_songs (setlist_id, song_id, position, title, created_at, updated_at, dropped_at) values
    ($E1, $D1, 1, 'Hoot', $now, $now, null),
    ($E1, $D2, 2, 'Moon', $now, $now, $now);
insert into actual_setlists (id, setlistfm_id, version_id, artist_id, show_id, event_date, url, songs, encore_songs,
    created_at, updated_at) values
    ($F1, 'P', 'v1', $A1, $C3, '2026-05-01', 'https://setlist', '[{"position": 1, "name": "Hoot"}]',
    '[{"position": 2, "name": "Moon"}]', $now, $now);
insert into thesetd.jobs (id, kind, lane, unique_key, args, state, not_before, created_at, waits_for, artist_id)
    overriding system value values (7, 'import_artist', 0, 'k', '{}', 'ready', $now, $now, 'quota spotify', $A1);
insert into import_status (job_id, artist_id, status, progress, message, counts, started_at, updated_at) values
    (7, $A1, 'fetching-shows', 30, 'Loading upcoming shows...', '{}', $now, $now);
"""


async def run(bridge: AsyncioBridge, dsn: str, *statements: str, role: str = "") -> list[asyncpg.Record]:
    """Run statements on one connection, under a role if one is given; return the last one's rows."""

    async def work() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(dsn)
        try:
            if role:
                await connection.execute(f"set role {role}")
            rows: list[asyncpg.Record] = []
            for statement in statements:
                rows = await connection.fetch(statement)
            return rows
        finally:
            await connection.close()

    return await bridge(work)


def statements(script: str) -> list[str]:
    """Return the statements of a script."""
    return [statement for statement in script.split(";\n") if statement.strip()]


@pytest.fixture
async def world(schema_dsn: str, bridge: AsyncioBridge) -> str:
    """Return the DSN of a database with an artist, a stub, a show to come, one that was, and what belongs to them."""
    script = re.sub(r"\$([A-F])(\d)", r"'\1\g<2>000000-0000-4000-8000-000000000000'", WORLD)
    await run(bridge, schema_dsn, *statements(script.replace("$now", f"'{NOW}'")))
    return schema_dsn


async def test_views_have_the_promised_columns(look: Look) -> None:
    """Names and their order; a column that is missing or moves breaks somebody's page."""
    promised = dict(PROMISED, upcoming_shows=f"{PROMISED['upcoming_shows']} {PROMISED['show_card']}")
    for view, columns in promised.items():
        found = await look(
            "select attname::text from pg_attribute where attrelid = $1::text::regclass and attnum > 0 order by attnum",
            view,
        )
        assert found == columns.split(), view


async def test_every_table_and_column_is_described(look: Look) -> None:
    """Whoever looks at a table in psql finds words on everything."""
    bare = await look(
        "select c.relname || coalesce('.' || a.attname, '') from pg_class c "
        "join pg_namespace n on n.oid = c.relnamespace "
        "left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped "
        "and col_description(c.oid, a.attnum) is null "
        "where n.nspname in ('public', 'thesetd', 'theset_documents') and c.relkind in ('r', 'v') "
        "and (a.attname is not null or obj_description(c.oid) is null) order by 1"
    )
    assert bare == [], "comment on them in the migration that makes them"


async def test_the_reference_is_what_the_database_says(migrated_dsn: str, bridge: AsyncioBridge) -> None:
    """config/schema.md was written from the schema of this version."""
    text = schema_page.PAGE.read_text()
    columns, arrows = await bridge(lambda: schema_page.read(migrated_dsn))
    assert schema_page.written(text, schema_page.page(columns, arrows)) == text, "run `make schema`"


async def test_an_artists_page(world: str, bridge: AsyncioBridge) -> None:
    """Imported artists have one, with counts and the last import; stubs and merged rows have none."""
    rows = await run(bridge, world, "select * from artist_page")
    assert [(r["slug"], r["songs"], r["past_setlists"], r["import_stage"], r["import_progress"]) for r in rows] == [
        ("owls", 2, 1, "fetching-shows", 30)
    ]
    assert rows[0]["last_synced_at"] == NOW
    assert rows[0]["external_urls"] == '{"spotify": "https://spotify/A"}'


async def test_shows_to_come(world: str, bridge: AsyncioBridge) -> None:
    """Each act finds its show with the whole bill, the place and prices; add-ons and acts that left do not count."""
    rows = await run(bridge, world, "select * from upcoming_shows order by is_headliner desc")
    assert [(r["name"], r["is_headliner"], r["headliner"], r["venue"], r["city"], r["min_price"]) for r in rows] == [
        ("Été à Rome!", True, "Owls", "Hall", "Rome", 40.0),
        ("Été à Rome!", False, "Owls", "Hall", "Rome", 40.0),
    ]
    assert rows[0]["slug"] == "ete-a-rome-c10000000000"
    assert re.findall(r'"name": "(\w+)"', rows[0]["bill"]) == ["Owls", "Wolves"]
    assert not rows[0]["has_actual_setlist"]


async def test_a_show_that_was(world: str, bridge: AsyncioBridge) -> None:
    """Its card says that a setlist is known, and the setlist follows with the page to link to."""
    rows = await run(bridge, world, "select * from show_card where status = 'completed'")
    assert [(r["has_actual_setlist"], r["setlistfm_id"]) for r in rows] == [(True, "P")]
    rows = await run(bridge, world, "select * from actual_setlist order by position")
    assert [(r["title"], r["encore"], r["attribution_url"]) for r in rows] == [
        ("Hoot", False, "https://setlist"),
        ("Moon", True, "https://setlist"),
    ]


async def test_a_setlist_to_vote_on(world: str, bridge: AsyncioBridge) -> None:
    """The expected songs come first, what was dropped is said to be."""
    rows = await run(bridge, world, "select * from setlist_to_vote order by position")
    assert [(r["title"], r["expected"], r["dropped"]) for r in rows] == [("Hoot", True, False), ("Moon", False, True)]


async def test_progress_of_an_import(world: str, bridge: AsyncioBridge) -> None:
    """It says what it waits for."""
    rows = await run(bridge, world, "select * from import_progress")
    assert [(r["slug"], r["stage"], r["waits_for"], r["waits_until"]) for r in rows] == [
        ("owls", "fetching-shows", "quota spotify", NOW)
    ]


OF_DOCUMENTS = (
    (
        "select id, spotify_id, name, slug, image_url, small_image_url, genres, popularity, followers, external_urls, "
        "verified, last_synced_at, last_activity from artists where name = 'Owls' limit 1"
    ),
    (
        "select id, spotify_id, title, artist, album, album_art_url, release_date, duration_ms, preview_url, "
        "is_explicit, is_playable from songs order by popularity desc limit 20"
    ),
    (
        "select id, slug, address, city, state, country, postal_code, latitude, longitude, timezone, capacity, website "
        "from venues"
    ),
    (
        "select s.id, s.date, s.slug, s.start_time, s.min_price, s.max_price, s.currency, s.ticket_url, a.name, v.name "
        "from shows s join artists a on a.id = s.headliner_artist_id left join venues v on v.id = s.venue_id "
        "where s.status = 'upcoming' and s.date > timestamptz '2026-06-30'"
    ),
    "select a.id from artist_shows l join artists a on a.id = l.artist_id where is_headliner order by set_order",
    (
        "select t.id, t.name, e.position, s.title from setlists t join setlist_songs e on e.setlist_id = t.id "
        "join songs s on s.id = e.song_id"
    ),
    "select id, show_id, setlistfm_id, imported_at, songs, encore_songs from actual_setlists",
    (
        "select id, artist_id, status, progress, message, started_at, completed_at, error_details from import_status "
        "where job_id = '7'"
    ),
)


async def test_the_documents_queries(world: str, bridge: AsyncioBridge) -> None:
    """Under the documents' names every query of theirs answers, with the forms that the documents say."""
    found = [await run(bridge, world, "set search_path = theset_documents, public", query) for query in OF_DOCUMENTS]
    assert all(found), [query for query, rows in zip(OF_DOCUMENTS, found, strict=True) if not rows]
    assert found[0][0]["external_urls"] == '{"spotify": "https://spotify/A"}'
    assert found[3][0]["date"].isoformat() == "2026-07-01T00:00:00+00:00"
    assert found[3][0]["currency"] == "EUR"
    assert (found[6][0]["songs"], found[6][0]["encore_songs"]) == ('["Hoot"]', '["Moon"]')
    rows = await run(bridge, world, "select status, has_actual_setlist from theset_documents.shows order by date")
    assert [tuple(row) for row in rows] == [("completed", True), ("upcoming", False)]


def printed() -> list[str]:
    """Return the blocks of SQL of the page."""
    return re.findall(r"```sql\n(.*?)```", schema_page.PAGE.read_text(), re.DOTALL)


async def test_the_printed_queries_run(world: str, bridge: AsyncioBridge) -> None:
    """Each of them is understood by the schema of this version."""
    queries = printed()[1:]
    assert len(queries) == 5
    for query in queries:
        await run(bridge, world, query)


@pytest.fixture
async def roles(world: str, bridge: AsyncioBridge) -> Any:
    """Make the roles as they are printed, and take them away after the test."""
    await run(bridge, world, *statements(printed()[0]))
    yield world
    for role in ("theset_app", "theset_reader"):
        await run(bridge, world, f"drop owned by {role} cascade", f"drop role {role}")


async def test_readers_read_and_change_nothing(roles: str, bridge: AsyncioBridge) -> None:
    """Every view answers a reader, and no table takes a row from it."""
    for view in PROMISED:
        assert await run(bridge, roles, f"select * from {view}", role="theset_reader"), view
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(bridge, roles, "update setlists set locked_at = updated_at", role="theset_reader")


async def test_the_application_votes_locks_and_adds_songs(roles: str, bridge: AsyncioBridge) -> None:
    """It does so in its own tables, which refer to the catalogue; the catalogue itself it cannot change."""
    await run(
        bridge,
        roles,
        "create table theset.votes (song_id uuid not null references songs, person text not null)",
        "insert into theset.votes select song_id, 'ada' from setlist_to_vote",
        "update setlists set locked_at = updated_at",
        role="theset_app",
    )
    for statement in ("update songs set offered = false", "delete from setlist_songs", "select * from thesetd.jobs"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(bridge, roles, statement, role="theset_app")


_UNGRANTED = """
select distinct p.proname from pg_depend d join pg_rewrite r on r.oid = d.objid join pg_class v on v.oid = r.ev_class
join pg_proc p on p.oid = d.refobjid join pg_namespace n on n.oid = p.pronamespace
where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_proc'::regclass and n.nspname = 'thesetd'
    and not exists (select from aclexplode(p.proacl) a where a.grantee = 0 and a.privilege_type = 'EXECUTE')
"""


async def test_whoever_may_read_a_view_may_call_its_functions(look: Look) -> None:
    """A view reads tables with its owner's rights, but calls functions with the reader's.

    A function is everybody's by default, but not after `alter default privileges revoke execute on functions`.
    """
    assert await look(_UNGRANTED) == []
