"""Divides the calls of a run between the weeks of coming shows and the artists whose shows are refreshed one by one."""

from collections.abc import Sequence
from datetime import datetime

from thesetd.actors.jobs.work import JobRun
from thesetd.domain.freshness.budget import Budget
from thesetd.domain.freshness.weeks import PART, DueWeek, calls_of, calls_of_run
from thesetd.ports.providers import SweptShows

SWEPT = "sync-upcoming-shows"
MOST_CALLS = 200  # of one run, whatever the budget: a page takes the writer about a second
EXACT = 0.01  # of a call: a budget is rounded up to whole ones, which would be half as much again of a small quota


async def due_weeks(work: JobRun, shows: SweptShows) -> list[DueWeek]:
    """Return the weeks that a run is to read, in their order; a run by hand is to read all, if it can."""
    index = await work.tools.reading.plans.weeks(shows.provider, shows.countries)
    before = None if "until" in work.job.args else work.job.created_at
    return index.due(shows.countries, work.tools.clock.now(), before=before)


def calls_for_weeks(budget: Budget | None, now: datetime, until: datetime) -> int:
    """Return how many calls a run may spend on weeks until then, by the provider's budget if it has a daily quota."""
    return (
        MOST_CALLS if budget is None else min(MOST_CALLS, calls_of_run(PART * _calls(budget, now, until), now, until))
    )


def part_for_artists(budget: Budget, due: Sequence[DueWeek], now: datetime, until: datetime) -> float:
    """Return which part of a run's calls weeks leave to artists, from 0 to 1."""
    calls = _calls(budget, now, until)
    return max(0.0, 1.0 - min(calls_for_weeks(budget, now, until), calls_of(due, now)) / calls) if calls else 1.0


def _calls(budget: Budget, now: datetime, until: datetime) -> float:
    return budget.looks_for(now, until, EXACT) * EXACT
