"""Refreshes that share calls: a list of several artists' shows is believed if nothing about it is odd."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import trio
from trio.testing import MockClock

from fake_providers import AT, World, artist
from fakes import FakeClock, FakeStore
from scene import SELDOM, Scene, running
from thesetd.domain.errors import BadPayload, NotFound, ProviderError, Refused, Unavailable
from thesetd.domain.facts import JobEnded
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import TICKETMASTER
from thesetd.domain.music.records import Rows
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import JobKind, JobState, Lane, look_job

DAY_S = 86_400.0
IDS = [f"K{n}" for n in range(3)]
SHARED = "+".join(IDS)


@asynccontextmanager
async def three_refreshed(world: World) -> AsyncIterator[Scene]:
    """Run a schedule by hand over three artists, and wait until all of them were refreshed."""
    world.artists = [artist(f"Band {n}", f"{n:022d}", ticketmaster_id=one, popularity=n) for n, one in enumerate(IDS)]
    store = FakeStore()
    await store.batches.write(Batch(at=FakeClock().now(), rows=Rows(artists=tuple(world.artists))))
    async with running(world, store, polls=SELDOM) as made:
        await refresh(made)
        yield made


async def refresh(made: Scene) -> None:
    """Run the schedule again, and wait for the three refreshes that it orders."""
    before = ended(made)
    made.world.asked.clear()
    await made.daemon.run_schedule("sync-upcoming-shows")
    await made.recorder.until(lambda _: ended(made) == before + len(IDS))


def ended(made: Scene) -> int:
    """Return how many refreshes of shows ended."""
    return sum(fact.kind == JobKind.REFRESH_SHOWS.value for fact in made.recorder.of(JobEnded))


def lists(made: Scene) -> Counter[str]:
    """Return how often each first page of a list was asked for."""
    asked = (path.removesuffix("?0") for path in made.world.asked if path.endswith("?0"))
    return Counter(path for path in asked if path.startswith("events"))


def asked_for_records(made: Scene) -> list[str]:
    """Return the calls for artists' records."""
    return [path for path in made.world.asked if path.startswith(("acts of/", "act/"))]


async def test_refreshes_of_one_moment_share_their_calls(autojump_clock: MockClock) -> None:
    """Each of the two lists is requested once, not three times, and everybody was looked at."""
    async with three_refreshed(World(shows=1)) as made:
        assert lists(made) == {f"events{SHARED}": 1, f"events-tba{SHARED}": 1}
        looked = {one for aspect, one in made.store.world.index.copies if aspect is Aspect.SHOWS}
        assert looked == set(made.store.world.artists)
        assert (TICKETMASTER, "ev0") in made.store.world.records["shows"]


async def test_artists_without_shows_share_a_call_that_says_whether_they_exist(autojump_clock: MockClock) -> None:
    """One that is not in its answer is looked up by itself."""
    async with three_refreshed(World(shows=0)) as made:
        assert asked_for_records(made) == [f"acts of/{SHARED}"]
        made.world.artists = [one for one in made.world.artists if one.ticketmaster_id != "K1"]
        made.clock.set_forward(timedelta(hours=2))
        await refresh(made)
        assert sorted(asked_for_records(made)) == ["act/K1", f"acts of/{SHARED}"]


@pytest.mark.untraced
@pytest.mark.parametrize(("gone", "own"), [(2, 0), (3, 1)])
async def test_shows_that_a_shared_list_lacks_are_asked_for(autojump_clock: MockClock, gone: int, own: int) -> None:
    """Each by its id, which proves that it is gone; if they are many, the artist's own lists are read first."""
    async with three_refreshed(World(shows=5)) as made:
        made.world.shows = 5 - gone
        made.clock.set_forward(timedelta(hours=2))
        await refresh(made)
        assert lists(made)[f"events{SHARED}"] == 1
        assert min(lists(made)["events"], 1) == own
        lacking = [f"ev{number}" for number in range(5 - gone, 5)]
        assert {f"event/{one}" for one in lacking} <= set(made.world.asked)
        shows = made.store.world.records["shows"]
        assert {shows[TICKETMASTER, one].status for one in lacking} == {"withdrawn"}


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("world", "own"),
    [(World(shows=2, claimed=9), "events?0"), (World(sold={f"s{n}": AT for n in range(1001)}), "window/K0")],
)
async def test_a_shared_list_that_is_short_or_too_deep_is_given_up(
    autojump_clock: MockClock, world: World, own: str
) -> None:
    """Each artist's own list is requested then, by windows if it is too deep as well."""
    async with three_refreshed(world) as made:
        assert any(path.startswith(own) for path in made.world.asked)


@pytest.mark.untraced
async def test_an_error_of_a_shared_list_is_each_refreshs_own(autojump_clock: MockClock) -> None:
    """All three fail with the call that they share, are done again later, and then nobody is missing."""
    path = f"events{SHARED}"
    world = World(shows=1, errors={path: [Unavailable(TICKETMASTER, "HTTP 503") for _ in range(4)]})
    async with three_refreshed(world) as made:
        await trio.sleep(6 * 3600.0)
        assert not world.errors[path]
        assert len({one for aspect, one in made.store.world.index.copies if aspect is Aspect.SHOWS}) == len(IDS)


async def test_what_shares_calls_waits_for_the_quota_together(autojump_clock: MockClock) -> None:
    """The three are refused at once and come back at once, so that the lists are requested once in all."""
    world, store = World(shows=1), FakeStore()
    world.artists = [artist(f"Band {n}", f"{n:022d}", ticketmaster_id=one, popularity=n) for n, one in enumerate(IDS)]
    await store.batches.write(Batch(at=FakeClock().now(), rows=Rows(artists=tuple(world.artists))))
    together = {TICKETMASTER: IDS}
    ordered = tuple(
        look_job(JobKind.REFRESH_SHOWS, Lane.MEDIUM, one.key(), together=together)
        for one in [store.world.known(row) for row in store.world.artists]
        if one is not None
    )
    quota = Window(10, DAY_S)
    async with running(world, store, windows={TICKETMASTER: (quota,)}, polls=SELDOM) as made:
        for _ in range(quota.count):
            await made.limiters[TICKETMASTER].reserve(1)
        jobs = (await store.batches.write(Batch(at=made.clock.now(), enqueue=ordered))).enqueued
        await trio.sleep(0.9 * DAY_S)
        assert not lists(made)
        while any(store.world.jobs[one.job_id].state is not JobState.DONE for one in jobs):
            await trio.sleep(60.0)
        assert lists(made) == {f"events{SHARED}": 1, f"events-tba{SHARED}": 1}


async def test_a_refresh_that_shared_answers_do_not_settle_requests_no_more_of_them(autojump_clock: MockClock) -> None:
    """Each artist's own lists fail and are requested again for hours: by then the shared ones would be too old."""
    async with three_refreshed(World(shows=5)) as made:
        made.world.shows = 2
        made.world.always["events?"] = Unavailable(TICKETMASTER, "HTTP 503")
        made.clock.set_forward(timedelta(hours=2))
        made.world.asked.clear()
        await made.daemon.run_schedule("sync-upcoming-shows")
        await trio.sleep(60.0)
        assert lists(made)[f"events{SHARED}"] == 1
        made.world.asked.clear()
        await trio.sleep(DAY_S / 8)
        assert lists(made)["events"]
        assert not lists(made)[f"events{SHARED}"]


@pytest.mark.parametrize("error", [Refused, NotFound, BadPayload])
@pytest.mark.parametrize("shows", [0, 1])
async def test_an_artists_own_calls_are_made_if_shared_ones_are_refused(
    autojump_clock: MockClock, error: type[ProviderError], shows: int
) -> None:
    """A provider may take fewer ids in one call than a group has artists: everybody is refreshed all the same."""
    refused = {f"events{SHARED}", f"acts of/{SHARED}"}
    world = World(shows=shows, always={path: error(TICKETMASTER, "too many ids") for path in refused})
    async with three_refreshed(world) as made:
        assert lists(made)["events"]
        assert len({one for aspect, one in made.store.world.index.copies if aspect is Aspect.SHOWS}) == len(IDS)
