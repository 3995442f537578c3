"""The hourly reading of shows by dates."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from fake_providers import World
from scene import ANNA, running
from thesetd.actors.jobs.window_step import SLICES, SWEPT, slice_at
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
