"""Forecasts when imports will be complete from earlier ones, read from the database about once a minute."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.freshness.expectations import expected_end
from thesetd.domain.freshness.plans import PastImport
from thesetd.domain.work.progress import ExpectedEnd, Stage
from thesetd.ports.clock import Clock
from thesetd.ports.freshness import PlanningStore

READ_AGAIN = timedelta(seconds=60)
LOOKED_BACK = timedelta(days=7)  # events, which show when a stage was reached, are kept this long
MOST_IMPORTS = 200  # past imports that are used


class Forecaster:
    """Forecasts the ends of imports; its data may be a minute old."""

    def __init__(self, plans: PlanningStore, clock: Clock) -> None:
        """Start without past imports."""
        self._plans = plans
        self._clock = clock
        self._past: Sequence[PastImport] = ()
        self._read_at: datetime | None = None

    async def look(self) -> None:
        """Read past imports again after a minute; if the database is unavailable, earlier data is kept."""
        now = self._clock.now()
        if self._read_at is None or not timedelta(0) <= now - self._read_at < READ_AGAIN:
            self._read_at = now
            with suppress(StoreUnavailable):
                self._past = await self._plans.past_imports(since=now - LOOKED_BACK, limit=MOST_IMPORTS)

    def expected(self, stage: Stage, *, again: bool, since: datetime) -> ExpectedEnd | None:
        """Return when an import that reached a stage at `since` will end.

        None if it has ended, or too little is known.
        """
        if stage.final:
            return None
        return expected_end(self._past, stage, again=again, since=since, now=self._clock.now())
