"""What a provider refuses costs an import that part alone."""

import pytest
import trio

from fake_providers import World, artist, gone
from fakes import EPOCH
from scene import ANNA, ANNA_ID, running, spotify_only
from thesetd.domain.errors import BadPayload, NotFound, ProviderError, Refused, Unavailable
from thesetd.domain.facts import CapabilitiesLearned, JobEnded, ProviderDegraded
from thesetd.domain.identity import spaces
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import ArtistKey, JobKind, JobState, Lane, NewJob
from thesetd.domain.work.progress import Stage

REFUSALS = [NotFound, Refused, BadPayload]


@pytest.mark.untraced
@pytest.mark.parametrize("kind", REFUSALS)
@pytest.mark.parametrize(
    ("path", "provider", "kept"), [("events?2", TICKETMASTER, (5, 3)), ("setlists?2", SETLISTFM, (5, 2))]
)
async def test_a_page_that_is_refused_costs_what_is_behind_it(
    autojump_clock: trio.testing.MockClock, path: str, provider: str, kept: tuple[int, int], kind: type[ProviderError]
) -> None:
    """What came before is stored, the import completes and says whose list is not whole; a sample is kept."""
    world = World(artists=[ANNA], always={path: kind(provider, "odd")})
    async with running(world) as s:
        _, events = await s.imported("Anna")
    tables = s.store.world.records
    assert events[-1].progress.stage is Stage.COMPLETED
    assert (len(tables["shows"]), len(tables["actual_setlists"])) == kept
    assert [reject.reason for reject in s.store.world.rejects] == [f"{provider}: odd"] * (kind is BadPayload)
    if (provider, kind) != (SETLISTFM, NotFound):  # there it says that nobody has written down more
        assert f"not all of {provider}: odd" in events[-1].progress.message
        assert [fact.provider for fact in s.recorder.of(ProviderDegraded)] == [provider]


@pytest.mark.untraced
@pytest.mark.parametrize("kind", REFUSALS)
async def test_songs_that_are_refused_make_their_album_missing(
    autojump_clock: trio.testing.MockClock, kind: type[ProviderError]
) -> None:
    """The album counts as listed but not to be had; its first songs and all other albums are there."""
    world = World(artists=[ANNA], always={"songs/al1": kind(SPOTIFY, "odd")})
    async with running(world) as s:
        _, events = await s.imported("Anna")
    counts = events[-1].progress.counts
    assert (counts["albums"], counts["albums_missing"], counts["songs"]) == (4, 1, 8)
    assert "1 of 5 listed albums are unavailable" in events[-1].progress.message
    assert len(s.store.world.records["albums"]) == 5
    assert len(s.store.world.records["songs"]) == 9
    assert len(s.store.world.rejects) == (kind is BadPayload)


async def test_a_failure_in_a_wave_loses_nothing_of_it(autojump_clock: trio.testing.MockClock) -> None:
    """What the other calls of the wave brought is stored before the job waits, and not fetched again."""
    world = World(artists=[ANNA], errors={"batch/al3": [Unavailable(SPOTIFY, "502")] * 3})
    async with running(world) as s:
        _, events = await s.imported("Anna")
    waiting = next(event for event in events if "Waiting until" in event.progress.message)
    assert waiting.progress.counts["albums"] == 3
    assert events[-1].progress.counts["albums"] == 5
    assert world.asked.count("batch/al0,al1,al2") == 1


@pytest.mark.untraced
@pytest.mark.parametrize("path", ["search", "artist", "albums", "batch"])
async def test_any_call_may_lose_its_capability(autojump_clock: trio.testing.MockClock, path: str) -> None:
    """Whether the reply or a step meets the refusal: it is planned again, remembered, and told."""
    reference = ANNA_ID if path == "artist" else "Anna"
    world = World(artists=[ANNA], errors={path: [gone()]})
    async with running(world) as s:
        _, events = await s.imported(reference)
    assert events[-1].progress.message == "Import complete!"
    assert s.catalog.single
    assert s.recorder.of(CapabilitiesLearned) == []  # the fake does not learn; the keeper has tests of its own


@pytest.mark.parametrize("error", [Unavailable(TICKETMASTER, "502"), NotFound(TICKETMASTER, "odd")])
async def test_a_refresh_fails_by_its_own_provider_only(
    autojump_clock: trio.testing.MockClock, error: ProviderError
) -> None:
    """Setlists are refreshed while Ticketmaster is unwell; shows are not."""
    known = spotify_only(ANNA), artist("Anna", mbid=ANNA.mbid)
    async with running(World(artists=[*known], always={"acts": error})) as s:
        await s.imported("Anna")
        states = {}
        for kind in (JobKind.REFRESH_SETLISTS, JobKind.REFRESH_SHOWS):
            key = ArtistKey(space=spaces.SPOTIFY, provider_id=ANNA_ID)
            job = NewJob(kind=kind, lane=Lane.HIGH, unique_key=f"x:{kind}", artist=key)
            await s.store.batches.write(Batch(at=EPOCH, enqueue=(job,)))
            await s.recorder.until(lambda r, kind=kind: any(f.kind == kind.value for f in r.of(JobEnded)))
            states[kind] = next(f.state for f in s.recorder.of(JobEnded) if f.kind == kind.value)
    assert states[JobKind.REFRESH_SETLISTS] == JobState.DONE.value
    assert states[JobKind.REFRESH_SHOWS] in {JobState.READY.value, JobState.FAILED.value}
