"""When an import is expected to be complete, told from how long earlier ones took from the same stage on.

An import that has been in a stage for a while is compared with those alone that were in it for longer: what is left of
theirs is what may be left of it. So the bounds hold at the stage's beginning and at its end alike. The remaining time
of one that outlasts nearly all grows with the time it has taken, by a power law.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from thesetd.domain.freshness.plans import ENOUGH, HIGH, LOW, PastImport, Range, range_of
from thesetd.domain.work.progress import ExpectedEnd, Stage

TAIL = 3.0  # the power, a judgement: of imports that took a time, one of eight takes twice as long


def expected_end(
    past: Sequence[PastImport], stage: Stage, *, again: bool, since: datetime, now: datetime
) -> ExpectedEnd | None:
    """Return when an import ends that reached a stage then; None if too few are known.

    Args:
        past: imports that completed; those as new, or as known, as this one are compared with if they are enough.
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
    """Return what is left of an import that took longer than nearly all, in seconds."""
    middle, low, high = (spent_s * ((1.0 - part) ** (-1.0 / TAIL) - 1.0) for part in (0.5, LOW, HIGH))
    return Range(middle, low, high)
