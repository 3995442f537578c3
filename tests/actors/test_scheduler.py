"""Schedules on several nodes, after weeks of downtime and under a clock that is set: each due time once."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock

from fakes import FakeClock, FakeStore
from recorder import Recorder
from thesetd.actors.pinned import PinnedLooks
from thesetd.actors.scheduler import Scheduler
from thesetd.actors.timed import TimedLooks
from thesetd.domain.cron import next_due
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.schedules import DEFAULTS

DAY_S, HOUR_S = 86_400.0, 3_600.0
LEAP = datetime(2028, 2, 28, 12, tzinfo=UTC)


@attrs.define
class SteppedClock(FakeClock):
    """A clock that is so far off."""

    off: timedelta = timedelta(0)

    def __attrs_pre_init__(self) -> None:
        """Start on the day before a leap day."""
        super().__init__(LEAP)

    def now(self) -> datetime:
        """Return the present moment."""
        return super().now() + self.off


@attrs.frozen
class DirectWriter:
    """Stores batches at once."""

    store: FakeStore

    async def write(self, batch: Batch) -> Written:
        """Store a batch."""
        written: Written = await self.store.batches.write(batch)
        return written

    write_soon = write


@attrs.define
class Cluster:
    """Schedulers on one store."""

    store: FakeStore = attrs.field(factory=FakeStore)
    clock: SteppedClock = attrs.field(factory=SteppedClock)

    async def run(self, seconds: float, *, nodes: int = 3) -> None:
        """Run so many schedulers for a while."""
        writer: Any = DirectWriter(self.store)
        with trio.move_on_after(seconds):
            async with trio.open_nursery() as nursery:
                for _ in range(nodes):
                    scheduler = Scheduler(
                        DEFAULTS,
                        store=self.store.schedules,
                        pins=PinnedLooks(self.store.freshness, writer=writer),
                        timed=TimedLooks(self.store.timings, plans=self.store.plans, writer=writer, budgets={}),
                        writer=writer,
                        clock=self.clock,
                        observer=Recorder(),
                    )
                    nursery.start_soon(scheduler.run)

    def fired(self, name: str) -> list[datetime]:
        """Return the due times of a schedule for which jobs were enqueued, in their order."""
        keys = [job.new.unique_key for job in self.store.world.jobs.values()]
        return [datetime.fromisoformat(key.split(":", 2)[2]) for key in keys if key.startswith(f"schedule:{name}:")]


def due_times(cron: str, since: datetime, until: datetime) -> Sequence[datetime]:
    """Return the due times of an expression in a stretch of time."""
    found, at = [], next_due(cron, since)
    while at <= until:
        found.append(at)
        at = next_due(cron, at)
    return found


@pytest.mark.untraced
async def test_three_nodes_fire_each_due_time_once(autojump_clock: MockClock) -> None:
    """Over a leap day nothing is left out, and nothing comes twice."""
    cluster = Cluster()
    begun = cluster.clock.now()
    await cluster.run(DAY_S + 60)
    for name, schedule in DEFAULTS.items():
        assert cluster.fired(name) == due_times(schedule.cron, begun, cluster.clock.now()), name


@pytest.mark.untraced
async def test_what_came_due_in_three_weeks_of_downtime_is_made_up_for_once(autojump_clock: MockClock) -> None:
    """Each schedule that missed any fires once, at once; then it goes on as planned."""
    cluster = Cluster()
    await cluster.run(HOUR_S + 60)
    before = {name: len(cluster.fired(name)) for name in DEFAULTS}
    stopped = cluster.clock.now()
    await trio.sleep(21 * DAY_S)
    started = cluster.clock.now()
    await cluster.run(DAY_S)
    for name, schedule in DEFAULTS.items():
        missed = due_times(schedule.cron, stopped, started)[:1]
        planned = due_times(schedule.cron, started, cluster.clock.now())
        assert cluster.fired(name)[before[name] :] == [*missed, *planned], name


@pytest.mark.untraced
@pytest.mark.parametrize("hours", [-5, 1])
async def test_a_clock_that_is_set_fires_nothing_twice(autojump_clock: MockClock, hours: float) -> None:
    """Set back, what was answered is not answered again; set forward, what was skipped comes once."""
    cluster = Cluster()
    await cluster.run(6.5 * HOUR_S)
    cluster.clock.off = timedelta(hours=hours)
    await cluster.run(7 * HOUR_S)
    for name in DEFAULTS:
        assert max(Counter(cluster.fired(name)).values(), default=1) == 1, name
    hourly = cluster.fired("sync-upcoming-shows")
    assert hourly == sorted(hourly)
    assert cluster.clock.now() - hourly[-1] <= timedelta(hours=1)
