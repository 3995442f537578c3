"""Damaged answers cost time, not rows: what an import could not bring a later job brings, and the import says so."""

import random
from typing import Any

import attrs
import trio

from exploring import EXPLORE, sample
from simulation.plans import ALONE
from simulation.spoiling import Spoiling
from simulation.whole import Simulation
from thesetd.domain.ids import JobId

HOUR_S, DAY_S = 3600.0, 86_400.0
ARTISTS, MOST, SETTLE_S = (7, 45, 3 * DAY_S) if EXPLORE else (2, 15, DAY_S)
AMONG_DAMAGES = attrs.evolve(
    ALONE, artists=ARTISTS, most=MOST, days=0.01, calm_s=2 * DAY_S, settle_s=SETTLE_S, poll_s=60.0
)
RATE = 0.3
TABLES = ("albums", "tracks", "shows", "venues", "actual_setlists")
Keys = dict[str, set[Any]]


class Spoiled(Simulation):
    """Each artist is asked for while answers are damaged; what people were told is held against the rows."""

    def __init__(self, seed: int, rate: float, quiet: "Spoiled | None" = None) -> None:
        """Take how many answers are damaged, and the undisturbed run with what that stored."""
        # undisturbed imports bring all that they can: nothing comes in the days after them
        super().__init__(attrs.evolve(AMONG_DAMAGES, seed=seed, settle_s=SETTLE_S if rate else HOUR_S))
        self.app = self.spoiling = Spoiling(self.app, random.Random(seed), rate)
        self.first = [artist.name for artist in self.cast]
        self.expected_rows = quiet.rows() if quiet else None
        self.told: dict[JobId, str] = {}
        self.lacking: dict[str, int] = {}
        self.expected_of: dict[str, Keys] = quiet.held if quiet else {}
        self.held: dict[str, Keys] = {}
        self.silent: list[tuple[str, str, int]] = []

    async def _watch(self) -> None:
        """Note how each import ends, and what is lacking when all have ended."""
        while len(self.told) < len(self.cast):
            for job_id in self.people.promised.keys() - self.told.keys():
                state, event = self.state_of(job_id), self.audit.last_events.get(job_id)
                if state is not None and state.final and event is not None and event.progress.stage.final:
                    self.told[job_id] = event.progress.message
                    self._hold(self.people.promised[job_id], event.progress.message)
            await trio.sleep(1.0)
        self.lacking = self.lacks()

    def _hold(self, name: str, message: str) -> None:
        """Hold the artist's rows against what its import says: complete alone is said of all that there was then."""
        own = self.held[name] = self.rows_of(name)
        lacking = {table: len(keys - own[table]) for table, keys in self.expected_of.get(name, {}).items()}
        if message == "Import complete!":
            self.silent += [(name, table, count) for table, count in lacking.items() if count]

    def rows_of(self, name: str) -> Keys:
        """Name the rows that are stored of an artist."""
        world = self.servers.store.world
        named = {row: kept.record for row, kept in world.artists.items() if kept.record.name == name}
        ids = {one.spotify_id for one in named.values()} - {None}
        mbids = {one.mbid for one in named.values()} - {None}
        albums = {
            key
            for key, album in world.records["albums"].items()
            if ids & {album.artist_spotify_id, *album.artist_spotify_ids}
        }
        return {
            "albums": albums,
            "tracks": {k for k, track in world.records["tracks"].items() if track.album_spotify_id in albums},
            "shows": set().union(*(world.playing.get(row, ()) for row in named)),
            "actual_setlists": {k for k, page in world.records["actual_setlists"].items() if page.artist_mbid in mbids},
        }

    def rows(self) -> Keys:
        """Name what is stored."""
        return {table: set(self.servers.store.world.records[table]) for table in TABLES}

    def lacks(self) -> dict[str, int]:
        """Count the rows of each table that an undisturbed run has and this one has not."""
        rows = self.rows()
        lacking = {table: len(keys - rows[table]) for table, keys in (self.expected_rows or {}).items()}
        return {table: count for table, count in lacking.items() if count}


def test_artists_among_damaged_answers() -> None:
    """At a rate of 0.3 every row of the undisturbed imports comes; an import that lacks one never says complete alone.

    Two small artists and the day after in `make test`, seven artists and three days in `make prove`.
    """
    quiet = Spoiled(0, 0.0)
    quiet.run()
    assert all(quiet.rows().values())
    assert all(any(held[table] for held in quiet.held.values()) for table in TABLES if table != "venues")
    assert set(quiet.told.values()) == {"Import complete!"}
    for seed in sample(range(1, 9), 8):
        spoiled = Spoiled(seed, RATE, quiet)
        outcome = spoiled.run()
        assert min(spoiled.spoiling.done.values()) > 0
        told = set(spoiled.told.values())
        assert not spoiled.silent, (seed, spoiled.silent)
        assert spoiled.lacks() == {}, (seed, told, spoiled.lacking)
        assert outcome.violations == ()
