"""Gauges tell the state of the daemon and of the database, and nothing that is not known."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

AT = 1780315200.0  # 2026-06-01 12:00 UTC, the moment of the survey


@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        ("ready", {}, 1.0),
        ("actor_up", {"actor": "writer"}, 1.0),
        ("mailbox_messages", {"actor": "writer"}, 2.0),
        ("breaker_state", {"breaker": "writer", "state": "closed"}, 1.0),
        ("breaker_state", {"breaker": "writer", "state": "open"}, 0.0),
        ("database_connections", {"pool": "reading", "state": "busy"}, 1.0),
        ("database_waiting_tasks", {"pool": "reading"}, 4.0),
        ("stream_readers", {"listener": "http"}, 2.0),
        ("jobs", {"state": "ready", "kind": "noop", "lane": "low"}, 3.0),
        ("jobs", {"state": "dead", "kind": "import_artist", "lane": "interactive"}, 0.0),
        ("jobs_oldest_age_seconds", {"state": "ready", "lane": "low"}, 90.0),
        ("jobs_oldest_age_seconds", {"state": "running", "lane": "interactive"}, 0.0),
        ("outbox_unpublished_events", {}, 2.0),
        ("outbox_oldest_age_seconds", {}, 7.0),
        ("quota_left_calls", {"provider": "word", "window": "60s"}, 60.0),
        ("quota_exhausted_timestamp_seconds", {"provider": "word", "window": "60s"}, AT + 9),
        ("provider_hold_until_timestamp_seconds", {"provider": "word"}, AT + 60),
        ("provider_penalty_until_timestamp_seconds", {"provider": "word"}, 0.0),
        ("paused", {"target": "sync-trending"}, 1.0),
        ("paused", {"target": "all"}, 0.0),
        ("schedule_last_success_timestamp_seconds", {"schedule": "sync-trending"}, AT),
        ("schedule_next_due_timestamp_seconds", {"schedule": "sync-trending"}, AT + 3600),
        ("refresh_due_copies", {"aspect": "shows"}, 2.0),
        ("refresh_due_copies", {"aspect": "profile"}, 0.0),
        ("refresh_overdue_seconds", {"aspect": "shows"}, 3600.0),
        ("webhook_waiting_messages", {"webhook": "theset"}, 4.0),
        ("webhook_oldest_waiting_seconds", {"webhook": "theset"}, 300.0),
        ("webhook_dead_messages", {"webhook": "theset"}, 2.0),
        ("nodes_live", {}, 1.0),
        ("survey_timestamp_seconds", {}, AT),
        ("log_lines_lost_total", {}, 3.0),
    ],
)
def test_the_state_is_told(registry: CollectorRegistry, name: str, labels: dict[str, str], value: float) -> None:
    """Each gauge has the value of what it is read from, and zero where there is nothing."""
    assert registry.get_sample_value(f"thesetd_{name}", labels) == value


def test_figures_of_a_database_that_is_away_are_absent(registry: CollectorRegistry, watched: Any) -> None:
    """Without a survey no count is told, not even zero; the node's own state is."""
    watched.latest, watched.checks = None, {"database": "refused"}
    names = {sample.name for metric in registry.collect() for sample in metric.samples}
    assert not names & {"thesetd_jobs", "thesetd_outbox_unpublished_events", "thesetd_quota_left_calls"}
    assert registry.get_sample_value("thesetd_survey_timestamp_seconds") == 0.0
    assert registry.get_sample_value("thesetd_ready") == 0.0
