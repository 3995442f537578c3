"""Estimates when an import will be complete, from the time that earlier ones took after the same stage.

An import that has been in a stage for a while is compared only with those that were in it for longer: their remaining
times are the estimate. So the bounds are right at the beginning of a stage and at its end. If it outlasts nearly all
earlier ones, its remaining time grows with the time it has taken, by a power law.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from thesetd.domain.freshness.plans import ENOUGH, HIGH, LOW, PastImport, Range, range_of
from thesetd.domain.work.progress import ExpectedEnd, Stage

TAIL = 3.0  # the exponent, a judgement: of imports that took a given time, one in eight takes twice as long


def expected_end(
    past: Sequence[PastImport], stage: Stage, *, again: bool, since: datetime, now: datetime
) -> ExpectedEnd | None:
    """Return when an import that reached a stage at `since` will end; None if too few earlier ones are known.

    Args:
        past: completed imports; only first imports or only repeated ones are compared, like this one, if there are
            enough.
        stage: the stage now.
        again: whether the artist was known before.
        since: when it was reached.
        now: the present moment.
    """
    spent_s = max(0.0, (now - since).total_seconds())
    every = [one for one in past if stage.value in one.left_s]
    group = [one for one in every if one.again == again]
    if len(group) < ENOUGH:
        group = every
    if len(group) < ENOUGH:
        return None
    left = [one.left_s[stage.value] - spent_s for one in group if one.left_s[stage.value] > spent_s]
    found = range_of(left) if len(left) >= ENOUGH else _outlasting(spent_s)
    at, low, high = (now + timedelta(seconds=seconds) for seconds in (found.middle, found.low, found.high))
    return ExpectedEnd(at=at, since=low, until=high)


def _outlasting(spent_s: float) -> Range:
    """Return the remaining seconds of an import that has taken longer than nearly all others."""
    middle, low, high = (spent_s * ((1.0 - part) ** (-1.0 / TAIL) - 1.0) for part in (0.5, LOW, HIGH))
    return Range(middle, low, high)
