"""Metrics: every fact that can be counted is, and every name is as Prometheus wants it."""

import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import exposition as openmetrics

from sample_facts import KINDS, sample
from thesetd.adapters.metrics.observer import MetricsObserver
from thesetd.adapters.metrics.rows import ROWS_BY_NAME
from thesetd.app.measuring import known
from thesetd.domain import facts
from thesetd.domain.facts import Fact

# Told by a gauge (thesetd_actor_up) while it lasts, or just before the end; a job that began is counted when it ends.
# A hold is counted when it begins; what credentials may use, or lack, changes a few times in a year.
ELSEWHERE = {
    facts.ActorStopped,
    facts.ActorThawed,
    facts.ActorUnstopped,
    facts.HardDeadlineMet,
    facts.JobClaimed,
    facts.ProviderUnused,
    facts.SettingIgnored,
    facts.ListenerExposed,
    facts.ProviderReleased,
    facts.DependencyReturned,
    facts.CapabilitiesLearned,
    facts.CheckpointDropped,
}
ABBREVIATED = re.compile(r"_(s|ms|sec|secs|min|mins|hours|kb|mb|percent)(_|$)")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_fact_changes_a_metric(kind: type[Fact]) -> None:
    """Each kind is counted or observed, unless a gauge tells of it."""
    registry = CollectorRegistry()
    observer = MetricsObserver(registry)
    before = ours(registry)
    observer.notify(sample(kind))
    assert (ours(registry) == before) == (kind in ELSEWHERE)


def test_a_penalty_is_counted_by_provider(registry: CollectorRegistry) -> None:
    """Whoever watches the provider sees its rate-limit penalty."""
    assert registry.get_sample_value("thesetd_provider_penalties_total", {"provider": "word"}) == 1.0


def test_names_follow_the_conventions(registry: CollectorRegistry) -> None:
    """Own prefix, base units in full, _total on counters alone, a text, snake case in names and labels.

    Source: prometheus.io/docs/practices/naming, and what `promtool check metrics` looks for.
    """
    found = list(own(registry))
    assert {metric.name.removesuffix("_total") for metric in found} == {
        name.removesuffix("_total") for name in ROWS_BY_NAME
    }
    for metric in found:
        samples = {sample.name for sample in metric.samples}
        assert metric.documentation.endswith(".")
        assert all(re.fullmatch(r"thesetd(_[a-z]+)+", name) for name in samples)
        assert all(name.endswith("_total") == (metric.type == "counter") for name in samples)
        assert not any(ABBREVIATED.search(name) for name in samples)
        assert all(re.fullmatch("[a-z]+", label) for sample in metric.samples for label in sample.labels)


def test_no_label_names_an_artist_or_a_job(registry: CollectorRegistry) -> None:
    """Labels have few values: what grows with the data stays out."""
    labels = {label for metric in own(registry) for sample in metric.samples for label in sample.labels}
    assert labels == {
        "actor", "aspect", "breaker", "cause", "dependency", "endpoint", "kind", "lane", "layer", "le", "listener",
        "outcome", "pool", "provider", "python", "schedule", "server", "stage", "state", "table", "target", "version",
        "webhook", "window",
    }  # fmt: skip


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is absent (Debian package prometheus)")
def test_promtool_is_content_with_every_metric(registry: CollectorRegistry) -> None:
    """`promtool check metrics` has nothing to say."""
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=generate_latest(registry), capture_output=True, check=False
    )
    assert (done.stdout, done.stderr) == (b"", b"")


def test_every_series_that_is_known_is_born_at_zero() -> None:
    """An alert on the first failure of a provider, a schedule or a stage has a series that was 0 before it."""
    registry = CollectorRegistry()
    observer = MetricsObserver(registry, known())
    observer.bear_actors("writer")
    observer.bear_breakers("writer")
    observer.bear_dependencies("database")
    unborn = [metric.name for metric in own(registry) if not metric.samples]
    assert unborn == []
    assert {sample.value for metric in own(registry) for sample in metric.samples} == {0.0}
    for provider in known().providers:
        for cause in ("Unavailable", "RateLimited", "Unauthorized"):
            labels = {"provider": provider, "cause": cause}
            assert registry.get_sample_value("thesetd_provider_degraded_total", labels) == 0.0


def test_no_series_says_when_it_was_made(registry: CollectorRegistry) -> None:
    """Neither format has a `_created` series."""
    assert b"_created" not in generate_latest(registry)
    assert b"_created" not in openmetrics.generate_latest(registry)


def own(registry: CollectorRegistry) -> Iterator[Metric]:
    """Return the metrics of thesetd."""
    return (metric for metric in registry.collect() if metric.name.startswith("thesetd_"))


def ours(registry: CollectorRegistry) -> list[tuple[str, float]]:
    """Return every value of the metrics of thesetd, but for when it was made."""
    return [(f"{sample.name}{sample.labels}", sample.value) for metric in own(registry) for sample in metric.samples]
