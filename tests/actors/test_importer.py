"""Imports through all the actors, with everything outside in memory and time that jumps."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import attrs
import pytest
import trio

from fake_providers import ACT, MBID, FakeCatalog, World, artist, gone
from fakes import EPOCH, FakeStore
from scene import ANNA, ANNA_ID, HANNA, HANNA_ID, SELDOM, running, scene, spotify_only
from thesetd.actors.jobs.accepting import KNOWN_PATIENCE_S
from thesetd.domain.errors import (
    AmbiguousArtist,
    BadPayload,
    BadReference,
    NotConfigured,
    NotFound,
    QuotaSpent,
    RateLimited,
    StoreError,
    StoreRejected,
    StoreUnavailable,
    Unauthorized,
    Unavailable,
    UnknownArtist,
)
from thesetd.domain.facts import CallFinished, ImportAnswered, JobClaimed, JobEnded, JobsRecovered, ProviderDegraded
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER
from thesetd.domain.music.records import Album
from thesetd.domain.music.reference import VARIOUS_ARTISTS, ArtistRef
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import JobKind, JobState, KnownArtist, Lane
from thesetd.domain.work.progress import Stage
from thesetd.ports.background import is_in_background
from thesetd.ports.store import ScheduleRow, StoredCatalogue

HOUR_S, DAY_S = 3600.0, 86_400.0


async def test_an_artist_arrives_with_everything(autojump_clock: trio.testing.MockClock) -> None:
    """The reply names it, every stage is told in order, percents never fall, and the rows are there."""
    async with running() as s:
        accepted, events = await s.imported("Anna")
    assert (accepted.name, accepted.slug, accepted.status, accepted.joined) == ("Anna", "anna", "initializing", False)
    assert [stage.value for stage in dict.fromkeys(e.progress.stage for e in events)] == [
        "initializing", "fetching-shows", "syncing-venues", "shows-complete", "syncing-catalog", "completed",
    ]  # fmt: skip
    percents = [event.progress.percent for event in events]
    assert percents == sorted(percents)
    assert (percents[0], percents[-1]) == (10, 100)
    assert {event.slug for event in events} == {"anna"}
    counts = events[-1].progress.counts
    assert counts == {
        "shows": 6, "venues": 3, "past_setlists": 3, "albums": 5, "albums_total": 5, "albums_missing": 0, "songs": 10,
        "studio_songs": 10, "setlists": 3,
    }  # fmt: skip
    assert s.bus.published == events
    assert events[-1].progress.message == "Import complete!"


def of_catalogue(asked: list[str]) -> list[str]:
    """Keep the calls for lists of albums, albums and songs."""
    return [path for path in asked if path.startswith(("albums-", "batch/", "album/", "songs/"))]


async def test_an_unchanged_catalogue_costs_one_call_per_list(autojump_clock: trio.testing.MockClock) -> None:
    """Nothing of it is fetched or written, and the counts are those of the whole."""
    async with running() as s:
        await s.imported("Anna")
        await trio.sleep(60)
        asked, stored = len(s.world.asked), len(s.store.written)
        _, events = await s.imported("Anna")
    assert sorted(of_catalogue(s.world.asked[asked:])) == ["albums-a?0", "albums-b?0"]
    assert events[-1].progress.counts["songs"] == 10
    assert not any(batch.rows.albums or batch.rows.songs for batch in s.store.written[stored:])


@pytest.mark.untraced
async def test_only_what_is_new_is_fetched(autojump_clock: trio.testing.MockClock) -> None:
    """An album that is new, and one whose tracks could not all be read; the others are left alone."""
    world = World(artists=[ANNA])
    world.always["songs/al1"] = BadPayload(SPOTIFY, "cut", "{")
    async with running(world) as s:
        await s.imported("Anna")
        world.always.clear()
        world.albums += 1
        await trio.sleep(60)
        asked = len(world.asked)
        _, events = await s.imported("Anna")
    fetched = [path for path in of_catalogue(world.asked[asked:]) if not path.startswith("albums-")]
    assert sorted(fetched) == ["batch/al1,al5", "songs/al1?0", "songs/al5?0"]
    assert events[-1].progress.counts["songs"] == 12


@pytest.mark.untraced
async def test_an_album_that_is_not_there_is_not_asked_for_every_time(autojump_clock: trio.testing.MockClock) -> None:
    """It is told each time."""
    async with running(World(artists=[ANNA], unavailable_albums=("al2",))) as s:
        for asks in (True, False):
            await trio.sleep(60)
            asked = len(s.world.asked)
            _, events = await s.imported("Anna")
            assert any("al2" in path for path in s.world.asked[asked:]) is asks
            assert "1 of 5 listed albums are unavailable" in events[-1].progress.message


async def test_the_first_hit_is_not_taken_for_the_artist(autojump_clock: trio.testing.MockClock) -> None:
    """Only the exact name counts, also when it stands on the second page."""
    world = World(artists=[HANNA, artist("Annabelle", "4" * 22), artist("Ann", "5" * 22), spotify_only(ANNA)])
    async with running(world) as s:
        accepted = await s.daemon.submit("anna")
    assert accepted.name == "Anna"
    assert world.asked[:2] == ["search/anna?0", "search/anna?2"]


@pytest.mark.parametrize("reference", [ANNA_ID, f"spotify:artist:{ANNA_ID}", ACT, MBID])
async def test_every_way_to_name_an_artist_leads_to_the_same_row(
    autojump_clock: trio.testing.MockClock, reference: str
) -> None:
    """Spotify id and URI, attraction id and MBID give one artist."""
    async with running() as s:
        accepted, _ = await s.imported(reference)
        again, _ = await s.imported("Anna")
    assert (accepted.artist_id, accepted.name) == (again.artist_id, "Anna")


async def test_a_known_artist_is_answered_without_asking_anybody(autojump_clock: trio.testing.MockClock) -> None:
    """The id of a stored artist needs no provider."""
    async with running() as s:
        await s.imported("Anna")
        asked, before = len(s.world.asked), trio.current_time()
        await s.daemon.submit(ANNA_ID)
        assert (len(s.world.asked), trio.current_time()) == (asked, before)


async def test_a_name_that_is_stored_may_be_the_name_of_others(autojump_clock: trio.testing.MockClock) -> None:
    """That one of two namesakes is known already does not make the name less ambiguous."""
    async with running(World(artists=[artist("Twin", "2" * 22), artist("Twin", "3" * 22)])) as s:
        await s.imported("2" * 22)
        with pytest.raises(AmbiguousArtist):
            await s.daemon.submit("Twin")


async def test_namesakes_of_which_none_is_proven_are_told(autojump_clock: trio.testing.MockClock) -> None:
    """Without any link nothing of a namesake is taken, and the last message says how many there are and where."""
    doors = [artist("Open Door", mbid=f"m{number}") for number in range(2)]
    acts = [artist("Open Door", ticketmaster_id=f"t{number}") for number in range(2)]
    async with running(World(artists=[artist("Open Door", "2" * 22), *doors, *acts])) as s:
        _, events = await s.imported("2" * 22)
    message = events[-1].progress.message
    assert "2 artists of this name at setlist.fm, none proven" in message
    assert "2 artists of this name at Ticketmaster, none proven" in message
    assert not [path for path in s.world.asked if path.startswith(("past/", "setlists/"))]


async def test_a_known_name_does_not_wait_for_a_slow_provider(autojump_clock: trio.testing.MockClock) -> None:
    """Whoever is stored under it is taken when nobody says otherwise soon."""
    async with running() as s:
        await s.imported("Anna")
        s.world.latency_s, before = 20.0, trio.current_time()
        accepted = await s.daemon.submit("ANNA")
        assert (accepted.name, trio.current_time() - before) == ("Anna", pytest.approx(KNOWN_PATIENCE_S))


async def test_the_id_of_a_request_goes_with_job_calls_and_log(autojump_clock: trio.testing.MockClock) -> None:
    """The job keeps it; calls before there is a job and those of the job carry it into the ledger."""
    async with running() as s:
        accepted = await s.daemon.submit("Anna", "r-1")
        await s.recorder.until(lambda r: bool(r.of(JobEnded)))
        calls = [fact for fact in s.recorder.of(CallFinished) if fact.lane == "interactive"]
        told: list[Any] = [*s.recorder.of(ImportAnswered), *s.recorder.of(JobEnded), *calls]
        status = await s.store.statuses.status(accepted.job_id)
    assert (status.request_id, status.typed) == ("r-1", "Anna")
    assert calls
    assert {fact.request_id for fact in told} == {"r-1"}


async def test_asking_twice_joins_the_running_job(autojump_clock: trio.testing.MockClock) -> None:
    """Two people who want the same artist share one job."""
    async with running() as s:
        first = await s.daemon.submit("Anna")
        second = await s.daemon.submit("anna")
    assert (second.job_id, second.joined) == (first.job_id, True)


@pytest.mark.parametrize(
    ("reference", "error"),
    [
        ("Nobody of this name", UnknownArtist),
        ("6" * 22, UnknownArtist),
        ("K8vZunknown", UnknownArtist),
        ("", BadReference),
        ("Twin", AmbiguousArtist),
        ("Blandade Artister", BadReference),
        (VARIOUS_ARTISTS, BadReference),
    ],
)
async def test_what_names_no_artist_is_refused_and_leaves_nothing(
    autojump_clock: trio.testing.MockClock, reference: str, error: type[Exception]
) -> None:
    """The reply is the refusal; no row, no job, no event."""
    world = World(artists=[ANNA, artist("Twin", "2" * 22), artist("Twin", "3" * 22)])
    world.artists.append(artist("Blandade Artister", VARIOUS_ARTISTS))
    async with running(world) as s:
        with pytest.raises(error):
            await s.daemon.submit(reference)
        assert await s.store.statuses.listed() == ()
    assert s.store.written == []


async def test_several_stored_artists_of_one_name_are_a_question(autojump_clock: trio.testing.MockClock) -> None:
    """A name that two stored artists have is ambiguous also while no provider can be asked."""
    world = World(artists=[artist("Twin", "2" * 22), artist("Twin", "3" * 22)])
    async with running(world) as s:
        for reference in ("2" * 22, "3" * 22):
            await s.imported(reference)
        world.latency_s = 20.0
        with pytest.raises(AmbiguousArtist) as caught:
            await s.daemon.submit("twin")
    assert {candidate.spotify_id for candidate in caught.value.candidates} == {"2" * 22, "3" * 22}


@pytest.mark.parametrize("error", [NotConfigured("set a key"), Unauthorized(SPOTIFY, "wrong key")])
async def test_without_a_usable_key_the_reply_says_so(autojump_clock: trio.testing.MockClock, error: Exception) -> None:
    """Nothing is accepted that cannot be done."""
    async with running(World(artists=[ANNA], errors={"search": [error]})) as s:
        with pytest.raises(type(error)):
            await s.daemon.submit("Anna")
        assert await s.store.statuses.listed() == ()


async def test_a_limited_provider_defers_the_resolution(autojump_clock: trio.testing.MockClock) -> None:
    """A person is not refused because of a quota: the job is accepted, says what it waits for, and resolves later."""
    world = World(artists=[ANNA], errors={"search": [RateLimited(SPOTIFY, "quota", 600.0)]})
    async with running(world) as s:
        accepted, events = await s.imported("Anna")
    assert (accepted.artist_id, accepted.slug, accepted.name) == (None, None, "Anna")
    waiting = next(event for event in events if "Waiting until" in event.progress.message)
    assert waiting.progress.stage is Stage.INITIALIZING
    assert events[-1].progress.stage is Stage.COMPLETED
    assert events[-1].slug == "anna"


async def test_a_slow_provider_does_not_keep_a_person_waiting(autojump_clock: trio.testing.MockClock) -> None:
    """After some seconds the reply comes without the id, and the job goes on."""
    world = World(artists=[ANNA], latency_s=30.0)
    async with running(world) as s:
        before = trio.current_time()
        accepted = await s.daemon.submit("Anna")
        assert trio.current_time() - before < 10.0
        assert accepted.artist_id is None
        while (await s.status(accepted.job_id)).slug != "anna":
            await trio.sleep(1)


async def test_an_artist_that_turns_out_unknown_ends_failed(autojump_clock: trio.testing.MockClock) -> None:
    """The job that was accepted unresolved says at last that there is no such artist."""
    world = World(artists=[ANNA], errors={"search": [RateLimited(SPOTIFY, "quota", 600.0)]})
    async with running(world) as s:
        accepted, events = await s.imported("Nobody of this name")
        status = await s.status(accepted.job_id)
    assert events[-1].progress.stage is Stage.FAILED
    assert (status.state, status.status) == (JobState.FAILED, "failed")
    assert "no artist found" in (status.error or "")


async def test_albums_that_are_not_to_be_had_are_reported(autojump_clock: trio.testing.MockClock) -> None:
    """Two of five are listed only: counted and mentioned, not fatal."""
    async with running(World(artists=[ANNA], unavailable_albums=("al1", "al4"))) as s:
        _, events = await s.imported("Anna")
    assert events[-1].progress.counts["albums_missing"] == 2
    assert "2 of 5 listed albums are unavailable" in events[-1].progress.message
    assert len(s.store.world.records["albums"]) == 5


async def test_a_lost_capability_degrades_the_plan(autojump_clock: trio.testing.MockClock) -> None:
    """The batch is refused: albums come one by one, all of them."""
    async with running(World(artists=[ANNA], errors={"batch": [gone()] * 3})) as s:
        _, events = await s.imported("Anna")
    assert events[-1].progress.counts["albums"] == 5
    assert any(path == "album/al0" for path in s.world.asked)


async def test_what_the_provider_cannot_do_without_fails_the_import(autojump_clock: trio.testing.MockClock) -> None:
    """A refusal that no plan avoids ends the job with its reason."""
    async with running(World(artists=[ANNA], errors={"albums": [gone("listing")]})) as s:
        accepted, events = await s.imported("Anna")
        assert "Forbidden" in ((await s.status(accepted.job_id)).error or "")
    assert events[-1].progress.stage is Stage.FAILED


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("path", "provider", "kind"),
    [("events?0", TICKETMASTER, JobKind.REFRESH_SHOWS), ("setlists", SETLISTFM, JobKind.REFRESH_SETLISTS)],
)
async def test_a_provider_that_is_unwell_costs_only_its_part(
    autojump_clock: trio.testing.MockClock, path: str, provider: Any, kind: JobKind
) -> None:
    """The import completes, what was missed becomes a job for later, and that one fills the gap."""
    world = World(artists=[ANNA], errors={path: [Unavailable(provider, "502")] * 3})
    async with running(world) as s:
        _, events = await s.imported("Anna")
        assert f"{provider} is asked again at" in events[-1].progress.message
        assert (await s.ended(kind)).state is JobState.DONE
    assert len(s.store.world.records["shows"]) == 6


async def test_an_import_without_its_shows_says_when_they_come_and_does_not_count_as_a_look(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """It is not told to be complete; the job that brings them waits for the same person, in the interactive lane."""
    limited = QuotaSpent(TICKETMASTER, "the quota is used up", 3600.0)
    async with running(World(artists=[ANNA], errors={"events": [limited]}), polls=SELDOM) as s:
        accepted, events = await s.imported("Anna")
        assert events[-1].progress.message == (
            "Not complete yet: ticketmaster is asked again at 01:00:00 UTC for shows: the quota is used up"
        )
        assert {aspect for aspect, _ in s.store.world.index.copies} == set(Aspect) - {Aspect.SHOWS}
        (later,) = [job for job in s.store.world.jobs.values() if job.id != accepted.job_id]
        assert (later.new.kind, later.lane) == (JobKind.REFRESH_SHOWS, Lane.INTERACTIVE)


@pytest.mark.untraced
async def test_a_quota_defers_the_later_job_too(autojump_clock: trio.testing.MockClock) -> None:
    """A job that exists only for the limited provider waits as long as it is told, without blame."""
    limited = RateLimited(TICKETMASTER, "quota", 3600.0)
    async with running(World(artists=[ANNA], errors={"events": [limited, limited]}), polls=SELDOM) as s:
        await s.imported("Anna")
        status = await s.ended(JobKind.REFRESH_SHOWS)
        assert (status.state, status.attempts) == (JobState.READY, 0)
        await s.recorder.until(lambda r: [f.state for f in r.of(JobEnded)][-1] == "done")


async def test_a_provider_without_a_key_is_left_out(autojump_clock: trio.testing.MockClock) -> None:
    """The import completes without it, says so, and an observer hears of it."""
    world = World(artists=[ANNA], errors={"acts": [NotConfigured("set api_key")] * 9, "events": [NotConfigured("k")]})
    async with running(attrs.evolve(world, artists=[spotify_only(ANNA)])) as s:
        _, events = await s.imported("Anna")
    assert "without ticketmaster" in events[-1].progress.message
    assert s.recorder.of(ProviderDegraded)[0].provider == TICKETMASTER


async def test_an_artist_nobody_else_knows_still_gets_its_catalogue(autojump_clock: trio.testing.MockClock) -> None:
    """No attraction, no MBID: no shows, all albums."""
    async with running(World(artists=[spotify_only(ANNA)])) as s:
        _, events = await s.imported("Anna")
    counts = events[-1].progress.counts
    assert (counts["shows"], counts["albums"], counts["setlists"]) == (0, 5, 0)


async def test_ids_of_other_providers_are_learnt(autojump_clock: trio.testing.MockClock) -> None:
    """The attraction found by name brings its id and MBID into the artist's row."""
    world = World(artists=[spotify_only(ANNA), artist("Anna", ticketmaster_id=ACT, mbid=MBID)])
    async with running(world) as s:
        await s.imported("Anna")
    row = next(iter(s.store.world.artists.values())).record
    assert (row.spotify_id, row.ticketmaster_id, row.mbid) == (ANNA_ID, ACT, MBID)


async def test_an_artist_without_setlists_is_no_failure(autojump_clock: trio.testing.MockClock) -> None:
    """setlist.fm knows the MBID of nobody: an answer, not an error."""
    async with running(World(artists=[ANNA], errors={"setlists": [NotFound(SETLISTFM, "unknown mbid")]})) as s:
        _, events = await s.imported("Anna")
    assert events[-1].progress.message == "Import complete!"


@pytest.mark.untraced
async def test_a_stopped_daemon_gives_its_jobs_back_and_the_next_one_continues(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """The checkpoint survives: the albums that were stored are not fetched again, and the end is the same."""
    store = FakeStore()
    async with running(World(artists=[ANNA], albums=40, batch=1, latency_s=1.0), store) as s:
        accepted = await s.daemon.submit("Anna")
        while (await s.status(accepted.job_id)).counts.get("albums", 0) < 16:
            await trio.sleep(0.5)
    assert (await s.status(accepted.job_id)).state is JobState.READY
    world = World(artists=[ANNA], albums=40, batch=1)
    async with running(world, store) as s:
        while (await s.status(accepted.job_id)).state is not JobState.DONE:
            await trio.sleep(1)
    refetched = [path for path in world.asked if path.startswith("batch/")]
    assert 0 < len(refetched) <= 24
    assert not any(path.startswith("events") for path in world.asked)
    assert len(store.world.records["songs"]) == 80
    songs = [event.progress.counts["songs"] for event in store.world.events if "songs" in event.progress.counts]
    assert songs == sorted(songs)
    assert songs[-1] == 80


async def test_a_daemon_that_stops_as_a_job_is_being_put_off_records_that_once(
    autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end that is on its way is not taken for somebody else's when it is sent again."""
    late = trio.Event()
    async with running(World(artists=[ANNA])) as s:
        write_all = s.store.write_all

        async def answer_late(batches: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
            found = await write_all(batches)
            if any(batch.job and batch.job.state is JobState.READY for batch in batches):
                s.daemon.stop()
                await trio.sleep(1)
                late.set()
            return found

        monkeypatch.setattr(s.store, "write_all", answer_late)
        s.world.errors["albums"] = [RateLimited(SPOTIFY, "slow down", 3600.0)]
        accepted = await s.daemon.submit("Anna")
        await late.wait()
    assert [fact.state for fact in s.recorder.of(JobEnded)] == ["ready"]
    status = await s.status(accepted.job_id)
    assert (status.state, status.error) == (JobState.READY, "spotify: slow down")


@pytest.mark.untraced
async def test_orphans_of_a_killed_run_are_found(autojump_clock: trio.testing.MockClock) -> None:
    """A job that is still marked as running by this node is ready again at the start."""
    store = FakeStore()
    async with running(World(artists=[ANNA], latency_s=5.0), store) as s:
        accepted = await s.daemon.submit("Anna")
        await s.recorder.until(lambda r: bool(r.of(JobClaimed)))
        store.down = True  # what a kill leaves: nothing more is written
        with trio.move_on_after(60):
            await trio.sleep_forever()
        s.daemon.stop()
        await s.recorder.until(lambda r: bool(r.of(JobEnded)))
    store.down = False
    assert (await s.status(accepted.job_id)).state is JobState.RUNNING
    async with running(World(artists=[ANNA]), store) as s:
        await s.recorder.until(lambda r: any(fact.state == "done" for fact in r.of(JobEnded)))
        assert s.recorder.of(JobsRecovered)[0].count == 1


async def test_a_defect_in_one_job_does_not_stop_the_others(autojump_clock: trio.testing.MockClock) -> None:
    """The job is tried again later with the defect as its error; the neighbour completes meanwhile."""
    world = World(artists=[ANNA, HANNA], errors={f"artist/{HANNA_ID}": [ZeroDivisionError("a defect")]})
    async with running(world) as s:
        _, events = await s.imported("Anna")
        assert events[-1].progress.stage is Stage.COMPLETED


async def test_a_run_whose_end_is_refused_is_told_once(autojump_clock: trio.testing.MockClock) -> None:
    """It ended unrecorded, after all of its time; the job is claimed again, and that run ends it."""
    async with running(World(artists=[ANNA], latency_s=1.0)) as s:
        write, refused = s.store._write, list[Batch]()

        def refuse(batch: Batch) -> Written:
            if batch.job is not None and batch.job.state.final and len(refused) < 2:
                refused.append(batch)
                raise StoreRejected("no room")
            return write(batch)

        s.store._write = refuse  # type: ignore[method-assign]
        accepted = await s.daemon.submit("Anna")
        await s.recorder.until(lambda r: any(fact.state == "done" for fact in r.of(JobEnded)))
        ends = [fact for fact in s.recorder.of(JobEnded) if fact.job_id == accepted.job_id]
        assert [(fact.state, fact.error) for fact in ends] == [("unrecorded", "no room"), ("done", None)]
        assert ends[0].seconds >= 1.0


async def test_while_the_database_is_away_requests_say_so_and_work_continues_after(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """A submit is refused; a running import waits and completes when it is back."""
    async with running(World(artists=[ANNA], latency_s=1.0)) as s:
        accepted = await s.daemon.submit("Anna")
        s.store.down = True
        with pytest.raises(StoreUnavailable):
            await s.daemon.submit("Hanna")
        await trio.sleep(120)
        assert s.daemon.readiness()["database"] == "the database is down"
        s.store.down = False
        while (await s.status(accepted.job_id)).state is not JobState.DONE:
            await trio.sleep(1)


async def test_requests_are_answered_while_the_importer_cannot_even_begin(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Where it starts while the database is away, who asks is told so, and what was running goes on afterwards."""
    world = World(artists=[ANNA], latency_s=1.0)
    store = FakeStore()
    async with running(world, store) as s:
        accepted = await s.daemon.submit("Anna")
        await s.recorder.until(lambda r: bool(r.of(JobClaimed)))
        store.down = True
    store.down = False
    made = scene(world, store)
    await made.node.join("n", now=made.clock.now())
    store.down = True
    async with trio.open_nursery() as nursery:
        nursery.start_soon(made.daemon.supervisor.run)
        with trio.fail_after(1.0), pytest.raises(StoreUnavailable):
            await made.daemon.submit("Hanna")
        store.down = False
        while (await made.status(accepted.job_id)).state is not JobState.DONE:
            await trio.sleep(1)
        made.daemon.stop()
    made.node.leave()


@pytest.mark.untraced
async def test_background_jobs_leave_room_for_people(
    autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With more background work than may run at once, an import still starts immediately."""
    monkeypatch.setattr("thesetd.actors.importer.MOST_JOBS", 9)
    monkeypatch.setattr("thesetd.actors.importer.MOST_BACKGROUND", 8)
    many = [artist(f"Band {n}", f"{n:022d}", mbid=f"{n:08d}-1111-1111-1111-111111111111") for n in range(30)]
    async with running(World(artists=[ANNA, *many])) as s:
        for band in many:
            await s.imported(band.spotify_id or "")
        s.world.latency_s = 20.0
        await s.daemon.run_schedule("deep-catalog-refresh")
        await trio.sleep(10.0)
        claimed, ended = s.recorder.of(JobClaimed), s.recorder.of(JobEnded)
        running_now = {one.job_id for one in claimed if one.kind == "refresh_catalog"} - {one.job_id for one in ended}
        assert len(running_now) == 8
        before = trio.current_time()
        accepted = await s.daemon.submit(many[3].spotify_id or "")
        await s.recorder.until(lambda r: any(f.job_id == accepted.job_id for f in r.of(JobClaimed)))
        assert trio.current_time() - before < 1.0


class WhoReads(FakeStore):
    """A store that notes of each look for schedules, artists and catalogues whether it was made in the background."""

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[tuple[str, bool]] = []

    async def rows(self) -> tuple[ScheduleRow, ...]:
        """Note who reads the schedules."""
        self.looks.append(("rows", is_in_background()))
        return await super().rows()

    async def find_artist(self, ref: ArtistRef) -> tuple[KnownArtist, ...]:
        """Note who looks for an artist."""
        self.looks.append(("find_artist", is_in_background()))
        return await super().find_artist(ref)

    async def catalogue(self, artist_id: UUID, *, tracks: bool = True, only: Any = None) -> StoredCatalogue:
        """Note who reads a catalogue."""
        self.looks.append(("catalogue", is_in_background()))
        return await super().catalogue(artist_id, tracks=tracks, only=only)


async def test_the_database_is_told_for_whom_nobody_waits(autojump_clock: trio.testing.MockClock) -> None:
    """What schedules and their jobs read is read in the background; accepting an import and running it is not."""
    store = WhoReads()
    async with running(World(artists=[ANNA]), store) as s:
        await s.imported("Anna")
        looks = [look for look in store.looks if look[0] != "rows"]
        assert {name for name, _ in looks} == {"find_artist", "catalogue"}
        assert not any(in_background for _, in_background in looks)
        store.looks.clear()
        await s.daemon.run_schedule("deep-catalog-refresh")
        await s.ended(JobKind.REFRESH_CATALOG)
        await trio.sleep(HOUR_S)
    assert {name for name, _ in store.looks} == {"rows", "catalogue"}
    assert all(in_background for _, in_background in store.looks)


async def test_a_schedule_by_hand_sweeps_over_its_artists(autojump_clock: trio.testing.MockClock) -> None:
    """The sweep enqueues a refresh for each artist, and an unknown schedule is refused."""
    async with running(World(artists=[ANNA])) as s:
        await s.imported("Anna")
        await s.daemon.run_schedule("deep-catalog-refresh")
        assert (await s.ended(JobKind.SWEEP)).state is JobState.DONE
        assert (await s.ended(JobKind.REFRESH_CATALOG)).state is JobState.DONE
        await s.daemon.run_schedule("cleanup-old-data")
        assert (await s.ended(JobKind.CLEANUP)).state is JobState.DONE
        with pytest.raises(KeyError):
            await s.daemon.run_schedule("no-such-schedule")


@pytest.mark.untraced
async def test_the_schedules_fire_by_themselves_once_per_due_time(autojump_clock: trio.testing.MockClock) -> None:
    """In a day each fires as often as its expression says; a stored plan outlives the daemon and is caught up once."""
    store = FakeStore()
    async with running(World(artists=[ANNA]), store, polls=SELDOM) as s:
        await trio.sleep(timedelta(hours=24, minutes=1).total_seconds())
        views = {view.name: view for view in await s.daemon.schedules()}
    fired = [job.new.args["schedule"] for job in store.world.jobs.values() if "schedule" in job.new.args]
    expected = {
        "sync-upcoming-shows": 24, "sync-active-artists": 4, "sync-trending": 6, "sync-popular-artists": 1,
        "sync-past-setlists": 1, "sync-recent-setlists": 4, "cleanup-old-data": 1,
    }  # fmt: skip
    assert {name: fired.count(name) for name in set(fired)} == expected
    assert views["sync-trending"].last_fired is not None
    assert views["sync-trending"].enabled


@pytest.mark.parametrize(
    ("planned_s", "fired_s", "expected_s"),
    [
        (30 * DAY_S, None, HOUR_S),
        (30 * DAY_S, -HOUR_S, HOUR_S),
        (60.0, None, HOUR_S),
        (2 * HOUR_S, HOUR_S, 2 * HOUR_S),
        (30 * DAY_S + HOUR_S, 30 * DAY_S, HOUR_S),
    ],
    ids=["seldomer before", "fired before", "at another minute before", "clock set back", "clock was far ahead"],
)
async def test_a_schedule_is_planned_anew_where_its_plan_is_not_the_configurations(
    autojump_clock: trio.testing.MockClock, planned_s: float, fired_s: float | None, expected_s: float
) -> None:
    """What another cron planned, or a clock that was days ahead, is not waited for; what was answered is no more."""
    store, name = FakeStore(), "sync-upcoming-shows"  # each hour
    store.world.schedules[name] = ScheduleRow(
        name=name,
        next_due=EPOCH + timedelta(seconds=planned_s),
        last_fired=None if fired_s is None else EPOCH + timedelta(seconds=fired_s),
    )
    async with running(store=store) as s:
        await trio.sleep(1)
        row = next(view for view in await s.daemon.schedules() if view.name == name)
        assert row.next_due == EPOCH + timedelta(seconds=expected_s)


async def test_the_overview_shows_actors_and_breakers(autojump_clock: trio.testing.MockClock) -> None:
    """Every actor and every breaker is there, in order, and the daemon is ready."""
    async with running() as s:
        await trio.testing.wait_all_tasks_blocked()
        assert [a.name for a in s.daemon.actors()] == [
            "prober", "broadcaster", "changes", "node", "writer", "call-log", "capabilities", "credentials",
            "spotify", "ticketmaster", "setlistfm", "refresher", "importer", "pauser", "scheduler",
        ]  # fmt: skip
        assert [b.name for b in s.daemon.breakers()] == [
            "cache", "broadcaster", "writer", "spotify", "ticketmaster", "setlistfm",
        ]  # fmt: skip
        assert s.daemon.readiness() == {"database": "ok", "redis publishing": "ok"}


def test_the_fake_album_is_a_record() -> None:
    """The fakes speak the language of the ports."""
    assert isinstance(FakeCatalog._album(1, "x"), Album)


async def test_reclassifying_goes_on_where_it_stopped(autojump_clock: trio.testing.MockClock) -> None:
    """A job derives the songs of every artist from what is stored, without a call, and says how far it is."""
    async with running() as s:
        await s.imported("Anna")
        asked = len(s.world.asked)
        accepted = await s.daemon.songs.reclassify()
        ended = await s.ended(JobKind.RECLASSIFY)
    assert (ended.job_id, ended.state, ended.progress) == (accepted.job_id, JobState.DONE, 100)
    assert ended.message == "Done (songs of 1 artists derived again)"
    assert len(s.world.asked) == asked
