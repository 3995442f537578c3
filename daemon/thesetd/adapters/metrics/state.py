"""Gauges of the state of the running daemon, read at each scrape."""

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from thesetd import __version__
from thesetd.adapters.metrics import rows
from thesetd.adapters.metrics.rows import MetricRow
from thesetd.adapters.web.readiness import is_ready
from thesetd.domain.freshness.copies import STALE_TARGETS, Aspect
from thesetd.domain.work.deferrals import EVERYTHING
from thesetd.domain.work.jobs import JobKind, Lane
from thesetd.domain.work.survey import STATES, AspectAges, ProviderSurvey, Survey
from thesetd.ports.control import Overview
from thesetd.ports.probes import OK
from thesetd.ports.surface.daemon import ScheduleView
from thesetd.ports.survey import PoolUse, Surveys

Samples = Iterator[tuple[MetricRow, tuple[str, ...], float]]


class LogCollector:
    """The log lines that could not be written."""

    def __init__(self, lost: Callable[[], int]) -> None:
        """Take the source."""
        self._lost = lost

    def collect(self) -> Iterator[Metric]:
        """Yield the present value."""
        name = rows.LOG_LOST.full_name.removesuffix("_total")
        yield CounterMetricFamily(name, rows.LOG_LOST.text, value=float(self._lost()))


class BuildCollector:
    """The running version."""

    def collect(self) -> Iterator[Metric]:
        """Yield 1, with the version."""
        yield from families([(rows.BUILD, (__version__, platform.python_version()), 1.0)])


class StateCollector:
    """Gauges read from the running daemon at each scrape."""

    def __init__(
        self,
        overview: Overview,
        surveys: Surveys,
        *,
        paused: Callable[[], Iterable[str]] = tuple,
        stream_readers: Callable[[], Mapping[str, int]] = dict,
        pools: Callable[[], Iterable[PoolUse]] = tuple,
    ) -> None:
        """Take the sources; `stream_readers` counts readers by listener."""
        self._overview = overview
        self._surveys = surveys
        self._paused = paused
        self._stream_readers = stream_readers
        self._pools = pools

    def collect(self) -> Iterator[Metric]:
        """Yield the present values."""
        survey = self._surveys.latest
        samples = [*self._node(), *self._database(), (rows.SURVEYED, (), _moment(survey.at if survey else None))]
        if survey is not None:
            samples += [*_queue(survey), *_ages(survey), *_webhooks(survey), *self._pauses(survey)]
            samples += [sample for schedule in self._surveys.schedules for sample in _schedule(schedule)]
            samples += [sample for provider in survey.providers for sample in _provider(provider)]
        yield from families(samples)

    def _node(self) -> Samples:
        yield rows.READY, (), float(is_ready(self._overview.readiness()))
        for actor in self._overview.actors():
            yield rows.ACTOR_UP, (actor.name,), float(actor.trouble is None)
            yield rows.MAILBOX, (actor.name,), float(actor.mailbox)
        for breaker in self._overview.breakers():
            for state in rows.BREAKER_STATES:
                yield rows.BREAKER_STATE, (breaker.name, state), float(breaker.state == state)
        for name, verdict in self._overview.dependencies().items():
            yield rows.DEPENDENCY_UP, (name,), float(verdict == OK)
        for listener, count in self._stream_readers().items():
            yield rows.STREAM_READERS, (listener,), float(count)

    def _database(self) -> Samples:
        for pool in self._pools():
            yield rows.CONNECTIONS, (pool.name, "busy"), float(pool.busy)
            yield rows.CONNECTIONS, (pool.name, "idle"), float(pool.idle)
            yield rows.CONNECTION_LIMIT, (pool.name,), float(pool.limit)
            yield rows.WAITERS, (pool.name,), float(pool.waiting)

    def _pauses(self, survey: Survey) -> Samples:
        paused = set(self._paused())
        schedules = (schedule.name for schedule in self._surveys.schedules)
        for target in (EVERYTHING, *(one.provider for one in survey.providers), *schedules):
            yield rows.PAUSED, (target,), float(target in paused)


def _provider(survey: ProviderSurvey) -> Samples:
    provider = survey.provider
    yield rows.PROVIDER_CONFIGURED, (provider,), float(survey.configured)
    yield rows.PROVIDER_PENALTY, (provider,), _moment(survey.penalty_until)
    yield rows.PROVIDER_HOLD, (provider,), _moment(survey.held_until)
    for use in survey.windows:
        labels = (provider, str(use.window).partition("/")[2])
        yield rows.QUOTA_LIMIT, labels, float(use.window.count)
        yield rows.QUOTA_USED, labels, float(use.used)
        yield rows.QUOTA_LEFT, labels, float(use.left)
        yield rows.QUOTA_EXHAUSTED, labels, _moment(use.exhausted_at)


def _queue(survey: Survey) -> Samples:
    lanes = [lane.label for lane in Lane]
    oldest = {(state, lane): 0.0 for state in STATES for lane in lanes}
    counts = {(state, kind.value, lane): 0 for state in STATES for kind in JobKind for lane in lanes}
    for group in survey.backlog.jobs:
        counts[group.state, group.kind, group.lane] = group.count
        age = max(0.0, (survey.at - group.oldest).total_seconds())
        oldest[group.state, group.lane] = max(oldest.get((group.state, group.lane), 0.0), age)
    yield from ((rows.JOBS, labels, float(count)) for labels, count in counts.items())
    yield from ((rows.OLDEST_JOB, labels, age) for labels, age in oldest.items())
    first = survey.backlog.oldest_unpublished
    yield rows.UNPUBLISHED, (), float(survey.backlog.unpublished)
    yield rows.UNPUBLISHED_AGE, (), max(0.0, (survey.at - first).total_seconds()) if first else 0.0
    yield rows.NODES, (), float(sum(node.live for node in survey.nodes))


def _ages(survey: Survey) -> Samples:
    """Yield every aspect: a database without artists has no copies of any."""
    known = {ages.aspect: ages for ages in survey.ages}
    for aspect in Aspect:
        ages = known.get(aspect.value) or AspectAges(
            aspect=aspect.value, copies=0, due=0, oldest_due=None, mean_age_s=0.0
        )
        overdue = (survey.at - ages.oldest_due).total_seconds() if ages.oldest_due else 0.0
        yield rows.COPIES, (ages.aspect,), float(ages.copies)
        yield rows.COPIES_DUE, (ages.aspect,), float(ages.due)
        yield rows.COPIES_OVERDUE, (ages.aspect,), max(0.0, overdue)
        yield rows.COPIES_AGE, (ages.aspect,), ages.mean_age_s
        yield rows.STALE_SHARE, (ages.aspect,), ages.stale_share
        yield rows.STALE_TARGET, (ages.aspect,), STALE_TARGETS[Aspect(ages.aspect)]


def _webhooks(survey: Survey) -> Samples:
    for one in survey.webhooks:
        age_s = (survey.at - one.oldest_at).total_seconds() if one.oldest_at else 0.0
        yield rows.WEBHOOK_WAITING, (one.webhook,), float(one.waiting)
        yield rows.WEBHOOK_OLDEST, (one.webhook,), max(0.0, age_s)
        yield rows.WEBHOOK_DEAD, (one.webhook,), float(one.dead)


def _schedule(view: ScheduleView) -> Samples:
    yield rows.SCHEDULE_FIRED, (view.name,), _moment(view.last_fired)
    yield rows.SCHEDULE_SUCCESS, (view.name,), _moment(view.last_success)
    yield rows.SCHEDULE_DUE, (view.name,), _moment(view.next_due)


def _moment(at: datetime | None) -> float:
    return at.timestamp() if at is not None else 0.0


def families(samples: Iterable[tuple[MetricRow, tuple[str, ...], float]]) -> Iterator[Metric]:
    """Gather samples into one family for each row, in the order of their first sample."""
    found: dict[MetricRow, GaugeMetricFamily] = {}
    for row, labels, value in samples:
        if row not in found:
            found[row] = GaugeMetricFamily(row.full_name, row.text, labels=row.labels)
        found[row].add_metric(labels, value)
    yield from found.values()
