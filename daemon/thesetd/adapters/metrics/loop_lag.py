"""Measures how late the event loop runs due tasks: the delay of every request, call and write."""

import trio
from prometheus_client import CollectorRegistry

from thesetd.adapters.metrics import rows
from thesetd.adapters.metrics.observer import make_histogram
from thesetd.domain.ticks import tick_within

INTERVAL_S = 1.0  # an idle daemon should sleep, too


class LoopLag:
    """Sleeps repeatedly, and records by how much each sleep was too long."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register the metric."""
        self._lag = make_histogram(rows.LAG, registry)

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            due = tick_within(trio.current_time(), INTERVAL_S)
            await trio.sleep_until(due)
            self._lag.observe(trio.current_time() - due)
