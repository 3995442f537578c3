"""Calls that are begun before they are needed, alone and in a whole import."""

from collections.abc import Sequence
from itertools import pairwise

import attrs
import pytest
import trio
from trio.testing import MockClock

from fake_providers import FakeShows, World, pages
from fakes import FakeStore
from scene import ANNA, ANNA_ID, Scene, running, spotify_only
from thesetd.actors.jobs.ahead import Ahead, concurrently
from thesetd.actors.jobs.catalogue.catalog_step import MOST, WAVE
from thesetd.domain.errors import NotFound, QuotaSpent, Unavailable
from thesetd.domain.gate.calls import Request, Response
from thesetd.domain.ids import SPOTIFY, TICKETMASTER
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import JobKind
from thesetd.domain.work.progress import Stage
from thesetd.ports.transport import OnSent


async def slow(value: int, seconds: float = 1.0) -> int:
    """Take a while."""
    await trio.sleep(seconds)
    return value


async def broken(error: Exception, seconds: float) -> int:
    """Fail after a while."""
    await trio.sleep(seconds)
    raise error


async def test_what_was_begun_is_there_when_it_is_taken(autojump_clock: MockClock) -> None:
    """Once: whoever takes it a second time, or by another key, does it then."""
    ahead, began = Ahead(), trio.current_time()
    async with ahead.open():
        ahead.begin("a", lambda: slow(1))
        ahead.begin("a", lambda: slow(2))
        await trio.sleep(1)
        assert await ahead.take("a", lambda: slow(3)) == 1
        assert trio.current_time() - began == 1
        assert await ahead.take("a", lambda: slow(3)) == 3
        assert await ahead.take("b", lambda: slow(4)) == 4
    assert trio.current_time() - began == 3


async def test_a_failure_is_raised_where_the_result_is_needed(autojump_clock: MockClock) -> None:
    """And nowhere else; a look at it finds nothing."""
    ahead = Ahead()
    async with ahead.open():
        ahead.begin("a", lambda: broken(NotFound(SPOTIFY, "gone"), 1))
        await trio.sleep(2)
        assert await ahead.peek("a") is None
        assert await ahead.peek("b") is None
        with pytest.raises(NotFound):
            await ahead.take("a", lambda: slow(1))


async def test_what_nobody_takes_ends_with_the_job(autojump_clock: MockClock) -> None:
    """Nothing is begun for a job that does not run."""
    ahead, began = Ahead(), trio.current_time()
    ahead.begin("a", lambda: slow(1, 100))
    async with ahead.open():
        ahead.begin("a", lambda: slow(1, 100))
    assert trio.current_time() == began


async def test_tasks_side_by_side_fail_with_the_first_error_in_time(autojump_clock: MockClock) -> None:
    """Which the others may follow from; each of them ends first, for its call is made anyway."""
    began = trio.current_time()
    assert await concurrently([lambda: slow(1, 3), lambda: slow(2, 1)]) == [1, 2]
    assert trio.current_time() - began == 3
    first, later = QuotaSpent(SPOTIFY, "spent", 9.0), NotFound(SPOTIFY, "gone")
    with pytest.raises(QuotaSpent):
        await concurrently([lambda: broken(later, 2), lambda: broken(first, 1), lambda: slow(1, 4)])
    assert trio.current_time() - began == 7


class SlowStore(FakeStore):
    """A store in which rows take as long as an answer."""

    async def write_all(self, batches: Sequence[Batch]) -> tuple[Written, ...]:
        """Store them after a while."""
        if any(batch.rows for batch in batches):
            await trio.sleep(1.0)
        return await super().write_all(batches)  # type: ignore[return-value]


@attrs.define
class TimedWorld(World):
    """A world that keeps when each path was asked first."""

    at: dict[str, float] = attrs.field(factory=dict)

    async def send(self, request: Request, _left: OnSent | None = None) -> Response:
        """Carry one request."""
        self.at.setdefault(request.path, round(trio.current_time(), 1))
        return await super().send(request, _left)


async def reached(s: Scene, stage: Stage) -> float:
    """Import the artist; return after how long it reached a stage."""
    began = trio.current_time()
    async with s.daemon.subscribers.subscribe() as listener:
        await s.daemon.submit(ANNA_ID)
        while (await listener.receive()).progress.stage is not stage:
            pass
    return trio.current_time() - began


async def test_the_lists_of_a_linked_act_are_read_while_it_is_decided(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An act that links to the artist is the artist's, if no other does."""
    hits = [ANNA]
    monkeypatch.setattr(FakeShows, "search_artists", lambda one, name: pages(one.provider, f"acts/{name}", hits))
    world = TimedWorld(artists=[spotify_only(ANNA)], latency_s=1.0)
    async with running(world, SlowStore(), workers=20) as s:
        # The artist and its row; the act; a page of shows while it is decided, and another; shows with their venues.
        assert await reached(s, Stage.SHOWS_COMPLETE) == pytest.approx(6.0, abs=0.1)
    assert world.at["events?0"] == world.at["setlists?0"] == world.at["acts/Anna?0"] + 1
    world.at.clear()
    hits.append(attrs.evolve(ANNA, ticketmaster_id="K8vZother"))
    async with running(world, SlowStore(), workers=20) as s:
        await reached(s, Stage.SHOWS_COMPLETE)
    assert world.at["events?0"] >= world.at["acts/Anna?0"] + 2


@pytest.mark.untraced
async def test_an_import_waits_only_for_what_depends_on_something(autojump_clock: MockClock) -> None:
    """Lists are read side by side, the catalogue while shows are, and albums while others are being stored."""
    world = World(artists=[ANNA], albums=20, batch=1, latency_s=1.0)
    async with running(world, SlowStore(), workers=20) as s:
        began = trio.current_time()
        events: dict[Stage, float] = {}
        async with s.daemon.subscribers.subscribe() as listener:
            await s.daemon.submit(ANNA_ID)
            while Stage.COMPLETED not in events:
                stage = (await listener.receive()).progress.stage
                events.setdefault(stage, trio.current_time() - began)
    asked = s.world.asked
    assert asked.index("albums-a?0") < asked.index("events?2") < asked.index("batch/al0")
    # The artist and its row; a page of shows while the identity is decided, and another; shows with their venues.
    assert events[Stage.SHOWS_COMPLETE] == pytest.approx(5.0, abs=0.1)
    # The rest of the first wave, two answers for each of its albums; the second while the first is stored, the third
    # while the second is; that one's rows with the songs of all; the predictions with the end.
    assert events[Stage.COMPLETED] == pytest.approx(12.0, abs=0.1)


async def test_what_arrived_while_the_store_was_busy_is_one_batch(autojump_clock: MockClock) -> None:
    """Seven waves of albums are stored with two or three batches, none of which has more than four of them."""
    world = World(artists=[ANNA], albums=7 * WAVE, batch=1, latency_s=0.1)
    async with running(world, SlowStore(), workers=20) as s:
        await s.imported(ANNA_ID)
    sizes = [len(batch.rows.albums) for batch in s.store.written if batch.rows.albums]
    assert sum(sizes) == 7 * WAVE
    assert len(sizes) <= 3
    assert max(sizes) <= MOST * WAVE


async def test_the_catalogue_is_told_after_the_shows(autojump_clock: MockClock) -> None:
    """However early it is read: no row of it is stored before."""
    async with running(World(artists=[ANNA], shows=9), workers=20) as s:
        await s.imported(ANNA_ID)
    stages = [event.progress.stage for batch in s.store.written for event in batch.events]
    done = next(
        n for n, batch in enumerate(s.store.written) for e in batch.events if e.progress.stage is Stage.SHOWS_COMPLETE
    )
    assert all(not batch.rows.albums and not batch.rows.songs for batch in s.store.written[: done + 1])
    order = list(Stage)
    assert all(order.index(before) <= order.index(then) for before, then in pairwise(stages))


async def test_a_catalogue_that_cannot_be_read_does_not_keep_the_shows(autojump_clock: MockClock) -> None:
    """The import is deferred after its shows, with what they brought."""
    spent = QuotaSpent(SPOTIFY, "the quota is used up", 3600.0)
    async with running(World(artists=[ANNA], always={"albums-": spent})) as s:
        async with s.daemon.subscribers.subscribe() as listener:
            accepted = await s.daemon.submit(ANNA_ID)
            while (event := await listener.receive()).progress.stage is not Stage.SHOWS_COMPLETE:
                assert "Waiting" not in event.progress.message
            assert (await listener.receive()).progress.message.startswith("Waiting until")
        assert (await s.status(accepted.job_id)).error == "spotify: the quota is used up"
    assert len(s.store.world.records["shows"]) == 6


async def test_shows_that_cannot_be_read_do_not_keep_the_catalogue(autojump_clock: MockClock) -> None:
    """What was begun of it is used."""
    world = World(artists=[ANNA], always={"events?0": Unavailable(TICKETMASTER, "502")})
    async with running(world) as s:
        _, events = await s.imported(ANNA_ID)
    assert events[-1].progress.counts["albums"] == 5
    assert s.world.asked.count("albums-a?0") == 1
    assert [job.new.kind for job in s.store.world.jobs.values()][1:] == [JobKind.REFRESH_SHOWS]


async def test_no_step_begins_calls_of_the_next_while_the_cache_keeps_nothing(autojump_clock: MockClock) -> None:
    """Their answers would be lost with the process, and repeated: those of a step are stored before more are asked."""
    at: dict[str, float] = {}

    class TimedStore(SlowStore):
        async def write_all(self, batches: Sequence[Batch]) -> tuple[Written, ...]:
            written = await super().write_all(batches)
            for batch in batches:
                at["shows" if batch.rows.shows else "albums" if batch.rows.albums else "other"] = round(
                    trio.current_time(), 1
                )
                if batch.rows.albums:
                    waves.append((min(world.at[f"batch/{one.spotify_id}"] for one in batch.rows.albums), at["albums"]))
            return written

    waves: list[tuple[float, float]] = []
    world = TimedWorld(artists=[ANNA], albums=20, batch=1, latency_s=1.0)
    async with running(world, TimedStore(), workers=20, keeps=False) as s:
        await s.imported(ANNA_ID)
    assert world.at["albums-a?0"] >= at["shows"]
    assert len(waves) == 3
    assert all(asked >= stored for (_, stored), (asked, _) in pairwise(waves))
