"""Looks at setlists that are due by their shows: in the lane of their schedule, as many as the budget allows."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import attrs
import pytest
import trio

from thesetd.actors.timed import MOST, OVERDUE, ROUND, SCHEDULE, TimedLooks
from thesetd.domain.freshness.budget import Budget
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.freshness.plans import Looked
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import JobKind, KnownArtist, Lane

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@attrs.define
class Setlists:
    """A store whose setlists are all due, and the writer of what is ordered."""

    limits: list[int] = attrs.field(factory=list)
    due: int = MOST
    late: int = 0
    overdue: int = 0
    waits: Mapping[Lane, int] = attrs.field(factory=dict)
    looked_at: Looked = attrs.field(factory=Looked)
    batches: list[Batch] = attrs.field(factory=list)

    async def timed(self, *, now: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return as many artists as are wanted."""
        await trio.lowlevel.checkpoint()
        self.limits.append(limit)
        return tuple(map(known, range(min(limit, self.due))))

    async def promised(self, schedule: str, *, now: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return those whose setlists miss the target of a schedule."""
        await trio.lowlevel.checkpoint()
        first = 2 * MOST + (0 if schedule == SCHEDULE else self.late)
        return tuple(map(known, range(first, first + min(self.late, limit))))

    async def untimed(self, *, now: datetime, before: datetime, limit: int) -> tuple[KnownArtist, ...]:
        """Return as many others."""
        await trio.lowlevel.checkpoint()
        assert before < now
        if before <= now - OVERDUE:
            return tuple(map(known, range(3 * MOST, 3 * MOST + min(self.overdue, limit))))
        return tuple(map(known, range(MOST, MOST + limit)))

    async def waiting(self, *, now: datetime) -> Mapping[Lane, int]:
        """Return how many looks wait."""
        await trio.lowlevel.checkpoint()
        return self.waits

    async def looked(self, *, since: datetime) -> Mapping[Aspect, Looked]:
        """Return what looks cost."""
        await trio.lowlevel.checkpoint()
        return {Aspect.SETLISTS: self.looked_at}

    async def write(self, batch: Batch) -> None:
        """Note a batch."""
        await trio.lowlevel.checkpoint()
        self.batches.append(batch)


def known(number: int) -> KnownArtist:
    """Make an artist."""
    return KnownArtist(id=UUID(int=number), name=f"A{number}", slug=f"a{number}", mbid=str(UUID(int=number)))


def looks(setlists: Setlists, calls: int | None, *, used: int = 0, whole: int | None = None) -> TimedLooks:
    """Return what is tested, with so many calls a day; None for a provider without a quota of a day."""

    async def budget() -> Budget | None:
        await trio.lowlevel.checkpoint()
        return None if calls is None else Budget(calls=calls, used=used, whole=whole, leaving=())

    played: Any = setlists
    return TimedLooks(setlists, plans=played, writer=played, budgets={SETLISTFM: budget})


@pytest.mark.parametrize("lane", [Lane.HIGH, Lane.LOW])
async def test_looks_go_in_the_lane_of_their_schedule(lane: Lane) -> None:
    """The lane that an operator has given it, as that of the looks that its runs order."""
    setlists = Setlists()
    await looks(setlists, None).enqueue(NOW, timed=lane, rest=True)
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
        await due.enqueue(NOW + timedelta(minutes=minutes), timed=Lane.HIGH, rest=False)
    first, after_five, after_a_day = setlists.limits
    assert first == after_a_day
    assert after_five == pytest.approx(first / 2, abs=1)
    assert 0 < first <= MOST
    none = Setlists()
    await looks(none, 0).enqueue(NOW + ROUND, timed=Lane.HIGH, rest=True)
    assert (none.limits, none.batches) == ([], [])


async def test_what_is_reserved_for_users_is_ordered_too() -> None:
    """The reserve shrinks from hour to hour: who orders only then leaves a part of the quota unused every day."""
    setlists = Setlists()
    await looks(setlists, 1_420, used=1_420, whole=1_420).enqueue(NOW, timed=Lane.HIGH, rest=True)
    assert setlists.batches == []
    await looks(setlists, 900, used=900, whole=1_420).enqueue(NOW, timed=Lane.HIGH, rest=True)
    assert setlists.batches != []


async def test_setlists_that_miss_the_targets_of_schedules_come_after_those_that_are_due() -> None:
    """First by shows, then by the target of recent and past setlists, then whoever is left; those in the low lane."""
    setlists = Setlists(due=3, late=2)
    await looks(setlists, 1_440).enqueue(NOW, timed=Lane.HIGH, rest=True)
    ordered = [one.int for batch in setlists.batches if batch.picks for one in batch.picks.artists]
    late = 2 * MOST
    assert ordered[:7] == [0, 1, 2, late, late + 1, late + 2, late + 3]
    lanes = [job.lane for batch in setlists.batches for job in batch.enqueue]
    assert lanes[:4] == [Lane.HIGH] * 3 + [Lane.LOW]
    alone = Setlists(due=3, late=2)
    await looks(alone, 1_440).enqueue(NOW, timed=Lane.HIGH, rest=False)
    assert len([job for batch in alone.batches for job in batch.enqueue]) == 5, "past setlists are not wanted"


@pytest.mark.parametrize("timed", [Lane.HIGH, None])
async def test_what_shows_leave_of_a_rounds_calls_goes_to_other_artists(timed: Lane | None) -> None:
    """In the low lane, and together no more than the round allows; also if looks by shows are not wanted."""
    setlists, usual = Setlists(due=3), Setlists()
    await looks(usual, 1_440).enqueue(NOW, timed=Lane.HIGH, rest=False)
    await looks(setlists, 1_440).enqueue(NOW, timed=timed, rest=True)
    lanes = [job.lane for batch in setlists.batches for job in batch.enqueue]
    assert lanes.count(Lane.HIGH) == (3 if timed else 0)
    assert len(lanes) == usual.limits[0]
    assert set(lanes[3:]) == {Lane.LOW}


@pytest.mark.untraced
@pytest.mark.parametrize(("overdue", "share"), [(MOST, 1 / 3), (0, 0.0)])
async def test_artists_that_are_overdue_get_a_third_however_many_shows_there_were(overdue: int, share: float) -> None:
    """In the lane of the others, or these would take every call that becomes free; without any, shows get all."""
    setlists = Setlists(overdue=overdue)
    due = looks(setlists, 190)
    for minutes in range(0, 24 * 60, 10):
        await due.enqueue(NOW + timedelta(minutes=minutes), timed=Lane.HIGH, rest=True)
    ordered = [one.int for batch in setlists.batches if batch.picks for one in batch.picks.artists]
    assert sum(number >= 3 * MOST for number in ordered) == pytest.approx(share * len(ordered), abs=1.0)
    assert {job.lane for batch in setlists.batches for job in batch.enqueue} == {Lane.HIGH}


async def test_looks_that_wait_count_against_a_round_but_lower_lanes_hold_up_none_that_is_due() -> None:
    """What waits for calls takes those of this round: ordered beside it, all would wait together, and longer each."""
    usual = Setlists()
    await looks(usual, 1_440).enqueue(NOW, timed=Lane.HIGH, rest=True)
    (allowed,) = usual.limits
    for lane, due in ((Lane.HIGH, allowed - 2), (Lane.LOW, allowed)):
        setlists = Setlists(due=1, waits={lane: 2})
        await looks(setlists, 1_440).enqueue(NOW, timed=Lane.HIGH, rest=True)
        lanes = [job.lane for batch in setlists.batches for job in batch.enqueue]
        assert setlists.limits == [due]
        assert lanes == [Lane.HIGH] + (allowed - 3) * [Lane.LOW]
    full = Setlists(waits={Lane.LOW: allowed + 3})
    await looks(full, 1_440).enqueue(NOW, timed=Lane.HIGH, rest=True)
    assert {job.lane for batch in full.batches for job in batch.enqueue} == {Lane.HIGH}


async def test_looks_that_take_more_calls_are_fewer() -> None:
    """By what looks of the last days took: by the default, three times as many would wait for the same calls."""
    usual, dear = Setlists(), Setlists(looked_at=Looked(looks=1_000, calls={SETLISTFM: 3_000}))
    for setlists in (usual, dear):
        await looks(setlists, 8_640).enqueue(NOW, timed=Lane.HIGH, rest=False)
    assert dear.limits[0] == pytest.approx(usual.limits[0] / 3, abs=1)
