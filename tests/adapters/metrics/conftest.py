from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from sample_facts import KINDS, sample
from thesetd.adapters.metrics.loop_lag import LoopLag
from thesetd.adapters.metrics.observer import MetricsObserver
from thesetd.adapters.metrics.state import BuildCollector, LogCollector, StateCollector
from thesetd.app.measuring import known
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.survey import (
    AspectAges,
    Backlog,
    JobGroup,
    NodeRow,
    ProviderSurvey,
    Survey,
    WebhookBacklog,
    WindowUse,
)
from thesetd.ports.surface.daemon import ActorView, BreakerView, ScheduleView
from thesetd.ports.survey import PoolUse

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Watched:
    """A daemon to be scraped, with one of everything."""

    def __init__(self) -> None:
        """Let everything work, and the quota be half used."""
        self.checks = {"database": "ok"}
        self.latest: Survey | None = survey()
        self.schedules = (
            ScheduleView(
                name="sync-trending",
                cron="0 * * * *",
                lane="high",
                enabled=True,
                next_due=AT + timedelta(hours=1),
                last_fired=AT,
                last_success=AT,
            ),
        )

    def actors(self) -> tuple[ActorView, ...]:
        """Return one actor."""
        return (ActorView(name="writer", state="running", restarts=0, mailbox=2),)

    def breakers(self) -> tuple[BreakerView, ...]:
        """Return one breaker."""
        return (BreakerView(name="writer", state="closed", failures=0),)

    def dependencies(self) -> dict[str, str]:
        """Return what was proved."""
        return self.checks

    def readiness(self) -> dict[str, str]:
        """Return the same."""
        return self.checks


def survey() -> Survey:
    """Return a survey with a value for everything."""
    use = WindowUse(window=Window(100, 60.0), used=40, exhausted_at=AT + timedelta(seconds=9))
    return Survey(
        at=AT,
        backlog=Backlog(
            jobs=(JobGroup(state="ready", kind="noop", lane="low", count=3, oldest=AT - timedelta(seconds=90)),),
            unpublished=2,
            oldest_unpublished=AT - timedelta(seconds=7),
        ),
        webhooks=(WebhookBacklog(webhook="theset", waiting=4, dead=2, oldest_at=AT - timedelta(minutes=5)),),
        ages=(AspectAges(aspect="shows", copies=5, due=2, oldest_due=AT - timedelta(hours=1), mean_age_s=30.0),),
        nodes=(NodeRow(name="a", epoch=1, started_at=AT, live=True, jobs=0),),
        providers=(
            ProviderSurvey(
                provider=ProviderName("word"), configured=True, windows=(use,), held_until=AT + timedelta(minutes=1)
            ),
        ),
    )


@pytest.fixture
def watched() -> Watched:
    """Return a daemon to be scraped."""
    return Watched()


@pytest.fixture
def registry(watched: Watched) -> CollectorRegistry:
    """Return a registry as the daemon has one, after one fact of each kind."""
    registry = CollectorRegistry()
    observer = MetricsObserver(registry, known())
    for kind in KINDS:
        observer.notify(sample(kind))
    pool = PoolUse(name="reading", limit=3, busy=1, idle=2, waiting=4)
    registry.register(
        StateCollector(
            watched,
            watched,
            paused=lambda: ["sync-trending"],
            stream_readers=lambda: {"http": 2},
            pools=lambda: [pool],
        )
    )
    LoopLag(registry)
    registry.register(LogCollector(lambda: 3))
    registry.register(BuildCollector())
    return registry
