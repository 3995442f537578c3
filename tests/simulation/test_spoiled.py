"""Damaged answers cost time, not rows: what an import could not bring a later job brings, and the import says so."""

import random
from typing import Any

import attrs
import pytest
import trio

from exploring import sample
from simulation.plans import ALONE
from simulation.spoiling import Spoiling
from simulation.whole import Simulation
from thesetd.domain.ids import JobId
from thesetd.domain.work.jobs import JobState

SEVEN = attrs.evolve(ALONE, artists=7, most=45, days=0.01, calm_s=2 * 86_400.0, settle_s=2 * 86_400.0, poll_s=20.0)
RATE = 0.3
TABLES = ("albums", "tracks", "shows", "venues", "actual_setlists")


class Spoiled(Simulation):
    """Seven people ask for seven artists while answers are damaged; each end is judged within a second."""

    def __init__(self, seed: int, rate: float, expected: dict[str, set[Any]] | None = None) -> None:
        """Take how many answers are damaged, and what an undisturbed run stores."""
        super().__init__(attrs.evolve(SEVEN, seed=seed))
        self.app = self.spoiling = Spoiling(self.app, random.Random(seed), rate)
        self.first = [artist.name for artist in self.cast]
        self.expected_rows = expected
        self.lied: list[str] = []
        self.judged: dict[JobId, str] = {}

    async def _watch(self) -> None:
        while True:
            for job_id in self.people.promised.keys() - self.judged.keys():
                state = self.state_of(job_id)
                event = self.audit.last_events.get(job_id)
                if state is not None and state.final and event is not None and event.progress.stage.final:
                    self.judged[job_id] = event.progress.message
            if self.expected_rows and len(self.judged) == len(self.first_asked()):
                self._judge_at_the_end()
                self.expected_rows = None
            await trio.sleep(1.0)

    def first_asked(self) -> list[str]:
        """Name those who were asked for."""
        return [artist.name for artist in self.cast]

    def _judge_at_the_end(self) -> None:
        assert self.expected_rows is not None
        lacking = {table: len(self.expected_rows[table] - set(self.rows()[table])) for table in TABLES}
        silent = all(message == "Import complete!" for message in self.judged.values())
        if any(lacking.values()) and silent:
            self.lied.append(f"all said complete, and {lacking} are lacking")

    def rows(self) -> dict[str, set[Any]]:
        """Name what is stored."""
        return {table: set(self.servers.store.world.records[table]) for table in TABLES}


def test_seven_artists_among_damaged_answers() -> None:
    """In the end every row of the undisturbed imports is there, and no import that lacked something said complete."""
    quiet = Spoiled(0, 0.0)
    quiet.run()
    expected = quiet.rows()
    assert all(expected.values())
    for seed in (1,):
        spoiled = Spoiled(seed, RATE, expected)
        outcome = spoiled.run()
        print(
            spoiled.spoiling.done,
            outcome.calls,
            {t: len(expected[t] - spoiled.rows()[t]) for t in TABLES},
            spoiled.judged,
            outcome.wall_s,
        )
        assert outcome.violations == (), outcome.violations
        assert spoiled.rows() == expected
        assert spoiled.lied == []
