"""An act's place on a bill decides how long a list people vote on."""

from fake_providers import World
from scene import ANNA, ANNA_ID, running
from thesetd.domain.music.records import PredictedSetlist


async def test_a_support_act_has_a_shorter_list() -> None:
    """Of three coming shows one is somebody else's and one a festival's: their lists are shorter than its own."""
    async with running(World(artists=[ANNA], shows=3, setlists=0, albums=20)) as made:
        made.world.hosts = {1: "Somebody Else"}
        made.world.titles = {2: "Harbour Fest"}
        await made.imported(ANNA_ID)
        lists: dict[str, PredictedSetlist] = {
            one.show_provider_id: one for batch in made.store.written for one in batch.rows.predicted
        }
        own, support, festival = (lists[f"ev{number}"] for number in range(3))
        assert support.expected_songs < festival.expected_songs < own.expected_songs
        assert [len(one.songs) for one in (own, festival, support)] == sorted(
            (len(one.songs) for one in lists.values()), reverse=True
        )
