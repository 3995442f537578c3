"""How an actor polls the database: upon a hint, and at intervals without one."""

from collections.abc import Awaitable, Callable

import trio

from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.facts import StoreWaited
from thesetd.ports.observer import Observer
from thesetd.ports.pulse import busy


class Lookout:
    """Looks again and again; hints only make it sooner, so none is missed for good."""

    def __init__(self, what: str, bound_s: float, *, retry_s: float, observer: Observer, gather_s: float = 0.0) -> None:
        """Take how to look.

        Args:
            what: continues the actor's name: "looks at the schedules".
            bound_s: of one look.
            retry_s: until the next where the database is away.
            observer: is told of that.
            gather_s: between two looks at least, where hints come in swarms.
        """
        self._what = what
        self._bound_s = bound_s
        self._retry_s = retry_s
        self._observer = observer
        self._gather_s = gather_s
        self._hinted = trio.Event()

    def hint(self) -> None:
        """Look again soon."""
        self._hinted.set()

    async def run(self, look: Callable[[], Awaitable[float]]) -> None:
        """Look until cancelled; a look gives the seconds for which there is nothing more to do."""
        while True:
            self._hinted = trio.Event()
            try:
                with busy(self._what, self._bound_s):
                    wait_s = await look()
            except StoreUnavailable as error:
                self._observer.notify(StoreWaited(error=str(error), retry_in_s=self._retry_s))
                wait_s = self._retry_s
            with trio.move_on_after(wait_s):
                await self._hinted.wait()
            await trio.sleep(self._gather_s)
