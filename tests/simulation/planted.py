"""Bugs that are planted on purpose, one of each kind: the simulation has to see every one of them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any
from unittest.mock import patch

import attrs
import trio

from fake_gate import FakeLimiter
from fake_world import StoredJob, Writing
from fakes import FakePenaltyBox, FakeStore
from simulation.host import Servers
from simulation.life import Killed
from simulation.whole import Planted, Simulation
from thesetd.actors.gate.penalties import Penalties
from thesetd.actors.jobs import work
from thesetd.app.wiring import Adapters
from thesetd.domain.ids import Fence, ProviderName, Seq
from thesetd.domain.music.records import Rows
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import JobState, JobUpdate, NewJob
from thesetd.domain.work.progress import Progress, Stage
from thesetd.domain.work.progress import advance as advance_rightly


def honest(_: Simulation, adapters: Adapters) -> Adapters:
    """Change nothing."""
    return adapters


@attrs.frozen(kw_only=True)
class Bug:
    """A bug and the invariant that it hurts. `faults` and `more` of the plan are what it takes to show.

    `first` is a seed that showed it lately: the search begins there, and goes on with the others if it shows no more.
    """

    hurts: str
    servers: Callable[[], Servers] = Servers
    planted: Planted = honest
    patched: Callable[[], AbstractContextManager[Any]] = nullcontext
    faults: frozenset[str] = frozenset()
    more: Mapping[str, Any] = attrs.field(factory=dict)
    first: int = 0


class _Around:
    """A store with one method that is not what it should be."""

    def __init__(self, sim: Simulation, store: Any) -> None:
        self._sim = sim
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class _InTwoTransactions(_Around):
    async def write_all(self, batches: Sequence[Batch]) -> Any:
        first = [attrs.evolve(batch, rows=Rows(artists=batch.rows.artists)) for batch in batches]
        written = await self._store.write_all(first)
        await self._store.write_all([Batch(at=batch.at, rows=batch.rows) for batch in batches])
        return written


class _BeforeTheCommit(_Around):
    async def write_all(self, batches: Sequence[Batch]) -> Any:
        if not any(batch.enqueue for batch in batches):
            return await self._store.write_all(batches)

        async def later() -> None:
            await trio.sleep(1.0)
            with suppress(Killed, Exception):  # whoever asked has got the answer long ago
                await self._store.write_all(batches)

        self._sim.host.later(later)
        world = self._sim.servers.store.world
        return tuple(Writing(world.copy(), batch.at).write(batch) for batch in batches)


class _NoFence(FakeStore):
    def _write(self, batch: Batch) -> Written:
        job = self.world.jobs.get(batch.job.id) if batch.job else None
        if job is not None and batch.job is not None:
            job.state, batch = JobState.RUNNING, attrs.evolve(batch, job=attrs.evolve(batch.job, fence=job.fence))
        return super()._write(batch)


class _NobodyRecovers(FakeStore):
    async def recover(self, **_: Any) -> int:
        await self.ping()
        return 0


class _EverythingRecovers(FakeStore):
    async def recover(self, **more: Any) -> int:
        for job in self.world.jobs.values():
            if job.state is JobState.DONE:
                job.state = JobState.READY
        return await super().recover(**more)


class _OneFence(FakeStore):
    async def claim(self, **more: Any) -> Any:
        claimed = await super().claim(**more)
        for job in claimed.jobs:
            self.world.jobs[job.id].fence = Fence(1)
        return attrs.evolve(claimed, jobs=tuple(attrs.evolve(job, fence=Fence(1)) for job in claimed.jobs))


class _EventsTwice(FakeStore):
    def _write(self, batch: Batch) -> Written:
        written = super()._write(batch)
        self.world.events += written.events
        return written


class _TellsTwice(FakeStore):
    def _write(self, batch: Batch) -> Written:
        return super()._write(attrs.evolve(batch, events=batch.events * 2))


class _ForgetsClaims(FakeStore):
    async def claim(self, **more: Any) -> Any:
        return await super().claim(**more | {"running": None})


class _FiresTwice(FakeStore):
    def _write(self, batch: Batch) -> Written:
        row = self.world.schedules.get(batch.firing.schedule) if batch.firing else None
        if row is None or row.last_fired is not None:
            return super()._write(batch)
        written = super()._write(attrs.evolve(batch, firing=None))
        self.world.schedules[row.name] = attrs.evolve(row, last_fired=batch.at)
        return written


class _SkipsATick(FakeStore):
    def _write(self, batch: Batch) -> Written:
        if firing := batch.firing:
            late = firing.next_due + (firing.next_due - firing.due)
            batch = attrs.evolve(batch, firing=attrs.evolve(firing, next_due=late))
        return super()._write(batch)


class _LacksAMethod(FakeStore):
    async def last_seq(self) -> Seq:
        raise AttributeError("renamed, and not here")


class _LimiterForgets(Servers):
    def limiter(self, provider: ProviderName, settings: Any) -> FakeLimiter:
        return FakeLimiter(settings.limits)


class _PenaltyForgotten(Servers):
    def box(self, durable: Any, mirror: Any, clock: Any) -> Any:
        box: Any = FakePenaltyBox()
        box.run = trio.sleep_forever
        return box


def _never_joined(writing: Writing, new: NewJob) -> tuple[StoredJob, bool]:
    job, joined = _enqueue(writing, attrs.evolve(new, unique_key=f"{new.unique_key} {writing.at}"))
    job.new = new
    return job, joined


_enqueue = Writing._enqueue


def _unnumbered(writing: Writing, update: JobUpdate) -> Any:
    return _update(writing, attrs.evolve(update, revision=None))


_update = Writing._update


class _Blind(FakePenaltyBox):
    async def current(self, *_: Any) -> None:
        await trio.lowlevel.checkpoint()


class _NobodyHeeds(Servers):
    def box(self, durable: Any, mirror: Any, clock: Any) -> Any:
        box: Any = _Blind()
        box.run = trio.sleep_forever
        return box


def _stored(kind: type[FakeStore]) -> Callable[[], Servers]:
    return lambda: Servers(store=kind())


def _around(kind: type[_Around]) -> Planted:
    return lambda sim, adapters: attrs.evolve(
        adapters, stores=attrs.evolve(adapters.stores, batches=kind(sim, adapters.stores.batches))
    )


def _no_deadline() -> AbstractContextManager[Any]:
    return patch.object(Penalties, "_away_s", lambda _: 0.0)


def _counted_anew(before: Progress | None, stage: Stage, counts: Mapping[str, int], *more: Any) -> Progress:
    return attrs.evolve(advance_rightly(before, stage, counts, *more), counts=counts)


def _falling(before: Progress | None, *more: Any, **named: Any) -> Progress:
    return advance_rightly(None, *more, **named)


TWO_TRANSACTIONS = Bug(hurts="catalogues_complete", planted=_around(_InTwoTransactions))  # seen by torture only
KILLS = frozenset({"kill_at_call", "kill_at_step"})
SOON = {"calm_s": 900.0}
LOSSES = {"lost_rate": 0.05}
BUSY = {"limits": "5/60s"}
BUGS: Mapping[str, Bug] = {
    "acknowledged before the commit": Bug(hurts="acknowledged_means_committed", planted=_around(_BeforeTheCommit)),
    "the fence is not checked": Bug(
        hurts="batches_under_the_current_fence",
        servers=_stored(_NoFence),
        faults=KILLS,
        more={"late_rate": 1.0},
        first=25,
    ),
    "the fence does not grow": Bug(hurts="fences_only_grow", servers=_stored(_OneFence), faults=KILLS),
    "a crash loses the job": Bug(
        hurts="no_import_lost", servers=_stored(_NobodyRecovers), faults=KILLS, more=SOON, first=1
    ),
    "ended jobs run again": Bug(
        hurts="legal_transitions_only", servers=_stored(_EverythingRecovers), faults=KILLS, more=SOON
    ),
    "equal imports do not join": Bug(
        hurts="one_unfinished_job_per_key", patched=lambda: patch.object(Writing, "_enqueue", _never_joined), first=1
    ),
    "events are written twice": Bug(hurts="numbers_only_grow", servers=_stored(_EventsTwice)),
    "a batch is stored again": Bug(
        hurts="stored_once", patched=lambda: patch.object(Writing, "_update", _unnumbered), more=LOSSES
    ),
    "a claim that nobody heard of": Bug(
        hurts="no_import_lost",
        servers=_stored(_ForgetsClaims),
        faults=frozenset({"nudge"}),
        more=LOSSES | SOON,
        first=3,
    ),
    "events are told twice": Bug(hurts="no_event_twice", servers=_stored(_TellsTwice)),
    "a schedule fires twice": Bug(hurts="one_job_per_due_time", servers=_stored(_FiresTwice)),
    "a schedule skips a tick": Bug(hurts="no_tick_lost", servers=_stored(_SkipsATick)),
    "the limiter forgets at a restart": Bug(
        hurts="quota_never_exceeded", servers=_LimiterForgets, faults=KILLS, more=BUSY, first=1
    ),
    "the penalty is forgotten at a restart": Bug(
        hurts="no_call_inside_retry_after", servers=_PenaltyForgotten, faults=KILLS | {"ban", "nudge"}, first=1
    ),
    "nobody heeds a penalty": Bug(
        hurts="no_call_inside_retry_after",
        servers=_NobodyHeeds,
        patched=_no_deadline,
        faults=frozenset({"ban", "nudge"}),
    ),
    "who sets the clock lifts a ban": Bug(
        hurts="no_call_inside_retry_after",
        patched=_no_deadline,
        faults=frozenset({"ban", "step_clock"}),
    ),
    "an actor crashes by itself": Bug(
        hurts="crashes_are_planted",
        servers=_stored(_LacksAMethod),
        more={"days": 0.001, "calm_s": 1.0, "settle_s": 1.0},
        first=3,
    ),
    "counts fall": Bug(hurts="counts_never_fall", patched=lambda: patch.object(work, "advance", _counted_anew)),
    "progress falls": Bug(
        hurts="progress_never_falls", patched=lambda: patch.object(work, "advance", _falling), faults=KILLS
    ),
}
