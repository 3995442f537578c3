"""The observer that counts facts."""

from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from thesetd.adapters.metrics import rows
from thesetd.adapters.metrics.rows import KnownLabels, MetricRow
from thesetd.domain import facts
from thesetd.domain.facts import Fact
from thesetd.domain.webhooks import WebhookServed


class MetricsObserver:
    """Counts facts; see `thesetd.ports.observer.Observer`."""

    def __init__(self, registry: CollectorRegistry, known: KnownLabels | None = None) -> None:
        """Register every metric, and create the series with known labels."""
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        made = {
            row: make(row, registry) for row in rows.ROWS_BY_NAME.values() if row.type != "gauge" and row not in APART
        }
        for row, metric in made.items():
            for labels in row.born(known or KnownLabels()):
                metric.labels(*labels)
        self._metrics: dict[MetricRow, Any] = made
        self._count: dict[type[Any], Callable[[Any], object]] = {
            facts.ActorStarted: lambda f: self.bear_actors(f.actor),
            facts.ActorCrashed: lambda f: self._inc(rows.CRASHES, f.actor),
            facts.ActorFroze: lambda f: self._inc(rows.FREEZES, f.actor),
            facts.ActorGaveUp: lambda f: self._inc(rows.CRASHES, f.actor),
            facts.BatchesWritten: self._count_batches,
            facts.BreakerMoved: lambda f: self._inc(rows.MOVES, f.breaker, f.state),
            facts.BusWaited: lambda _: self._inc(rows.BUS_WAITS),
            facts.CacheLooked: lambda f: self._inc(rows.CACHED, f.layer, f.provider, f.endpoint, f.outcome),
            facts.CallFinished: self._count_call,
            facts.CallsUnrecorded: lambda f: self._inc(rows.UNRECORDED, by=f.count),
            facts.EventsPublished: lambda f: self._inc(rows.PUBLISHED, by=f.count),
            facts.DependencyLost: lambda f: self._inc(rows.LOSSES, f.dependency),
            facts.ImportAnswered: lambda f: self._observe(rows.ACCEPTED, f.seconds, f.outcome),
            facts.ImportReached: lambda f: self._observe(rows.REACHED, f.seconds, f.stage),
            facts.JobEnded: self._count_job,
            facts.JobsRecovered: lambda f: self._inc(rows.RECOVERED, by=f.count),
            facts.JobSuspected: lambda _: self._inc(rows.SUSPECTED),
            facts.PauseChanged: lambda f: self._inc(rows.PAUSES, "paused" if f.paused else "resumed"),
            facts.PredictionScored: self._count_score,
            facts.ProviderDegraded: lambda f: self._inc(rows.DEGRADED, f.provider, f.cause),
            facts.ProviderHeld: lambda f: self._inc(rows.HOLDS, f.provider),
            facts.ProviderPenalised: lambda f: self._inc(rows.PENALTIES, f.provider),
            facts.RequestRefused: lambda f: self._inc(rows.REFUSED, f.listener, f.kind),
            facts.ServerAwaited: lambda f: self._inc(rows.SERVER_WAITS, f.server),
            facts.ServerRestarted: lambda f: self._inc(rows.SERVER_RESTARTS, f.server),
            facts.Reloaded: lambda _: self._inc(rows.RELOADS, "applied"),
            facts.ReloadRefused: lambda _: self._inc(rows.RELOADS, "refused"),
            facts.RowRejected: lambda f: self._inc(rows.REJECTS, f.kind),
            facts.ScheduleFired: lambda f: self._inc(rows.FIRED, f.schedule),
            facts.StaleServed: lambda f: self._inc(rows.STALE, f.provider, f.endpoint),
            facts.StoreWaited: lambda _: self._inc(rows.STORE_WAITS),
            WebhookServed: self._count_messages,
            facts.SubscriberLagged: lambda f: self._inc(rows.DROPPED, by=f.dropped),
        }

    def notify(self, fact: Fact) -> None:
        """Count one fact; facts without a counter are covered by gauges."""
        if count := self._count.get(type(fact)):
            count(fact)

    def bear_actors(self, *actors: str) -> None:
        """Create the series of actors."""
        for actor in actors:
            self._metrics[rows.CRASHES].labels(actor)
            self._metrics[rows.FREEZES].labels(actor)

    def bear_breakers(self, *breakers: str) -> None:
        """Create the series of breakers."""
        for breaker in breakers:
            for state in rows.BREAKER_STATES:
                self._metrics[rows.MOVES].labels(breaker, state)

    def bear_dependencies(self, *dependencies: str) -> None:
        """Create the series of dependencies."""
        for dependency in dependencies:
            self._metrics[rows.LOSSES].labels(dependency)

    def _inc(self, row: MetricRow, *labels: str, by: float = 1) -> None:
        metric = self._metrics[row]
        (metric.labels(*labels) if labels else metric).inc(by)

    def _observe(self, row: MetricRow, value: float, *labels: str) -> None:
        metric = self._metrics[row]
        (metric.labels(*labels) if labels else metric).observe(value)

    def _count_call(self, fact: facts.CallFinished) -> None:
        self._inc(rows.CALLS, fact.provider, fact.endpoint, fact.outcome)
        self._observe(rows.LATENCY, fact.latency_s, fact.provider)
        self._observe(rows.WAITED, fact.waited_s, fact.provider, fact.lane)

    def _count_batches(self, fact: facts.BatchesWritten) -> None:
        self._observe(rows.COMMITS, fact.seconds)
        self._inc(rows.BATCHES, by=fact.batches)
        for table, count in fact.changed.items():
            self._inc(rows.ROWS, table, by=count)

    def _count_score(self, fact: facts.PredictionScored) -> None:
        self._inc(rows.SCORED)
        self._inc(rows.PLAYED, by=fact.played)
        self._inc(rows.EXPECTED, by=fact.hits)

    def _count_messages(self, fact: WebhookServed) -> None:
        for outcome, count in (("delivered", fact.delivered), ("failed", fact.failed), ("dead", fact.dead)):
            self._inc(rows.WEBHOOK_MESSAGES, outcome, by=count)

    def _count_job(self, fact: facts.JobEnded) -> None:
        self._inc(rows.JOBS_ENDED, fact.kind, fact.state)
        self._observe(rows.JOB_SECONDS, fact.seconds, fact.kind)


APART = (rows.LAG, rows.LOG_LOST)  # these are registered elsewhere


def make(row: MetricRow, registry: CollectorRegistry) -> Counter | Histogram:
    """Register the counter or histogram of a row."""
    if row.type == "counter":
        return Counter(row.full_name, row.text, row.labels, registry=registry)
    return make_histogram(row, registry)


def make_histogram(row: MetricRow, registry: CollectorRegistry) -> Histogram:
    """Register the histogram of a row."""
    return Histogram(row.full_name, row.text, row.labels, buckets=row.buckets, registry=registry)
