"""The watchdog: pings the service manager while every actor reports progress, and only then.

When an actor freezes, it reports which one, once, with the stacks of all tasks, and sends no keep-alive until the actor
continues; if it does not, the manager's timeout ends the process. If the event loop itself hangs, it cannot ping: the
witness reports that from outside the loop.
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
        """Report the stacks of all threads, unless this is called again within this many seconds."""
        ...

    def tell(self) -> None:
        """Report the stacks of all tasks now."""
        ...


class Watchdog:
    """Watches the actors."""

    def __init__(
        self,
        actors: Callable[[], Iterable[ActorView]],
        *,
        ping: Callable[[], object],
        interval_s: float,
        witness: Witness,
        observer: Observer,
    ) -> None:
        """Take the actors to watch, and the way to ping every `interval_s`, which is half of the manager's timeout."""
        self._actors = actors
        self._ping = ping
        self._interval_s = interval_s
        self._witness = witness
        self._observer = observer
        self._frozen: dict[str, str] = {}

    async def run(self) -> None:
        """Check and ping until cancelled; while an actor is frozen, check more often: it may continue at any moment."""
        while True:
            self._witness.expect(within_s=1.5 * self._interval_s)
            if self._look():
                self._ping()
                await trio.sleep(self._interval_s)
            else:
                await trio.sleep(self._interval_s / 4)

    def _look(self) -> bool:
        """Report which actors froze or thawed since the last check; return whether all are working."""
        found = {view.name: view.health for view in self._actors() if view.health != "ok"}
        for name in found.keys() - self._frozen.keys():
            self._observer.notify(ActorFroze(actor=name, complaint=found[name]))
        for name in self._frozen.keys() - found.keys():
            self._observer.notify(ActorThawed(actor=name))
        if found.keys() - self._frozen.keys():
            self._witness.tell()
        self._frozen = found
        return not found
