"""Lists against what they claim: what is gone is asked for once, what is lacking is told and looked for again."""

import random
from datetime import UTC, datetime

import attrs
import pytest
import trio

from exploring import sample
from fake_providers import World
from scene import ANNA, ANNA_ID, Scene, running
from thesetd.actors.jobs.paging import ListResult, collect
from thesetd.actors.messages import Wake
from thesetd.domain.errors import BadPayload, ProviderError, QuotaSpent, RateLimited, Unavailable
from thesetd.domain.facts import JobEnded
from thesetd.domain.gate.calls import Call, Page, Request
from thesetd.domain.identity import spaces
from thesetd.domain.ids import TICKETMASTER
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import ArtistKey, JobKind, JobState, Lane, look_job


def asked_by_id(made: Scene) -> list[str]:
    """Return the shows that were asked for by their ids."""
    return [path for path in made.world.asked if path.startswith("event/")]


@pytest.mark.untraced
async def test_a_show_that_is_gone_from_its_list_is_asked_for_once() -> None:
    """An id that is not known any more is withdrawn, with the evidence; the next import does not ask again."""
    async with running(World(artists=[ANNA], shows=3)) as made:
        await made.imported(ANNA_ID)
        assert asked_by_id(made) == []
        made.world.shows = 2
        await made.imported(ANNA_ID)
        await made.imported(ANNA_ID)
        assert asked_by_id(made) == ["event/ev2"]
        shows = made.store.world.records["shows"]
        gone = shows[TICKETMASTER, "ev2"]
        assert gone.status == "withdrawn"
        assert gone.gone_because is not None
        assert gone.gone_because.endswith("unknown by its id, and not among the 2 events listed for Anna")
        assert {shows[TICKETMASTER, f"ev{n}"].status for n in (0, 1)} == {None}


async def test_an_answer_that_cannot_be_read_keeps_no_other_from_being_asked_for() -> None:
    """It is a reject and counts as asked for; so does a show that its provider knows by another id now."""
    async with running(World(artists=[ANNA], shows=5)) as made:
        await made.imported(ANNA_ID)
        made.world.shows = 1
        made.world.always["event/ev1"] = BadPayload(TICKETMASTER, "no name", "{}")
        made.world.renamed["ev2"] = 0
        await made.imported(ANNA_ID)
        await made.imported(ANNA_ID)
        assert asked_by_id(made) == [f"event/ev{number}" for number in (1, 2, 3, 4)]
        shows = made.store.world.records["shows"]
        assert [shows[TICKETMASTER, f"ev{n}"].status for n in (1, 2, 3, 4)] == [None, *["withdrawn"] * 3]
        assert "known as ev0" in (shows[TICKETMASTER, "ev2"].gone_because or "")
        assert [one.key for one in made.store.world.rejects if one.kind == "show"] == ["ev1"]


@pytest.mark.untraced
async def test_an_import_does_not_lack_what_is_not_announced_any_more() -> None:
    """Its lists are whole, and the quota ends before the show that they lack is requested: the background does that."""
    async with running(World(artists=[ANNA], shows=3)) as made:
        await made.imported(ANNA_ID)
        made.world.shows = 2
        made.world.always["event/ev2"] = QuotaSpent(TICKETMASTER, "the quota is used up", retry_after_s=3600.0)
        _, events = await made.imported(ANNA_ID)
        assert events[-1].progress.message.startswith("Import complete!")
        assert "again" not in events[-1].progress.message
        (later,) = [job for job in made.store.world.jobs.values() if job.new.kind is JobKind.REFRESH_SHOWS]
        assert later.new.lane is Lane.HIGH
        del made.world.always["event/ev2"]
        await made.recorder.until(
            lambda r: any(fact.job_id == later.id and fact.state == "done" for fact in r.of(JobEnded))
        )
        assert made.store.world.records["shows"][TICKETMASTER, "ev2"].status == "withdrawn"


@pytest.mark.parametrize("lane", [Lane.INTERACTIVE, Lane.HIGH])
async def test_shows_are_stored_although_those_that_are_gone_cannot_be_requested(lane: Lane) -> None:
    """A refresh of shows stores its lists, whoever ordered it: the next one requests what they lack."""
    async with running(World(artists=[ANNA], shows=3)) as made:
        await made.imported(ANNA_ID)
        made.world.shows, made.world.titles = 2, {0: "Anna and Friends"}
        made.world.always["event/ev2"] = QuotaSpent(TICKETMASTER, "the quota is used up", retry_after_s=3600.0)
        key = ArtistKey(space=spaces.SPOTIFY, provider_id=ANNA_ID)
        look = look_job(JobKind.REFRESH_SHOWS, lane, key)
        await made.store.batches.write(Batch(at=made.clock.now(), enqueue=(look,)))
        await made.daemon.importer.send(Wake())
        assert (await made.ended(JobKind.REFRESH_SHOWS)).state is JobState.DONE
        assert made.store.world.records["shows"][TICKETMASTER, "ev0"].name == "Anna and Friends"


@pytest.mark.untraced
@pytest.mark.parametrize("path", ["events?2", "events-tba?0"])
@pytest.mark.parametrize(
    ("error", "why"),
    [
        (Unavailable(TICKETMASTER, "status 503"), "status 503"),
        (RateLimited(TICKETMASTER, "the quota of the day is used up", retry_after_s=7200.0), "the quota of the day"),
    ],
)
async def test_a_list_that_was_not_read_whole_proves_no_absence(path: str, error: ProviderError, why: str) -> None:
    """Neither where a page fails or the quota ends before it, nor where the list of undated events does; it is told."""
    async with running(World(artists=[ANNA], shows=6)) as made:
        await made.imported(ANNA_ID)
        made.world.shows = 3
        made.world.always[path] = error
        _, events = await made.imported(ANNA_ID)
        assert asked_by_id(made) == []
        assert "ticketmaster is asked again at" in events[-1].progress.message
        assert f"for shows: {why}" in events[-1].progress.message


async def test_a_list_that_holds_less_than_it_claims_is_told_and_looked_for_again() -> None:
    """Albums, shows and setlists alike; nobody is called gone for it."""
    async with running(World(artists=[ANNA], claimed=9, shows=3)) as made:
        await made.imported(ANNA_ID)
        made.world.shows = 2
        accepted, events = await made.imported(ANNA_ID)
        message = events[-1].progress.message
        assert "only 2 of 11 events are listed" in message
        assert "only 3 of 12 setlists are listed" in message
        assert "only 3 of 12 albums are listed" in message
        assert asked_by_id(made) == []
        assert (await made.status(accepted.job_id)).state is JobState.DONE
        later = {job.new.kind for job in made.store.world.jobs.values() if not job.state.final}
        assert later == {JobKind.REFRESH_SHOWS, JobKind.REFRESH_SETLISTS, JobKind.REFRESH_CATALOG}


async def test_few_hidden_items_are_known_of_providers() -> None:
    """A total that counts two items too many is neither told nor followed up, and proves no absence either."""
    async with running(World(artists=[ANNA], claimed=2, shows=3)) as made:
        await made.imported(ANNA_ID)
        made.world.shows = 2
        _, events = await made.imported(ANNA_ID)
        assert events[-1].progress.message == "Import complete!"
        assert asked_by_id(made) == []


@pytest.mark.parametrize(("doubting", "sent"), [(True, 4), (False, 3)])
async def test_as_little_as_providers_hide_may_be_lost_on_the_way(*, doubting: bool, sent: int) -> None:
    """An import reads such a list again: what is hidden is lacking twice, what was lost is there."""
    readings = iter((3, 4))

    async def fetch(_: Call[Page[int]]) -> Page[int]:
        return Page(items=tuple(range(next(readings))), total=4)

    listed: ListResult[int] = ListResult()
    first: Call[Page[int]] = Call(request=_EVENTS, parse=lambda _: Page(items=()))
    await collect(fetch, first, into=listed, now=lambda: datetime(2026, 1, 1, tzinfo=UTC), doubting=doubting)
    assert (listed.sent, set(listed.items)) == (sent, set(range(sent)))


async def test_an_item_that_slips_between_two_pages_is_found() -> None:
    """An event of the first page drops out before the second is read: the total falls, and the list is read again."""
    readings: dict[str, list[tuple[int, ...]]] = {"/events": [(0, 1, 2), (1, 2, 3)], "/more": [(4,), (4,)]}
    totals = iter((5, 4, 4, 4))

    async def fetch(call: Call[Page[int]]) -> Page[int]:
        page = call.parse(None)  # type: ignore[arg-type]
        return attrs.evolve(page, items=readings[call.request.path].pop(0), total=next(totals))

    second: Call[Page[int]] = Call(request=attrs.evolve(_EVENTS, path="/more"), parse=lambda _: Page(items=()))
    first: Call[Page[int]] = Call(request=_EVENTS, parse=lambda _: Page(items=(), next=second))
    listed: ListResult[int] = ListResult()
    await collect(fetch, first, into=listed, now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    assert set(listed.items) == {0, 1, 2, 3, 4}
    assert (listed.sent, listed.total, listed.whole) == (4, 4, True)


async def test_a_list_that_is_read_again_is_read_to_its_end() -> None:
    """Items of the first reading are not enough for the second: it would end before its first page."""

    async def fetch(call: Call[Page[int]]) -> Page[int]:
        return call.parse(None)  # type: ignore[arg-type]

    second: Call[Page[int]] = Call(
        request=attrs.evolve(_EVENTS, path="/more"), parse=lambda _: Page(items=(1,), total=2)
    )
    first: Call[Page[int]] = Call(request=_EVENTS, parse=lambda _: Page(items=(0,), total=3, next=second))
    listed: ListResult[int] = ListResult()
    known = datetime(2026, 1, 1, tzinfo=UTC)
    await collect(fetch, first, enough=lambda items: items[-1:] == [1], into=listed, now=lambda: known)
    assert (listed.sent, listed.total, listed.ended) == (2, 2, True)


_EVENTS = Request(provider=TICKETMASTER, endpoint="events", path="/events")


def rows(made: Scene) -> dict[str, set[object]]:
    """Return the keys of all rows."""
    return {table: set(kept) for table, kept in made.store.world.records.items()}


@pytest.mark.untraced
@pytest.mark.parametrize("seed", sample(range(7), 3))
async def test_an_import_among_failing_answers_ends_with_every_row(seed: int) -> None:
    """Three in ten answers are cut or empty: jobs for later bring what the import could not, and it says so."""
    parts = {"artists": [ANNA], "shows": 7, "setlists": 7, "albums": 9}
    async with running(World(**parts)) as made:
        await made.imported(ANNA_ID)
        expected = rows(made)
    async with running(World(**parts, failing=random.Random(seed))) as made:
        _, events = await made.imported(ANNA_ID)
        missing = {table for table, kept in rows(made).items() if kept != expected[table]}
        assert not missing or events[-1].progress.message.startswith("Not complete yet: ")
        while not all(job.state.final for job in made.store.world.jobs.values()):
            await trio.sleep(60.0)
        assert {job.state for job in made.store.world.jobs.values()} == {JobState.DONE}
        assert rows(made) == expected
