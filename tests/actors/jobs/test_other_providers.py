"""A further provider of shows, known to nothing but the list of clients: its shows are imported beside the others'."""

import attrs
import pytest

from fake_providers import FakeShows, World
from scene import ANNA, ANNA_ID, running
from thesetd.domain.errors import NotFound
from thesetd.domain.identity.spaces import Ref, Space
from thesetd.domain.ids import TICKETMASTER, ProviderName

GIGS = ProviderName("gigs")
OWN = Ref(Space("gigs"), "act1")
EVERYWHERE = attrs.evolve(ANNA, held=(OWN,))


async def test_an_import_brings_the_shows_of_every_provider() -> None:
    """The artist's id there has a row, and its shows are stored under the provider's ids."""
    world = World(artists=[EVERYWHERE], shows=2)
    async with running(world, also=[FakeShows(world, provider=GIGS, space=OWN.space)]) as made:
        _, events = await made.imported(ANNA_ID)
        assert events[-1].progress.message == "Import complete!"
        assert OWN in made.store.world.identity.book.owners
        assert {key for key in made.store.world.records["shows"] if key[0] in {GIGS, TICKETMASTER}} == {
            (provider, f"ev{number}") for provider in (GIGS, TICKETMASTER) for number in (0, 1)
        }


@pytest.mark.untraced
async def test_a_show_that_it_no_longer_lists_is_asked_for_there() -> None:
    """By its own id at that provider alone; it is withdrawn if it is unknown there."""
    world = World(artists=[EVERYWHERE], shows=2)
    async with running(world, also=[FakeShows(world, provider=GIGS, space=OWN.space)]) as made:
        await made.imported(ANNA_ID)
        world.always["event/ev1"] = NotFound(GIGS, "no show ev1")
        world.shows = 1
        await made.imported(ANNA_ID)
        shows = made.store.world.records["shows"]
        assert {key[0] for key, show in shows.items() if show.status == "withdrawn"} == {GIGS, TICKETMASTER}
