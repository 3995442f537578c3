"""What schedules order: everybody in turn, as many as a day's quota allows, evenly over the day."""

from collections import Counter
from datetime import timedelta

import pytest
import trio
from trio.testing import MockClock

from fake_providers import World, artist
from fakes import FakeClock, FakeStore
from sample_rows import billing, show
from scene import SELDOM, running
from thesetd.actors.jobs.scheduled import sweep_step
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.gate.reserve import BURST_SHARE
from thesetd.domain.gate.windows import Window
from thesetd.domain.identity import spaces
from thesetd.domain.ids import SPOTIFY, TICKETMASTER
from thesetd.domain.music.records import Rows
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import TOGETHER, ArtistKey, JobKind, JobState, Lane, look_job

DAY_S, HOUR_S = 86_400.0, 3_600.0
QUOTA = 100
LOOK = 3  # calls of a refresh of shows here


def acts(count: int, shows: int = 3) -> World:
    """Make artists with an attraction each; they play the same shows."""
    artists = [artist(f"Band {n}", f"{n:022d}", ticketmaster_id=f"K{n}", popularity=n) for n in range(count)]
    return World(artists=artists, shows=shows)


@pytest.mark.untraced
async def test_a_days_calls_are_spent_evenly_to_their_end_and_everybody_has_a_turn(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 artists, 100 calls a day: once days are even, users' reserve and a look are left, and no hour takes 20.

    With 300 calls a day that is 97 % of them, see `tests/bench/freshness_daemon.py`. Here each artist is refreshed
    alone: if they shared their calls, so few could not use a hundred.
    """
    monkeypatch.setattr(sweep_step, "GROUP", 1)
    world, store = acts(20), FakeStore()
    await store.batches.write(Batch(at=FakeClock().now(), rows=Rows(artists=tuple(world.artists))))
    async with running(world, store, windows={TICKETMASTER: (Window(QUOTA, DAY_S),)}, polls=SELDOM) as s:
        await trio.sleep(3.5 * DAY_S)
        now, moments = trio.current_time(), s.limiters[TICKETMASTER].moments()
    last = [moment for moment in moments if moment > now - DAY_S]
    usable = QUOTA - int(BURST_SHARE * QUOTA)
    assert usable - LOOK <= len(last) <= usable
    assert max(Counter(int(moment / HOUR_S) for moment in last).values()) < QUOTA / 5
    looked = {artist for aspect, artist in store.world.index.copies if aspect is Aspect.SHOWS}
    assert looked == set(store.world.artists)


async def test_a_run_orders_what_the_quota_has_calls_for(autojump_clock: MockClock) -> None:
    """100 artists wait, and twenty share three calls: of four calls for an hour, two groups are ordered."""
    world, store = acts(100), FakeStore()
    await store.batches.write(Batch(at=FakeClock().now(), rows=Rows(artists=tuple(world.artists))))
    async with running(world, store, windows={TICKETMASTER: (Window(QUOTA, DAY_S),)}, polls=SELDOM) as s:
        await s.daemon.run_schedule("sync-upcoming-shows")
        job = await s.ended(JobKind.SWEEP)
        jobs = [job for job in store.world.jobs.values() if job.new.kind is JobKind.REFRESH_SHOWS]
    assert job.state is JobState.DONE
    assert len(jobs) == 2 * sweep_step.GROUP


async def test_a_group_has_as_many_artists_as_one_page_lists(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five artists with three shows each, of which a page has room for seven: the hour has calls for two groups."""
    monkeypatch.setattr(sweep_step, "GROUPED_SHOWS", 7)
    world, store = acts(5), FakeStore()
    shows = tuple(
        show(provider_id=f"E{act}-{number}", name=f"{act} {number}", bill=(billing(f"K{act}"),))
        for act in range(5)
        for number in range(3)
    )
    rows = Rows(artists=tuple(world.artists), shows=shows)
    await store.batches.write(Batch(at=FakeClock().now(), rows=rows))
    async with running(world, store, windows={TICKETMASTER: (Window(QUOTA, DAY_S),)}, polls=SELDOM) as s:
        await s.daemon.run_schedule("sync-upcoming-shows")
        await s.ended(JobKind.SWEEP)
        looks = [job.new for job in store.world.jobs.values() if job.new.kind is JobKind.REFRESH_SHOWS]
    assert sorted(len(one.args.get(TOGETHER, {TICKETMASTER: [""]})[TICKETMASTER]) for one in looks) == [2, 2, 2, 2]


async def test_with_a_small_quota_artists_share_their_calls(autojump_clock: MockClock) -> None:
    """24 calls a day are enough for 40 artists in half a day; alone they would take five days."""
    world, store = acts(40, shows=0), FakeStore()
    await store.batches.write(Batch(at=FakeClock().now(), rows=Rows(artists=tuple(world.artists))))
    async with running(world, store, windows={TICKETMASTER: (Window(24, DAY_S),)}, polls=SELDOM):
        await trio.sleep(0.5 * DAY_S)
    looked = {artist for aspect, artist in store.world.index.copies if aspect is Aspect.SHOWS}
    assert looked == set(store.world.artists)


@pytest.mark.untraced
async def test_the_first_hour_and_the_first_after_weeks_take_their_share_of_the_calls(
    autojump_clock: MockClock,
) -> None:
    """No more and not much less, although 100 artists are due; what a group costs is known, see `test_costs`."""
    world, store, share = acts(100, shows=0), FakeStore(), 2 * QUOTA / 24
    await store.batches.write(Batch(at=FakeClock().now(), rows=Rows(artists=tuple(world.artists))))
    hours = []
    for away in (timedelta(0), timedelta(days=21)):
        async with running(world, store, windows={TICKETMASTER: (Window(2 * QUOTA, DAY_S),)}, polls=SELDOM) as s:
            s.clock.set_forward(away)
            await s.ended(JobKind.SWEEP)
            await trio.sleep(0.99 * HOUR_S)
            hours.append(len(s.limiters[TICKETMASTER].moments()))
    first, back = hours
    assert 0.5 * share <= first <= 1.3 * share
    assert 0.5 * share <= back <= 1.3 * share


@pytest.mark.untraced
async def test_refreshes_ordered_before_an_outage_are_not_all_made_after_it(autojump_clock: MockClock) -> None:
    """Twenty are due when the daemon is back, of a quota that nobody used: they take hours, and all are made."""
    world, store = acts(20), FakeStore()
    quota = 24 * 20 * LOOK // 4  # all of them in four hours, at the even pace
    await store.batches.write(Batch(at=FakeClock().now(), rows=Rows(artists=tuple(world.artists))))
    due = FakeClock().now()
    keys = (ArtistKey(space=spaces.SPOTIFY, provider_id=f"{n:022d}") for n in range(20))
    ordered = tuple(look_job(JobKind.REFRESH_SHOWS, Lane.HIGH, key, not_before=due) for key in keys)
    written = await store.batches.write(Batch(at=due, enqueue=ordered))
    async with running(world, store, windows={TICKETMASTER: (Window(quota, DAY_S),)}, polls=SELDOM) as s:
        s.clock.set_forward(timedelta(days=21))
        began = trio.current_time()
        await trio.sleep(6 * HOUR_S)
        moments = [moment - began for moment in s.limiters[TICKETMASTER].moments()]
    hours = Counter(int(moment / HOUR_S) for moment in moments)
    assert max(hours.values()) <= 2 * quota / 24 + 2
    assert {store.world.jobs[one.job_id].state for one in written.enqueued} == {JobState.DONE}


async def test_a_quota_is_shared_by_all_that_it_is_spent_on(autojump_clock: MockClock) -> None:
    """Catalogues and profiles of everybody are due: four calls of five go to catalogues, whose looks cost four each."""
    world, store = acts(80), FakeStore()
    await store.batches.write(Batch(at=FakeClock().now(), rows=Rows(artists=tuple(world.artists))))
    async with running(world, store, windows={SPOTIFY: (Window(24 * QUOTA, DAY_S),)}, polls=SELDOM) as s:
        await s.daemon.run_schedule("deep-catalog-refresh")
        await s.ended(JobKind.SWEEP)
        jobs = [job for job in store.world.jobs.values() if job.new.kind is JobKind.REFRESH_CATALOG]
    assert len(jobs) == 22  # of the 79 calls of an hour, with a tenth of as many that wait
