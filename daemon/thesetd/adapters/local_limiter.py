"""Keeps call limits for this process alone: a `thesetd.ports.gate.Limiter` without any server."""

from collections.abc import Sequence

import trio

from thesetd.domain.calls import Response
from thesetd.domain.limiter import GUARD_S, HORIZON_S, Ceiling, SlidingLog, Slot, announced
from thesetd.domain.windows import Window


class LocalLimiter:
    """The limits of one credential that no other process uses; forgets everything when the process ends."""

    def __init__(self, windows: Sequence[Window], *, guard_s: float = GUARD_S) -> None:
        """Start with nothing reserved.

        Args:
            windows: the limits.
            guard_s: lengthens every window; at least the 99th percentile of the jitter on the way to the provider.
        """
        self._configured = tuple(windows)
        self._log = SlidingLog(windows, guard_s)
        self._override_until: float | None = None
        self._ceiling: Ceiling | None = None

    async def reserve(self, cost: int = 1, *, interactive_per_s: float | None = None) -> Slot:
        """Reserve a slot; see `thesetd.ports.gate.Limiter`."""
        await trio.lowlevel.checkpoint()
        now = trio.current_time()
        self._lift(now)
        allowed = self._ceiling.earliest(now, cost) if self._ceiling else now
        moment = self._log.earliest(allowed, cost, interactive_per_s)
        if moment - now <= HORIZON_S:
            self._log.record(now, moment, cost)
            if self._ceiling:
                self._ceiling.spend(cost)
        return Slot(moment, cost)

    def amend(self, slot: Slot, sent_at: float | None) -> None:
        """Move a slot or take it back; see `thesetd.ports.gate.Limiter`."""
        self._log.remove(slot.moment, slot.cost)
        if sent_at is not None:
            self._log.record(trio.current_time(), sent_at, slot.cost)

    def set_windows(self, windows: Sequence[Window]) -> None:
        """Change the limits; see `thesetd.ports.gate.Limiter`."""
        self._configured = tuple(windows)
        if self._override_until is None:
            self._log.set_windows(windows)

    async def override(self, windows: Sequence[Window], for_s: float) -> None:
        """Put other limits in force for a time; see `thesetd.ports.gate.Limiter`."""
        await trio.lowlevel.checkpoint()
        lasting = bool(windows) and for_s > 0
        self._override_until = trio.current_time() + for_s if lasting else None
        self._log.set_windows(windows if lasting else self._configured)

    def learn(self, response: Response) -> None:
        """Tighten by the provider's headers; see `thesetd.ports.gate.Limiter`."""
        said = announced(response.headers, response.received_at.timestamp(), trio.current_time())
        if said is not None:
            self._ceiling = self._ceiling.tightened(said) if self._ceiling else said

    async def usage(self) -> tuple[tuple[Window, int], ...]:
        """Say what is taken of each window; see `thesetd.ports.gate.Limiter`."""
        await trio.lowlevel.checkpoint()
        now = trio.current_time()
        self._lift(now)
        return tuple((window, self._log.taken(now, window)) for window in self._log.windows)

    def _lift(self, now: float) -> None:
        if self._override_until is not None and now >= self._override_until:
            self._override_until = None
            self._log.set_windows(self._configured)
