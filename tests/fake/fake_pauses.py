"""What an operator has paused, and what is known of why a job is not further, over the in-memory store of `fakes`."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

import attrs

from fake_world import StoredJob, World
from thesetd.domain.ids import JobId
from thesetd.domain.work.deferrals import EVERYTHING, DeferReason
from thesetd.domain.work.diagnosis import JobSnapshot
from thesetd.domain.work.jobs import SUSPECT, JobState
from thesetd.ports.store import Busy, Hint, HintKind, Pause


class Hearer(Protocol):
    """A node that takes hints."""

    def hear(self, hint: Hint) -> None:
        """Take one."""


class FakePauses:
    """A `PauseStore`, and `SnapshotStore.snapshot`."""

    world: World
    named: dict[str, int]
    ping: Callable[[], Awaitable[None]]

    def hearers(self) -> list[Hearer]:
        """Return the nodes that live."""
        raise NotImplementedError

    async def in_force(self) -> tuple[Pause, ...]:
        """Return all that is paused; see `thesetd.ports.store.PauseStore`."""
        await self.ping()
        return tuple(pause for _, pause in sorted(self.world.pauses.items()))

    async def pause(self, what: str, *, at: datetime) -> bool:
        """Pause something; see `thesetd.ports.store.PauseStore`."""
        await self.ping()
        if what in self.world.pauses:
            return False
        self.world.pauses[what] = Pause(what=what, since=at)
        self._tell()
        return True

    async def resume(self, what: str) -> bool:
        """End a pause; see `thesetd.ports.store.PauseStore`."""
        await self.ping()
        if self.world.pauses.pop(what, None) is None:
            return False
        self._tell()
        return True

    async def mark_drained(self, what: str, node: str) -> None:
        """Say that a node has nothing under way any more; see `thesetd.ports.store.PauseStore`."""
        await self.ping()
        if what in self.world.pauses:
            pause = self.world.pauses[what]
            self.world.pauses[what] = attrs.evolve(pause, drained=pause.drained | {node})

    async def busy(self) -> Busy:
        """Say who could still be at work; see `thesetd.ports.store.PauseStore`."""
        await self.ping()
        jobs = sum(job.state is JobState.RUNNING for job in self.world.jobs.values())
        return Busy(nodes=frozenset(self.named), jobs=jobs)

    async def snapshot(self, job_id: JobId, *, now: datetime) -> JobSnapshot | None:
        """Return what is known of why a job is not further; see `thesetd.ports.store.StatusStore`."""
        await self.ping()
        job = self.world.jobs.get(job_id)
        if job is None:
            return None
        others = [other for other in self.world.jobs.values() if other is not job]
        waiting = [o for o in others if o.state is JobState.READY and o.not_before <= now and o.rescues < SUSPECT]
        same = (o.id for o in others if o.new.unique_key == job.new.unique_key and not o.state.final)
        return JobSnapshot(
            job_id=job_id,
            state=job.state,
            due=job.not_before,
            attempts=job.attempts,
            rescues=job.rescues,
            error=job.error,
            waits_for=job.waits_for,
            node=job.owner.node if job.owner else None,
            node_lives=job.owner is not None and job.owner.node in self.named,
            ahead=sum(place(other) < place(job) and self.resumed(other) for other in waiting),
            same_key=next(same, None),
            paused=frozenset(self.world.pauses),
        )

    def resumed(self, job: StoredJob) -> bool:
        """Return whether nothing that a job needs is paused."""
        waits = job.waits_for.whom if job.waits_for and job.waits_for.wait is DeferReason.PAUSE else None
        return not {EVERYTHING, waits} & set(self.world.pauses)

    def _tell(self) -> None:
        for node in self.hearers():
            node.hear(Hint(HintKind.PAUSES))


def place(job: StoredJob) -> tuple[int, datetime, int]:
    """Return what decides who is claimed first."""
    return (job.lane, job.not_before, job.id)
