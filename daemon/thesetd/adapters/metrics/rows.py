"""Defines one row for each metric: its name, its meaning, its labels, and the series that exist from the start.

An alert on the first failure needs a series that was 0 before it: `rate` and `increase` do not see a series that starts
at 1. So every combination of labels that is known beforehand starts at 0.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import product

import attrs

from thesetd.adapters.web.listener.doors import LISTENERS
from thesetd.domain.work.jobs import JobKind, JobState, Lane
from thesetd.ports.surface.endpoints import PlaceKind

PREFIX = "thesetd_"
CALL_BUCKETS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
WAIT_BUCKETS = (0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)
WRITE_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0)
JOB_BUCKETS = (0.5, 1.0, 3.0, 10.0, 30.0, 90.0, 300.0, 1800.0)
ACCEPT_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
STAGE_BUCKETS = (1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 30.0, 60.0, 90.0, 180.0, 600.0, 1800.0, 7200.0)

# The outcomes of a call: an answer, or the class of the error.
CALL_OUTCOMES = (
    "ok",
    "NotFound",
    "RateLimited",
    "Unavailable",
    "Unauthorized",
    "Suspended",
    "Refused",
    "BadPayload",
    "CapabilityGone",
    "abandoned",
)
ANSWERS = (
    "accepted",
    "joined",
    "UnknownArtist",
    "AmbiguousArtist",
    "BadReference",
    "NotConfigured",
    "Unauthorized",
    "StoreUnavailable",
)
CAUSES = (
    "RateLimited",
    "QuotaSpent",
    "Unavailable",
    "BreakerOpen",
    "Unauthorized",
    "Suspended",
    "NotFound",
    "Refused",
    "BadPayload",
    "NotConfigured",
    "Late",
)
LOOKED = (
    ("memory", "hit"),
    ("memory", "stale"),
    ("redis", "hit"),
    ("redis", "stale"),
    ("flight", "hit"),
    ("none", "miss"),
)
JOB_ENDS = (*(state.value for state in JobState if state is not JobState.RUNNING), "lost", "unrecorded")
STAGES = ("shows-complete", "completed")
BREAKER_STATES = ("closed", "open", "half-open")
SERVERS = ("database", "redis")
TABLES = (
    "artists",
    "albums",
    "tracks",
    "songs",
    "venues",
    "shows",
    "artist_shows",
    "setlists",
    "actual_setlists",
)


@attrs.frozen(kw_only=True)
class KnownLabels:
    """The label values known from the start; `endpoints` holds pairs of provider and endpoint."""

    providers: tuple[str, ...] = ()
    endpoints: tuple[tuple[str, str], ...] = ()
    schedules: tuple[str, ...] = ()
    private_servers: tuple[str, ...] = ()


Born = Callable[[KnownLabels], Iterable[tuple[str, ...]]]


@attrs.frozen(kw_only=True, eq=False)
class MetricRow:
    """One metric, compared by identity; `type`, `labels` and `buckets` are those of the client library."""

    name: str
    type: str
    text: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    born: Born = lambda _: ()

    @property
    def full_name(self) -> str:
        """Return the name in scrapes."""
        return PREFIX + self.name


def counter(name: str, text: str, *labels: str, born: Born = lambda _: ()) -> MetricRow:
    """Make the row of a counter."""
    return MetricRow(name=name, type="counter", text=text, labels=labels, born=born)


def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str, born: Born = lambda _: ()) -> MetricRow:
    """Make the row of a histogram."""
    return MetricRow(name=name, type="histogram", text=text, labels=labels, buckets=buckets, born=born)


def gauge(name: str, text: str, *labels: str) -> MetricRow:
    """Make the row of a gauge; its series are those of the state it is read from."""
    return MetricRow(name=name, type="gauge", text=text, labels=labels)


def each(values: Iterable[str]) -> Born:
    """Return one series for each value of the only label."""
    kept = tuple(values)
    return lambda _: ((value,) for value in kept)


def _by_provider(known: KnownLabels) -> Iterable[tuple[str, ...]]:
    return ((provider,) for provider in known.providers)


# Counters and histograms: what happened.
CALLS = counter(
    "provider_calls_total",
    "Provider calls by outcome.",
    "provider",
    "endpoint",
    "outcome",
    born=lambda known: ((*pair, outcome) for pair, outcome in product(known.endpoints, CALL_OUTCOMES)),
)
LATENCY = histogram(
    "provider_call_seconds",
    "Time of a provider call, from sending to parsed.",
    CALL_BUCKETS,
    "provider",
    born=_by_provider,
)
WAITED = histogram(
    "provider_wait_seconds",
    "Time a call waited for its turn.",
    WAIT_BUCKETS,
    "provider",
    "lane",
    born=lambda known: product(known.providers, (lane.label for lane in Lane)),
)
PENALTIES = counter(
    "provider_penalties_total", "Rate-limit penalties that providers imposed.", "provider", born=_by_provider
)
HOLDS = counter(
    "provider_holds_total",
    "Times that a provider was held because it refused the credentials or the connection.",
    "provider",
    born=_by_provider,
)
DEGRADED = counter(
    "provider_degraded_total",
    "Imports that continued without a provider, by the error that prevented its calls.",
    "provider",
    "cause",
    born=lambda known: product(known.providers, CAUSES),
)
CACHED = counter(
    "cache_lookups_total",
    "Cache look-ups, by the layer that answered.",
    "layer",
    "provider",
    "endpoint",
    "outcome",
    born=lambda known: ((layer, *pair, outcome) for pair, (layer, outcome) in product(known.endpoints, LOOKED)),
)
STALE = counter(
    "cache_stale_served_total",
    "Stale responses served while the provider was unavailable.",
    "provider",
    "endpoint",
    born=lambda known: known.endpoints,
)
ROWS = counter("rows_changed_total", "Rows inserted or changed.", "table", born=each(TABLES))
COMMITS = histogram("batch_write_seconds", "Time of one transaction of the writer.", WRITE_BUCKETS)
BATCHES = counter("batches_written_total", "Batches stored; waiting batches share a commit.")
REJECTS = counter(
    "rows_rejected_total",
    "Rows that could not be stored.",
    "kind",
    born=each(("page", "artist", "album", "show", "song", *TABLES)),
)
STORE_WAITS = counter("store_retries_total", "Times the database did not accept a batch.")
UNRECORDED = counter("calls_unrecorded_total", "Provider calls missing from the ledger.")
PUBLISHED = counter("events_published_total", "Progress events handed to Redis.")
BUS_WAITS = counter("bus_waits_total", "Times progress events had to wait for Redis.")
DROPPED = counter("subscriber_events_dropped_total", "Events dropped for subscribers that read too slowly.")
REFUSED = counter(
    "requests_refused_total",
    "Requests refused because the limit for their kind was reached.",
    "listener",
    "kind",
    born=lambda _: product(LISTENERS, (kind.value for kind in PlaceKind)),
)
ACCEPTED = histogram(
    "import_accept_seconds",
    "Time from a request for an import to its answer.",
    ACCEPT_BUCKETS,
    "outcome",
    born=each(ANSWERS),
)
REACHED = histogram(
    "import_stage_seconds",
    "Time from a request for an import to a stage of it.",
    STAGE_BUCKETS,
    "stage",
    born=each(STAGES),
)
JOBS_ENDED = counter(
    "jobs_ended_total",
    "Job runs by final state; a deferred or released job ends as ready.",
    "kind",
    "state",
    born=lambda _: product((kind.value for kind in JobKind), JOB_ENDS),
)
JOB_SECONDS = histogram(
    "job_run_seconds",
    "Time of one run of a job.",
    JOB_BUCKETS,
    "kind",
    born=each(kind.value for kind in JobKind),
)
RECOVERED = counter("jobs_recovered_total", "Jobs of crashed nodes that were released.")
SUSPECTED = counter("jobs_suspected_total", "Jobs quarantined because their node kept crashing.")
SCORED = counter("predictions_scored_total", "Predicted setlists compared with what was played.")
PLAYED = counter("prediction_played_songs_total", "Songs played at shows whose prediction was compared.")
EXPECTED = counter("prediction_hits_total", "Songs among them that the prediction expected.")
FIRED = counter(
    "schedule_firings_total",
    "Firings of schedules.",
    "schedule",
    born=lambda known: ((name,) for name in known.schedules),
)
CRASHES = counter("actor_crashes_total", "Crashes of actors; the series exists from the actor's first start.", "actor")
FREEZES = counter(
    "actor_freezes_total", "Times an actor hung; the series exists from the actor's first start.", "actor"
)
SERVER_RESTARTS = counter(
    "server_restarts_total",
    "Times a private server ended by itself and was started again.",
    "server",
    born=lambda known: ((name,) for name in known.private_servers),
)
LOSSES = counter("dependency_losses_total", "Times a server refused something the daemon needs.", "dependency")
MOVES = counter("breaker_moves_total", "Changes of a breaker's state.", "breaker", "state")
PAUSES = counter(
    "pauses_changed_total", "Pauses that began or ended on this node.", "state", born=each(("paused", "resumed"))
)
SERVER_WAITS = counter("server_waits_total", "Minutes spent waiting for a server.", "server", born=each(SERVERS))
RELOADS = counter(
    "config_reloads_total",
    "Reloads of the configuration by outcome.",
    "outcome",
    born=each(("applied", "refused")),
)
WEBHOOK_MESSAGES = counter(
    "webhook_messages_total",
    "Messages sent to webhooks by outcome: delivered, failed (tried again) and dead.",
    "outcome",
    born=each(("delivered", "failed", "dead")),
)
LOG_LOST = counter("log_lines_lost_total", "Log lines that could not be written.")
LAG = histogram(
    "event_loop_lag_seconds",
    "Delay between the moment at which a task is due and the moment at which it runs.",
    (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0),
)

# Gauges of this node.
BUILD = gauge("build_info", "1; the labels say which version runs on which Python.", "version", "python")
READY = gauge("ready", "Whether the daemon can work: 1 if /readyz answers 200.")
ACTOR_UP = gauge("actor_up", "Whether an actor is running and responsive.", "actor")
MAILBOX = gauge("mailbox_messages", "Messages waiting for an actor.", "actor")
BREAKER_STATE = gauge("breaker_state", "1 for the state a breaker is in.", "breaker", "state")
DEPENDENCY_UP = gauge("dependency_up", "Whether the last use of something the daemon needs succeeded.", "dependency")
STREAM_READERS = gauge("stream_readers", "Connected readers of progress streams.", "listener")
CONNECTIONS = gauge("database_connections", "Connections to the database by pool and state.", "pool", "state")
CONNECTION_LIMIT = gauge("database_connections_limit", "Connections that a pool may have.", "pool")
WAITERS = gauge("database_waiting_tasks", "Tasks that wait for a connection of a pool.", "pool")
PROVIDER_CONFIGURED = gauge("provider_configured", "Whether a provider has credentials.", "provider")
PROVIDER_PENALTY = gauge(
    "provider_penalty_until_timestamp_seconds", "When a rate-limit penalty ends; 0 without one.", "provider"
)
PROVIDER_HOLD = gauge(
    "provider_hold_until_timestamp_seconds",
    "When a provider that refuses the credentials or the connection is probed again; 0 if it is not held.",
    "provider",
)
QUOTA_LIMIT = gauge("quota_limit_calls", "Calls that a window of a limit allows.", "provider", "window")
QUOTA_USED = gauge("quota_used_calls", "Calls of a window that are used now, on all nodes.", "provider", "window")
QUOTA_LEFT = gauge("quota_left_calls", "Calls of a window that are left now, on all nodes.", "provider", "window")
QUOTA_EXHAUSTED = gauge(
    "quota_exhausted_timestamp_seconds",
    "When a window of a day or more is used up at the rate of the last hours; 0 if that is not expected.",
    "provider",
    "window",
)
PAUSED = gauge("paused", "Whether a provider, a schedule or everything (all) is paused.", "target")

# Gauges of the database: every node that shares it reports the same.
SURVEYED = gauge("survey_timestamp_seconds", "When the figures of the database were read; 0 if they are unknown.")
JOBS = gauge("jobs", "Jobs by state: ready (due), deferred, running and dead.", "state", "kind", "lane")
OLDEST_JOB = gauge(
    "jobs_oldest_age_seconds",
    "Age of the oldest job by state: since it was due, started, or dead; 0 without one.",
    "state",
    "lane",
)
UNPUBLISHED = gauge("outbox_unpublished_events", "Committed events that Redis has not received.")
UNPUBLISHED_AGE = gauge(
    "outbox_oldest_age_seconds", "Age of the oldest event that Redis has not received; 0 without one."
)
SCHEDULE_FIRED = gauge("schedule_last_fired_timestamp_seconds", "When a schedule last fired; 0 for never.", "schedule")
SCHEDULE_SUCCESS = gauge(
    "schedule_last_success_timestamp_seconds", "When a job of a schedule was last done; 0 for never.", "schedule"
)
SCHEDULE_DUE = gauge("schedule_next_due_timestamp_seconds", "When a schedule is due; 0 if it is disabled.", "schedule")
COPIES = gauge("refresh_copies", "Artists whose aspect is in the refresh index.", "aspect")
COPIES_DUE = gauge("refresh_due_copies", "Artists whose aspect is due for a refresh.", "aspect")
COPIES_OVERDUE = gauge(
    "refresh_overdue_seconds", "How long the aspect that waits longest has been due; 0 if none is.", "aspect"
)
COPIES_AGE = gauge("refresh_mean_age_seconds", "Mean time since an aspect was refreshed.", "aspect")
STALE_SHARE = gauge(
    "refresh_stale_share",
    "Share of copies that differ from their originals now, by learned change rates, weighted by importance.",
    "aspect",
)
STALE_TARGET = gauge("refresh_stale_target", "What refresh_stale_share should stay below.", "aspect")
WEBHOOK_WAITING = gauge("webhook_waiting_messages", "Messages that a webhook has not accepted yet.", "webhook")
WEBHOOK_OLDEST = gauge(
    "webhook_oldest_waiting_seconds",
    "Age of the oldest message that a webhook has not accepted; 0 without one.",
    "webhook",
)
WEBHOOK_DEAD = gauge("webhook_dead_messages", "Messages that were abandoned and not replayed since.", "webhook")
NODES = gauge("nodes_live", "Nodes that hold their names in the database.")

ROWS_BY_NAME: Mapping[str, MetricRow] = {
    row.full_name: row for row in list(globals().values()) if isinstance(row, MetricRow)
}
