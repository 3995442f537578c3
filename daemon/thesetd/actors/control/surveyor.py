"""The surveyor: inspects the queue, the gates and the nodes, for metrics and the status page.

A survey that is read when it is older than `EVERY_S` is followed by another at once, so that its reader sees present
figures the next time; without readers a survey is taken every `QUIET_S`.

Nothing depends on it. While the database is unavailable it has no survey, so that old figures are not taken for present
ones.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs
import trio

from thesetd.actors.supervision.polling import PollLoop
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.survey import AspectAges, ProviderSurvey, Survey, WebhookBacklog
from thesetd.ports.clock import Clock
from thesetd.ports.observer import Observer
from thesetd.ports.surface.daemon import ScheduleView
from thesetd.ports.survey import SurveyStore, Watched

EVERY_S = 5.0
QUIET_S = 15.0  # below half of `FRESH`: the first reader after a while finds a survey, and most daemons are idle
AGES_EVERY = timedelta(seconds=60)  # this reads all ageing copies and webhook messages, and a day's calls
AGES_SHARE = 0.01  # largest share of time spent on that: a million artists are counted every few minutes
FRESH = timedelta(seconds=30)  # an older survey is not shown
LOOK_S = 60.0  # the store's calls have timeouts


class Surveyor:
    """Takes surveys; implements `thesetd.ports.survey.Surveys`."""

    def __init__(self, store: SurveyStore, *, clock: Clock, observer: Observer) -> None:
        """Start without a survey."""
        self._store = store
        self._clock = clock
        self._poll_loop = PollLoop("surveys the queue", LOOK_S, retry_s=EVERY_S, observer=observer)
        self._watched: Watched | None = None
        self._forecasts: Mapping[tuple[ProviderName, Window], datetime] = {}
        self._survey: Survey | None = None
        self._schedules: tuple[ScheduleView, ...] = ()
        self._ages: tuple[AspectAges, ...] = ()
        self._webhooks: tuple[WebhookBacklog, ...] = ()
        self._ages_due: datetime | None = None

    @property
    def latest(self) -> Survey | None:
        """Return the latest survey; None before the first one, or if it is too old to be shown."""
        survey = self._survey
        if survey is None:
            return None
        age = self._clock.now() - survey.at
        if age.total_seconds() >= EVERY_S:
            self._poll_loop.wake()
        return survey if age < FRESH else None

    @property
    def schedules(self) -> tuple[ScheduleView, ...]:
        """Return the schedules as of the latest survey; none if that is too old to be shown."""
        return self._schedules if self.latest is not None else ()

    async def run(self, watched: Watched) -> None:
        """Take surveys until cancelled."""
        self._watched = watched
        await self._poll_loop.run(self._look)

    async def _look(self) -> float:
        assert self._watched is not None
        now = self._clock.now()
        backlog = await self._store.backlog(now)
        if self._ages_due is None or now >= self._ages_due:
            began = trio.current_time()
            self._ages = await self._store.ages(now)
            self._webhooks = await self._store.webhook_backlogs()
            self._forecasts = await self._watched.gate_watch.forecasts()
            self._ages_due = now + max(AGES_EVERY, timedelta(seconds=(trio.current_time() - began) / AGES_SHARE))
        nodes = await self._store.nodes()
        providers = tuple([self._with_forecast(one) for one in await self._watched.gate_watch.standings()])
        self._schedules = await self._watched.schedules()
        self._survey = Survey(
            at=now, backlog=backlog, ages=self._ages, nodes=nodes, providers=providers, webhooks=self._webhooks
        )
        return QUIET_S

    def _with_forecast(self, standing: ProviderSurvey) -> ProviderSurvey:
        windows = tuple(
            attrs.evolve(use, exhausted_at=self._forecasts.get((standing.provider, use.window)))
            for use in standing.windows
        )
        return attrs.evolve(standing, windows=windows)
