"""The surveyor over a store in memory: what it sees, and what it says while the database is away."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import attrs
import pytest
import trio
import trio.testing

from fakes import FakeClock, FakeStore
from recorder import Recorder
from sample_rows import new_job
from scene import scene
from thesetd.actors.control.surveyor import EVERY_S, FRESH, QUIET_S, Surveyor
from thesetd.domain.facts import StoreWaited
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.survey import AspectAges


async def test_a_survey_shows_queue_gates_and_schedules(autojump_clock: trio.testing.MockClock) -> None:
    """A job that waits is counted, a limit is shown with what is left of it, and each schedule is there."""
    store, clock = FakeStore(), FakeClock()
    made = scene(store=store, windows={SPOTIFY: (Window(10, 60.0),)})
    surveyor = Surveyor(store.surveys, clock=clock, observer=Recorder())
    await store.batches.write(Batch(at=clock.now(), enqueue=(new_job("a"),)))
    assert surveyor.latest is None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(surveyor.run, made.daemon)
        await trio.sleep(0.1)
        survey = surveyor.latest
        nursery.cancel_scope.cancel()
    assert survey is not None
    assert [(group.state, group.count) for group in survey.backlog.jobs] == [("ready", 1)]
    (lead,) = (one for one in survey.providers if one.provider == SPOTIFY)
    assert [(str(use.window), use.left) for use in lead.windows] == [("10/60s", 10)]
    assert {view.name for view in surveyor.schedules} >= {"sync-trending", "cleanup-old-data"}


@pytest.mark.untraced
async def test_surveys_are_taken_as_often_as_they_are_read(autojump_clock: trio.testing.MockClock) -> None:
    """Without readers four times a minute; with one that reads each second, every few seconds."""
    store, clock, taken = FakeStore(), FakeClock(), list[datetime]()

    class Counted:
        """A store that notes its surveys."""

        async def backlog(self, now: datetime) -> Any:
            taken.append(now)
            return await store.surveys.backlog(now)

        def __getattr__(self, name: str) -> Any:
            return getattr(store.surveys, name)

    survey: Any = Counted()
    surveyor = Surveyor(survey, clock=clock, observer=Recorder())
    made = scene(store=store)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(surveyor.run, made.daemon)
        await trio.sleep(601)
        assert len(taken) == 1 + 600 / QUIET_S
        oldest = 0.0
        for _ in range(600):
            await trio.sleep(1)
            latest = surveyor.latest
            assert latest is not None
            oldest = max(oldest, (clock.now() - latest.at).total_seconds())
        assert 100 <= len(taken) - 600 / QUIET_S <= 125
        nursery.cancel_scope.cancel()
    assert oldest <= QUIET_S


async def test_an_old_survey_is_not_told(autojump_clock: trio.testing.MockClock) -> None:
    """While the database is away the last survey holds for half a minute; another comes when it is back."""
    store, clock, recorder = FakeStore(), FakeClock(), Recorder()
    surveyor = Surveyor(store.surveys, clock=clock, observer=recorder)
    made = scene(store=store)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(surveyor.run, made.daemon)
        await trio.sleep(EVERY_S / 2)
        store.down = True
        await trio.sleep(EVERY_S)
        assert surveyor.latest is not None
        await trio.sleep(FRESH.total_seconds())
        assert surveyor.latest is None
        assert recorder.of(StoreWaited)
        store.down = False
        await trio.sleep(2 * EVERY_S)
        assert surveyor.latest is not None
        nursery.cancel_scope.cancel()
    assert attrs.asdict(surveyor.latest.backlog)["unpublished"] == 0


async def test_counting_all_copies_takes_a_hundredth_of_the_time(autojump_clock: trio.testing.MockClock) -> None:
    """Copies are counted each minute, and less often if that takes long; other figures come every few seconds."""
    store, clock = FakeStore(), FakeClock()
    ages, began = store.surveys.ages, list[float]()

    async def slow(now: datetime) -> tuple[AspectAges, ...]:
        began.append(trio.current_time())
        await trio.sleep(3.0)
        found: tuple[AspectAges, ...] = await ages(now)
        return found

    class Slow:
        """A store that takes three seconds to count."""

        def __getattr__(self, name: str) -> Any:
            return slow if name == "ages" else getattr(store.surveys, name)

    survey: Any = Slow()
    surveyor = Surveyor(survey, clock=clock, observer=Recorder())
    made = scene(store=store)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(surveyor.run, made.daemon)
        await trio.sleep(1_000.0)
        assert surveyor.latest is not None
        nursery.cancel_scope.cancel()
    assert [round(after - before) for before, after in pairwise(began)] == pytest.approx([303, 303, 303], abs=10)
