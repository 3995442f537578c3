"""The scheduler: turns the passing of time into jobs.

Each schedule has a row with its next due time. At that time its job is enqueued and the row advances by compare and
swap, in one batch: a due time is never lost and never served twice, however many nodes there are. However long the
daemon was down, or the schedule paused, one job is made, not one for each missed time.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from thesetd.actors.asking import WriterHandle
from thesetd.actors.pinned import PinnedLooks
from thesetd.actors.supervision.polling import PollLoop
from thesetd.actors.timed import REST, TimedLooks
from thesetd.actors.timed import SCHEDULE as TIMED
from thesetd.domain.cron import next_due
from thesetd.domain.errors import AlreadyFired
from thesetd.domain.facts import ScheduleFired
from thesetd.domain.ids import JobId
from thesetd.domain.work.batches import Batch, Firing, Written
from thesetd.domain.work.schedules import Schedule, job_for, overridden
from thesetd.ports.background import in_background
from thesetd.ports.clock import Clock
from thesetd.ports.observer import Observer
from thesetd.ports.store import ScheduleRow, ScheduleStore
from thesetd.ports.surface.daemon import ScheduleView

LONGEST_SLEEP_S = 300.0  # another node may have moved a row, or the wall clock may have been set
RETRY_S = 5.0
MOST_SKEW = timedelta(days=1)  # a served due time is not served again by a clock that is this far behind
LOOK_S = 60.0  # for all schedules; the store's calls have timeouts, the writer has its own pulse


class Scheduler:
    """Fires the schedules of the configuration."""

    def __init__(
        self,
        schedules: Mapping[str, Schedule],
        *,
        store: ScheduleStore,
        pins: PinnedLooks,
        timed: TimedLooks,
        writer: WriterHandle,
        clock: Clock,
        observer: Observer,
    ) -> None:
        """Take the schedules in the order of the configuration."""
        self._schedules = schedules
        self._store = store
        self._pins = pins
        self._timed = timed
        self._writer = writer
        self._clock = clock
        self._observer = observer
        # by expression and zone: a moment, and when it is due after that
        self._found: dict[tuple[str, str], tuple[datetime, datetime]] = {}
        self._poll_loop = PollLoop("polls the schedules", LOOK_S, retry_s=RETRY_S, observer=observer)

    def look(self) -> None:
        """Poll now: a schedule may have been resumed, or its plan changed."""
        self._poll_loop.wake()

    def replan(self, schedules: Mapping[str, Schedule]) -> None:
        """Use other plans from now on; the names stay the same."""
        self._schedules = schedules
        self.look()

    async def run(self) -> None:
        """Fire what is due and sleep until the next due time, until cancelled."""
        with in_background():
            await self._poll_loop.run(self._tick)

    async def run_now(self, name: str) -> JobId:
        """Enqueue a schedule's job in addition to its plan.

        Raises:
            KeyError: there is no schedule with that name.
            StoreUnavailable: the database is unavailable.
        """
        return await self._enqueue(self._schedules[name], "by-hand", self._writer.write_soon)

    def configured(self, name: str) -> Schedule:
        """Return a schedule as configured.

        Raises:
            KeyError: there is no schedule with that name.
        """
        return self._schedules[name]

    async def overview(self) -> tuple[ScheduleView, ...]:
        """Return every schedule with its plan."""
        rows = {row.name: row for row in await self._store.rows()}
        now = self._clock.now()
        return tuple(_view(schedule, rows.get(name), now) for name, schedule in self._schedules.items())

    async def _tick(self) -> float:
        now = self._clock.now()
        rows = {row.name: row for row in await self._store.rows()}
        soonest = now + timedelta(seconds=LONGEST_SLEEP_S)
        for configured in self._schedules.values():
            row = rows.get(configured.name)
            if not self._is_wanted(configured.name, rows):
                continue
            schedule = overridden(configured, row.override if row else None, now)
            if row is not None and row.next_due <= now:
                upcoming = await self._fire(schedule, row)
            else:
                upcoming = await self._plan(schedule, row, now)
            soonest = min(soonest, upcoming, *_ends(row, now))
        await self._pins.enqueue(now)
        lane = self._schedules[TIMED].lane if self._is_wanted(TIMED, rows) else None
        await self._timed.enqueue(now, timed=lane, rest=self._is_wanted(REST, rows))
        return max(0.0, (soonest - self._clock.now()).total_seconds())

    def _is_wanted(self, name: str, rows: Mapping[str, ScheduleRow]) -> bool:
        """Return whether a schedule is configured to run and not paused."""
        schedule, row = self._schedules.get(name), rows.get(name)
        return schedule is not None and schedule.enabled and not (row is not None and row.paused)

    async def _plan(self, schedule: Schedule, row: ScheduleRow | None, now: datetime) -> datetime:
        """Return when a schedule that is not due is due next, and store that if it differs from the plan.

        The expression may have been changed, or the clock of the last firing may have been far ahead.
        """
        planned, fired = (row.next_due, row.last_fired or now) if row else (None, now)
        upcoming = self._upcoming(schedule, fired if now < fired < now + MOST_SKEW else now)
        if planned != upcoming:
            await self._store.plan(schedule.name, upcoming, instead_of=planned)
        return upcoming

    async def _fire(self, schedule: Schedule, row: ScheduleRow) -> datetime:
        """Enqueue the job of a due time and advance the row, in one batch: a second node does neither."""
        upcoming = self._upcoming(schedule, self._clock.now())
        firing = Firing(schedule=schedule.name, due=row.next_due, next_due=upcoming)
        with suppress(AlreadyFired):
            await self._enqueue(schedule, row.next_due.isoformat(), self._writer.write, firing)
        return upcoming

    def _upcoming(self, schedule: Schedule, after: datetime) -> datetime:
        """Return the first due time after a moment, which stays the same until then."""
        plan = schedule.cron, schedule.zone
        since, due = self._found.get(plan, (after, after))
        if not since <= after < due:
            due = next_due(schedule.cron, after, schedule.zone)
            self._found[plan] = after, due
        return due

    async def _enqueue(
        self,
        schedule: Schedule,
        run: str,
        write: Callable[[Batch], Awaitable[Written]],
        firing: Firing | None = None,
    ) -> JobId:
        batch = Batch(
            at=self._clock.now(), enqueue=(job_for(schedule, run, firing.next_due if firing else None),), firing=firing
        )
        (accepted,) = (await write(batch)).enqueued
        self._observer.notify(ScheduleFired(schedule=schedule.name, job_id=accepted.job_id))
        return accepted.job_id


def _ends(row: ScheduleRow | None, now: datetime) -> Iterator[datetime]:
    """Yield when a plan that was set at run time ends, if it will."""
    if row and row.override and row.override.until and row.override.until > now:
        yield row.override.until


def _view(configured: Schedule, row: ScheduleRow | None, now: datetime) -> ScheduleView:
    override = row.override if row and row.override and row.override.applies(now) else None
    schedule = overridden(configured, override, now)
    return ScheduleView(
        name=schedule.name,
        cron=schedule.cron,
        zone=schedule.zone,
        lane=schedule.lane.label,
        enabled=schedule.enabled,
        next_due=row.next_due if row and schedule.enabled else None,
        last_fired=row.last_fired if row else None,
        paused=row.paused if row else False,
        last_success=row.last_success if row else None,
        last_result=row.last_result if row else None,
        last_error=row.last_error if row else None,
        configured=configured.cron if override else None,
        set_until=override.until if override else None,
    )
