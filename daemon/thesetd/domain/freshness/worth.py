"""Computes when a copy is worth a call: the order in which a budget leaves the least staleness.

For a copy that changes r times a day, has the value w while it is correct and costs c calls, the policy that is optimal
for a fixed number of calls a day refreshes it when

    w / c * (1 - (1 + r t) exp(-r t)) / r

has grown to a threshold that is the same for all copies; t is its age (Cho and Garcia-Molina 2003; Azar et al.,
"Tractable near-optimal policies for crawling", PNAS 2018). Since r is not known, the expression is averaged over its
distribution, a Gamma distribution with shape a over b days, which has a closed form:

    w / c * ( b / (a - 1) * (1 - q**(a - 1)) - t q**a ),  q = b / (b + t)

So an uncertain rate needs neither a constant nor a special case for new copies. A copy known to be stale (a hint) has
the limit of this value, w / (c r).
"""

import math

from thesetd.domain.freshness.rate import ChangeRate

_CLOSE_TO_ONE = 1e-6
_SHORT = 1e-2  # expected changes up to which a series of three terms is exact to a millionth
_STEPS = 60  # most steps; usually four or five are enough
_EXACT = 1e-7  # relative to the age: a third of a second in a month


def value(rate: ChangeRate, age_days: float) -> float:
    """Return the value of a refresh at that age, for importance and cost 1, in days of staleness saved."""
    return _value(rate.shape, rate.exposure_days, age_days)


def _value(shape: float, days: float, age_days: float) -> float:
    part = age_days / days
    if (shape + 1.0) * part < _SHORT:  # here the difference below would be lost in rounding
        return shape * age_days * part / 2.0 * (1.0 - (shape + 1.0) * part * (2.0 / 3.0 - (shape + 2.0) * part / 4.0))
    left = days / (days + age_days)
    still_fresh: float = left**shape
    if abs(shape - 1.0) < _CLOSE_TO_ONE:
        fresh_days = days * math.log1p(part)
    else:
        fresh_days = days / (shape - 1.0) * (1.0 - still_fresh / left)
    return fresh_days - age_days * still_fresh


def due_age_days(rate: ChangeRate, weight: float, threshold: float, *, oldest_days: float) -> float:
    """Return the age at which a copy becomes worth a call.

    Newton's method on the logarithms of value and age, from below: that curve is increasing and concave, so no step
    leads past the root.

    Args:
        rate: how often it changes.
        weight: importance divided by cost in calls; any unit that is the same for all copies.
        threshold: the value, in that unit times days, from which a call is made.
        oldest_days: the age that no copy may exceed, returned if the copy is not worth a call before.
    """
    shape, days, wanted = rate.shape, rate.exposure_days, threshold / weight
    if _value(shape, days, oldest_days) < wanted:
        return oldest_days
    age = math.sqrt(2.0 * wanted * days / shape)  # the value is at most shape / days * age**2 / 2
    for _ in range(_STEPS):
        found = _value(shape, days, age)
        left = days / (days + age)
        slope = age * shape / days * left ** (shape + 1.0)
        step = math.log(wanted / found) * found / (slope * age)
        age *= math.exp(step)
        if step <= _EXACT:
            break
    return min(age, oldest_days)
