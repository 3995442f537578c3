"""Names, pictures and popularity: what schedules read of many artists at once, and which songs people know best."""

from collections.abc import Sequence

import attrs
import pytest

from fake_providers import AT, FakeCatalog, World, call
from scene import ANNA, ANNA_ID, HANNA, running
from thesetd.domain.errors import StoreError
from thesetd.domain.gate.calls import Call
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.music.records import Track
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import JobKind

ACTIVE, RECENT = "sync-active-artists", "sync-recent-setlists"


@pytest.mark.parametrize(("single", "calls"), [(False, 1), (True, 2)])
async def test_a_schedule_reads_the_profiles_of_its_artists(*, single: bool, calls: int) -> None:
    """A new name, picture and popularity are stored, with one call for all or one for each."""
    world = World(artists=[ANNA, HANNA])
    async with running(world) as made:
        for one in (ANNA, HANNA):
            await made.imported(one.spotify_id or "")
        made.catalog.single = single
        world.artists[0] = attrs.evolve(ANNA, name="Anna Nova", popularity=91, image_url="https://i/1")
        world.asked.clear()
        await made.daemon.scheduler.run_now(ACTIVE)
        await made.ended(JobKind.SWEEP)
        asked = [path for path in world.asked if path.startswith("artists/")]
        assert len(asked) == calls
        stored = {kept.record.name: kept.record for kept in made.store.world.artists.values()}
        assert stored["Anna Nova"].popularity == 91
        assert stored["Anna Nova"].image_url == "https://i/1"


async def test_a_schedule_of_setlists_reads_no_profiles() -> None:
    """Only schedules that say so do."""
    world = World(artists=[ANNA])
    async with running(world) as made:
        await made.imported(ANNA_ID)
        await made.daemon.scheduler.run_now(RECENT)
        await made.ended(JobKind.SWEEP)
        assert not [path for path in world.asked if path.startswith("artists/")]


def told(track_id: str, name: str, popularity: int) -> Track:
    """Return a track as a list of the best-known songs has it."""
    return Track(spotify_id=track_id, album_spotify_id="elsewhere", name=name, fetched_at=AT, popularity=popularity)


def tell(monkeypatch: pytest.MonkeyPatch, *tracks: Track) -> None:
    """Make these the best-known songs of every artist."""
    monkeypatch.setattr(
        FakeCatalog, "top_songs", lambda _, artist_id: call(SPOTIFY, f"top/{artist_id}", lambda: tracks)
    )


async def test_the_songs_that_people_know_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Popularity goes to the track itself, or to a copy of its recording or name that is stored; nothing else does."""
    tell(monkeypatch, told("al1-2", "any", 80), told("other", "Song al0 1", 70), told("third", "Unknown", 60))
    async with running(World(artists=[ANNA])) as made:
        await made.imported(ANNA_ID)
        tracks = made.store.world.records["tracks"]
        found = {one.spotify_id: one.popularity for one in tracks.values() if one.popularity is not None}
        assert found == {"al1-2": 80, "al0-1": 70}
        assert tracks["al1-2"].name == "Song al1 2"


async def test_the_popularity_of_a_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no list of the best-known songs is offered, the tracks themselves are requested."""

    def popularity(_: FakeCatalog, track_ids: Sequence[str]) -> Sequence[Call[tuple[Track, ...]]]:
        return [call(SPOTIFY, "tracks", lambda: tuple(told(one, one, 50) for one in track_ids[:3]))]

    monkeypatch.setattr(FakeCatalog, "popularity", popularity)
    async with running(World(artists=[ANNA])) as made:
        await made.imported(ANNA_ID)
        assert [one.popularity for one in made.store.world.records["tracks"].values()].count(50) == 3


async def test_popularity_that_is_the_same_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second look stores the one that changed, and reads no other track than those named."""
    tell(monkeypatch, told("al1-2", "any", 80), told("al0-1", "any", 70))
    async with running(World(artists=[ANNA])) as made:
        await made.imported(ANNA_ID)
        tell(monkeypatch, told("al1-2", "any", 81), told("al0-1", "any", 70))
        written = []
        write = made.store.batches.write_all

        async def watched(batches: Sequence[Batch]) -> Sequence[Written | StoreError]:
            written.extend(track for batch in batches for track in batch.rows.songs)
            return await write(batches)

        monkeypatch.setattr(made.store.batches, "write_all", watched)
        await made.imported(ANNA_ID)
        assert [(one.spotify_id, one.popularity) for one in written] == [("al1-2", 81)]
