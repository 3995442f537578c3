"""Histories that are longer than what an import reads, and pages that are gone from them."""

from datetime import timedelta

import attrs
import pytest
import trio

from fake_providers import World
from scene import ANNA, ANNA_ID, SELDOM, Scene, running
from thesetd.domain.errors import RateLimited, Refused
from thesetd.domain.identity import spaces
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import ArtistKey, JobKind, JobState, Lane, NewJob

KEPT_S = 2_000.0  # a little longer than the cache keeps a page
LONG = 27  # setlists, of which an import reads ten


def stored(made: Scene) -> set[str]:
    """Return the pages that are stored."""
    return set(made.store.world.records["actual_setlists"])


def read(made: Scene) -> list[str]:
    """Return the pages of lists, and those by id, that were asked for, in their order."""
    return [path.removeprefix("setlists?") for path in made.world.asked if path.startswith("setlist")]


async def finished(made: Scene, look_s: float = 1.0) -> None:
    """Wait until nothing is left to do."""
    while not all(job.state.final for job in made.store.world.jobs.values()):
        await trio.sleep(look_s)


@pytest.mark.untraced
async def test_the_latest_setlists_come_first_and_all_others_follow() -> None:
    """An import says how many of how many are here; a job behind all others brings the rest, without a new import."""
    async with running(World(artists=[ANNA], setlists=LONG)) as made:
        _, events = await made.imported(ANNA_ID)
        progress = events[-1].progress
        assert (
            progress.message == "Not complete yet: 10 of 27 past setlists are here, the others follow in the background"
        )
        assert (progress.counts["past_setlists"], progress.counts["past_setlists_total"]) == (10, LONG)
        (job,) = [job for job in made.store.world.jobs.values() if job.new.kind is JobKind.REFRESH_SETLISTS]
        assert job.new.lane is Lane.LOW
        await finished(made)
        assert len(stored(made)) == LONG
        now = await made.status(events[-1].job_id)
        assert (now.message, now.counts["past_setlists"]) == ("Import complete!", LONG)
        _, again = await made.imported(ANNA_ID)
        assert again[-1].progress.message == "Import complete!"


@pytest.mark.untraced
async def test_a_history_goes_on_where_it_stopped() -> None:
    """An interruption costs the call that failed, not the whole reading."""
    async with running(World(artists=[ANNA], setlists=LONG)) as made:
        made.world.errors["setlists?22"] = [RateLimited(SETLISTFM, "too many requests", retry_after_s=30.0)]
        await made.imported(ANNA_ID)
        await finished(made)
        assert len(stored(made)) == LONG
        assert read(made).count("0") == 2  # once for the import, once for the whole
        assert read(made)[-5:] == ["20", "22", "22", "24", "26"]


@pytest.mark.untraced
async def test_pages_before_the_end_of_the_quota_are_not_read_again() -> None:
    """A day's quota may be used up for longer than the cache keeps an answer: what was read before is stored."""
    async with running(World(artists=[ANNA], setlists=LONG), polls=SELDOM) as made:
        made.world.errors["setlists?16"] = [RateLimited(SETLISTFM, "too many requests", KEPT_S)]
        await made.imported(ANNA_ID)
        await finished(made, KEPT_S / 10)
        assert len(stored(made)) == LONG
        assert [read(made).count(page) for page in ("10", "12", "14", "18")] == [1, 1, 1, 1]


@pytest.mark.untraced
async def test_the_first_pages_of_a_refresh_are_not_read_again_for_the_others() -> None:
    """The latest setlists are stored; the history brings the others, or the next refresh, which reads on."""
    async with running(World(artists=[ANNA], setlists=LONG), polls=SELDOM) as made:
        made.world.always["edited"] = Refused(SETLISTFM, "unknown parameter lastUpdated")
        await made.imported(ANNA_ID)
        await finished(made)
        made.world.edited = dict.fromkeys(range(8), "2")
        made.world.errors["setlists?4"] = [RateLimited(SETLISTFM, "too many requests", KEPT_S)]
        assert await refreshed(made) == ["0", "2", "4"]
        assert [made.store.world.records["actual_setlists"][f"sl{n}"].version_id for n in (3, 4)] == ["2", "1"]
        await trio.sleep(KEPT_S)
        pages = made.store.world.records["actual_setlists"]
        pages["sl9"] = attrs.evolve(pages["sl9"], fetched_at=made.clock.now() - timedelta(days=8))
        assert await refreshed(made) == ["0", "2", "4", "6", "8"]


async def test_a_page_that_is_gone_is_asked_for_once_and_comes_back() -> None:
    """Gone from a whole list and unknown by its id: marked with the evidence; listed again, it is there again."""
    async with running(World(artists=[ANNA], setlists=4)) as made:
        await made.imported(ANNA_ID)
        made.world.deleted = {1}
        await made.imported(ANNA_ID)
        await made.imported(ANNA_ID)
        assert [path for path in read(made) if path.startswith("setlist/")] == ["setlist/sl1"]
        assert made.store.world.gone["sl1"].endswith("unknown by its id, and not in the list of Anna")
        assert "sl1" in stored(made)
        made.world.deleted = set()
        await made.imported(ANNA_ID)
        assert made.store.world.gone == {}


async def test_a_list_that_was_not_read_to_its_end_proves_nothing() -> None:
    """Nothing is asked for by id, and nothing is marked."""
    async with running(World(artists=[ANNA], setlists=4)) as made:
        await made.imported(ANNA_ID)
        made.world.deleted = {1}
        made.world.claimed = 3
        await made.imported(ANNA_ID)
        assert not [path for path in read(made) if path.startswith("setlist/")]
        assert made.store.world.gone == {}


@pytest.mark.untraced
async def test_a_page_that_is_gone_from_a_long_history_is_found_by_its_whole_reading() -> None:
    """What the import reads proves nothing about older pages; the job that reads all of them does."""
    async with running(World(artists=[ANNA], setlists=LONG)) as made:
        await made.imported(ANNA_ID)
        await finished(made)
        made.world.deleted = {3, 20}
        await made.imported(ANNA_ID)
        assert made.store.world.gone == {}
        made.store.world.lists.clear()  # a year later
        await made.imported(ANNA_ID)
        await finished(made)
        assert made.store.world.gone.keys() == {"sl3", "sl20"}
        assert (await made.status(next(iter(made.store.world.jobs)))).state is JobState.DONE


async def refreshed(made: Scene) -> list[str]:
    """Refresh the artist's setlists, and return the pages of its list that were read."""
    before = len(made.world.asked)
    new = NewJob(
        kind=JobKind.REFRESH_SETLISTS,
        lane=Lane.MEDIUM,
        unique_key=f"refresh {before}",
        artist=ArtistKey(space=spaces.SPOTIFY, provider_id=ANNA_ID),
    )
    await made.store.batches.write(Batch(at=made.clock.now(), enqueue=(new,)))
    await finished(made)
    return [path.removeprefix("setlists?") for path in made.world.asked[before:] if path.startswith("setlists?")]


@pytest.mark.untraced
async def test_a_refresh_reads_as_far_as_there_is_something_new() -> None:
    """One page if nothing changed, more if the last of it did; all of them after a week, since tours are edited."""
    async with running(World(artists=[ANNA], setlists=LONG), polls=SELDOM) as made:
        made.world.always["edited"] = Refused(SETLISTFM, "unknown parameter lastUpdated")
        await made.imported(ANNA_ID)
        await finished(made)
        assert await refreshed(made) == ["0"]
        made.world.edited = dict.fromkeys(range(4), "2")
        assert await refreshed(made) == ["0", "2", "4"]
        assert await refreshed(made) == ["0"]
        pages = made.store.world.records["actual_setlists"]
        pages["sl5"] = attrs.evolve(pages["sl5"], fetched_at=made.clock.now() - timedelta(days=8))
        assert await refreshed(made) == ["0", "2", "4", "6", "8"]
        assert await refreshed(made) == ["0"]
