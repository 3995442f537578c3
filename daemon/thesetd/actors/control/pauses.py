"""Applies pauses on this node: they are read after a hint that they changed, and at intervals.

a provider   its gate is closed; when the last call in flight has ended, that is recorded
everything   running jobs are given back; the store makes sure that no node claims any
a schedule   the scheduler polls; the schedule's row decides whether it fires
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import trio

from thesetd.actors.gate.in_flight import InFlight
from thesetd.actors.messages import ReleaseAll, Resume, ToImporter
from thesetd.actors.supervision.polling import PollLoop
from thesetd.actors.supervision.polls import POLLS, Polls
from thesetd.domain.facts import PauseChanged
from thesetd.domain.work.deferrals import EVERYTHING
from thesetd.ports.observer import Observer
from thesetd.ports.store import Pause, PauseStore

DRAINING_S = 0.05  # between checks whether the calls in flight have ended
RETRY_S = 0.5
LONGEST_LOOK_S = 60.0  # the store's calls have timeouts


class Pauser:
    """Applies the pauses on this node; `paused` maps them to the moments since when."""

    def __init__(
        self,
        store: PauseStore,
        *,
        node: str,
        gates: Mapping[str, InFlight],
        importer: trio.MemorySendChannel[ToImporter],
        on_change: Callable[[], None],
        observer: Observer,
        polls: Polls = POLLS,
    ) -> None:
        """Take what is paused and the observer.

        Args:
            store: the stored pauses.
            node: this node's name.
            gates: the calls in each provider's gate, by the provider's name.
            importer: gives its jobs back while everything is paused.
            on_change: is called when something is paused or resumed.
            observer: is notified of it, too.
            polls: how often to poll without a hint.
        """
        self._store = store
        self._node = node
        self._gates = gates
        self._importer = importer
        self._on_change = on_change
        self._observer = observer
        self._poll_s = polls.pauses_s
        self.paused: Mapping[str, datetime] = {}
        self._followed: frozenset[str] = frozenset()
        self._poll_loop = PollLoop("polls the pauses", LONGEST_LOOK_S, retry_s=RETRY_S, observer=observer)

    def look(self) -> None:
        """Poll soon: something was paused or resumed."""
        self._poll_loop.wake()

    async def run(self) -> None:
        """Poll until cancelled."""
        await self._poll_loop.run(self._look)

    def apply(self, pauses: Iterable[Pause]) -> None:
        """Close and open the gates, and report what changed; also called before the first call of a run."""
        before, self.paused = set(self.paused), {pause.what: pause.since for pause in pauses}
        changed = before ^ set(self.paused)
        for provider, gate in self._gates.items():
            if provider in self.paused:
                gate.drain()
            else:
                gate.open()
        for what in sorted(changed):
            self._observer.notify(PauseChanged(what=what, paused=what in self.paused))
        if changed:
            self._on_change()

    async def _look(self) -> float:
        """Apply the pauses; return the seconds until the next check."""
        pauses = await self._store.in_force()
        self.apply(pauses)
        if EVERYTHING in self.paused:
            await self._importer.send(ReleaseAll())
        elif self._followed != self.paused.keys():
            await self._importer.send(Resume())
        self._followed = frozenset(self.paused)  # only now: after a crash before this point, the next run repeats it
        draining = [pause.what for pause in pauses if pause.what in self._gates and self._node not in pause.drained]
        for what in draining:
            if not self._gates[what]:
                await self._store.mark_drained(what, self._node)
        return DRAINING_S if draining else self._poll_s
