"""Defines what surveys are made of, and how they are read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.survey import AspectAges, Backlog, NodeRow, ProviderSurvey, Survey, WebhookBacklog
from thesetd.ports.surface.daemon import ScheduleView


@attrs.frozen(kw_only=True)
class PoolUse:
    """Connections to the database for one purpose: how many are allowed, busy, and idle; how many tasks wait."""

    name: str
    limit: int
    busy: int
    idle: int
    waiting: int


class SurveyStore(Protocol):
    """The survey of the database; each method raises StoreUnavailable if it does not answer."""

    async def backlog(self, now: datetime) -> Backlog:
        """Count the jobs that have not ended successfully, and the events not yet published to Redis."""
        ...

    async def ages(self, now: datetime) -> tuple[AspectAges, ...]:
        """Return how fresh the copies are; this reads all of them, so once a minute is often enough."""
        ...

    async def webhook_backlogs(self) -> tuple[WebhookBacklog, ...]:
        """Count the messages of the webhooks that a node serves, by name; reads all, so once a minute is enough."""
        ...

    async def nodes(self) -> tuple[NodeRow, ...]:
        """List the nodes, live ones first."""
        ...


class GateWatch(Protocol):
    """The survey of the gates."""

    async def standings(self) -> Sequence[ProviderSurvey]:
        """Return each provider's quota and what holds back its calls; without a forecast."""
        ...

    async def forecasts(self) -> Mapping[tuple[ProviderName, Window], datetime]:
        """Return when long windows will be used up, at the recent rate of calls; this reads a day's calls."""
        ...


class Watched(Protocol):
    """The parts of a running daemon that surveys read."""

    @property
    def gate_watch(self) -> GateWatch:
        """Return the survey of the gates."""
        ...

    async def schedules(self) -> tuple[ScheduleView, ...]:
        """List the schedules in the order of the configuration."""
        ...


class Surveys(Protocol):
    """The holder of the latest survey."""

    @property
    def latest(self) -> Survey | None:
        """Return the latest survey; None before the first one, or if it is too old to be shown."""
        ...

    @property
    def schedules(self) -> tuple[ScheduleView, ...]:
        """Return the schedules at the time of the survey."""
        ...
