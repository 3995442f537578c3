"""The invariants, each a small named function: they look at the store from outside, after every effect on it.

`Audit.store_changed` is called with the memory of the store and with what was asked of it; what a function yields is
a violation. They know the ports and the words of the domain, and nothing of how the actors do their work.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from simulation.journal import Journal
from simulation.life import READS
from thesetd.actors.gate.call_log import CAPACITY as RECORDS
from thesetd.actors.gate.lanes import CAPACITY
from thesetd.app.wiring import EVENTS, INTAKE, REFRESHES, WRITES
from thesetd.domain.cron import next_due
from thesetd.domain.facts import ActorCrashed, Fact
from thesetd.domain.ids import Fence, JobId
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import JobKind, JobState, Lane, Owner
from thesetd.domain.work.progress import CommittedEvent
from thesetd.domain.work.schedules import DEFAULTS, Schedule
from thesetd.ports.store import ScheduleRow
from thesetd.ports.surface.daemon import ActorView

R, W, D = JobState.READY, JobState.RUNNING, JobState.DONE
ENDS = frozenset(state for state in JobState if state.final)
LEGAL: Mapping[JobState | None, frozenset[JobState]] = {
    None: frozenset({R}),
    R: frozenset({W, JobState.CANCELLED}),
    W: frozenset({R, *ENDS}),
    D: frozenset(),
    **{end: frozenset({R}) for end in ENDS - {D}},  # an operator's order
}
MAILBOXES = {"broadcaster": EVENTS, "writer": WRITES, "importer": INTAKE, "refresher": REFRESHES, "call-log": RECORDS}
POOL = CAPACITY * len(Lane)
KEPT = 8  # ended jobs that stay in the memory of the store


@attrs.frozen
class Seen:
    """A job as it was at the last look."""

    state: JobState
    fence: int
    kind: JobKind
    unique_key: str
    owner: Owner | None


@attrs.define
class Audit:
    """What was seen so far, and every violation."""

    journal: Journal
    violations: list[str] = attrs.field(factory=list)
    jobs: dict[JobId, Seen] = attrs.field(factory=dict)
    ended: dict[JobId, JobState] = attrs.field(factory=dict)
    last_events: dict[JobId, CommittedEvent] = attrs.field(factory=dict)
    last_seq: int = 0
    revisions: dict[tuple[JobId, Fence], int] = attrs.field(factory=dict)
    runs: dict[str, JobId] = attrs.field(factory=dict)
    planned: dict[str, datetime] = attrs.field(factory=dict)

    def store_changed(self, world: Any, name: str, args: tuple[Any, ...], result: Any) -> None:
        """Look at the store after an effect, unless it was none."""
        if name in READS or (name == "claim" and not result.jobs):
            return
        before = self.jobs
        after = {job.id: _seen(job) for job in world.jobs.values()}
        moved = [job_id for job_id, seen in after.items() if before.get(job_id) != seen]
        others = moved
        if name == "claim":
            owner, running = args[-1]["owner"], args[-1]["running"] or ()
            others = [i for i in moved if i in running or (i in before and before[i].owner != owner)]
        self.violations += legal_transitions_only(before, after, moved)
        self.violations += fences_only_grow(before, after, moved)
        self.violations += one_runner_at_most(before, after, others)
        for batch, written in accepted(name, args, result):
            if self._is_news(batch):
                self.violations += batches_under_the_current_fence(before, batch)
            else:
                self.violations += stored_once(batch, written)
        self.violations += one_unfinished_job_per_key(after) if moved else ()
        self.violations += self._events(world.events)
        self.violations += self._schedules(world.schedules, after, moved)
        for job_id in moved:
            seen = after[job_id]
            self.journal.note(f"job {job_id} {seen.kind.value} {seen.state.value} fence {seen.fence}")
            if seen.state in ENDS:
                self.ended[job_id] = seen.state
        self.jobs = after
        self._forget(world)

    def _is_news(self, batch: Batch) -> bool:
        """Note the number of a run's update; False where an update of that number was stored before."""
        update = batch.job
        if update is None or update.revision is None:
            return True
        run = update.id, update.fence
        if update.revision <= self.revisions.get(run, 0):
            return False
        self.revisions[run] = update.revision
        return True

    def _events(self, events: list[CommittedEvent]) -> Iterator[str]:
        fresh: list[CommittedEvent] = []
        for event in reversed(events):
            if event.seq <= self.last_seq:
                break
            fresh.append(event)
        for event in reversed(fresh):
            yield from numbers_only_grow(self.last_seq, event)
            for look in ON_EVENTS:
                yield from look(self.last_events.get(event.job_id), event)
            self.last_seq, self.last_events[event.job_id] = event.seq, event

    def _schedules(
        self, rows: Mapping[str, ScheduleRow], jobs: Mapping[JobId, Seen], moved: list[JobId]
    ) -> Iterator[str]:
        for name, row in rows.items():
            before = self.planned.get(name)
            if before is not None and before != row.next_due:
                self.journal.note(f"schedule {name} {before} to {row.next_due} at {row.last_fired}")
                yield from no_tick_lost(DEFAULTS[name], before, row.next_due, row.last_fired or before)
            self.planned[name] = row.next_due
        for job_id in moved:
            key = jobs[job_id].unique_key
            if key.startswith("schedule:") and not key.endswith("by-hand"):
                yield from one_job_per_due_time(self.runs, key, job_id)

    def _forget(self, world: Any) -> None:
        """Let go of jobs that ended long ago: the memory of the store is copied for each batch."""
        last = max(world.jobs, default=0)
        over = [job_id for job_id, job in world.jobs.items() if job.state in ENDS and job_id != last]
        if len(over) > 2 * KEPT:
            for job_id in over[:-KEPT]:
                del world.jobs[job_id]
                del self.jobs[job_id]
            del world.events[: sum(event.seq <= world.told for event in world.events)]


def _seen(job: Any) -> Seen:
    return Seen(job.state, job.fence, job.new.kind, job.new.unique_key, job.owner)


def legal_transitions_only(
    before: Mapping[JobId, Seen], after: Mapping[JobId, Seen], moved: list[JobId]
) -> Iterator[str]:
    """Let a job move only along the arrows of its life."""
    for job_id in moved:
        old, new = before.get(job_id), after[job_id].state
        if (old.state if old else None) is not new and new not in LEGAL[old.state if old else None]:
            yield f"legal_transitions_only: job {job_id} from {old.state.value if old else 'nothing'} to {new.value}"


def fences_only_grow(before: Mapping[JobId, Seen], after: Mapping[JobId, Seen], moved: list[JobId]) -> Iterator[str]:
    """Let each run have a fence of its own, greater than all before: so no two runners ever share one."""
    for job_id in moved:
        old, new = before.get(job_id), after[job_id]
        if old is None:
            continue
        begins = new.state is W and old.state is not W
        if new.fence < old.fence or (begins and new.fence == old.fence):
            yield f"fences_only_grow: job {job_id} from {old.fence} to {new.fence} ({new.state.value})"


def one_runner_at_most(before: Mapping[JobId, Seen], after: Mapping[JobId, Seen], moved: list[JobId]) -> Iterator[str]:
    """Take no job that somebody runs. Who claims says what it runs, and may claim again what it never heard of."""
    for job_id in moved:
        old, new = before.get(job_id), after[job_id]
        if old is not None and old.state is W and new.state is W and new.fence != old.fence:
            yield f"one_runner_at_most: job {job_id} was taken while it ran, fence {old.fence} to {new.fence}"


def batches_under_the_current_fence(before: Mapping[JobId, Seen], batch: Batch) -> Iterator[str]:
    """Accept a batch only from who runs its job now."""
    seen = before.get(batch.job.id) if batch.job else None
    if seen is not None and batch.job is not None and (seen.state is not W or seen.fence != batch.job.fence):
        yield (
            f"batches_under_the_current_fence: job {batch.job.id} {seen.state.value} under fence {seen.fence} took"
            f" a batch of fence {batch.job.fence}"
        )


def stored_once(batch: Batch, written: Written) -> Iterator[str]:
    """Let a batch that is sent again, because nobody heard that it was stored, change nothing."""
    if written.changed or written.events or written.enqueued:
        yield f"stored_once: {batch.job} was stored before, and again: {written}"


def one_unfinished_job_per_key(jobs: Mapping[JobId, Seen]) -> Iterator[str]:
    """Let who asks for the same thing again join the job that does it."""
    keys: set[str] = set()
    for job_id, seen in jobs.items():
        if seen.state in {R, W}:
            if seen.unique_key in keys:
                yield f"one_unfinished_job_per_key: job {job_id} beside another of {seen.unique_key!r}"
            keys.add(seen.unique_key)


def numbers_only_grow(last: int, event: CommittedEvent) -> Iterator[str]:
    """Number each event once."""
    if event.seq <= last:
        yield f"numbers_only_grow: event {event.seq} of job {event.job_id} after {last}"


def progress_never_falls(before: CommittedEvent | None, event: CommittedEvent) -> Iterator[str]:
    """Let a person see a percent that never falls, and nothing after the end."""
    if before is None:
        return
    old, new = before.progress, event.progress
    if new.percent < old.percent:
        yield f"progress_never_falls: job {event.job_id} from {old.percent} to {new.percent} %"
    if old.stage.final:
        yield f"nothing_after_the_end: job {event.job_id} {new.stage.value} after {old.stage.value}"


def no_event_twice(before: CommittedEvent | None, event: CommittedEvent) -> Iterator[str]:
    """Tell a person nothing that was just told."""
    if before is not None and before.progress == event.progress:
        yield f"no_event_twice: job {event.job_id} {event.progress} as {before.seq} and {event.seq}"


def counts_never_fall(before: CommittedEvent | None, event: CommittedEvent) -> Iterator[str]:
    """Let what has landed stay landed in the eyes of who watches."""
    old, new = before.progress.counts if before else {}, event.progress.counts
    if any(new.get(name, 0) < count for name, count in old.items()):
        yield f"counts_never_fall: job {event.job_id} from {dict(old)} to {dict(new)}"


ON_EVENTS = (progress_never_falls, no_event_twice, counts_never_fall)


def one_job_per_due_time(runs: dict[str, JobId], key: str, job_id: JobId) -> Iterator[str]:
    """Fire each due time of a schedule once."""
    if runs.setdefault(key, job_id) != job_id:
        yield f"one_job_per_due_time: {key} made job {job_id} after job {runs[key]}"


def no_tick_lost(schedule: Schedule, due: datetime, onward: datetime, at: datetime) -> Iterator[str]:
    """Let one job stand for all due times up to its firing, and the row point at the first one after it."""
    if onward > next_due(schedule.cron, max(at, due), schedule.zone):
        yield f"no_tick_lost: {schedule.name} went from {due} to {onward} at {at}"


def mailboxes_stay_bounded(actors: Sequence[ActorView]) -> Iterator[str]:
    """Let no mailbox hold more than its size, whatever is slow."""
    for actor in actors:
        if actor.mailbox > MAILBOXES.get(actor.name, POOL):
            yield f"mailboxes_stay_bounded: {actor.mailbox} messages wait for {actor.name}"


def crashes_are_planted(fact: Fact) -> Iterator[str]:
    """Let no actor crash by itself: of the faults, only the lost database may end one that lives on its connection."""
    if isinstance(fact, ActorCrashed) and not fact.error.startswith(("Crash: ", "StoreUnavailable: ")):
        yield f"crashes_are_planted: {fact.actor}: {fact.error}"


def accepted(name: str, args: tuple[Any, ...], result: Any) -> Iterator[tuple[Batch, Written]]:
    """Find the batches that were stored, among the arguments of a write."""
    if name == "write":
        yield args[0], result
    elif name == "write_all":
        yield from ((batch, one) for batch, one in zip(args[0], result, strict=True) if isinstance(one, Written))
