"""When weeks of coming shows were read, in memory; see `thesetd.adapters.postgres.freshness.weeks`."""

from collections.abc import Callable, Collection
from datetime import date, datetime

import attrs

from thesetd.domain.freshness.nights import DAY_S
from thesetd.domain.freshness.rate import ChangeRate
from thesetd.domain.freshness.weeks import KEPT, Week, WeekCopy, WeekIndex, WeekLook, distance, learned
from thesetd.domain.ids import ProviderName

UNDATED = Week("", date.max)


@attrs.define
class FakeWeeks:
    """Weeks and rates, by provider."""

    weeks: dict[tuple[ProviderName, Week], WeekCopy] = attrs.field(factory=dict)
    rates: dict[tuple[ProviderName, str, int], tuple[ChangeRate, datetime]] = attrs.field(factory=dict)

    def copy(self) -> "FakeWeeks":
        """Return one that can be changed alone."""
        return FakeWeeks(dict(self.weeks), dict(self.rates))

    def index(self, provider: ProviderName, countries: Collection[str], threshold: float) -> WeekIndex:
        """Return what is kept of some countries."""
        undated = self.weeks.get((provider, UNDATED))
        return WeekIndex(
            weeks={
                week: copy for (one, week), copy in self.weeks.items() if one == provider and week.country in countries
            },
            rates={
                (country, weeks): rate
                for (one, country, weeks), (rate, _) in self.rates.items()
                if one == provider and country in countries
            },
            threshold=threshold,
            undated_at=undated.looked_at if undated else None,
        )

    def look(self, look: WeekLook, size_of: Callable[[Week], tuple[int, float]], at: datetime) -> None:
        """Learn from a reading."""
        if not look.weeks:
            self.weeks[look.provider, UNDATED] = WeekCopy(looked_at=look.begun_at)
            return
        first, ages = self.weeks.get((look.provider, Week(look.country, look.weeks[0])), WeekCopy()), []
        for week in look.complete():
            before = self.weeks.get((look.provider, week), WeekCopy())
            shows, importance = size_of(week)
            begun_at = look.begun_at_of(week)
            if before.looked_at:
                ages.append((shows, (begun_at - before.looked_at).total_seconds() / DAY_S))
            self.weeks[look.provider, week] = WeekCopy(looked_at=begun_at, shows=shows, importance=importance)
        if (current := look.current()) is not None:
            before = self.weeks.get((look.provider, current), WeekCopy())
            begun = attrs.evolve(before, begun_at=look.begun_at_of(current), read_until=look.reached)
            self.weeks[look.provider, current] = begun
        if first.looked_at is not None:
            far = distance(look.weeks[0], at)
            key = (look.provider, look.country, far.weeks)
            rate, since = self.rates.get(key, (ChangeRate(far.per_day), None))
            self.rates[key] = learned(rate, since, at, changed=look.changed, ages=ages), at
        for provider, week in [*self.weeks]:
            if provider == look.provider and week.begins < (at - KEPT).date():
                del self.weeks[provider, week]
