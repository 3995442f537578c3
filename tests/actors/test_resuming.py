"""A crash after any commit of an import changes nothing of what it brings in the end."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import attrs
import pytest
import trio
import trio.testing

from exploring import sample
from fake_providers import World
from fakes import FakeStore
from scene import ANNA, running
from thesetd.actors.jobs.catalogue.album_lists import FRESH, LISTS
from thesetd.domain.errors import NotFound, StoreError, Unavailable
from thesetd.domain.ids import SETLISTFM, SPOTIFY
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import JobKind, JobState
from thesetd.domain.work.progress import Stage


class CrashingStore(FakeStore):
    """A store that is gone, as for a killed process, once so many batches are written."""

    def __init__(self, after: int) -> None:
        """Go away after this number of batches."""
        super().__init__()
        self.after = after
        self.crashed = trio.Event()

    async def write(self, batch: Batch) -> Written:
        """Store a batch; what the caller was to be told is lost with the process."""
        written = await super().write(batch)
        await self._crash()
        return written

    async def write_all(self, batches: Sequence[Batch]) -> tuple[Written | StoreError, ...]:
        """Store several, the same."""
        written = await super().write_all(batches)
        await self._crash()
        return written

    async def _crash(self) -> None:
        if len(self.written) >= self.after and not self.crashed.is_set():
            self.down = True
            self.crashed.set()
            await trio.sleep_forever()


def world() -> World:
    """Make providers of which two do not bring everything: one album's songs break off, setlists come later."""
    return World(
        artists=[ANNA],
        albums=20,
        batch=1,
        unavailable_albums=("al3", "al17"),
        always={"songs/al7": NotFound(SPOTIFY, "gone"), "setlists": Unavailable(SETLISTFM, "502")},
    )


async def imported(store: FakeStore) -> tuple[Any, ...]:
    """Finish the import and give its end: status, counts, message, and all rows."""
    async with running(world(), store) as s:
        while not store.world.jobs:
            await s.daemon.submit("Anna")
        first = min(store.world.jobs)
        while store.world.jobs[first].state is not JobState.DONE:
            await trio.sleep(0.1)
    job = store.world.jobs[first]
    assert job.progress is not None
    others = [one.new for number, one in store.world.jobs.items() if number != first]
    later = sorted((one.kind.value, one.unique_key) for one in others)
    return job.progress, store.world.records, store.world.playing, store.world.artists, later


@pytest.mark.untraced
def test_the_counts_of_a_disturbed_import_are_those_of_an_undisturbed_one() -> None:
    """Crash after each commit in turn: status, counts, message, rows, later jobs are the same, and no count falls."""

    async def undisturbed() -> tuple[Any, int]:
        store = FakeStore()
        end = await imported(store)
        return end, next(n for n, b in enumerate(store.written, 1) if b.job and b.job.state is JobState.DONE)

    async def disturbed(after: int) -> tuple[Any, FakeStore]:
        store = CrashingStore(after)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(imported, store)
            await store.crashed.wait()
            nursery.cancel_scope.cancel()
        store.down = False
        return await imported(store), store

    def run(function: Any, *arguments: Any) -> Any:
        return trio.run(function, *arguments, clock=trio.testing.MockClock(autojump_threshold=0))

    expected, commits = run(undisturbed)
    assert expected[0].counts["albums_missing"] == 3
    assert "3 of 20 listed albums" in expected[0].message
    assert "setlistfm is asked again at" in expected[0].message
    assert [kind for kind, _ in expected[-1]] == [JobKind.REFRESH_SETLISTS.value]
    for after in range(1, commits):
        end, store = run(disturbed, after)
        assert end == expected, f"crash after commit {after} of {commits}"
        told = [event.progress for event in store.world.events]
        for before, then in pairwise(told):
            assert before.percent <= then.percent
            assert all(then.counts[name] >= count for name, count in before.counts.items()), f"after {after}"


async def test_acts_of_one_name_prove_nothing(autojump_clock: trio.testing.MockClock) -> None:
    """Of two attractions of the artist's name none is taken, nor what one of them links to; the message says so."""
    anna = attrs.evolve(ANNA, ticketmaster_id=None, mbid=None)
    acts = [
        attrs.evolve(anna, spotify_id=None, ticketmaster_id=act, mbid=mbid)
        for act, mbid in (("K1", None), ("K2", "m1"))
    ]
    async with running(World(artists=[anna, *acts])) as s:
        _, events = await s.imported("Anna")
    (stored,) = [kept.record for kept in s.store.world.artists.values() if kept.record.spotify_id == anna.spotify_id]
    assert (stored.ticketmaster_id, stored.mbid) == (None, None)
    assert "2 artists of this name at Ticketmaster, none proven" in events[-1].progress.message
    assert s.world.asked.count("acts/Anna?0") == 1


def test_each_step_is_marked_by_its_own_last_commit() -> None:
    """The mark is in the checkpoint of a commit at the end of its stage, not of the first of the next.

    Steps that store nothing of their own, or only with the end, are marked by the end.
    """

    async def batches() -> list[Batch]:
        store = FakeStore()
        await imported(store)
        return [batch for batch in store.written if batch.job and batch.job.checkpoint and batch.events]

    marked: dict[str, Stage] = {}
    for batch in trio.run(batches, clock=trio.testing.MockClock(autojump_threshold=0)):
        assert batch.job is not None
        assert batch.job.checkpoint is not None
        for step in batch.job.checkpoint.get("steps", ()):
            marked.setdefault(step, batch.events[0].progress.stage)
    assert marked == {
        "artist": Stage.INITIALIZING,
        "identity": Stage.FETCHING_SHOWS,  # without a provider of identities there is nothing to commit
        "shows": Stage.SHOWS_COMPLETE,
        "catalog": Stage.SYNCING_CATALOG,
        "popular": Stage.COMPLETED,
        "history": Stage.COMPLETED,
        "predict": Stage.COMPLETED,
    }


async def killed(store: FakeStore, world: World, after_s: float, later: timedelta = timedelta()) -> None:
    """Begin an import, or continue it so much later, on a daemon whose cache keeps nothing, and kill that."""
    with trio.move_on_after(after_s):
        async with running(world, store, workers=4, keeps=False) as s:
            s.clock.set_forward(later)
            if not store.world.jobs:
                await s.daemon.submit("Anna")
            first = min(store.world.jobs)
            while store.world.jobs[first].state is not JobState.DONE:
                await trio.sleep(0.01)


def long_catalogue() -> World:
    """Make an artist with many waves of albums."""
    return World(artists=[ANNA], albums=40, batch=1, latency_s=0.05)


LISTED = ("albums-", "top")


@pytest.mark.untraced
@pytest.mark.parametrize("later", [timedelta(), 2 * FRESH])
def test_no_death_repeats_lists_that_were_stored(later: timedelta) -> None:
    """Without a cache they are in the checkpoint, until they are no longer fresh or all albums are stored."""

    async def repeated(after_s: float) -> bool | None:
        store, again = FakeStore(), long_catalogue()
        await killed(store, long_catalogue(), after_s)
        if not any(batch.rows.albums for batch in store.written):
            return None
        await killed(store, again, 60.0, later)
        (done,) = [job for job in store.world.jobs.values() if job.new.kind is JobKind.IMPORT_ARTIST]
        assert done.state is JobState.DONE
        assert LISTS not in done.checkpoint
        assert done.progress is not None
        assert done.progress.counts["albums"] == 40
        return any(path.startswith(LISTED) for path in again.asked)

    times = sample([0.1 * tenths for tenths in range(5, 15)], every=2)
    found = {trio.run(repeated, at, clock=trio.testing.MockClock(autojump_threshold=0)) for at in times}
    assert found - {None} == {bool(later)}
