"""Handles signals to the daemon, and enforces the hard deadline of its shutdown.

The first SIGTERM, SIGINT or SIGQUIT drains: the listeners close, running jobs are given back with their checkpoints,
and committed events are still published. A second one stops at once. The actors have `DRAIN_S` for draining, then the
private servers their escalating signals; nothing outlives `LAST_S`, whatever hangs. `thesetd.app.life.signals` defines
the other signals.
"""

import os
import threading
from collections.abc import Callable

import trio

from thesetd.adapters.systemd import Notifier
from thesetd.app.life.signals import EFFECTS, Effect
from thesetd.domain.facts import HardDeadlineMet
from thesetd.ports.observer import Observer

LAST_S = 30.0
_HEARD = tuple(number for number, effect in EFFECTS.items() if effect is not Effect.NOTHING)


class Stopping:
    """The shutdown: the first signal drains, the second cancels, and a separate timer ends what hangs."""

    def __init__(
        self,
        everything: trio.CancelScope,
        notifier: Notifier,
        observer: Observer,
        *,
        reload: Callable[[], None],
        show: Callable[[], None],
    ) -> None:
        """Start without `drain`: until it is set, the first signal cancels, too, as there is nothing to drain yet."""
        self.notifier = notifier
        self.drain: Callable[[], None] | None = None
        self.running: Callable[[], tuple[str, ...]] = tuple
        self._everything = everything
        self._observer = observer
        self._reload = reload
        self._show = show
        self._clock: threading.Timer | None = None

    async def listen(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Handle signals until cancelled."""
        with trio.open_signal_receiver(*_HEARD) as signals:
            task_status.started()
            async for number in signals:
                match EFFECTS[number]:
                    case Effect.DRAIN:
                        self._stop()
                    case Effect.RELOAD if not self.begun:
                        self._reload()
                    case Effect.SHOW:
                        self._show()
                    case Effect.RELOAD | Effect.NOTHING:  # the process is ending anyway; never received
                        pass

    def _stop(self) -> None:
        self.begin()
        if self.drain is None:
            self._everything.cancel()
        else:
            self.drain()
            self.drain = None

    @property
    def begun(self) -> bool:
        """Return whether the daemon is ending."""
        return self._clock is not None

    def begin(self) -> None:
        """Report that the service is stopping, and start the timer of `LAST_S`."""
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
