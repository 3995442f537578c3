"""Gathers the overview for the status page and `thesetctl top`, at most once a second for any number of clients."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import trio

from thesetd import __version__
from thesetd.adapters.web.readiness import is_ready
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.ids import JobId
from thesetd.domain.work.diagnosis import Diagnosis
from thesetd.domain.work.jobs import JobKind, JobState
from thesetd.domain.work.survey import ProviderSurvey, Survey
from thesetd.ports.clock import Clock
from thesetd.ports.control import Overview
from thesetd.ports.store import StatusStore
from thesetd.ports.surface.status import ExplainedJob, ProviderStatus, Status, SurveyStatus, WindowStatus
from thesetd.ports.survey import Surveys

AGE_S = 1.0
PATIENCE_S = 2.0  # time for the database: a quick page that says it is unavailable is better than a complete, late one
MOST = 8  # number of imports, and of failures, that are shown
UNFINISHED = (JobState.RUNNING, JobState.READY)
ENDED_BADLY = (JobState.DEAD, JobState.FAILED)


class Explainer(Protocol):
    """Explains why a job makes no progress; `thesetd.ports.control.Operator` does."""

    async def why(self, job_id: JobId) -> Diagnosis | None:
        """Return why, None if there is no such job."""
        ...


class Glances:
    """Makes overviews; `overview` knows the daemon, `explainer` its jobs, `page` the page's address."""

    def __init__(
        self,
        overview: Overview,
        surveys: Surveys,
        statuses: StatusStore,
        explainer: Explainer,
        clock: Clock,
        *,
        page: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Start without an overview."""
        self._overview = overview
        self._surveys = surveys
        self._statuses = statuses
        self._explainer = explainer
        self._clock = clock
        self._page = page
        self._lock = trio.Lock()
        self._until = -1.0
        self._kept: Status | None = None

    async def take(self) -> Status:
        """Return the present overview, or one from a moment ago. It never fails: unknown parts are marked as such."""
        async with self._lock:
            if self._kept is None or trio.current_time() >= self._until:
                self._kept = await self._look()
                self._until = trio.current_time() + AGE_S
            return self._kept

    async def _look(self) -> Status:
        trouble: str | None = None
        imports: tuple[ExplainedJob, ...] = ()
        failures: tuple[ExplainedJob, ...] = ()
        with trio.move_on_after(PATIENCE_S) as patience:
            try:
                imports = await self._explained(UNFINISHED, (JobKind.IMPORT_ARTIST, JobKind.RECLASSIFY))
                failures = await self._explained(ENDED_BADLY, ())
            except StoreUnavailable as error:
                trouble = str(error) or "the database is unavailable"
        if patience.cancelled_caught:
            trouble = f"the database did not answer within {PATIENCE_S:g} s"
        checks, survey, now = self._overview.readiness(), self._surveys.latest, self._clock.now()
        return Status(
            at=now,
            version=__version__,
            ready=is_ready(checks),
            checks=checks,
            survey=_survey(survey, now) if survey else None,
            schedules=self._surveys.schedules,
            breakers=self._overview.breakers(),
            actors=self._overview.actors(),
            imports=imports,
            failures=failures,
            jobs_trouble=trouble,
            page=self._page(),
        )

    async def _explained(self, states: Sequence[JobState], kinds: Sequence[JobKind]) -> tuple[ExplainedJob, ...]:
        found = []
        for job in await self._statuses.listed(states=states, kinds=kinds, limit=MOST):
            why = await self._explainer.why(job.job_id)
            found.append(ExplainedJob(job=job, why=why.text if why else None, unblock=why.unblock if why else None))
        return tuple(found)


def _survey(survey: Survey, now: datetime) -> SurveyStatus:
    return SurveyStatus(
        providers=tuple(_provider(one, now) for one in survey.providers),
        jobs=survey.backlog.jobs,
        unpublished=survey.backlog.unpublished,
        oldest_unpublished=survey.backlog.oldest_unpublished,
        freshness=survey.ages,
        nodes=survey.nodes,
    )


def _provider(one: ProviderSurvey, now: datetime) -> ProviderStatus:
    """Return what holds now: since the survey a penalty may have ended, a hold's or a quota's moment come."""
    return ProviderStatus(
        name=one.provider,
        configured=one.configured,
        paused=one.paused,
        waiting=one.waiting,
        penalty_until=one.penalty_until if one.penalty_until and one.penalty_until > now else None,
        held_until=one.held_until and max(one.held_until, now),
        windows=tuple(
            WindowStatus(
                period=str(use.window).partition("/")[2],
                limit=use.window.count,
                used=use.used,
                left=use.left,
                exhausted_at=use.exhausted_at and max(use.exhausted_at, now),
            )
            for use in one.windows
        ),
    )
