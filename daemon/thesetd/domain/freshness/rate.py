"""Learns from refreshes how often something changes: a Gamma distribution over changes per day.

A refresh shows only whether there was a change since the last one, not how many. The posterior is kept as the two
numbers of a Gamma distribution, `changes` over `days`; a refresh that found nothing adds its days, one that found a
change also adds the expected number of changes, given that there was at least one. What was learned decays by half
every `HALF_LIFE_DAYS`: tours come in bursts, and what an artist did last spring says little about today.
"""

import math

import attrs

HALF_LIFE_DAYS = 30.0
# Below one: most copies hardly ever change, a few change all the time. With the recorded spread of rates a quarter
# leaves one percent less staleness than a half; with less spread they are alike (`make bench-freshness`).
PRIOR_CHANGES = 0.25
_TINY = 1e-9


@attrs.frozen
class ChangeRate:
    """What was observed of one copy beyond the prior: decayed numbers of changes and of observed days.

    `usual_per_day` is the usual rate of this kind of copy; it counts as `PRIOR_CHANGES` changes.
    """

    usual_per_day: float
    changes: float = 0.0
    days: float = 0.0

    @property
    def shape(self) -> float:
        """The first parameter of the posterior: changes, including those of the prior."""
        return PRIOR_CHANGES + self.changes

    @property
    def exposure_days(self) -> float:
        """The second parameter of the posterior: days, including those of the prior."""
        return PRIOR_CHANGES / self.usual_per_day + self.days

    @property
    def per_day(self) -> float:
        """The mean of the posterior, in changes per day."""
        return self.shape / self.exposure_days

    def stale_at(self, age_days: float) -> float:
        """Return the probability that a copy of that age differs from its original."""
        return -math.expm1(self.shape * math.log(self.exposure_days / (self.exposure_days + age_days)))

    def after(self, age_days: float, *, changed: bool) -> "ChangeRate":
        """Return the rate after a refresh, at that age, that found a change or none."""
        return self.after_many(age_days, changed=int(changed), item_days=age_days, age_days=age_days)

    def after_many(self, passed_days: float, *, changed: int, item_days: float, age_days: float) -> "ChangeRate":
        """Return the rate of many like items after a refresh of some of them.

        Args:
            passed_days: the time since the rate was learned last, in which it decays.
            changed: how many of the items had changed.
            item_days: the sum of the ages of all that were refreshed.
            age_days: the usual age of one.
        """
        kept = 0.5 ** (passed_days / HALF_LIFE_DAYS)
        found = changed * expected_changes(self.per_day * age_days)
        return ChangeRate(self.usual_per_day, self.changes * kept + found, self.days * kept + item_days)


def expected_changes(mean: float) -> float:
    """Return the expected number of Poisson events with that mean, given that there was at least one."""
    return mean / -math.expm1(-mean) if mean > _TINY else 1.0
