"""How late the event loop runs what is due: the delay that every request, call and write has to bear."""

import trio
from prometheus_client import CollectorRegistry, Histogram

INTERVAL_S = 0.2
_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)


class LoopLag:
    """Sleeps again and again, and counts by how much each sleep was too long."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register the metric."""
        self._lag = Histogram(
            "thesetd_event_loop_lag_seconds",
            "Delay between the moment at which a task is due and the moment at which it runs.",
            buckets=_BUCKETS,
            registry=registry,
        )

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            due = trio.current_time() + INTERVAL_S
            await trio.sleep_until(due)
            self._lag.observe(trio.current_time() - due)
