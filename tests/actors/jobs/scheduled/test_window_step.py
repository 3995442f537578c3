"""The hourly reading of shows by dates."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from fake_providers import World
from scene import ANNA, ANNA_ID, running
from thesetd.actors.jobs.scheduled.window_step import SLICES, SWEPT, slice_at
from thesetd.domain.ids import TICKETMASTER
from thesetd.domain.work.jobs import JobKind

NOW = datetime(2026, 11, 28, 21, 30, tzinfo=UTC)


def test_a_day_of_firings_covers_a_year() -> None:
    """Each hour reads its own part; the parts follow one another without a gap, from yesterday on."""
    parts = [slice_at(NOW.replace(hour=hour)) for hour in range(SLICES)]
    assert parts[0][0] == datetime(2026, 11, 27, tzinfo=UTC)
    assert all(one[1] + timedelta(seconds=1) == other[0] for one, other in pairwise(parts))
    assert parts[-1][1] >= NOW + timedelta(days=363)


@pytest.mark.parametrize(("countries", "stored"), [(("DE", "FR"), 400), ((), 0)])
async def test_the_shows_of_the_hour_are_stored_with_their_bills(countries: tuple[str, ...], stored: int) -> None:
    """Whoever plays; nothing is read where no countries are wanted."""
    world = World(artists=[ANNA], countries=countries)
    async with running(world) as made:
        since, until = slice_at(made.clock.now())
        for number in range(400):
            world.sold[f"w{number:03}"] = since + (until - since) * (number / 400)
        world.sold["later"] = until + timedelta(days=1)
        await made.daemon.scheduler.run_now(SWEPT)
        await made.ended(JobKind.SWEEP)
        shows = made.store.world.records["shows"]
        assert len(shows) == stored
        assert (TICKETMASTER, "later") not in shows
        acts = [one.record.name for one in made.store.world.artists.values()]
        assert sum(name.startswith("Act w") for name in acts) == stored


async def test_what_a_whole_window_lacks_is_asked_for_by_its_id() -> None:
    """An id that is unknown is withdrawn, with the evidence; a show that moved is where it is now."""
    world = World(artists=[ANNA], countries=("DE",))
    async with running(world) as made:
        since, until = slice_at(made.clock.now())
        world.sold |= {f"w{number}": since + timedelta(days=number) for number in range(1, 5)}
        await made.daemon.scheduler.run_now(SWEPT)
        await made.ended(JobKind.SWEEP)
        del world.sold["w2"]
        world.sold["w3"] = until + timedelta(days=9)
        world.asked.clear()
        made.recorder.facts.clear()
        await made.daemon.scheduler.run_now(SWEPT)
        await made.ended(JobKind.SWEEP)
        shows = made.store.world.records["shows"]
        assert sorted(path for path in world.asked if path.startswith("event/")) == ["event/w2", "event/w3"]
        assert shows[TICKETMASTER, "w2"].status == "withdrawn"
        assert "not among the 2 events listed from" in (shows[TICKETMASTER, "w2"].gone_because or "")
        assert shows[TICKETMASTER, "w3"].starts_at == world.sold["w3"]


async def test_shows_without_a_date_are_read_once_a_day() -> None:
    """No window holds them: the first hour of a day reads their lists, and asks for what is in them no more."""
    world = World(artists=[ANNA], countries=("DE",), undated=2)
    async with running(world) as made:
        assert made.clock.now().hour == 0
        await made.daemon.scheduler.run_now(SWEPT)
        await made.ended(JobKind.SWEEP)
        shows = made.store.world.records["shows"]
        assert {(TICKETMASTER, "undated"), (TICKETMASTER, "undated 0")} <= shows.keys()
        assert "event/undated 0" not in world.asked
        world.undated = 1
        made.recorder.facts.clear()
        await made.daemon.scheduler.run_now(SWEPT)
        await made.ended(JobKind.SWEEP)
        assert world.asked.count("event/undated 0") == 1
        assert "event/undated" not in world.asked
        assert made.store.world.records["shows"][TICKETMASTER, "undated 0"].status == "withdrawn"


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
