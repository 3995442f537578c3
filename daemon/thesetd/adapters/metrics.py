"""Metrics: facts become counters and histograms, the running daemon's state becomes gauges when it is scraped.

Names are permanent. Labels never hold an artist or a job. Times are seconds, sizes bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from thesetd.adapters.web.listener.doors import LISTENERS, Kind
from thesetd.domain import facts
from thesetd.domain.facts import Fact
from thesetd.ports.control import ActorView, BreakerView
from thesetd.ports.probes import OK

_CALL_BUCKETS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_WAIT_BUCKETS = (0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)
_WRITE_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0)
_JOB_BUCKETS = (0.5, 1.0, 3.0, 10.0, 30.0, 90.0, 300.0, 1800.0)
_BREAKER_STATES = ("closed", "open", "half-open")


class MetricsObserver:
    """Counts facts; see `thesetd.ports.observer.Observer`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register every metric."""

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"thesetd_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"thesetd_{name}", text, labels, buckets=buckets, registry=registry)

        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self._calls = counter("provider_calls_total", "Provider calls by outcome.", "provider", "endpoint", "outcome")
        self._latency = histogram(
            "provider_call_seconds", "Time of a provider call, from sending to parsed.", _CALL_BUCKETS, "provider"
        )
        self._waited = histogram(
            "provider_wait_seconds", "Time a call waited for its turn.", _WAIT_BUCKETS, "provider", "lane"
        )
        self._cached = counter(
            "cache_lookups_total",
            "Cache look-ups, by the layer that answered.",
            "layer",
            "provider",
            "endpoint",
            "outcome",
        )
        self._stale = counter(
            "cache_stale_served_total",
            "Stale responses served while the provider was unavailable.",
            "provider",
            "endpoint",
        )
        self._rows = counter("rows_changed_total", "Rows inserted or changed.", "table")
        self._commits = histogram("batch_write_seconds", "Time of one transaction of the writer.", _WRITE_BUCKETS)
        self._batches = counter("batches_written_total", "Batches stored; waiting batches share a commit.")
        self._rejects = counter("rows_rejected_total", "Rows that could not be stored.", "kind")
        self._store_waits = counter("store_retries_total", "Times the database did not accept a batch.")
        self._unrecorded = counter("calls_unrecorded_total", "Provider calls missing from the ledger.")
        self._published = counter("events_published_total", "Progress events handed to Redis.")
        self._bus_waits = counter("bus_waits_total", "Times progress events had to wait for Redis.")
        self._dropped = counter(
            "subscriber_events_dropped_total", "Events dropped for subscribers that read too slowly."
        )
        self._refused = counter(
            "requests_refused_total",
            "Requests refused because the limit for their kind was reached.",
            "listener",
            "kind",
        )
        for listener, kind in product(LISTENERS, Kind):
            self._refused.labels(listener, kind.value)
        self._jobs = counter("jobs_ended_total", "Job runs by final state.", "kind", "state")
        self._job_seconds = histogram("job_run_seconds", "Time of one run of a job.", _JOB_BUCKETS, "kind")
        self._recovered = counter("jobs_recovered_total", "Jobs of crashed nodes that were released.")
        self._suspected = counter("jobs_suspected_total", "Jobs quarantined because their node kept crashing.")
        self._scored = counter("predictions_scored_total", "Predicted setlists compared with what was played.")
        self._played = counter("prediction_played_songs_total", "Songs played at shows whose prediction was compared.")
        self._expected = counter("prediction_hits_total", "Songs among them that the prediction expected.")
        self._fired = counter("schedule_firings_total", "Firings of schedules.", "schedule")
        self._crashes = counter("actor_crashes_total", "Crashes of actors.", "actor")
        self._freezes = counter("actor_freezes_total", "Times an actor hung.", "actor")
        self._losses = counter(
            "dependency_losses_total", "Times a server refused something the daemon needs.", "dependency"
        )
        self._moves = counter("breaker_moves_total", "Changes of a breaker's state.", "breaker", "state")
        self._pauses = counter("pauses_changed_total", "Pauses that began or ended on this node.", "state")
        self._penalties = counter("provider_penalties_total", "Rate-limit penalties by provider.", "provider")
        self._server_waits = counter("server_waits_total", "Minutes spent waiting for a server.", "server")
        self._reloads = counter("config_reloads_total", "Reloads of the configuration by outcome.", "outcome")
        self._holds = counter(
            "provider_holds_total",
            "Times a provider was held because it refused the credentials or the connection.",
            "provider",
        )
        self._degraded = counter("provider_degraded_total", "Imports that continued without a provider.", "provider")

        self._count: dict[type[Any], Callable[[Any], object]] = {
            facts.ActorCrashed: lambda f: self._crashes.labels(f.actor).inc(),
            facts.ActorFroze: lambda f: self._freezes.labels(f.actor).inc(),
            facts.ActorGaveUp: lambda f: self._crashes.labels(f.actor).inc(),
            facts.BatchesWritten: self._count_batches,
            facts.BreakerMoved: lambda f: self._moves.labels(f.breaker, f.state).inc(),
            facts.BusWaited: lambda _: self._bus_waits.inc(),
            facts.CacheLooked: lambda f: self._cached.labels(f.layer, f.provider, f.endpoint, f.outcome).inc(),
            facts.CallFinished: self._count_call,
            facts.CallsUnrecorded: lambda f: self._unrecorded.inc(f.count),
            facts.EventsPublished: lambda f: self._published.inc(f.count),
            facts.DependencyLost: lambda f: self._losses.labels(f.dependency).inc(),
            facts.JobEnded: self._count_job,
            facts.JobsRecovered: lambda f: self._recovered.inc(f.count),
            facts.JobSuspected: lambda _: self._suspected.inc(),
            facts.PauseChanged: lambda f: self._pauses.labels("paused" if f.paused else "resumed").inc(),
            facts.PredictionScored: self._count_score,
            facts.ProviderDegraded: lambda f: self._degraded.labels(f.provider).inc(),
            facts.ProviderHeld: lambda f: self._holds.labels(f.provider).inc(),
            facts.ProviderPenalised: lambda f: self._penalties.labels(f.provider).inc(),
            facts.RequestRefused: lambda f: self._refused.labels(f.listener, f.kind).inc(),
            facts.ServerAwaited: lambda f: self._server_waits.labels(f.server).inc(),
            facts.Reloaded: lambda _: self._reloads.labels("applied").inc(),
            facts.ReloadRefused: lambda _: self._reloads.labels("refused").inc(),
            facts.RowRejected: lambda f: self._rejects.labels(f.kind).inc(),
            facts.ScheduleFired: lambda f: self._fired.labels(f.schedule).inc(),
            facts.StaleServed: lambda f: self._stale.labels(f.provider, f.endpoint).inc(),
            facts.StoreWaited: lambda _: self._store_waits.inc(),
            facts.SubscriberLagged: lambda f: self._dropped.inc(f.dropped),
        }

    def notify(self, fact: Fact) -> None:
        """Count one fact; those without a counter are told by the gauges."""
        if count := self._count.get(type(fact)):
            count(fact)

    def _count_call(self, fact: facts.CallFinished) -> None:
        self._calls.labels(fact.provider, fact.endpoint, fact.outcome).inc()
        self._latency.labels(fact.provider).observe(fact.latency_s)
        self._waited.labels(fact.provider, fact.lane).observe(fact.waited_s)

    def _count_batches(self, fact: facts.BatchesWritten) -> None:
        self._commits.observe(fact.seconds)
        self._batches.inc(fact.batches)
        for table, count in fact.changed.items():
            self._rows.labels(table).inc(count)

    def _count_score(self, fact: facts.PredictionScored) -> None:
        self._scored.inc()
        self._played.inc(fact.played)
        self._expected.inc(fact.hits)

    def _count_job(self, fact: facts.JobEnded) -> None:
        self._jobs.labels(fact.kind, fact.state).inc()
        self._job_seconds.labels(fact.kind).observe(fact.seconds)


class LogCollector:
    """The log lines that went nowhere."""

    def __init__(self, lost: Callable[[], int]) -> None:
        """Take what to ask."""
        self._lost = lost

    def collect(self) -> Iterator[Metric]:
        """Yield the present value."""
        yield CounterMetricFamily(
            "thesetd_log_lines_lost", "Log lines that could not be written.", value=float(self._lost())
        )


class StateCollector:
    """Gauges read from the running daemon at each scrape."""

    def __init__(
        self,
        actors: Callable[[], Iterable[ActorView]],
        breakers: Callable[[], Iterable[BreakerView]],
        dependencies: Callable[[], Mapping[str, str]],
        stream_readers: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        """Take what to ask; `stream_readers` counts them by listener."""
        self._actors = actors
        self._breakers = breakers
        self._stream_readers = stream_readers
        self._dependencies = dependencies

    def collect(self) -> Iterator[Metric]:
        """Yield the present values."""
        up = GaugeMetricFamily("thesetd_actor_up", "Whether an actor is running and responsive.", labels=["actor"])
        mailbox = GaugeMetricFamily("thesetd_mailbox_messages", "Messages waiting for an actor.", labels=["actor"])
        for actor in self._actors():
            up.add_metric([actor.name], float(actor.trouble is None))
            mailbox.add_metric([actor.name], float(actor.mailbox))
        states = GaugeMetricFamily(
            "thesetd_breaker_state", "1 for the state a breaker is in.", labels=["breaker", "state"]
        )
        for breaker in self._breakers():
            for state in _BREAKER_STATES:
                states.add_metric([breaker.name, state], float(breaker.state == state))
        readers = GaugeMetricFamily(
            "thesetd_stream_readers", "Connected readers of progress streams.", labels=["listener"]
        )
        for listener, count in self._stream_readers().items():
            readers.add_metric([listener], float(count))
        needed = GaugeMetricFamily(
            "thesetd_dependency_up",
            "Whether the last use of something the daemon needs succeeded.",
            labels=["dependency"],
        )
        for name, verdict in self._dependencies().items():
            needed.add_metric([name], float(verdict == OK))
        yield from (up, mailbox, states, readers, needed)
