"""What a database in memory tells at a glance; see `thesetd.ports.survey`."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from fake_world import StoredJob, World
from thesetd.domain.webhooks import WebhookView
from thesetd.domain.work.deferrals import DeferReason
from thesetd.domain.work.jobs import JobState
from thesetd.domain.work.survey import DEFERRED, AspectAges, Backlog, JobGroup, NodeRow, WebhookBacklog


class FakeSurvey:
    """Implements the `SurveyStore`; it knows no copies and no nodes."""

    def __init__(self, world: Callable[[], World], webhooks: Callable[[], Awaitable[tuple[WebhookView, ...]]]) -> None:
        """Take where the world and its webhooks are found."""
        self._world = world
        self._webhooks = webhooks

    async def backlog(self, now: datetime) -> Backlog:
        """Count jobs and events."""
        world, found = self._world(), dict[tuple[str, str, str], list[datetime]]()
        for job in world.jobs.values():
            if (since := self._since(job)) is not None:
                found.setdefault((_state(job, now), job.new.kind.value, job.lane.label), []).append(since)
        groups = [
            JobGroup(state=state, kind=kind, lane=lane, count=len(moments), oldest=min(moments))
            for (state, kind, lane), moments in sorted(found.items())
        ]
        waiting = [event for event in world.events if event.seq > world.told]
        oldest = waiting[0].at if waiting else None
        return Backlog(jobs=tuple(groups), unpublished=len(waiting), oldest_unpublished=oldest)

    @staticmethod
    def _since(job: StoredJob) -> datetime | None:
        moments = {
            JobState.READY: job.not_before,
            JobState.RUNNING: job.started_at,
            JobState.DEAD: job.finished_at,
        }
        return moments.get(job.state)

    async def ages(self, now: datetime) -> tuple[AspectAges, ...]:
        """Know no copies."""
        return ()

    async def webhook_backlogs(self) -> tuple[WebhookBacklog, ...]:
        """Count messages of the world's webhooks."""
        return tuple(
            WebhookBacklog(webhook=view.name, waiting=view.waiting, dead=view.dead, oldest_at=view.oldest_at)
            for view in await self._webhooks()
            if view.node is not None
        )

    async def nodes(self) -> tuple[NodeRow, ...]:
        """Know no nodes."""
        return ()


def _state(job: StoredJob, now: datetime) -> str:
    paused = job.waits_for is not None and job.waits_for.wait is DeferReason.PAUSE
    return DEFERRED if job.state is JobState.READY and (job.not_before > now or paused) else job.state.value
