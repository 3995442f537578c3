"""Adapts the threshold of a budget: it rises while copies wait for calls, and falls while calls go to copies not due.

The input is the lag of a copy in proportion to its age, and the threshold moves by that proportion in the time in which
every copy gets one call. So it needs no constant for a budget's size, and cannot oscillate: due times are computed with
the threshold of their moment, so its effect shows only one round later. (A fixed rate per day that suits one budget
makes the threshold of another oscillate.)

Until then due times are of the wrong scale: in a new database and after a quota was raised, none has come. Copies are
therefore not chosen by due time, but by age in proportion to the interval until due: a threshold scales all intervals
about alike (by its square root, while few changes are expected), so the proportion does not depend on it. By due time,
the copies with the shortest intervals would be refreshed hour by hour, and no other.
"""

import math

MOST_SHARE = 1.0  # a longer lag counts as this one: a week of downtime must not raise the threshold without bound


def moved(threshold: float, *, lag_days: float, age_days: float, copies: int) -> float:
    """Return the threshold after a copy was refreshed.

    Args:
        threshold: the present threshold.
        lag_days: how long the copy had been due; negative if it was not due yet.
        age_days: how old the copy was.
        copies: how many copies share the budget.
    """
    share = lag_days / age_days if age_days > 0.0 else 0.0
    return threshold * math.exp(min(max(share, -MOST_SHARE), MOST_SHARE) / copies)


def first_threshold(usual_per_day: float, mean_weight: float, days_between: float) -> float:
    """Return the initial threshold: a copy of mean weight is refreshed as often as the budget allows on average."""
    x = usual_per_day * days_between
    return mean_weight * (1.0 - (1.0 + x) * math.exp(-x)) / usual_per_day
