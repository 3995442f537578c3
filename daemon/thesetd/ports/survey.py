"""What makes a survey, and what reads it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.survey import AspectAges, Backlog, NodeRow, ProviderSurvey, Survey
from thesetd.ports.surface.daemon import ScheduleView


@attrs.frozen(kw_only=True)
class PoolUse:
    """Connections to the database for one purpose: how many there may be, work, and idle; how many tasks wait."""

    name: str
    limit: int
    busy: int
    idle: int
    waiting: int


class SurveyStore(Protocol):
    """What the database shows; each raises StoreUnavailable if it does not answer."""

    async def backlog(self, now: datetime) -> Backlog:
        """Count the jobs that have not ended well, and the events that Redis has not seen."""
        ...

    async def ages(self, now: datetime) -> tuple[AspectAges, ...]:
        """Say how fresh the copies are; reads all of them, so once a minute is often enough."""
        ...

    async def nodes(self) -> tuple[NodeRow, ...]:
        """List the nodes, live ones first."""
        ...


class GateWatch(Protocol):
    """What the gates show."""

    async def standings(self) -> Sequence[ProviderSurvey]:
        """Say of each provider what its quota is and what keeps calls from it; without a forecast."""
        ...

    async def forecasts(self) -> Mapping[tuple[ProviderName, Window], datetime]:
        """Say when long windows are used up, at the recent rate of calls; reads a day's calls."""
        ...


class Watched(Protocol):
    """What a running daemon shows a surveyor."""

    @property
    def gate_watch(self) -> GateWatch:
        """Return the way to the gates."""
        ...

    async def schedules(self) -> tuple[ScheduleView, ...]:
        """List the schedules in the order of the configuration."""
        ...


class Surveys(Protocol):
    """Something that holds the latest survey."""

    @property
    def latest(self) -> Survey | None:
        """Return the latest survey; None before the first one, and once it is too old to be shown."""
        ...

    @property
    def schedules(self) -> tuple[ScheduleView, ...]:
        """Return the schedules as they were then."""
        ...
