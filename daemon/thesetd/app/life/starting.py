"""The start: what the daemon cannot do without is waited for, however long that takes.

A database that is away, or starting, is tried again and again. Meanwhile both listeners answer that the daemon is
starting, the manager is asked for more time, `systemctl status` says what is waited for, and the log has a line each
minute.
A statement that it refuses (a trigger of the application on DDL, another kind of server) is tried again, too: somebody
has to act there, not here. Only what can never come good (ConfigError) ends the process.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import trio

from thesetd.adapters.systemd import Notifier
from thesetd.adapters.web.standby import StandbyView
from thesetd.domain.errors import StoreError, StoreRejected, StoreUnavailable
from thesetd.domain.facts import ServerAwaited
from thesetd.ports.clock import Clock
from thesetd.ports.observer import Observer

T = TypeVar("T")

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 3.0  # between attempts: a server that comes is used within seconds
LINE_EVERY_S = 60.0  # in the log
EXTENSION_S, EXTEND_EVERY_S = 60.0, 15.0  # of the manager's patience


class WaitForServers(StandbyView):
    """What is waited for, since when and why."""

    def __init__(self, *, notifier: Notifier, observer: Observer, clock: Clock) -> None:
        """Wait for nothing yet."""
        self._notifier = notifier
        self._observer = observer
        self._clock = clock
        self._since: datetime | None = None
        self._reason = ""
        self._told_at = 0.0

    def readiness(self) -> dict[str, str]:
        """Return what is missing; see `StandbyView`."""
        since = f" (since {self._since:%Y-%m-%d %H:%M:%S} UTC)" if self._since else ""
        return {"database": f"{self._reason or 'not reached yet'}{since}"}

    async def until(self, attempt: Callable[[], Awaitable[T]], standby: Callable[[], Awaitable[None]]) -> T:
        """Make attempts until one succeeds, and give its result; run `standby` meanwhile, if the first one fails.

        Raises:
            ConfigError: no attempt can ever succeed, or the listeners cannot listen.
        """
        began = trio.current_time()
        try:
            return await attempt()
        except (StoreUnavailable, StoreRejected) as error:
            self._fail(error, 0.0)
        pause_s = FIRST_PAUSE_S
        async with trio.open_nursery() as nursery:
            nursery.start_soon(standby)
            while True:
                await trio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                try:
                    result = await attempt()
                except (StoreUnavailable, StoreRejected) as error:
                    self._fail(error, trio.current_time() - began)
                else:
                    nursery.cancel_scope.cancel()
                    break
        return result

    def _fail(self, error: StoreError, waited_s: float) -> None:
        self._reason = str(error)
        self._since = self._since or self._clock.now()
        self._notifier.status(f"waiting for the database since {self._since:%H:%M:%S} UTC: {error}")
        if waited_s == 0.0 or waited_s - self._told_at >= LINE_EVERY_S:
            self._told_at = waited_s
            self._observer.notify(ServerAwaited(server="database", error=self._reason, waited_s=round(waited_s, 1)))


async def keep_starting(notifier: Notifier, ready: trio.Event) -> None:
    """Ask the manager for time until the daemon is ready; a loop that hangs does not get to ask."""
    while not ready.is_set():
        notifier.extend(EXTENSION_S)
        with trio.move_on_after(EXTEND_EVERY_S):
            await ready.wait()
