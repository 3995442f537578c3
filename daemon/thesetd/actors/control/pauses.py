"""Pauses on this node: they are read upon a hint that they changed, and at intervals without one.

a provider   its gate is closed; when the last call that was being made has ended, that is said
everything   running jobs are given back; that no node claims any is the store's doing
a schedule   the scheduler looks again; whether one fires is in its row
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import trio

from thesetd.actors.gate.passages import Passages
from thesetd.actors.messages import GiveBack, GoOn, ToImporter
from thesetd.actors.supervision.looking import Lookout
from thesetd.actors.supervision.polls import POLLS, Polls
from thesetd.domain.facts import PauseChanged
from thesetd.domain.work.waits import EVERYTHING
from thesetd.ports.observer import Observer
from thesetd.ports.store import Pause, PauseStore

DRAINING_S = 0.05  # between looks whether the calls that were being made have ended
RETRY_S = 0.5
LONGEST_LOOK_S = 60.0  # the store bounds each of its calls


class Pauser:
    """Carries out on this node what is paused; `paused` gives it, with the moments since when."""

    def __init__(
        self,
        store: PauseStore,
        *,
        node: str,
        gates: Mapping[str, Passages],
        importer: trio.MemorySendChannel[ToImporter],
        on_change: Callable[[], None],
        observer: Observer,
        polls: Polls = POLLS,
    ) -> None:
        """Take what is closed and the observer.

        Args:
            store: what is paused.
            node: this node's name.
            gates: the way through each provider's gate, by the provider's name.
            importer: gives its jobs back while everything is paused.
            on_change: is called when something is paused or resumed.
            observer: is told of it, too.
            polls: how often to look without a hint.
        """
        self._store = store
        self._node = node
        self._gates = gates
        self._importer = importer
        self._on_change = on_change
        self._observer = observer
        self._poll_s = polls.pauses_s
        self.paused: Mapping[str, datetime] = {}
        self._told: frozenset[str] = frozenset()
        self._lookout = Lookout("looks what is paused", LONGEST_LOOK_S, retry_s=RETRY_S, observer=observer)

    def look(self) -> None:
        """Look again soon: something was paused or resumed."""
        self._lookout.hint()

    async def run(self) -> None:
        """Look until cancelled."""
        await self._lookout.run(self._look)

    def apply(self, pauses: Iterable[Pause]) -> None:
        """Close and open the gates, also before the first call of a run; report what changed."""
        before, self.paused = set(self.paused), {pause.what: pause.since for pause in pauses}
        changed = before ^ set(self.paused)
        for provider, gate in self._gates.items():
            if provider in self.paused:
                gate.close()
            else:
                gate.open()
        for what in sorted(changed):
            self._observer.notify(PauseChanged(what=what, paused=what in self.paused))
        if changed:
            self._on_change()

    async def _look(self) -> float:
        """Do what has to be done; say for how long there is nothing more."""
        pauses = await self._store.in_force()
        self.apply(pauses)
        if EVERYTHING in self.paused:
            await self._importer.send(GiveBack())
        elif self._told != self.paused.keys():
            await self._importer.send(GoOn())
        self._told = frozenset(self.paused)  # not before: a crash on the way here leaves it to the next life
        draining = [pause.what for pause in pauses if pause.what in self._gates and self._node not in pause.drained]
        for what in draining:
            if not self._gates[what]:
                await self._store.mark_drained(what, self._node)
        return DRAINING_S if draining else self._poll_s
