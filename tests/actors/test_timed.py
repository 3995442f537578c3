"""Looks at setlists that are due by their shows: in the lane of their schedule, as many as the budget allows."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import attrs
import pytest
import trio

from thesetd.actors.timed import MOST, ROUND, TimedLooks
from thesetd.domain.freshness.budget import Budget
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import JobKind, KnownArtist, Lane

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@attrs.define
class Setlists:
    """A store whose setlists are all due, and the writer of what is ordered."""

    limits: list[int] = attrs.field(factory=list)
    batches: list[Batch] = attrs.field(factory=list)

    async def timed(self, *, now: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return as many artists as are wanted."""
        await trio.lowlevel.checkpoint()
        self.limits.append(limit)
        return tuple(
            KnownArtist(id=UUID(int=n), name=f"A{n}", slug=f"a{n}", mbid=str(UUID(int=n))) for n in range(limit)
        )

    async def write(self, batch: Batch) -> None:
        """Note a batch."""
        await trio.lowlevel.checkpoint()
        self.batches.append(batch)


def looks(setlists: Setlists, calls: int | None) -> TimedLooks:
    """Return what is tested, with so many calls a day; None for a provider without a quota of a day."""

    async def budget() -> Budget | None:
        await trio.lowlevel.checkpoint()
        return None if calls is None else Budget(calls=calls, used=0)

    writer: Any = setlists
    return TimedLooks(setlists, writer=writer, budgets={SETLISTFM: budget})


@pytest.mark.parametrize("lane", [Lane.HIGH, Lane.LOW])
async def test_looks_go_in_the_lane_of_their_schedule(lane: Lane) -> None:
    """The lane that an operator has given it, as that of the looks that its runs order."""
    setlists = Setlists()
    await looks(setlists, None).enqueue(NOW, lane)
    (batch,) = setlists.batches
    assert len(batch.enqueue) == MOST
    assert {(job.kind, job.lane) for job in batch.enqueue} == {(JobKind.REFRESH_SETLISTS, lane)}
    assert batch.picks is not None
    assert len(batch.picks.artists) == MOST


async def test_a_round_orders_what_the_time_since_the_last_one_allows() -> None:
    """After a pause no more than after the longest round, and without a call left nothing is looked for."""
    setlists = Setlists()
    due = looks(setlists, 1_440)
    for minutes in (0, 5, 24 * 60):
        await due.enqueue(NOW + timedelta(minutes=minutes), Lane.HIGH)
    first, after_five, after_a_day = setlists.limits
    assert first == after_a_day
    assert after_five == pytest.approx(first / 2, abs=1)
    assert 0 < first <= MOST
    none = Setlists()
    await looks(none, 0).enqueue(NOW + ROUND, Lane.HIGH)
    assert (none.limits, none.batches) == ([], [])
