"""Coming shows are predicted once, and again when anything changed that their predictions are made of."""

import pytest

from fake_providers import World
from scene import ANNA, ANNA_ID, Scene, running


def predictions(made: Scene) -> int:
    """Return how many batches had predictions so far."""
    return sum(bool(batch.rows.predicted) for batch in made.store.written)


async def test_an_unchanged_artist_is_not_predicted_again() -> None:
    """A second import says the same counts, and stores no setlist."""
    async with running(World(artists=[ANNA], shows=3, setlists=2, albums=3)) as made:
        _, first = await made.imported(ANNA_ID)
        assert predictions(made) == 1
        _, second = await made.imported(ANNA_ID)
        assert predictions(made) == 1
        assert second[-1].progress.counts["studio_songs"] == first[-1].progress.counts["studio_songs"] > 0
        assert second[-1].progress.counts["setlists"] == 3


@pytest.mark.untraced
async def test_a_new_show_or_a_lost_setlist_is_predicted() -> None:
    """Whether a show came or a stored prediction went away, the next import predicts again."""
    async with running(World(artists=[ANNA], shows=3, setlists=2, albums=3)) as made:
        await made.imported(ANNA_ID)
        made.world.shows = 4
        await made.imported(ANNA_ID)
        assert (predictions(made), len(made.store.world.records["setlists"])) == (2, 4)
        made.store.world.records["setlists"].popitem()
        await made.imported(ANNA_ID)
        assert (predictions(made), len(made.store.world.records["setlists"])) == (3, 4)
