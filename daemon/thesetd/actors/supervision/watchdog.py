"""The watchdog: pings the service manager while every actor reports progress, and only then.

When an actor freezes it says which, once, with the stacks of all tasks, and sends no keep-alive until the actor
continues; otherwise the manager's timeout ends the process. A loop that hangs does not get to ping: the witness reports
that from outside the loop.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

import trio

from thesetd.domain.facts import ActorFroze, ActorThawed
from thesetd.ports.observer import Observer
from thesetd.ports.surface.daemon import ActorView


class Witness(Protocol):
    """Something that can show what the process was doing."""

    def expect(self, within_s: float) -> None:
        """Tell what all threads are at, if this is not called again within this many seconds."""
        ...

    def tell(self) -> None:
        """Tell what all tasks are at now."""
        ...


class Watchdog:
    """Looks after the actors."""

    def __init__(
        self,
        actors: Callable[[], Iterable[ActorView]],
        *,
        ping: Callable[[], object],
        interval_s: float,
        witness: Witness,
        observer: Observer,
    ) -> None:
        """Take what to watch, and how to ping every `interval_s`, which is half of the manager's timeout."""
        self._actors = actors
        self._ping = ping
        self._interval_s = interval_s
        self._witness = witness
        self._observer = observer
        self._frozen: dict[str, str] = {}

    async def run(self) -> None:
        """Look and ping until cancelled; while an actor is frozen look more often: it may continue at any moment."""
        while True:
            self._witness.expect(within_s=1.5 * self._interval_s)
            if self._look():
                self._ping()
                await trio.sleep(self._interval_s)
            else:
                await trio.sleep(self._interval_s / 4)

    def _look(self) -> bool:
        """Tell who froze or thawed since the last look; say whether all are well."""
        found = {view.name: view.health for view in self._actors() if view.health != "ok"}
        for name in found.keys() - self._frozen.keys():
            self._observer.notify(ActorFroze(actor=name, complaint=found[name]))
        for name in self._frozen.keys() - found.keys():
            self._observer.notify(ActorThawed(actor=name))
        if found.keys() - self._frozen.keys():
            self._witness.tell()
        self._frozen = found
        return not found
