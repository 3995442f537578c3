"""`thesetd migrate` on tables as TheSet's documents make them: the application's database becomes the daemon's."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

import querying
from documents_schema import FEW, QUERIES, ROWS, TABLES, camel
from exploring import sample
from programs import PROGRAMS, Sandbox, StartDaemon, clean_environ, thesetd
from querying import query, run_asyncio
from real import until
from thesetd.adapters.postgres.adoption.names import RELAXED

pytestmark = pytest.mark.real
Migrate = Callable[..., "subprocess.CompletedProcess[str]"]
PLAIN = {"snake_case": lambda script: script, "camelCase": camel}
STATE = """
select n.nspname || '.' || c.relname || ':' || c.relfilenode
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1
"""
VOTES = "select count(*), count(distinct person), md5(string_agg(v.id::text, ',' order by v.id::text)) from votes v"


def execute(dsn: str, script: str) -> None:
    """Run a script."""
    run_asyncio(querying.execute(dsn, script))


@pytest.fixture
def migrate(folder: Path, empty_dsn: str) -> Migrate:
    """Return a function that runs `thesetd migrate` on an empty database, or on what a test put there."""

    def run(*options: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return thesetd(folder, "migrate", *options, DATABASE_URL=empty_dsn, **variables)

    return run


@pytest.mark.parametrize("style", PLAIN)
def test_tables_of_the_documents_are_adopted(style: str, migrate: Migrate, empty_dsn: str, database_dsn: str) -> None:
    """A plan changes nothing; then every row, vote and old query is as before, and again there is nothing to do.

    Views, indexes, triggers, constraints and comments are those of a database that began empty.
    """
    whole = style == "snake_case"
    execute(empty_dsn, PLAIN[style](TABLES + (ROWS if whole else FEW)))
    votes = query(empty_dsn, VOTES)
    plan = migrate("--plan")
    assert plan.returncode == 0, plan.stderr
    assert f"artists: adopted with {'1,000' if whole else 20} rows" in plan.stdout
    assert "artists: 1 slugs that repeat, such as 'artist-1', get six characters" in plan.stdout
    assert "nothing was changed: run `thesetd migrate`" in plan.stdout
    assert query(empty_dsn, "select count(*) from pg_namespace where nspname like 'theset%'") == [(0,)]
    done = migrate()
    assert done.returncode == 0, done.stderr
    assert query(empty_dsn, VOTES) == votes
    for asked, rows in QUERIES.items():
        assert len(query(empty_dsn, PLAIN[style](asked))) == rows or not whole, asked
    for name in ("artists", "shows", "songs", "import_status"):
        assert query(empty_dsn, f"select count(*) from theset_documents.{name}") == [(1000 if whole else 20,)], name
    assert set(query(empty_dsn, "select town from venues")) == {("rome",)}  # or no venue would be beside another
    assert "nothing to apply" in migrate().stdout
    assert "nothing to apply" in migrate("--plan").stdout
    missing = set(query(database_dsn, MADE)) - set(query(empty_dsn, MADE))
    assert {name for name, _ in missing} == RELAXED


MADE = """
select c.oid::regclass::text, string_agg(a.attname, ', ' order by a.attnum)
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relkind = 'v' and c.relnamespace::regnamespace::text in ('public', 'thesetd', 'theset_documents')
group by c.oid
union all
select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indrelid
where c.relnamespace::regnamespace::text in ('public', 'thesetd')
union all
select t.tgname, pg_get_triggerdef(t.oid) from pg_trigger t where not t.tgisinternal
union all
select k.conname, replace(pg_get_constraintdef(k.oid), 'PRIMARY KEY', 'UNIQUE') from pg_constraint k
where k.connamespace::regnamespace::text in ('public', 'thesetd')
union all
select concat_ws('.', d.objoid::regclass, a.attname), d.description from pg_description d
left join pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid and d.objsubid > 0
where d.classoid = 'pg_class'::regclass and d.objoid::regclass::text !~ '^(pg_|information_schema)'
"""


def test_what_the_application_writes_reaches_the_catalogue(migrate: Migrate, empty_dsn: str) -> None:
    """Its own columns and the catalogue's stay in step, whoever writes; a song that fans add has a title."""
    execute(empty_dsn, camel(TABLES + FEW))
    assert migrate().returncode == 0
    execute(
        empty_dsn,
        """
        update artists set "imageUrl" = 'https://new' where "spotifyId" = 'spotify5';
        update artists set image_url = 'https://newer', spotify_url = 'https://x' where spotify_id = 'spotify6';
        update setlist_songs set upvotes = 3;
        insert into setlist_songs ("setlistId", "songId", position)
        select t.id, s.id, 3 from setlists t, songs s where s."spotifyId" = 'track15' limit 1;
        update setlists set locked_at = now();
        update shows set status = 'upcoming' where "ticketmasterId" = 'E9';
        insert into shows ("ticketmasterId", name, slug, date) values ('E99', 'Secret Show', 'secret', '2027-02-01');
        update shows set local_date = '2027-01-31', local_time = '19:30' where "ticketmasterId" = 'E5';
        """,
    )
    assert query(empty_dsn, "select image_url from artists where spotify_id = 'spotify5'") == [("https://new",)]
    found = query(empty_dsn, """select "imageUrl", "externalUrls" from artists where spotify_id = 'spotify6'""")
    assert found == [("https://newer", '{"spotify": "https://x"}')]
    assert query(empty_dsn, "select title, upvotes from setlist_songs where position = 3") == [("Song 15", 0)]
    dates = query(empty_dsn, """select "date"::date::text, "startTime" from shows where "ticketmasterId" = 'E5'""")
    assert dates == [("2027-01-31", "19:30:00")]
    shows = "select status, local_date::text, slug from shows where ticketmaster_id in ('E9', 'E99') order by 2 desc"
    assert [row[0] for row in query(empty_dsn, shows)] == ["scheduled", "scheduled"]
    assert query(empty_dsn, shows)[0][1:] == ("2027-02-01", "secret")


REFUSED = {
    "create table albums (mine integer)": ["public.albums is not thesetd's: rename it, or name another schema"],
    """
    alter table artists alter id drop default, alter id type text, add column owner text not null default 'x';
    alter table artists alter owner drop default;
    insert into artists (id, name, slug, owner) values ('c1', 'Odd One', 'odd', 'x');
    create view young as select id from songs where release_date > now()
    """: [
        "artists.id: 1 ids such as 'c1' are no UUIDs, thesetd's are: give the rows UUIDs first",
        "artists.owner: thesetd cannot insert rows without it: give it a default",
        "songs.release_date: its type changes, and the view young reads it: drop the view",
    ],
    """
    update shows set start_time = 'doors' where ticketmaster_id in ('E7', 'E8');
    update actual_setlists set songs = '{"A": 1}' where setlistfm_id = 'pageE9';
    create table more_songs () inherits (songs)
    """: [
        "public.songs is not a plain table: rename it, or name another schema for the catalogue",
    ],
    """
    update shows set start_time = 'doors' where ticketmaster_id in ('E7', 'E8');
    update actual_setlists set songs = '{"A": 1}' where setlistfm_id = 'pageE9'
    """: [
        'shows.start_time: 2 values cannot be converted (invalid input syntax for type time: "doors"): change them',
        "actual_setlists.songs: 1 values cannot be converted (cannot extract elements from an object): change them",
    ],
    """
    update shows set headliner_artist_id = null where ticketmaster_id = 'E7';
    alter table artist_shows drop constraint artist_shows_show_id_fkey;
    insert into artist_shows (artist_id, show_id) select id, gen_random_uuid() from artists limit 1;
    update venues set latitude = 200 where name = 'Hall 3';
    drop table votes;
    alter table setlist_songs drop constraint setlist_songs_setlist_id_song_id_key;
    insert into setlist_songs select setlist_id, 9, song_id from setlist_songs limit 1
    """: [
        "setlists.artist_id: no value can be found for 1 rows: change or delete them, for example",
        "venues: venues_latitude_check (((latitude >= ",
        "does not hold for 1 rows: change or delete them, for example id ",
        '("setlist_id", "song_id") is the same in 2 rows',
        "artist_shows.show_id: no such id in shows for 1 rows: change or delete them",
    ],
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_cannot_be_kept_is_refused(fault: str, migrate: Migrate, empty_dsn: str) -> None:
    """One line for each names table, column, reason and what to do; the database stays as it was."""
    execute(empty_dsn, re.sub(r" references artists \(id\)( on delete cascade)?", "", TABLES) + FEW)
    execute(empty_dsn, fault)
    before = query(empty_dsn, STATE)
    done = migrate()
    assert done.returncode == 78, done.stdout
    for words in REFUSED[fault]:
        assert words in done.stderr, done.stderr
    assert query(empty_dsn, STATE) == before


IDS = {
    "text": "text primary key default 'clx' || md5(gen_random_uuid()::text)",
    "bigint": "bigserial primary key",
}
ADOPTION = Path(__file__).parents[2] / "config" / "adoption.md"


@pytest.mark.parametrize("kind", sample([*IDS], every=2))
def test_the_recipe_makes_uuids_of_other_ids(kind: str, migrate: Migrate, empty_dsn: str) -> None:
    """What is refused for its ids is adopted once the page's statements have run; each show keeps its venue."""
    tables = TABLES.replace("venue_id uuid", f"venue_id {kind}")
    at = tables.index("create table venues")
    execute(
        empty_dsn, tables[:at] + tables[at:].replace("uuid primary key default gen_random_uuid()", IDS[kind], 1) + FEW
    )
    assert "venues.id: " in migrate().stderr
    recipe = re.search(r"(?:^ {4}.*\n)+", ADOPTION.read_text().partition("Ids of another kind")[2], re.MULTILINE)
    assert recipe is not None
    places = "select s.name, v.name from shows s join venues v on v.id = s.venue_id order by s.ticketmaster_id"
    before = query(empty_dsn, places)
    execute(empty_dsn, recipe[0])
    done = migrate()
    assert done.returncode == 0, done.stderr
    assert len(before) == 20
    assert query(empty_dsn, places) == before


def test_an_adoption_that_is_cut_off_leaves_the_database_as_it_was(migrate: Migrate, empty_dsn: str) -> None:
    """The server ends the session in the middle: nothing of it stays, and the next try adopts everything."""
    execute(empty_dsn, TABLES + FEW)
    execute(
        empty_dsn,
        "create function cut() returns boolean language plpgsql as $$ begin "
        "return pg_terminate_backend(pg_backend_pid()); end $$;"
        "alter table setlist_songs add check (cut()) not valid",
    )
    votes = query(empty_dsn, VOTES)
    assert migrate().returncode != 0
    assert query(empty_dsn, "select count(*) from pg_namespace where nspname like 'theset%'") == [(0,)]
    assert query(empty_dsn, "select count(*) from artists where genres like '[%'") == [(19,)]
    execute(empty_dsn, "drop function cut cascade")
    assert migrate().returncode == 0
    assert query(empty_dsn, VOTES) == votes


def test_an_adoption_whose_program_is_killed_leaves_the_database_as_it_was(
    migrate: Migrate, folder: Path, empty_dsn: str
) -> None:
    """The server notices within seconds, in the middle of a statement: nothing stays, and no table stays locked."""
    execute(empty_dsn, TABLES + FEW)
    execute(
        empty_dsn,
        "create function hang() returns boolean language sql as 'select pg_sleep(3600) is not null';"
        "alter table setlist_songs add check (hang()) not valid",
    )
    votes, before = query(empty_dsn, VOTES), query(empty_dsn, STATE)
    backends = "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"
    command, environ = [str(PROGRAMS / "thesetd"), "migrate"], clean_environ(folder) | {"DATABASE_URL": empty_dsn}
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
        until(lambda: query(empty_dsn, backends) == [(1,)])
        program.kill()
    until(lambda: query(empty_dsn, backends) == [(0,)])
    assert query(empty_dsn, STATE) == before
    execute(empty_dsn, "drop function hang cascade")
    assert migrate().returncode == 0
    assert query(empty_dsn, VOTES) == votes


@pytest.mark.parametrize("command", [("run",), ("check-config", "--connect")])
def test_tables_are_adopted_only_where_somebody_asks(
    command: tuple[str, ...], folder: Path, empty_dsn: str, redis_server: str
) -> None:
    """A daemon that is started on the application's database, and a check of it, change and lock nothing: exit 78."""
    execute(empty_dsn, TABLES + FEW)
    refused = thesetd(folder, *command, DATABASE_URL=empty_dsn, REDIS_URL=redis_server)
    said = refused.stdout + refused.stderr
    assert refused.returncode == 78, said
    assert "public has the application's tables (" in said
    assert "`thesetd migrate --plan` says how they are adopted" in said
    assert query(empty_dsn, "select count(*) from pg_namespace where nspname like 'theset%'") == [(0,)]


def test_the_catalogue_may_be_in_a_schema_of_its_own(migrate: Migrate, empty_dsn: str) -> None:
    """`[database] schema` names it; it is made, and tables of the same names elsewhere stay what they are."""
    execute(empty_dsn, "create table artists (mine integer)")
    done = migrate(THESETD_DATABASE__SCHEMA="catalogue")
    assert done.returncode == 0, done.stderr
    assert query(empty_dsn, "select count(*) from catalogue.artists") == [(0,)]
    assert query(empty_dsn, "select count(*) from theset_documents.artists") == [(0,)]
    assert query(empty_dsn, "select mine from public.artists") == []
    assert "nothing to apply" in migrate(THESETD_DATABASE__SCHEMA="catalogue").stdout


COPIED = {
    "artists": "md5('a' || id::text)::uuid, spotify_id, name, 'old-' || slug as slug",
    "venues": "md5('a' || id::text)::uuid, ticketmaster_id, name, 'hall' as slug",
    "shows": "md5('a' || id::text)::uuid, ticketmaster_id, md5('a' || headliner_artist_id::text)::uuid, "
    "md5('a' || venue_id::text)::uuid, name, 'tour' as slug, date, status",
    "songs": "md5('a' || id::text)::uuid, spotify_id, title, artist",
}
INTO = {
    "artists": "id, spotify_id, name, slug",
    "venues": "id, ticketmaster_id, name, slug",
    "shows": "id, ticketmaster_id, headliner_artist_id, venue_id, name, slug, date, status",
    "songs": "id, spotify_id, title, artist",
}
WHICH = {
    "artists": "spotify_id is not null",
    "venues": "ticketmaster_id is not null",
    "shows": "ticketmaster_id is not null and date is not null and headliner_artist_id in (select id from "
    "theset_documents.artists where spotify_id is not null) and venue_id in (select id from theset_documents.venues "
    "where ticketmaster_id is not null)",
    "songs": "spotify_id is not null",
}


async def copy(source: str, target: str) -> None:
    """Write what a daemon knows as the documents' code would have: under ids of its own."""
    read, write = await asyncpg.connect(source), await asyncpg.connect(target)
    try:
        for name, columns in COPIED.items():
            rows = await read.fetch(f"select {columns} from theset_documents.{name} where {WHICH[name]}")
            await write.copy_records_to_table(
                name, records=[tuple(row) for row in rows], columns=INTO[name].split(", ")
            )
    finally:
        await read.close()
        await write.close()


VOTING = """
insert into setlists (show_id, name) select id, 'Predicted' from shows where status = 'upcoming';
insert into setlist_songs (setlist_id, position, song_id)
select t.id, s.position, s.id from setlists t cross join (
    select id, row_number() over (order by title)::integer as position from songs order by title limit 3
) s;
insert into votes (setlist_id, song_id, show_id, artist_id, person)
select e.setlist_id, e.song_id, t.show_id, s.headliner_artist_id, 'ada'
from setlist_songs e join setlists t on t.id = e.setlist_id join shows s on s.id = t.show_id;
"""


def test_an_adoption_fires_no_trigger_of_the_application(migrate: Migrate, empty_dsn: str) -> None:
    """Not even one that would refuse; afterwards each fires as before. Days that no calendar has are no obstacle."""
    execute(empty_dsn, TABLES + FEW)
    execute(
        empty_dsn,
        """
        create function deny() returns trigger language plpgsql as $$ begin raise exception 'read only'; end $$;
        create trigger "Deny it" before update on artists for each row execute function deny();
        alter table venues enable row level security;
        create trigger off before update on songs for each row execute function deny();
        alter table songs disable trigger off;
        alter table songs alter release_date type text using '2026-02-30';
        alter table artists drop constraint artists_spotify_id_key;
        insert into artists (name, slug, spotify_id) values ('No Id', 'one', ''), ('None', 'two', '')
        """,
    )
    assert "venues: has row-level security: `thesetd run` needs its owner's role" in migrate("--plan").stdout
    done = migrate()
    assert done.returncode == 0, done.stderr
    states = "select tgname, tgenabled::text from pg_trigger where tgname in ('Deny it', 'off') order by 1"
    assert query(empty_dsn, states) == [("Deny it", "O"), ("off", "D")]
    assert query(empty_dsn, "select distinct release_date, released_on from songs") == [("2026-02-30", None)]
    assert query(empty_dsn, "select count(*) from artists where slug in ('one', 'two') and spotify_id is null") == [
        (2,)
    ]


def test_an_import_continues_what_was_adopted(
    start_daemon: StartDaemon,
    start_embedded: StartDaemon,
    synthetic_sandbox: Sandbox,
    synthetic_artist: str,
    database_dsn: str,
    empty_dsn: str,
    redis_server: str,
    migrate: Migrate,
) -> None:
    """Rows that the application had are the ones that an import finds: ids, votes and addresses stay, facts arrive."""
    first = start_daemon(synthetic_sandbox)
    assert first.ctl("import", synthetic_artist, "--follow").returncode == 0
    first.running.stop()
    execute(empty_dsn, TABLES)
    run_asyncio(copy(database_dsn, empty_dsn))
    execute(empty_dsn, VOTING)
    votes = query(empty_dsn, VOTES)
    before = {name: query(empty_dsn, f"select id::text from {name} order by 1") for name in COPIED}
    assert votes[0][0] > 10
    assert migrate().returncode == 0
    second = start_embedded(synthetic_sandbox, forked=True, DATABASE_URL=empty_dsn, REDIS_URL=redis_server)
    done = second.ctl("import", synthetic_artist, "--follow")
    assert done.returncode == 0, done.stderr
    assert query(empty_dsn, VOTES) == votes
    for name, rows in before.items():
        assert set(rows) <= set(query(empty_dsn, f"select id::text from {name}")), name
    for name, key in (("artists", "spotify_id"), ("venues", "ticketmaster_id"), ("shows", "ticketmaster_id")):
        twice = query(empty_dsn, f"select {key} from {name} where {key} is not null group by 1 having count(*) > 1")
        assert twice == [], name
        known = query(database_dsn, f"select count({key}) from {name}")
        assert query(empty_dsn, f"select count({key}) from {name}") == known, name
    assert query(empty_dsn, "select kind, key, reason from thesetd.rejects") == query(
        database_dsn, "select kind, key, reason from thesetd.rejects"
    )
    apart = "select artist, artist_id is null, spotify_id, name from songs where key is null and merged_into is null"
    assert query(empty_dsn, apart) == []
    offered = "select count(*) from songs where offered"
    assert query(empty_dsn, offered) == query(database_dsn, offered)
    lost = "select count(*) from shows where ticketmaster_id is not null and is_addon is false and (date is null or "
    assert query(empty_dsn, f"{lost} headliner_artist_id is null and merged_into is null)") == query(
        database_dsn, "select count(*) from theset_documents.shows where date is null or headliner_artist_id is null"
    )
    assert query(empty_dsn, "select count(*) from artists where last_synced_at is not null and slug ~ '^old-'")[0][0]


IDLESS = """
insert into artists (name, slug) values ('{0}', 'our-own'), ('{1}', 'first'), ('{1}', 'second');
insert into shows (name, slug, date, headliner_artist_id)
select 'Tour', 'tour', now() + interval '9 days', id from artists;
insert into setlists (show_id) select id from shows;
insert into songs (title, artist) values ('Song', '{0}');
insert into setlist_songs (setlist_id, position, song_id) select t.id, 1, s.id from setlists t, songs s;
insert into votes (setlist_id, song_id, show_id, artist_id, person)
select e.setlist_id, e.song_id, t.show_id, s.headliner_artist_id, 'ada'
from setlist_songs e join setlists t on t.id = e.setlist_id join shows s on s.id = t.show_id;
"""


def test_an_artist_without_ids_is_found_by_its_name(
    start_embedded: StartDaemon,
    synthetic_sandbox: Sandbox,
    unique_artists: list[str],
    empty_dsn: str,
    redis_server: str,
    migrate: Migrate,
) -> None:
    """Its import takes its row, address and votes; of two of a name none is taken, and an operator's answer decides."""
    clear, twice = unique_artists[:2]
    execute(empty_dsn, TABLES + IDLESS.format(clear, twice))
    votes = query(empty_dsn, VOTES)
    named = "select id::text, slug from artists where name = '{0}' order by slug"
    before = query(empty_dsn, named.format(clear))
    plan = migrate("--plan").stdout
    assert f"artists: 1 without a provider's id are found by their names when they are imported: {clear!r}" in plan
    assert f"share their names with others, see `thesetctl artist review`: {twice!r}, {twice!r}" in plan
    assert migrate().returncode == 0
    daemon = start_embedded(synthetic_sandbox, forked=True, DATABASE_URL=empty_dsn, REDIS_URL=redis_server)
    for name in (clear, twice):
        done = daemon.ctl("import", name, "--follow")
        assert done.returncode == 0, done.stderr
    assert query(empty_dsn, named.format(clear)) == before
    known = "select spotify_id is not null, is_stub from artists where name = '{0}' order by 1"
    assert query(empty_dsn, known.format(clear)) == [(True, False)]
    assert query(empty_dsn, known.format(twice)) == [(False, True), (False, True), (True, False)]
    noted = "select count(distinct row_id) from thesetd.identity_links where reason like 'an artist without ids%'"
    assert query(empty_dsn, noted) == [(2,)]
    asked = daemon.ctl("artist", "review", "slug:second").stdout
    (found,) = query(empty_dsn, f"select spotify_id from artists where name = '{twice}' and spotify_id is not null")
    assert f"spotify:{found[0]}" in asked, asked
    assert daemon.ctl("artist", "link", "slug:second", f"spotify:{found[0]}").returncode == 0
    assert query(empty_dsn, f"select slug from artists where spotify_id = '{found[0]}'") == [("second",)]
    assert daemon.ctl("import", "slug:second", "--follow").returncode == 0
    assert daemon.ctl("artist", "link", "slug:first", "slug:second").returncode == 0
    assert query(empty_dsn, VOTES) == votes
