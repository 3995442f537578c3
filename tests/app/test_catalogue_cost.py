"""What a catalogue costs in each of Spotify's modes, as the provider counts it; and that both bring the same rows."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import redis

from exploring import sample
from querying import EMPTY, query
from spotify_calls import import_cost
from thesetd.adapters.providers.spotify.profile import DEVELOPMENT, EXTENDED

pytestmark = pytest.mark.real

MODES = {"extended": EXTENDED, "development": DEVELOPMENT}
MOST_FOR_GORILLAZ = {"extended": 12, "development": 95}
# Development Mode leaves these out of its answers; the rest of each row is the same.
CUT = {
    "artists": {"followers", "popularity", "last_activity"},
    "albums": {"label"},
    "tracks": {"popularity"},
    "songs": {"popularity"},
}
MOMENTS = {"created_at", "updated_at", "last_activity", "first_fetched_at", "first_reading_id"}
TABLES = (
    "artists",
    "albums",
    "tracks",
    "artist_tracks",
    "songs",
    "artist_songs",
    "venues",
    "shows",
    "artist_shows",
    "actual_setlists",
    "setlists",
)
Import = Callable[[Any, str, str], Counter[str]]


def rows(dsn: str) -> dict[str, list[str]]:
    """Return every row of the application's tables without its moments and without what one of the modes lacks."""
    found = {}
    for table in TABLES:
        left_out = {*MOMENTS, *CUT.get(table, ())}
        (columns,) = query(
            dsn,
            "select array_agg(column_name::text order by column_name) from information_schema.columns "
            f"where table_schema = 'public' and table_name = '{table}'",
        )[0]
        kept = ", ".join(column for column in columns if column not in left_out)
        found[table] = [str(row) for row in query(dsn, f"select {kept} from {table} order by {kept}")]
    return found


@pytest.fixture
def imported(start_daemon: Any, database_dsn: str, redis_server: str) -> Import:
    """Return the way to import an artist into an empty database and an empty cache, and to count Spotify's calls."""

    def run(sandbox: Any, artist: str, mode: str) -> Counter[str]:
        query(database_dsn, EMPTY)
        with redis.Redis.from_url(redis_server) as client:
            client.flushall()
        sandbox.play(f'provider = "spotify"\nafter_calls = 0\nmode = "{mode}"')
        before = sandbox.mark()
        daemon = start_daemon(sandbox, THESETD_PROVIDERS__SPOTIFY__MODE=mode)
        done = daemon.ctl("import", artist, "--follow")
        calls = Counter(call["endpoint"] for call in sandbox.calls("spotify", before))
        assert daemon.running.stop() == 0
        sandbox.ask("reset", {}, "POST")
        assert done.returncode == 0, done.stderr
        return calls

    return run


def planned(dsn: str, mode: str) -> int:
    """Return the planner's number of calls for the artist in the database."""
    albums = query(dsn, "select album_group, coalesce(total_tracks, 0) from albums")
    releases = Counter(group for group, _ in albums)
    return import_cost(MODES[mode], releases, [songs for _, songs in albums]).total


@pytest.mark.parametrize("world", sample(["recorded", "synthetic"], every=2))
def test_both_modes_bring_the_same_rows_at_the_planned_cost(
    imported: Import, request: pytest.FixtureRequest, unique_artists: list[str], database_dsn: str, world: str
) -> None:
    """Rows are equal but for the fields that Development Mode cuts; calls are within 5 % of the plan, or one call."""
    sandbox = request.getfixturevalue(f"{world}_sandbox")
    found = {}
    for artist in ["Gorillaz"] if world == "recorded" else unique_artists[8:9]:
        for mode in MODES:
            calls = imported(sandbox, artist, mode)
            plan, made = planned(database_dsn, mode), calls.total()
            figures = f"{artist}, {mode}: {made} calls {dict(calls)}, planned {plan}"
            assert abs(made - plan) <= max(1, 0.05 * plan), figures
            assert artist != "Gorillaz" or made <= MOST_FOR_GORILLAZ[mode], figures
            found[mode] = rows(database_dsn)
        assert found["extended"] == found["development"]
        assert all(found["extended"][table] for table in CUT), artist
