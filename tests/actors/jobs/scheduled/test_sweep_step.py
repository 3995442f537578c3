"""What schedules order: everybody in turn, as many as a day's quota allows, evenly over the day."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
import trio
from trio.testing import MockClock

from fake_providers import World, artist
from fakes import FakeClock, FakeStore
from scene import SELDOM, running
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SPOTIFY, TICKETMASTER
from thesetd.domain.music.records import Rows
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import JobKind, JobState

DAY_S, HOUR_S = 86_400.0, 3_600.0
QUOTA = 100


def acts(count: int) -> World:
    """Make artists with an attraction each."""
    return World(
        artists=[artist(f"Band {n}", f"{n:022d}", ticketmaster_id=f"K{n}", popularity=n) for n in range(count)]
    )


@pytest.mark.untraced
async def test_a_days_calls_are_spent_evenly_to_their_end_and_everybody_has_a_turn(autojump_clock: MockClock) -> None:
    """20 artists, 100 calls a day: 97 of the last 24 hours are used, no hour takes 20, everybody had a turn."""
    world, store = acts(20), FakeStore()
    await store.batches.write(Batch(at=FakeClock().now(), rows=Rows(artists=tuple(world.artists))))
    async with running(world, store, windows={TICKETMASTER: (Window(QUOTA, DAY_S),)}, polls=SELDOM) as s:
        await trio.sleep(1.5 * DAY_S)
        moments = s.limiters[TICKETMASTER].moments()
    last = [moment for moment in moments if moment > 0.5 * DAY_S]
    assert 0.97 * QUOTA <= len(last) <= QUOTA
    assert max(Counter(int(moment / HOUR_S) for moment in last).values()) < QUOTA / 5
    looked = {artist for aspect, artist in store.world.index.copies if aspect is Aspect.SHOWS}
    assert looked == set(store.world.artists)


async def test_a_run_orders_what_the_quota_has_calls_for(autojump_clock: MockClock) -> None:
    """80 artists wait, and the quota has calls for four in an hour: one more is ordered."""
    world, store = acts(80), FakeStore()
    await store.batches.write(Batch(at=FakeClock().now(), rows=Rows(artists=tuple(world.artists))))
    async with running(world, store, windows={TICKETMASTER: (Window(QUOTA, DAY_S),)}, polls=SELDOM) as s:
        await s.daemon.run_schedule("sync-upcoming-shows")
        job = await s.ended(JobKind.SWEEP)
        jobs = [job for job in store.world.jobs.values() if job.new.kind is JobKind.REFRESH_SHOWS]
    assert job.state is JobState.DONE
    assert len(jobs) == 5


@pytest.mark.untraced
async def test_after_weeks_without_the_daemon_it_is_known_what_a_look_costs(autojump_clock: MockClock) -> None:
    """A look takes three calls here, not the usual one; the first hour back has the share of an hour."""
    world, store = acts(120), FakeStore()
    await store.batches.write(Batch(at=FakeClock().now(), rows=Rows(artists=tuple(world.artists))))
    hours = []
    for away in (timedelta(0), timedelta(days=21)):
        async with running(world, store, windows={TICKETMASTER: (Window(4 * QUOTA, DAY_S),)}, polls=SELDOM) as s:
            s.clock.set_forward(away)
            begin = s.clock.now()
            await s.ended(JobKind.SWEEP)
            await trio.sleep(0.99 * HOUR_S)
            hours.append(shows_ordered(store, begin, s.clock.now()))
    first, back = hours
    assert 0 < back < first / 2


def shows_ordered(store: FakeStore, begin: datetime, end: datetime) -> int:
    """Count refreshes of shows for that time, whichever schedule ordered them: several do, in any order."""
    jobs = (job for job in store.world.jobs.values() if job.new.kind is JobKind.REFRESH_SHOWS)
    return sum(job.created_at >= begin and job.not_before < end for job in jobs)


async def test_a_quota_is_shared_by_all_that_it_is_spent_on(autojump_clock: MockClock) -> None:
    """Catalogues and profiles of everybody are due: four calls of five go to catalogues, whose looks cost four each."""
    world, store = acts(80), FakeStore()
    await store.batches.write(Batch(at=FakeClock().now(), rows=Rows(artists=tuple(world.artists))))
    async with running(world, store, windows={SPOTIFY: (Window(24 * QUOTA, DAY_S),)}, polls=SELDOM) as s:
        await s.daemon.run_schedule("deep-catalog-refresh")
        await s.ended(JobKind.SWEEP)
        jobs = [job for job in store.world.jobs.values() if job.new.kind is JobKind.REFRESH_CATALOG]
    assert len(jobs) == 22  # of the 79 calls of an hour, with a tenth of as many that wait
