"""Carries out an operator's orders and answers questions about jobs; implements `thesetd.ports.control.Operator`."""

from collections.abc import Collection, Mapping

import attrs

from thesetd.actors.asking import WriterHandle
from thesetd.actors.gate.gate import Gate
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.ids import JobId, ProviderName
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.deferrals import EVERYTHING
from thesetd.domain.work.diagnosis import CallSnapshot, Diagnosis, why, without_database
from thesetd.domain.work.jobs import Action, Order, Ordered
from thesetd.ports.clock import Clock
from thesetd.ports.store import Busy, Pause, Stores
from thesetd.ports.surface.daemon import PauseView


@attrs.frozen(kw_only=True)
class JobControl:
    """Orders go through the writer or into the database, so that every node follows them; answers come from both."""

    stores: Stores
    writer: WriterHandle
    gates: Mapping[ProviderName, Gate]
    lanes: Mapping[ProviderName, LaneMailbox]
    schedules: Collection[str]
    here: str
    clock: Clock

    async def order(self, job_id: JobId, action: Action) -> Ordered:
        """Carry out an order; see `Operator`."""
        if await self.stores.statuses.status(job_id) is None:
            return Ordered(job_id=job_id, obeyed=False, before=None)
        written = await self.writer.write_soon(Batch(at=self.clock.now(), orders=(Order(job_id, action),)))
        return written.ordered[0]

    async def pauses(self) -> tuple[PauseView, ...]:
        """Return all pauses; see `Operator`."""
        busy = await self.stores.pauses.busy()
        return tuple(self._view(pause, busy) for pause in await self.stores.pauses.in_force())

    async def pause(self, what: str) -> PauseView:
        """Pause something; see `Operator`."""
        self._check(what)
        now = self.clock.now()
        await self.stores.pauses.pause(what, at=now)
        found = {view.what: view for view in await self.pauses()}
        return found.get(what) or self._view(Pause(what=what, since=now), Busy(nodes=frozenset(), jobs=0))

    async def resume(self, what: str) -> bool:
        """End a pause; see `Operator`."""
        self._check(what)
        return await self.stores.pauses.resume(what)

    async def why(self, job_id: JobId) -> Diagnosis | None:
        """Explain why a job is waiting; see `Operator`."""
        now = self.clock.now()
        try:
            found = await self.stores.snapshots.snapshot(job_id, now=now)
        except StoreUnavailable:
            return without_database(job_id)
        return None if found is None else why(found, self._calls(job_id), here=self.here, now=now)

    def _calls(self, job_id: JobId) -> list[CallSnapshot]:
        waiting = [call for lanes in self.lanes.values() for call in lanes.of(job_id)]
        return [*waiting, *(call for gate in self.gates.values() for call in gate.in_flight.of(job_id))]

    def _check(self, what: str) -> None:
        if what != EVERYTHING and what not in self.gates and what not in self.schedules:
            raise KeyError(what)

    def _view(self, pause: Pause, busy: Busy) -> PauseView:
        kind, waits_for = "schedule", ""
        if pause.what == EVERYTHING:
            kind = EVERYTHING
            waits_for = f"{busy.jobs} running {'job' if busy.jobs == 1 else 'jobs'}" if busy.jobs else ""
        elif pause.what in self.gates:
            kind, nodes = "provider", sorted(busy.nodes - pause.drained)
            waits_for = f"calls in flight on {', '.join(nodes)}" if nodes else ""
        return PauseView(what=pause.what, kind=kind, since=pause.since, waits_for=waits_for)
