"""Starts the daemon: it waits for servers that it cannot do without, however long that takes.

A database that is unavailable, or starting, is retried. Meanwhile both listeners answer that the daemon is starting,
the service manager is asked for more time, `systemctl status` says what it waits for, and a line is logged every
minute. A statement that the database refuses (because of an application's DDL trigger, or another kind of server) is
retried, too, since the cause has to be removed there. Only an error that cannot resolve itself (ConfigError) ends the
process.
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

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 3.0  # between attempts: a server that becomes available is used within seconds
PATIENCE_S = 5.0  # for the first attempt: after that the listeners say what the daemon waits for
LINE_EVERY_S = 60.0  # between lines in the log
EXTENSION_S, EXTEND_EVERY_S = 60.0, 15.0  # extension of the service manager's timeout


class WaitForServers(StandbyView):
    """What the start waits for, since when and why."""

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
        """Make attempts until one succeeds, and return its result; run `standby` unless the first one soon succeeds.

        Raises:
            ConfigError: no attempt can ever succeed, or the listeners cannot listen.
        """
        began, failed, pause_s = trio.current_time(), trio.Event(), FIRST_PAUSE_S
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._stand_by, failed, standby)
            while True:
                try:
                    result = await attempt()
                except (StoreUnavailable, StoreRejected) as error:
                    self._fail(error, trio.current_time() - began if failed.is_set() else 0.0)
                else:
                    nursery.cancel_scope.cancel()
                    break
                failed.set()
                await trio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        return result

    async def _stand_by(self, failed: trio.Event, standby: Callable[[], Awaitable[None]]) -> None:
        """Run `standby` once an attempt failed or takes long: an address may allow minutes for one."""
        with trio.move_on_after(PATIENCE_S):
            await failed.wait()
        if not failed.is_set():
            self._fail(StoreUnavailable("still connecting, or bringing the schema up to date"), 0.0)
        await standby()

    def _fail(self, error: StoreError, waited_s: float) -> None:
        self._reason = str(error)
        self._since = self._since or self._clock.now()
        self._notifier.status(f"waiting for the database since {self._since:%H:%M:%S} UTC: {error}")
        if waited_s == 0.0 or waited_s - self._told_at >= LINE_EVERY_S:
            self._told_at = waited_s
            self._observer.notify(ServerAwaited(server="database", error=self._reason, waited_s=round(waited_s, 1)))


async def keep_starting(notifier: Notifier, ready: trio.Event) -> None:
    """Ask the service manager for more time until the daemon is ready; an event loop that hangs cannot ask."""
    while not ready.is_set():
        notifier.extend(EXTENSION_S)
        with trio.move_on_after(EXTEND_EVERY_S):
            await ready.wait()
