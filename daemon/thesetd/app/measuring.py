"""Measures the daemon: the registry, the initial label values of metrics, and the state of each run of the actors.

Tested in tests/app/test_measuring.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import attrs
from prometheus_client import CollectorRegistry

from thesetd.actors.control.daemon import Daemon
from thesetd.actors.control.surveyor import Surveyor
from thesetd.adapters.logs import Log
from thesetd.adapters.metrics.loop_lag import LoopLag
from thesetd.adapters.metrics.observer import MetricsObserver
from thesetd.adapters.metrics.rows import KnownLabels
from thesetd.adapters.metrics.state import BuildCollector, LogCollector, StateCollector
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.providers.registry import ENDPOINTS, PROVIDERS
from thesetd.app.listeners import Listeners
from thesetd.domain.work.schedules import DEFAULTS

PRIVATE = ("PostgreSQL", "Redis")  # the servers that a daemon without configured ones starts


def known() -> KnownLabels:
    """Return the label values known from the start."""
    return KnownLabels(
        providers=tuple(spec.name for spec in PROVIDERS),
        endpoints=tuple((endpoint.provider, endpoint.name) for endpoint in ENDPOINTS),
        schedules=tuple(DEFAULTS),
        private_servers=PRIVATE,
    )


@attrs.frozen
class Measuring:
    """The registry with what feeds it."""

    registry: CollectorRegistry
    observer: MetricsObserver
    lag: LoopLag

    @classmethod
    def of(cls, log: Log) -> "Measuring":
        """Make a registry for this process."""
        registry = CollectorRegistry()
        registry.register(BuildCollector())
        registry.register(LogCollector(lambda: log.lost))
        return cls(registry, MetricsObserver(registry, known()), LoopLag(registry))

    @contextmanager
    def state(self, daemon: Daemon, store: PostgresStore, surveyor: Surveyor, listeners: Listeners) -> Iterator[None]:
        """Expose the state of this run to scrapes while the block runs."""
        self.observer.bear_breakers(*(breaker.name for breaker in daemon.breakers()))
        self.observer.bear_dependencies(*daemon.dependencies())
        state = StateCollector(
            daemon,
            surveyor,
            paused=lambda: daemon.pauser.paused,
            stream_readers=listeners.stream_readers,
            pools=lambda: store.pools,
        )
        self.registry.register(state)
        try:
            yield
        finally:
            self.registry.unregister(state)
