"""Alerts that a real daemon causes, by its own scrapes and the shipped rules: some of them; `prove.py` causes all."""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from alerts.causes import CAUSES
from alerts.ground import make_template
from alerts.prove import bring_about
from alerts.scrapes import STEP_S, Scrape, alerts, fired, read, values
from debian.postgres import Cluster, cluster

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is absent (Debian package prometheus)"),
]
SAMPLED = ("ThesetdReloadRefused", "ThesetdDependencyLost")
REFUSED = ("thesetd_config_reloads_total", (("outcome", "refused"),))
BUILD = ("thesetd_build_info", ())


@pytest.fixture(scope="module")
def servers() -> Iterator[Cluster]:
    """Yield a PostgreSQL with the database that each cause gets a copy of."""
    with cluster(max_connections="60") as running, tempfile.TemporaryDirectory(prefix="al-") as folder:
        make_template(running, Path(folder))
        yield running


def test_every_alert_has_a_cause() -> None:
    """The causes are those of the rules, in their order."""
    assert [cause.alert for cause in CAUSES] == list(alerts())


@pytest.mark.parametrize("alert", SAMPLED)
def test_an_alert_fires_after_its_cause_and_not_before(alert: str, servers: Cluster) -> None:
    """The first time that it happens: a counter that the daemon bore at 0, and a gauge."""
    (cause,) = [cause for cause in CAUSES if cause.alert == alert]
    result = bring_about(cause, servers)
    assert result.good, result.line


@pytest.mark.parametrize(
    ("before", "found"), [({REFUSED: 0.0}, {"ThesetdReloadRefused": 3.0 * STEP_S}), ({}, {})], ids=["at 0", "born"]
)
def test_a_counter_that_is_born_with_its_first_event_is_not_seen(
    tmp_path: Path, before: Mapping[Any, float], found: Mapping[str, float]
) -> None:
    """What the rules say of a series that was not there before is what Prometheus would say: nothing."""
    scrapes = [Scrape(float(n), {BUILD: 1.0, **(before if n < 3 else {REFUSED: 1.0})}) for n in range(6)]
    assert fired(scrapes, tmp_path, 600) == found


def test_scrapes_become_series() -> None:
    """A failed scrape ends a series, and a moment is told in the time of the rules."""
    until = ("thesetd_provider_hold_until_timestamp_seconds", ())
    text = f"# TYPE {until[0]} gauge\n{until[0]} 1000130\n# TYPE other gauge\nother 1\n"
    told = read(text, frozenset({until[0]}))
    scrapes = [Scrape(1_000_000.0, told), Scrape(1_000_001.0, {}), Scrape(1_000_002.0, {}), Scrape(1_000_003.0, told)]
    first, *rest = values(scrapes, until)
    assert rest == ["stale", "_", str(float(first) + 3 * STEP_S - 3.0)]
    assert re.fullmatch(r"[\d.]+", first)
