"""The reading of coming shows by weeks: what is due, within its calls, to its end over whatever stops it."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
import trio
from trio.testing import MockClock

from fake_providers import World
from fakes import FakeStore
from scene import ANNA, ANNA_ID, SELDOM, Scene, running
from thesetd.actors.jobs.scheduled.week_calls import SWEPT
from thesetd.domain.errors import Unavailable
from thesetd.domain.facts import JobEnded
from thesetd.domain.freshness.weeks import distance
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import TICKETMASTER
from thesetd.domain.work.jobs import JobKind, JobState
from thesetd.ports.surface.jobs import ImportStatus

DAY_S, HOUR_S = 86_400.0, 3_600.0


async def swept(made: Scene) -> ImportStatus:
    """Run the schedule by hand, to its end."""
    made.recorder.facts.clear()
    await made.daemon.scheduler.run_now(SWEPT)
    return await made.ended(JobKind.SWEEP)


def notes(store: FakeStore) -> list[str]:
    """Return what the runs remarked, in their order."""
    jobs = [job for job in store.world.jobs.values() if job.new.kind is JobKind.SWEEP and job.state is JobState.DONE]
    mine = [job for job in jobs if job.new.args["schedule"] == SWEPT]
    return [note for job in sorted(mine, key=lambda job: job.id) for note in job.checkpoint.get("notes", ())]


@pytest.mark.untraced
@pytest.mark.parametrize(("countries", "stored"), [(("DE", "FR"), 400), ((), 0)])
async def test_the_shows_of_the_year_are_stored_with_their_bills(countries: tuple[str, ...], stored: int) -> None:
    """Whoever plays; nothing is read where no countries are wanted, and nothing that is over or years ahead."""
    world = World(artists=[ANNA], countries=countries)
    async with running(world) as made:
        now = made.clock.now()
        for number in range(400):
            world.sold[f"w{number:03}"] = now + number * timedelta(days=0.9)
        world.sold |= {"later": now + timedelta(days=400), "before": now - timedelta(days=3)}
        await swept(made)
        shows = made.store.world.records["shows"]
        assert len(shows) == stored
        assert {(TICKETMASTER, "later"), (TICKETMASTER, "before")}.isdisjoint(shows)
        acts = [one.record.name for one in made.store.world.artists.values()]
        assert sum(name.startswith("Act w") for name in acts) == stored
        told = [f"{len(countries)} countries"] if countries else []
        assert len([one for one in notes(made.store) if "due weeks read" in one]) == len(told)


async def test_what_a_whole_window_lacks_is_asked_for_by_its_id() -> None:
    """An id that is unknown is withdrawn, with the evidence; a show that moved is where it is now."""
    world = World(artists=[ANNA], countries=("DE",))
    async with running(world) as made:
        now = made.clock.now()
        world.sold |= {f"w{number}": now + number * timedelta(hours=6) for number in range(1, 5)}
        await swept(made)
        del world.sold["w2"]
        world.sold["w3"] = now + timedelta(days=40)
        world.asked.clear()
        await swept(made)
        shows = made.store.world.records["shows"]
        assert sorted(path for path in world.asked if path.startswith("event/")) == ["event/w2", "event/w3"]
        assert shows[TICKETMASTER, "w2"].status == "withdrawn"
        assert "not among the 2 events listed from" in (shows[TICKETMASTER, "w2"].gone_because or "")
        assert shows[TICKETMASTER, "w3"].starts_at == world.sold["w3"]


@pytest.mark.untraced
async def test_more_than_one_request_holds_are_asked_for_at_once() -> None:
    """Of 50 shows that a list lacks none waits for the next reading, which may be a week later."""
    world = World(artists=[ANNA], countries=("DE",))
    async with running(world) as made:
        later = made.clock.now() + timedelta(days=200)
        world.sold |= {f"w{number:02}": later for number in range(60)}
        await swept(made)
        for number in range(50):
            del world.sold[f"w{number:02}"]
        await swept(made)
        shows = made.store.world.records["shows"]
        assert sum(one.status == "withdrawn" for one in shows.values()) == 50


@pytest.mark.untraced
async def test_shows_without_a_date_are_read_once_a_day(autojump_clock: MockClock) -> None:
    """No week holds them: one run of a day reads their lists, and asks for what is in them no more."""
    world = World(artists=[ANNA], countries=("DE",), undated=2)
    async with running(world, polls=SELDOM) as made:
        await trio.sleep(1.5 * HOUR_S)
        shows = made.store.world.records["shows"]
        assert {(TICKETMASTER, "undated"), (TICKETMASTER, "undated 0")} <= shows.keys()
        assert "event/undated 0" not in world.asked
        world.undated = 1
        await trio.sleep(20 * HOUR_S)
        assert world.asked.count("undated?0") == 1
        await trio.sleep(4 * HOUR_S)
        assert world.asked.count("undated?0") == 2
        assert world.asked.count("event/undated 0") == 1
        assert "event/undated" not in world.asked
        assert made.store.world.records["shows"][TICKETMASTER, "undated 0"].status == "withdrawn"


def pages(world: World) -> Counter[str]:
    """Count the requests of each page."""
    return Counter(path for path in world.asked if path.startswith("window/"))


def full_summer(world: World, now: datetime) -> None:
    """Sell 2,000 shows in four months: more than two windows hold, and all at one distance."""
    for number in range(2000):
        world.sold[f"w{number:04}"] = now + timedelta(days=190, hours=1.5 * number)


@pytest.mark.untraced
async def test_a_call_that_fails_is_all_that_is_repeated(autojump_clock: MockClock) -> None:
    """The job runs again, and continues after its last window."""
    world = World(artists=[ANNA], countries=("DE",))
    async with running(world, polls=SELDOM) as made:
        full_summer(world, made.clock.now())
        world.errors["window/DE2026-08"] = [Unavailable(TICKETMASTER, "no answer")] * 5
        job = await made.daemon.scheduler.run_now(SWEPT)
        ends = [JobState.READY.value, JobState.DONE.value]
        await made.recorder.until(lambda r: [one.state for one in r.of(JobEnded) if one.job_id == job] == ends)
        assert sum(provider == TICKETMASTER for provider, _ in made.store.world.records["shows"]) == 2000
        repeated = {path.partition(" to ")[0] for path, count in pages(world).items() if count > 1}
        assert len(repeated) == 1
        assert all(window.startswith("window/DE2026-08") for window in repeated)


@pytest.mark.untraced
async def test_a_year_that_a_run_has_no_calls_for_is_read_by_the_next_ones(autojump_clock: MockClock) -> None:
    """Each hour has five calls, of which half are for weeks: all is read within hours, and no page twice."""
    world, store, counts = World(countries=("DE",)), FakeStore(), [0]
    async with running(world, store, windows={TICKETMASTER: (Window(120, DAY_S),)}, polls=SELDOM) as made:
        full_summer(world, made.clock.now())
        await trio.sleep(0.5 * HOUR_S)
        while counts[-1] < 2000:
            assert len(counts) < 12
            await trio.sleep(HOUR_S)
            counts.append(len(store.world.records["shows"]))
            told = notes(store)[-1]
            assert ("left" in told) == (counts[-1] < 2000), told
        assert len(set(counts)) > 3
        assert {count for path, count in pages(world).items() if path > "window/DE2026-05"} == {1}


@pytest.mark.untraced
async def test_near_weeks_are_read_often_and_far_ones_rarely_with_a_small_quota(autojump_clock: MockClock) -> None:
    """Nearby shows change each hour. A far one that is withdrawn is found within the oldest age of its distance.

    The quota has two calls an hour: no day of the sweep takes more than half of them.
    """
    world, store, reads = World(countries=("DE",)), FakeStore(), Counter[int]()
    async with running(world, store, windows={TICKETMASTER: (Window(48, DAY_S),)}, polls=SELDOM) as made:
        now = made.clock.now()
        near = {f"n{number:03}": now + timedelta(hours=20 + 3 * number) for number in range(100)}
        far = {f"f{number:03}": now + timedelta(days=30 + 10 * number) for number in range(30)}
        world.sold |= near | far
        await trio.sleep(DAY_S)
        del world.sold["f004"]
        gone_at, found_at = made.clock.now(), None
        for hour in range(4 * 24):
            world.sold |= {name: at + timedelta(minutes=hour % 30) for name, at in near.items()}
            before = dict(store.world.weeks.weeks)
            await trio.sleep(HOUR_S)
            read = [key for key, one in store.world.weeks.weeks.items() if one != before.get(key)]
            reads.update((week.begins - made.clock.now().date()).days // 7 for _, week in read)
            if found_at is None and store.world.records["shows"][TICKETMASTER, "f004"].status == "withdrawn":
                found_at = made.clock.now()
        moments = made.limiters[TICKETMASTER].moments()
    assert reads[0] / 4 > 3.0
    assert reads[0] > 3 * reads[6] > 0
    assert sum(reads[ahead] for ahead in range(30, 40)) <= 10
    assert found_at is not None
    assert found_at - gone_at <= distance((now + timedelta(days=70)).date(), now).most + timedelta(hours=2)
    assert max(Counter(int(moment / DAY_S) for moment in moments).values()) <= 24 + 5


@pytest.mark.untraced
async def test_an_artist_with_more_shows_than_a_list_is_deep_has_all() -> None:
    """Its dated list is read by windows."""
    world = World(artists=[ANNA])
    async with running(world) as made:
        now = made.clock.now()
        world.sold |= {f"s{number:04}": now + timedelta(hours=13 * number) for number in range(1300)}
        _, events = await made.imported(ANNA_ID)
        assert sum(provider == TICKETMASTER for provider, _ in made.store.world.records["shows"]) == 1300
        assert "only" not in events[-1].progress.message
