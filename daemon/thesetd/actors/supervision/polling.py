"""Polls the database for an actor: after a hint, and at intervals."""

from collections.abc import Awaitable, Callable

import trio

from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.facts import StoreWaited
from thesetd.ports.observer import Observer
from thesetd.ports.pulse import busy


class PollLoop:
    """Polls repeatedly; hints only make it poll sooner, so a lost hint does no lasting harm."""

    def __init__(self, what: str, bound_s: float, *, retry_s: float, observer: Observer, gather_s: float = 0.0) -> None:
        """Take how to poll.

        Args:
            what: continues the actor's name: "polls the schedules".
            bound_s: the deadline of one poll.
            retry_s: until the next poll if the database is unavailable.
            observer: is notified of that.
            gather_s: the least time between two polls, since hints come in bursts.
        """
        self._what = what
        self._bound_s = bound_s
        self._retry_s = retry_s
        self._observer = observer
        self._gather_s = gather_s
        self._woken = trio.Event()

    def wake(self) -> None:
        """Poll soon."""
        self._woken.set()

    async def run(self, look: Callable[[], Awaitable[float]]) -> None:
        """Poll until cancelled; each poll returns the seconds until the next one."""
        while True:
            self._woken = trio.Event()
            try:
                with busy(self._what, self._bound_s):
                    wait_s = await look()
            except StoreUnavailable as error:
                self._observer.notify(StoreWaited(error=str(error), retry_in_s=self._retry_s))
                wait_s = self._retry_s
            with trio.move_on_after(wait_s):
                await self._woken.wait()
            await trio.sleep(self._gather_s)
