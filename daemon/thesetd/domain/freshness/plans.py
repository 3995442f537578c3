"""What an import or a round of refreshes would take: calls, waits and time, told from what earlier ones took.

Nothing is asked of a provider for a plan. An artist that was imported before is compared with its own last imports;
another one with imports of artists as new, or as known, as it is. The range holds four fifths of those.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import attrs

from thesetd.domain.freshness.copies import USUAL, Aspect
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName

LOW, HIGH = 0.1, 0.9  # four fifths of the imports lie between
PRIOR_LOOKS = 5.0  # for as many looks counts what is usual, beside those that were counted
LIKE_IT = 3  # imports of the same artist that are compared with
ENOUGH = 9  # the bounds of fewer numbers hold less than four fifths of those to come


@attrs.frozen(kw_only=True)
class PastImport:
    """An import that completed; `again` says that its artist had been imported before.

    `left_s` tells by stage how long it took from there to its end, as far as its events are kept.
    """

    artist_id: UUID | None
    again: bool
    seconds: float
    calls: Mapping[ProviderName, int]
    left_s: Mapping[str, float] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Looked:
    """How many looks of an aspect there were lately, and the calls that they cost, by provider."""

    looks: int = 0
    calls: Mapping[ProviderName, int] = attrs.field(factory=dict)


@attrs.frozen
class Range:
    """A number that is expected, with the bounds between which it lies four times of five."""

    middle: float
    low: float
    high: float

    def plus(self, more: float) -> "Range":
        """Return it moved by something that is certain."""
        return Range(self.middle + more, self.low + more, self.high + more)


NONE = Range(0.0, 0.0, 0.0)


@attrs.frozen(kw_only=True)
class ProviderPlan:
    """Calls of one provider, and for how long they would wait for its quota."""

    provider: ProviderName
    calls: Range
    wait: timedelta = timedelta(0)
    room: int | None = None


@attrs.frozen(kw_only=True)
class Plan:
    """What something would take. `basis` says what that is told from; `duration` is in seconds."""

    what: str
    basis: str
    providers: tuple[ProviderPlan, ...]
    duration: Range
    remarks: tuple[str, ...] = ()


def alike(past: Sequence[PastImport], artist_id: UUID | None, *, again: bool) -> tuple[Sequence[PastImport], str]:
    """Return the past imports that tell most about one to come, with words for them; `past` is newest first."""
    own = [one for one in past if artist_id is not None and one.artist_id == artist_id and one.again]
    if own:
        return own[:LIKE_IT], "the last imports of this artist"
    group = [one for one in past if one.again == again]
    kind = "artists that were known" if again else "new artists"
    return (group, f"{len(group)} imports of {kind}") if group else (past, f"{len(past)} imports")


def range_of(numbers: Sequence[float]) -> Range:
    """Return the median with the bounds of the middle four fifths; zeros if there are none."""
    if not numbers:
        return NONE
    ranked = sorted(numbers)
    return Range(_quantile(ranked, 0.5), _quantile(ranked, LOW), _quantile(ranked, HIGH))


def expected(group: Sequence[PastImport], past: Sequence[PastImport], number: Callable[[PastImport], float]) -> Range:
    """Return the range of a number of an import like those of a group; `past` are all, newest first.

    A few imports of one artist tell its middle, and little of how far the next may be from it: that is told by how far
    imports of all artists were from the middle of their own earlier ones.
    """
    own = range_of([number(one) for one in group])
    if len(group) >= ENOUGH or len({one.artist_id for one in group}) != 1:
        return own
    apart = range_of(ratios := _ratios(past, number))
    if len(ratios) < ENOUGH:
        return own
    return Range(own.middle, own.middle * min(1.0, apart.low), own.middle * max(1.0, apart.high))


def _ratios(past: Sequence[PastImport], number: Callable[[PastImport], float]) -> list[float]:
    """Return each repeated import's number beside the median of its artist's imports before."""
    before: dict[UUID | None, list[float]] = {}
    found = []
    for one in reversed([one for one in past if one.again]):
        earlier = before.setdefault(one.artist_id, [])
        if earlier and (middle := range_of(earlier[-LIKE_IT:]).middle) > 0.0:
            found.append(number(one) / middle)
        earlier.append(number(one))
    return found


def _quantile(ranked: Sequence[float], part: float) -> float:
    """Return a quantile of a sample, between neighbours; of few numbers bounds reach to the ends."""
    place = part * (len(ranked) + 1) - 1
    low = min(max(math.floor(place), 0), len(ranked) - 1)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * min(max(place - low, 0.0), 1.0)


def calls_per_look(aspect: Aspect, provider: ProviderName, looked: Looked) -> float:
    """Return the calls that a look at an aspect costs at one of its providers: what was counted, beside the usual."""
    usual = USUAL[aspect].calls
    return (PRIOR_LOOKS * usual + looked.calls.get(provider, 0)) / (PRIOR_LOOKS + looked.looks)


def wait_for(
    calls: float, window: Window, spent: Sequence[tuple[datetime, int]], now: datetime
) -> tuple[timedelta, int]:
    """Return how long this many calls have to wait for a window, and how many it has room for now.

    Beyond a whole window's calls each further window's length is waited for.

    Args:
        calls: that are to be made, as fast as the window lets them.
        window: the limit.
        spent: calls of at least the window's length with their costs, oldest first.
        now: the present moment.
    """
    length = timedelta(seconds=window.seconds)
    inside = [(at + length, cost) for at, cost in spent if at + length > now]
    room = window.count - sum(cost for _, cost in inside)
    if calls <= 0.0:
        return timedelta(0), max(0, room)
    rounds, rest = divmod(math.ceil(calls) - 1, window.count)
    wait, needed = length * rounds, rest + 1 - room
    for leaves_at, cost in inside:
        if needed <= 0:
            break
        needed -= cost
        wait = length * rounds + (leaves_at - now)
    return wait, max(0, room)
