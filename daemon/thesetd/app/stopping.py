"""What signals do to the daemon, and the second after which nothing of it is left.

The first SIGTERM or SIGINT drains: the listeners close, running jobs are given back with their checkpoints, what is
committed is still published. A second one stops at once. The actors have `DRAIN_S` for it, then the private servers
their ladders of signals; nothing outlives `LAST_S`, whatever hangs.
"""

import os
import signal
import threading
from collections.abc import Callable

import trio

from thesetd.adapters.systemd import Notifier
from thesetd.domain.facts import HardDeadlineMet
from thesetd.ports.observer import Observer

LAST_S = 30.0
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopping:
    """What signals do: the first drains, the second cancels, and a clock of its own ends what hangs."""

    def __init__(self, everything: trio.CancelScope, notifier: Notifier, observer: Observer) -> None:
        """Until `drain` is set the first signal cancels, too: there is nothing to drain yet."""
        self.notifier = notifier
        self.drain: Callable[[], None] | None = None
        self.running: Callable[[], tuple[str, ...]] = tuple
        self._everything = everything
        self._observer = observer
        self._clock: threading.Timer | None = None

    async def listen(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Obey signals until cancelled."""
        with trio.open_signal_receiver(*SIGNALS) as signals:
            task_status.started()
            async for _ in signals:
                self.begin()
                if self.drain is None:
                    self._everything.cancel()
                else:
                    self.drain()
                    self.drain = None

    def begin(self) -> None:
        """Say that the service ends, and let nothing outlive `LAST_S` from now on."""
        if self._clock is None:
            self.notifier.stopping("draining")
            self._clock = threading.Timer(LAST_S, self._end_now)
            self._clock.daemon = True
            self._clock.start()

    def _end_now(self) -> None:
        try:
            self._observer.notify(HardDeadlineMet(after_s=LAST_S, running=self.running()))
        finally:
            os._exit(1)
