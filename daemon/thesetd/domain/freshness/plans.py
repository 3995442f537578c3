"""Estimates the calls, waits and time of an import or a round of refreshes from what earlier ones took.

A plan makes no provider calls. An artist that was imported before is compared with its own last imports; any other
artist with imports of artists that were new, or known, like it. The range covers four fifths of those.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import attrs

from thesetd.domain.freshness.copies import SHARING, USUAL, Aspect
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName

LOW, HIGH = 0.1, 0.9  # four fifths of the imports lie between these quantiles
PRIOR_LOOKS = 5.0  # the default counts like this many observed refreshes, or groups of these
LIKE_IT = 3  # last imports of the same artist that are used
ENOUGH = 9  # the bounds of fewer numbers would cover less than four fifths of future ones


@attrs.frozen(kw_only=True)
class PastImport:
    """A completed import; `again` if its artist had been imported before.

    `seconds` are those from its request to its end, without the time that the job waited to start. `left_s` maps each
    stage to the time from there to the end, as far as its events are kept.
    """

    artist_id: UUID | None
    again: bool
    seconds: float
    calls: Mapping[ProviderName, int]
    left_s: Mapping[str, float] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Looked:
    """The number of recent refreshes of an aspect, and the calls that they cost, by provider.

    Refreshes that share their calls count together as one of `groups`, and any other is a group by itself.
    """

    looks: int = 0
    calls: Mapping[ProviderName, int] = attrs.field(factory=dict)
    groups: float = attrs.field(default=attrs.Factory(lambda self: float(self.looks), takes_self=True))


@attrs.frozen
class Range:
    """An expected number, with bounds between which it lies in four of five cases."""

    middle: float
    low: float
    high: float

    def plus(self, more: float) -> "Range":
        """Return the range shifted by a certain amount."""
        return Range(self.middle + more, self.low + more, self.high + more)


NONE = Range(0.0, 0.0, 0.0)


@attrs.frozen(kw_only=True)
class ProviderPlan:
    """The calls to one provider, and how long they would wait for its quota; None if that is unknown.

    `kinds` are the expected calls of a round of refreshes by what they refresh.
    """

    provider: ProviderName
    calls: Range | None
    kinds: Mapping[str, float] = attrs.field(factory=dict)
    wait: timedelta | None = timedelta(0)
    room: int | None = None


@attrs.frozen(kw_only=True)
class Plan:
    """The expected effort. `basis` says what the estimate is based on; `duration` is in seconds, None if unknown."""

    what: str
    basis: str
    providers: tuple[ProviderPlan, ...]
    duration: Range | None
    remarks: tuple[str, ...] = ()


def alike(past: Sequence[PastImport], artist_id: UUID | None, *, again: bool) -> tuple[Sequence[PastImport], str]:
    """Return the past imports that best predict the next one, with words for them; `past` is newest first."""
    own = [one for one in past if artist_id is not None and one.artist_id == artist_id and one.again]
    if own:
        return own[:LIKE_IT], "the last imports of this artist"
    group = [one for one in past if one.again == again]
    kind = "artists that were known" if again else "new artists"
    return (group, f"{_imports_text(group)} of {kind}") if group else (past, _imports_text(past))


def _imports_text(past: Sequence[PastImport]) -> str:
    return f"{len(past)} import{'' if len(past) == 1 else 's'}"


def range_of(numbers: Sequence[float]) -> Range:
    """Return the median of at least one number, with the bounds of the middle four fifths."""
    ranked = sorted(numbers)
    return Range(_quantile(ranked, 0.5), _quantile(ranked, LOW), _quantile(ranked, HIGH))


def expected(
    group: Sequence[PastImport], past: Sequence[PastImport], number: Callable[[PastImport], float]
) -> Range | None:
    """Return the range of one number of an import like those of a group, None if that is empty.

    `past` are all imports, newest first.

    A few imports of one artist give a median, but say little about how far the next may be from it. That follows from
    how far the imports of all artists were from the medians of their own earlier ones.
    """
    if not group:
        return None
    own = range_of([number(one) for one in group])
    if len(group) >= ENOUGH or len({one.artist_id for one in group}) != 1:
        return own
    ratios = _ratios(past, number)
    if len(ratios) < ENOUGH:
        return own
    apart = range_of(ratios)
    return Range(own.middle, own.middle * min(1.0, apart.low), own.middle * max(1.0, apart.high))


def _ratios(past: Sequence[PastImport], number: Callable[[PastImport], float]) -> list[float]:
    """Return each repeated import's number divided by the median of the same artist's earlier imports."""
    before: dict[UUID | None, list[float]] = {}
    found = []
    for one in reversed([one for one in past if one.again]):
        earlier = before.setdefault(one.artist_id, [])
        if earlier and (middle := range_of(earlier[-LIKE_IT:]).middle) > 0.0:
            found.append(number(one) / middle)
        earlier.append(number(one))
    return found


def _quantile(ranked: Sequence[float], part: float) -> float:
    """Return a quantile of a sample, interpolated; with few numbers the bounds are the extremes."""
    place = part * (len(ranked) + 1) - 1
    low = min(max(math.floor(place), 0), len(ranked) - 1)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * min(max(place - low, 0.0), 1.0)


def calls_per_look(aspect: Aspect, provider: ProviderName, looked: Looked) -> float:
    """Return the calls that a refresh of an aspect costs at one provider: the observed mean, mixed with the default."""
    usual = USUAL[aspect].calls
    return (PRIOR_LOOKS * usual + looked.calls.get(provider, 0)) / (PRIOR_LOOKS + looked.looks)


def calls_per_group(aspect: Aspect, provider: ProviderName, looked: Looked) -> float:
    """Return the calls that refreshes cost which share them, however many they are: mostly as many as one costs."""
    return (PRIOR_LOOKS * USUAL[aspect].group + looked.calls.get(provider, 0)) / (PRIOR_LOOKS + looked.groups)


def part_of_budget(
    aspect: Aspect, provider: ProviderName, due: Mapping[Aspect, int], looked: Mapping[Aspect, Looked]
) -> float:
    """Return the part of a provider's budget that is spent on an aspect, from 0 to 1.

    One threshold says which copies of all aspects are worth a call, see `SHARING`; each aspect gets the part of the
    calls that its due copies need. Without any, all get as much.
    """
    sharing = SHARING[aspect]
    calls = {one: due.get(one, 0) * calls_per_look(one, provider, looked.get(one, Looked())) for one in sharing}
    total = sum(calls.values())
    return calls[aspect] / total if total else 1.0 / len(sharing)


def wait_for(
    calls: float, window: Window, spent: Sequence[tuple[datetime, int]], now: datetime
) -> tuple[timedelta, int]:
    """Return how long this many calls have to wait for a window, and how many of them it has room for now.

    For every full window's worth of calls beyond the first, a further window's length is added.

    Args:
        calls: the number of calls, made as fast as the window allows.
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
