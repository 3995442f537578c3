"""The document of the overview that the status page and `thesetctl top` show."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import attrs

from thesetd.domain.documents import Says
from thesetd.domain.work.survey import AspectAges, JobGroup, NodeRow
from thesetd.ports.surface.daemon import ActorView, BreakerView, ScheduleView
from thesetd.ports.surface.jobs import ImportStatus


@attrs.frozen(kw_only=True)
class WindowStatus:
    """One window of a limit, on all nodes."""

    period: Annotated[str, Says(example="60s")]
    limit: Annotated[int, Says("Calls that it allows.", example=100)]
    used: int
    left: int
    exhausted_at: Annotated[datetime | None, Says("When a long window is used up, if calls go on as lately.")]


@attrs.frozen(kw_only=True)
class ProviderStatus:
    """The path to one provider."""

    name: Annotated[str, Says(example="spotify")]
    configured: Annotated[bool, Says("Whether it has credentials.")]
    paused: bool
    waiting: Annotated[int, Says("Calls that wait for their turn on this node.")]
    penalty_until: Annotated[datetime | None, Says("When a rate-limit penalty ends.")]
    held_until: Annotated[datetime | None, Says("When a provider that refuses the credentials is probed again.")]
    windows: tuple[WindowStatus, ...]


@attrs.frozen(kw_only=True)
class SurveyStatus:
    """The state of the database and the gates, at most a few seconds old."""

    providers: tuple[ProviderStatus, ...]
    jobs: tuple[JobGroup, ...]
    unpublished: Annotated[int, Says("Committed events that Redis has not received.")]
    oldest_unpublished: datetime | None
    freshness: tuple[AspectAges, ...]
    nodes: tuple[NodeRow, ...]


@attrs.frozen(kw_only=True)
class ExplainedJob:
    """A job, why it is in its state, and what would change that."""

    job: ImportStatus
    why: Annotated[str | None, Says(example="it is next in the queue")]
    unblock: Annotated[str | None, Says(example="the running jobs and those before it, or another node")]


@attrs.frozen(kw_only=True)
class Status:
    """The overview. Members from the database are null, or empty, while it is unavailable."""

    at: datetime
    version: Annotated[str, Says(example="1.0.0")]
    ready: bool
    checks: Annotated[Mapping[str, str], Says('"ok", or what is wrong.', example={"database": "ok"})]
    survey: SurveyStatus | None
    schedules: tuple[ScheduleView, ...]
    breakers: tuple[BreakerView, ...]
    actors: tuple[ActorView, ...]
    imports: Annotated[tuple[ExplainedJob, ...], Says("Unfinished ones, newest first.")]
    failures: Annotated[tuple[ExplainedJob, ...], Says("Jobs that ended without success, newest first.")]
    jobs_trouble: Annotated[str | None, Says("Why jobs are missing.", example=None)]
    page: Annotated[str | None, Says("Where the status page is.", example="http://127.0.0.1:9464")] = None
