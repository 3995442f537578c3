"""How often something changes, learned from having looked: a Gamma distribution over changes per day.

A look tells only whether there was a change since the last one, not how many. The posterior is kept as the two numbers
of a Gamma distribution, `changes` over `days`; a look that found nothing adds its days, one that found something also
adds the number of changes to be expected, given that there was at least one. What was learned fades by half every
`HALF_LIFE_DAYS`: tours come in bursts, and what an artist did last spring says little about today.
"""

import math

import attrs

HALF_LIFE_DAYS = 30.0
PRIOR_CHANGES = 0.5  # below one: most copies hardly ever change, a few change all the time
_TINY = 1e-9


@attrs.frozen
class ChangeRate:
    """What was seen of one copy beyond the prior: faded numbers of changes and of days looked back on.

    `usual_per_day` is how often copies of this kind change; it counts as `PRIOR_CHANGES` changes.
    """

    usual_per_day: float
    changes: float = 0.0
    days: float = 0.0

    @property
    def shape(self) -> float:
        """The first number of the posterior: changes, the prior's included."""
        return PRIOR_CHANGES + self.changes

    @property
    def exposure_days(self) -> float:
        """The second number of the posterior: days, the prior's included."""
        return PRIOR_CHANGES / self.usual_per_day + self.days

    @property
    def per_day(self) -> float:
        """The mean of the posterior, in changes per day."""
        return self.shape / self.exposure_days

    def stale_at(self, age_days: float) -> float:
        """Return how probable it is that a copy of that age differs from its original."""
        return -math.expm1(self.shape * math.log(self.exposure_days / (self.exposure_days + age_days)))

    def after(self, age_days: float, *, changed: bool) -> "ChangeRate":
        """Return the rate after a look at a copy of that age that found a change, or none."""
        kept = 0.5 ** (age_days / HALF_LIFE_DAYS)
        found = expected_changes(self.per_day * age_days) if changed else 0.0
        return ChangeRate(self.usual_per_day, self.changes * kept + found, self.days * kept + age_days)


def expected_changes(mean: float) -> float:
    """Return the expected number of Poisson events of that mean, given that there was at least one."""
    return mean / -math.expm1(-mean) if mean > _TINY else 1.0
