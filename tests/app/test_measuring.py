"""What a real daemon tells a scraper after one import."""

import re
from typing import Any

import pytest

from real import until

pytestmark = pytest.mark.real


def series(text: str) -> dict[str, float]:
    """Read the text format."""
    return {name: float(value) for name, value in re.findall(r"^(thesetd_\S+?(?:\{.*?\})?) (\S+)$", text, re.MULTILINE)}


def test_an_import_is_timed_and_the_queue_is_told(
    start_daemon: Any, synthetic_sandbox: Any, synthetic_artist: str
) -> None:
    """The reply and both stages have one observation, the quota is counted, every breaker was born at zero."""
    daemon = start_daemon(synthetic_sandbox)
    assert daemon.ctl("import", synthetic_artist, "--follow").returncode == 0
    told = {
        'thesetd_import_accept_seconds_count{outcome="accepted"}': 1,
        'thesetd_import_stage_seconds_count{stage="shows-complete"}': 1,
        'thesetd_import_stage_seconds_count{stage="completed"}': 1,
        'thesetd_jobs_ended_total{kind="import_artist",state="done"}': 1,
        "thesetd_nodes_live": 1,
    }
    until(lambda: series(daemon.get("/metrics")[1])["thesetd_survey_timestamp_seconds"] > 0)
    until(lambda: told.items() <= series(daemon.get("/metrics")[1]).items())
    found = series(daemon.get("/metrics")[1])
    assert found['thesetd_breaker_moves_total{breaker="writer",state="open"}'] == 0
    assert found['thesetd_dependency_losses_total{dependency="database"}'] == 0
    assert found["thesetd_ready"] == 1
    assert sum(value for name, value in found.items() if name.startswith("thesetd_quota_left_calls")) > 0


def test_counters_equal_what_arrived_at_the_providers(
    start_daemon: Any, synthetic_sandbox: Any, unique_artists: list[str]
) -> None:
    """After a storm of failures every call that a provider has logged is counted, by its outcome, and no other."""
    daemon, mark = start_daemon(synthetic_sandbox), synthetic_sandbox.mark()
    synthetic_sandbox.ask("faults", {"provider": "ticketmaster", "status": 503, "count": 2}, "POST")
    assert daemon.ctl("import", unique_artists[0], "--follow").returncode == 0

    def equal(provider: str) -> bool:
        """The last calls are on their way to the counters for a moment."""
        arrived, found = synthetic_sandbox.calls(provider, mark), series(daemon.get("/metrics")[1])
        counted = {name: value for name, value in found.items() if "provider_calls_total{endpoint" in name}
        of_provider = {name: value for name, value in counted.items() if f'provider="{provider}"' in name}
        unavailable = sum(value for name, value in of_provider.items() if 'outcome="Unavailable"' in name)
        failed = sum(entry["status"] == 503 for entry in arrived)
        return (sum(of_provider.values()), unavailable) == (len(arrived), failed) and len(arrived) > 0

    for provider in ("spotify", "ticketmaster", "setlistfm"):
        until(lambda provider=provider: equal(provider))
    assert any(entry["status"] == 503 for entry in synthetic_sandbox.calls("ticketmaster", mark))
