import hashlib

import asyncpg
import pytest
import trio

from sample_rows import NOW, moment
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres import Database, Migration, PostgresStore, check_schema, migrate
from thesetd.adapters.postgres.migrations import known_migrations
from thesetd.domain.errors import ConfigError, StoreUnavailable

pytestmark = pytest.mark.real
NEWEST = len(known_migrations())
TABLES = {
    "public": {
        *(
            "artists",
            "albums",
            "tracks",
            "songs",
            "venues",
            "shows",
            "artist_shows",
            "setlists",
            "setlist_songs",
        ),
        *("actual_setlists", "import_status"),
    },
    "thesetd": {
        *("migrations", "jobs", "schedules", "nodes", "outbox", "provider_state", "api_calls", "events", "rejects"),
        *("identity", "identity_links", "freshness", "readings", "api_calls_hourly", "pauses", "open_credits"),
        *("lists", "song_decisions", "album_credits", "tracks_by_hand", "refresh", "refresh_thresholds"),
        *("swept_weeks", "week_rates"),
        *("schedule_runs", "pins", "interest", "artist_growth", "changes", "change_feed", "webhooks"),
        *("webhook_messages",),
        *("artist_ids", "artist_records", "artist_searches", "artist_links", "artist_aliases", "artist_lost_ids"),
        *("artist_reviews", "artist_sources", "artist_decisions", "artist_changes"),
        *("setlist_pages", "setlist_versions", "setlist_rulings", "played_names"),
        *(
            "song_rulings",
            "prediction_scores",
            "venue_links",
            "venue_decisions",
            "unlisted_shows",
            "left_stands",
            "bill_rulings",
        ),
    },
}


async def execute(bridge: AsyncioBridge, dsn: str, statement: str) -> list[asyncpg.Record]:
    """Run one statement on a connection of its own."""

    async def work() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()

    return await bridge(work)


async def test_an_empty_database_gets_the_whole_schema(database_dsn: str, bridge: AsyncioBridge) -> None:
    """Every table of the application is in public, every one of the daemon in thesetd, nothing else is."""
    applied = await migrate(database_dsn, bridge, at=NOW)
    assert applied == known_migrations()
    rows = await execute(
        bridge,
        database_dsn,
        "select schemaname, array_agg(tablename::text) as tables from pg_tables "
        "where schemaname not in ('pg_catalog', 'information_schema') group by 1",
    )
    assert {r["schemaname"]: set(r["tables"]) for r in rows} == TABLES


async def test_applying_again_does_nothing(database_dsn: str, bridge: AsyncioBridge) -> None:
    """Steps are remembered with their number, name, checksum and moment."""
    await migrate(database_dsn, bridge, at=NOW)
    assert await migrate(database_dsn, bridge, at=moment(5)) == ()
    rows = await execute(bridge, database_dsn, "select * from thesetd.migrations order by number")
    assert [tuple(r) for r in rows] == [
        (m.number, m.name, hashlib.sha256(m.sql.encode()).hexdigest(), NOW) for m in known_migrations()
    ]


async def test_several_nodes_may_migrate_at_once(database_dsn: str, bridge: AsyncioBridge) -> None:
    """Each step is applied by exactly one of them."""
    applied: list[Migration] = []

    async def node() -> None:
        applied.extend(await migrate(database_dsn, bridge, at=NOW))

    async with trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(node)
    assert sorted(applied, key=lambda m: m.number) == list(known_migrations())


async def test_a_newer_schema_is_refused(database_dsn: str, bridge: AsyncioBridge) -> None:
    """A database that a later version has migrated is neither migrated nor opened, and one line says so."""
    await migrate(database_dsn, bridge, at=NOW)
    later = len(known_migrations()) + 1
    await execute(
        bridge,
        database_dsn,
        f"insert into thesetd.migrations values ({later}, 'later', 'x', '{NOW.isoformat()}')",
    )
    message = f"schema is at {later}, this version knows {later - 1}: upgrade thesetd"
    with pytest.raises(ConfigError, match=message):
        await migrate(database_dsn, bridge, at=NOW)
    with pytest.raises(ConfigError, match=message):
        async with PostgresStore.open(database_dsn, bridge):
            pass


async def test_an_older_schema_is_not_opened(database_dsn: str, bridge: AsyncioBridge) -> None:
    """A database without the schema says what to run."""
    with pytest.raises(ConfigError, match=f"schema is at 0, this version needs {NEWEST}: run thesetd migrate"):
        async with PostgresStore.open(database_dsn, bridge):
            pass


async def test_a_migration_with_another_text_is_refused(database_dsn: str, bridge: AsyncioBridge) -> None:
    """A step that was applied from another file is found by its checksum."""
    await migrate(database_dsn, bridge, at=NOW)
    await execute(bridge, database_dsn, "update thesetd.migrations set checksum = 'x' where number = 2")
    with pytest.raises(ConfigError, match="migration 2 was applied with another text"):
        await migrate(database_dsn, bridge, at=NOW)


async def test_a_step_that_fails_leaves_nothing_of_itself(database_dsn: str, bridge: AsyncioBridge) -> None:
    """A step stops at what is in its way, those before it stay, and it can be applied once the way is clear."""
    await execute(bridge, database_dsn, "create schema thesetd")
    await execute(bridge, database_dsn, "create table thesetd.jobs (mine integer)")
    with pytest.raises(ConfigError, match=r"jobs.*already exists"):
        await migrate(database_dsn, bridge, at=NOW)
    async with Database.open(database_dsn, bridge) as database:
        with pytest.raises(ConfigError, match="schema is at 2"):
            await check_schema(database)
    await execute(bridge, database_dsn, "drop table thesetd.jobs")
    assert [m.number for m in await migrate(database_dsn, bridge, at=NOW)] == list(range(3, NEWEST + 1))


async def test_a_table_that_is_no_part_of_the_catalogue_is_not_adopted(
    database_dsn: str, bridge: AsyncioBridge
) -> None:
    """It has one of the catalogue's names and nothing else of it: it stays, and one line says so."""
    await execute(bridge, database_dsn, "create table venues (mine integer)")
    with pytest.raises(ConfigError, match=r"public\.venues has no column id: it is not TheSet's"):
        await migrate(database_dsn, bridge, at=NOW, adopts=True)
    assert await execute(bridge, database_dsn, "select mine from venues") == []


async def test_an_unreachable_database_is_not_migrated(bridge: AsyncioBridge) -> None:
    """Nothing listens: one line says where."""
    with pytest.raises(StoreUnavailable, match="host /nowhere"):
        await migrate("postgresql://u@/d?host=/nowhere", bridge, at=NOW)


def test_no_migration_reads_the_clock() -> None:
    """Every moment is a parameter: the simulation depends on it. A database's mark is random, and only in names."""
    words = ("now()", "current_timestamp", "current_date", "clock_timestamp", "gen_random_uuid", "localtimestamp")
    found = [(m.name, word) for m in known_migrations() for word in words if word in m.sql.lower()]
    assert found == [("mark", "gen_random_uuid")]


# One line for each migration that has landed: a new one gets a line, an old line never changes.
LANDED = """
0001_catalog c16452f0f1d3ad9433269ce56882e94b
0002_concerts 676143c823b7f90148456d3169318cea
0003_daemon 29f4a90385b5a8b564dfc0648c2e5622
0004_gate faf2ea0b0a0ad8d2227744071fead97c
0005_durable_jobs cd6072312c98c66b48247effc382448e
0006_control 7ccb3680209bea3d979691ed4053f443
0007_open_credits 0665afda2e0ac31ec087f7f452cc30e7
0008_looking_for_jobs ba56258c4e212220d71024025c3baa1c
0009_album_credits caa106c1517f9cdb3e13075ac5061289
0010_held_jobs 0efdc7aa5ea167d30c3a72b48846b683
0011_mark 6eddfff3b16da758ec713604d9aeec70
0012_predictions e3054b0129091eb50a72c6843156e886
0013_leased_nodes eee8df14ba4108318b42cfce0f70412b
0014_shows 645d12b8298c17db3116b193b7280f9a
0015_bills 8ecf25143dcf90eaade3ee7e8c4cf280
0016_songs 0659bfadb38aa19084e764f55df5a23c
0017_identity a186787a1f7ededcb3eb3d0e35d6a893
0018_setlists 56a6a17d84ccc10bc861e47f29ea821e
0019_reading 7371f89abb01ebe3bf7a00b166a13182
0020_played_songs 3904923bd76ad6c6ade1f1421612b7f6
0021_withdrawn dec7db73f8ef95a211d0d79105d0d628
0022_standings d8e0f75f4e7466c2c753d94b964cf2d5
0023_places c7f239f2ec7ef576506db03531df138f
0024_pictures 516279b1c9d9a9d19dba5e636a934198
0025_refresh ab5a95a2f079664da524fd2fd9d9843f
0026_runs_and_pins cab35dc7736db14faa4b10e3c3bb458f
0027_schedule_results d73fc97d1fd2789245ac80417b37a43b
0028_readings a8ab5e73ee11f82c9db852089d276ca5
0029_reading_views 4fafeb9455d16babeb4ad0821854c826
0030_gone_pages d81c1d1291e82d7ad4ef2ff32311efed
0031_last_synced 10b64ce901080860f674c78b98c5e90a
0032_places_of_pages 857b25844f14a75271e4d57e6bcdcd5a
0033_resale 191ac6c330703e44e9a577bf72ce37c2
0034_towns c69e464644f21638873db9ad61f99fe2
0035_refresh_walk 3557fa4967992b6b4aea6066f6978909
0036_unlisted_shows f237cfd24c7aa548bf3fe9f3c05fe5c2
0037_venue_decisions dc20283de15b65acdaab980d4c080944
0038_timed_setlists b49eb36d2517ab94d10994c9d84d38e4
0039_changes de1d1ff28016d3d049c1eb8a6dd205b7
0040_webhooks b3d9f06e4129fc63fbd81963f807fcdb
0041_request_ids 05f815cdc55de7f18202bf2135b6ce91
0042_documents 86c2df524b5a2b3f202e2b1e2f88714c
0043_other_ids c39a69e952536b44ba767002f5e94b57
0044_left_stands 6d2d7853273c15d59652c87f84fa9745
0045_walk_beside_shows 5ee45e7f51a82edcec102932587bd2a7
0046_bill_rulings 0579093592c2f50bb2d191d626a76872
0047_profiles e9c450cba6358271f0553d7181b917c1
0048_slugs 415c925dfbe85f258f2c6b4647dc1e51
0049_requests_of_events ba5d50c6bb91555143af81659f30e83f
0050_expected_ends 7c38e2d3882978e66d0891d9496e5d91
0051_votes_of_shows_that_are_on 9359493ed63765e8a86633be24282962
0052_growth 67118c750381d96f3ea969da3a04d99f
0053_noted_in_sets c33d9fce84f3c7f7e38a982fe2f107a6
0054_set_plans 38f25fb6526eed39cfcaf321a3deb4d7
0055_comments bc00d2595963460c65bed2c34a527d15
0056_taken_over_looks bf31c25ce5369f32617b4ef91a6b712b
0057_inactive 0e8309125bc76f6f34ecef1148a36168
0058_walk_tells_ages ba4817bd6df4ad999cebca31b8f0d8b6
0059_walk_by_ratio 979ec4c13bde9181d087c0d5267d8364
0060_decisions_by_id af039a5d974d0e2417ebdf4f935e768e
0061_merged_rows 88f8579754fa44c7e6eaea6a09ca1a31
0062_small_sets f406430bb81c62e398a635e6d62dae07
0063_pages_by_act bfeed0da945f75b696273c917b941f10
0064_rows_told_once b3847302c8bc9584a4ae0223ec3d3bdb
0065_album_credits cf33a04e35f5fc19b1ec95234b4b2011
0066_first_answers 3914c255f916584ebf025c67ec4941f7
0067_swept_weeks c734ba037a7691dd6ec29bff0f05c8ec
0068_completed_shows 978127f24ea35bc1b6c82d75e4bcfda4
0069_moved_tracks 76e9a2c7b3f6f5ff5587104699324764
0070_merged_songs_once 92ec029200cbba336c384613db90e4c5
0071_codes_of_rules a35c89d6b8182409ac204e2fa899fa8e
0072_unlisted_since 078a138fe08bf41e39f0e06929fdb230
0073_functions_of_views 10d6f3f2cf0a7f5322a1b433ff59b6e8
"""


def test_a_released_migration_never_changes() -> None:
    """Databases have applied it: what is wrong in it is put right by the next one."""
    known = [f"{step.number:04}_{step.name} {step.checksum[:32]}" for step in known_migrations()]
    assert known == LANDED.split("\n")[1:-1], "add the line of a new migration to LANDED; restore an old one's text"
