"""Estimates an import or a round of refreshes before it is done; implements `ports.freshness.Planner`."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import attrs

from thesetd.actors.control.freshness_control import FindsArtists
from thesetd.actors.gate.gate import Gate
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.domain.durations import duration_text
from thesetd.domain.errors import UnknownArtist
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.freshness.plans import (
    NONE,
    Looked,
    PastImport,
    Plan,
    ProviderPlan,
    Range,
    alike,
    calls_per_look,
    expected,
    wait_for,
)
from thesetd.domain.freshness.weeks import calls_of
from thesetd.domain.gate.limiter import is_long
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.reference import parse_reference
from thesetd.ports.clock import Clock
from thesetd.ports.freshness import PlanningStore
from thesetd.ports.gate import Ledger
from thesetd.ports.providers import Providers, SweptShows
from thesetd.ports.store import ScheduleStore

LOOKED_BACK = timedelta(days=14)  # while the ledger has every call
MOST_IMPORTS = 200  # past imports that are used
WEEKS = "weeks"  # what the sweep by dates reads, besides the aspects of artists


@attrs.frozen(kw_only=True)
class PlanControl:
    """Reads past imports from the database, and the used quota from the limiters."""

    store: PlanningStore
    schedules: ScheduleStore
    artists: FindsArtists
    providers: Providers
    gates: Mapping[ProviderName, Gate]
    lanes: Mapping[ProviderName, LaneMailbox]
    ledger: Ledger
    clock: Clock

    async def plan_import(self, reference: str) -> Plan:
        """Estimate an import; see `Planner`."""
        parse_reference(reference)
        now, known = self.clock.now(), None
        with suppress(UnknownArtist):
            known = await self.artists.known(reference)
        past = await self.store.past_imports(since=now - LOOKED_BACK, limit=MOST_IMPORTS)
        group, basis = alike(past, known.id if known else None, again=known is not None and not known.is_stub)
        plans = []
        for provider in self.gates:
            calls = expected(group, past, partial(_calls_of, provider=provider))
            plans.append(await self._provider(provider, calls, now))
        duration = expected(group, past, lambda one: one.seconds)
        remarks = [] if group else ["no import is recorded yet: calls and time cannot be estimated"]
        return Plan(
            what=f"import {known.name if known else reference}",
            basis=basis,
            providers=tuple(plans),
            duration=duration and duration.plus(_longest_s(plans)),
            remarks=tuple(remarks),
        )

    async def plan_refresh(self, until: timedelta) -> Plan:
        """Estimate the refreshes of copies that are due by a moment; see `Planner`."""
        now = self.clock.now()
        due = await self.store.due(until=now + until)
        looked = await self.store.looked(since=now - LOOKED_BACK)
        plans, remarks = [], []
        for provider in self.gates:
            kinds = {aspect.value: due.get(aspect, 0) * self._cost(provider, aspect, looked) for aspect in Aspect}
            kinds[WEEKS] = await self._weeks(provider, now + until)
            plan, remark = await self._background(provider, sum(kinds.values()), until)
            plans.append(attrs.evolve(plan, kinds={kind: calls for kind, calls in kinds.items() if calls}))
            remarks += remark
        longest = _longest_s(plans)
        counts = ", ".join(f"{due.get(aspect, 0)} {aspect.value}" for aspect in Aspect)
        ahead = f" within {duration_text(until)}" if until else ""
        return Plan(
            what=f"refresh what is due{ahead}: {counts}",
            basis=f"refreshes of the last {duration_text(LOOKED_BACK)}",
            providers=tuple(plans),
            duration=Range(longest, longest, longest),
            remarks=tuple(remarks),
        )

    async def plan_cleanup(self) -> Mapping[str, int]:
        """Count what a clean-up would delete; see `Planner`."""
        return await self.schedules.cleanup(now=self.clock.now(), dry_run=True)

    async def _weeks(self, provider: ProviderName, at: datetime) -> float:
        """Return how many calls the sweep by dates takes of what is due by a moment."""
        for shows in self.providers.shows:
            if shows.provider == provider and isinstance(shows, SweptShows) and shows.countries:
                index = await self.store.weeks(provider, shows.countries)
                return calls_of(index.due(shows.countries, at), at)
        return 0.0

    def _cost(self, provider: ProviderName, aspect: Aspect, looked: Mapping[Aspect, Looked]) -> float:
        clients: Sequence[object] = getattr(self.providers, aspect.role)
        if provider not in {getattr(client, "provider", None) for client in clients}:
            return looked[aspect].calls.get(provider, 0) / max(1, looked[aspect].looks) if aspect in looked else 0.0
        return calls_per_look(aspect, provider, looked.get(aspect, Looked()))

    async def _background(
        self, provider: ProviderName, calls: float, until: timedelta
    ) -> tuple[ProviderPlan, list[str]]:
        """Spread due calls over the background's part of a quota: the excess waits for the following days."""
        people = self.lanes[provider].user_rate().calls
        budget = await self.gates[provider].budget(people)
        expected = Range(calls, calls, calls)
        if budget is None:
            return ProviderPlan(provider=provider, calls=expected), []
        room = max(0, budget.calls - budget.used)
        if calls <= room:
            return ProviderPlan(provider=provider, calls=expected, room=room), []
        a_day = max(1.0, budget.calls / budget.days)
        wait = timedelta(days=(calls - room) / a_day)
        text = f"{provider} has {a_day:.0f} calls a day for the background: what is due takes {calls:.0f}"
        beyond = [] if wait <= until else [f"{text}, the rest is deferred"]
        return ProviderPlan(provider=provider, calls=expected, wait=wait, room=room), beyond

    async def _provider(self, provider: ProviderName, calls: Range | None, now: datetime) -> ProviderPlan:
        """Return how long a user's calls would wait until every window of the provider has room."""
        windows = [window for window, _ in await self.gates[provider].limiter.usage()]
        if not windows or calls == NONE:
            return ProviderPlan(provider=provider, calls=calls, wait=timedelta(0) if calls else None)
        longest = max(window.seconds for window in windows)
        spent = await self.ledger.spent(provider, now - timedelta(seconds=longest))
        middle = calls.middle if calls else 0.0
        found = [(wait_for(middle, window, spent, now), window) for window in windows]
        wait = max(wait - _paced(middle, window, now) for (wait, _), window in found) if calls else None
        rooms = [room for (_, room), window in found if is_long(window)]
        return ProviderPlan(provider=provider, calls=calls, wait=wait, room=min(rooms, default=None))


def _longest_s(plans: Sequence[ProviderPlan]) -> float:
    return max((plan.wait.total_seconds() for plan in plans if plan.wait), default=0.0)


def _paced(calls: float, window: Window, now: datetime) -> timedelta:
    """Return how long calls take in a short window that nothing else uses: past imports took that time, too."""
    wait, _ = wait_for(calls, window, (), now)
    return timedelta(0) if is_long(window) else wait


def _calls_of(one: PastImport, provider: ProviderName) -> float:
    return float(one.calls.get(provider, 0))
