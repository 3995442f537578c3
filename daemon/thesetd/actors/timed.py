"""Refreshes setlists when they are likely to have appeared or changed: within minutes of the due time, day and night.

The schedule of recent setlists decides whether this is wanted, and its lane; at most what a daily quota allows for the
time since the last round is ordered. Remaining calls go to setlists older than the target of the schedule of recent
setlists, then of past ones, since a page may move or be filled late. If past setlists are wanted, the rest goes to
artists without shows that announce setlists, in the order of the index: those never refreshed come first.

With many shows and a small quota nothing is left for these, for months. So those that were never refreshed, or so long
ago that they would soon be older than any copy may be, get a third of the calls before that.

Refreshes of earlier rounds that still wait count against a round, as they take the same calls; but one of a lower lane
does not hold up another that is due by its show. Those that a schedule has ordered for later hours do not count: a few
of them would stop all others for as long.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from thesetd.actors.asking import WriterHandle
from thesetd.actors.costs import recent_looks
from thesetd.domain.freshness.budget import Budget
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.freshness.plans import Looked, calls_per_look
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.batches import Batch, Picks
from thesetd.domain.work.jobs import JobKind, KnownArtist, Lane, look_job
from thesetd.ports.freshness import PlanningStore, TimedStore

SCHEDULE, REST = "sync-recent-setlists", "sync-past-setlists"
MOST = 100  # refreshes of one round; the next round comes within minutes
ROUND = timedelta(minutes=10)  # a round may use at most the budget of this much time
COSTS_AGE = timedelta(hours=1)  # maximum age of what refreshes cost: the ledger of a week is read for it
OVERDUE = timedelta(days=20)  # no copy may be older than 30 days: a third of that is left to refresh all of these
OVERDUE_SHARE = 1 / 3  # of the calls: 63 of 190 a day reach 1,900 artists in 30 days
UNCHANGED = timedelta(hours=12)  # time within which no setlist is expected without a show that announces it


class TimedLooks:
    """Orders refreshes of setlists that are due by their shows."""

    def __init__(
        self,
        store: TimedStore,
        *,
        plans: PlanningStore,
        writer: WriterHandle,
        budgets: Mapping[ProviderName, Callable[[], Awaitable[Budget | None]]],
    ) -> None:
        """Take the stores, the writer for jobs, and the budgets of the providers of setlists."""
        self._store = store
        self._plans = plans
        self._writer = writer
        self._budgets = budgets
        self._last: datetime | None = None
        self._looked = Looked()
        self._looked_at: datetime | None = None
        self._owed = 0.0  # refreshes of those that are overdue: parts add up from round to round

    async def enqueue(self, now: datetime, *, timed: Lane | None, rest: bool) -> None:
        """Enqueue a job for each artist whose setlists are due, as many as the time since the last round allows.

        Args:
            now: the present moment.
            timed: the lane of refreshes that are due by shows; None if they are not wanted.
            rest: whether remaining calls are spent on past setlists too, in the low lane.
        """
        since = max(self._last, now - ROUND) if self._last is not None and self._last <= now else now - ROUND
        self._last, most = now, MOST
        for provider, budget_of in self._budgets.items():
            if (budget := await budget_of()) is not None:
                most = min(most, budget.looks_for(since, now, await self._cost(provider, now)))
        waiting = await self._store.waiting(now=now) if most else {}
        if rest:
            most -= await self._order_overdue(Lane.LOW if timed is None else timed, waiting, now, most)
        if timed is not None and (urgent := most - sum(jobs for lane, jobs in waiting.items() if lane <= timed)) > 0:
            artists = await self._store.timed(now=now, limit=urgent)
            await self._order(artists, timed, now)
            most -= len(artists)
        most = max(0, most - sum(waiting.values()))
        for schedule, wanted in ((SCHEDULE, timed is not None), (REST, rest)):
            if wanted and most:
                artists = await self._store.promised(schedule, now=now, limit=most)
                await self._order(artists, Lane.LOW, now)
                most -= len(artists)
        if rest and most:
            artists = await self._store.untimed(now=now, before=now - UNCHANGED, limit=most)
            await self._order(artists, Lane.LOW, now)

    async def _order_overdue(self, lane: Lane, waiting: Mapping[Lane, int], now: datetime, most: int) -> int:
        """Enqueue refreshes of artists that are overdue, as many as are owed to these; return how many."""
        self._owed = min(self._owed + OVERDUE_SHARE * most, MOST)
        room = most - sum(jobs for each, jobs in waiting.items() if each <= lane)
        if (owed := min(int(self._owed), room)) < 1:
            return 0
        artists = await self._store.untimed(now=now, before=now - OVERDUE, limit=owed)
        self._owed = self._owed - len(artists) if len(artists) == owed else 0.0
        await self._order(artists, lane, now)
        return len(artists)

    async def _cost(self, provider: ProviderName, now: datetime) -> float:
        """Return the calls that a refresh costs at a provider, by the refreshes of the last days."""
        if self._looked_at is None or not timedelta(0) <= now - self._looked_at < COSTS_AGE:
            looked = await recent_looks(self._plans, Aspect.SETLISTS, now)
            self._looked, self._looked_at = looked.get(Aspect.SETLISTS, Looked()), now
        return calls_per_look(Aspect.SETLISTS, provider, self._looked)

    async def _order(self, artists: Sequence[KnownArtist], lane: Lane, now: datetime) -> None:
        if artists:
            jobs = tuple(look_job(JobKind.REFRESH_SETLISTS, lane, artist.key()) for artist in artists)
            picks = Picks(aspect=Aspect.SETLISTS, artists=tuple(artist.id for artist in artists))
            await self._writer.write(Batch(at=now, enqueue=jobs, picks=picks))
