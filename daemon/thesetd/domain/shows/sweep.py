"""Reads all shows of a period by windows of dates, with as few calls as the depth limit of lists allows.

Lists have a depth limit, so the period is cut into windows that each hold fewer shows than can be listed. The number of
shows in a window is estimated from what was read so far, by hour of the week, and from the last window's density; a
window that turns out too full is cut before its second page.

A list moves while it is read. It is sorted by id, and pages overlap: page `n` requests `200 - n` items and so begins
`n` items before the end of page `n - 1`. Shows that are added or withdrawn meanwhile shift the pages, but no remaining
show is missed if each page begins no later than where the one before ended; otherwise the page before is read again. A
window that holds less than its total at the end is read again, too. Windows are read in chronological order: a show
that moves to a later day is read twice, not missed, and one that moves to an earlier day is requested by its id, if it
is known, like any show that its window no longer holds.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import attrs

PAGE_SIZE = 200  # the most that one page holds
MOST_PAGES = 6  # Source: size * page must stay below 1,000, and 5 * 195 does
UNLISTED_AGE = timedelta(days=1)  # until a show that no list holds is requested by its id again
CAPACITY = 999  # a list is reported as complete up to here
_FULL = 980  # the capacity of five pages
AIM = 0.96  # share of five pages: fuller windows are cut too often, emptier ones cost pages
_LEAST_AIM, _AIM_DOWN, _AIM_UP = 0.88, 0.02, 0.1  # the share falls after a cut and rises after a window that fitted
MOST_READINGS = 4  # of one window that changes while it is being read
_SLOTS = 336  # half hours of a week
_SLOT = timedelta(minutes=30)
_SECOND = timedelta(seconds=1)
_FIRST = timedelta(days=7)  # length of the first window, about which nothing is known
_UNSEEN = 0.5  # weight of an hour of the week in which no show was seen, in shows
_TRUST, _SURPRISE = 0.4, 0.2  # weight of the last window relative to earlier ones; a surprise outweighs them
_SAMPLE_TRUST = 0.5  # weight of the shows that a page of 200 represents


def size_of(page: int) -> int:
    """Return how many items page `page` (from 0) requests."""
    return PAGE_SIZE - page


def pages_for(total: int) -> int:
    """Return how many overlapping pages hold this many items; at least one, which gives the total."""
    return next((n for n in range(1, MOST_PAGES + 1) if n * size_of(n - 1) >= total), MOST_PAGES)


@attrs.frozen(kw_only=True)
class SweepWindow:
    """A period (aware UTC, whole seconds, both ends included) in one country, or in all requested ones."""

    since: datetime
    until: datetime
    country: str | None = None


@attrs.frozen(kw_only=True)
class Ask:
    """A request for one page of a window."""

    window: SweepWindow
    page: int

    @property
    def size(self) -> int:
        """The number of items it requests."""
        return size_of(self.page)


@attrs.frozen(kw_only=True)
class SweptPage:
    """The outcome of one page: the ids in order, with the times at which the shows begin, if known.

    `total` is the window's as the answer claims it.
    """

    ids: tuple[str, ...]
    total: int
    starts: Mapping[str, datetime] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Finished:
    """A finished window: its shows, each once, and whether all of them were available.

    `total` is what the provider claims; a window that is not `whole` proves no absence.
    """

    window: SweepWindow
    ids: tuple[str, ...]
    total: int
    whole: bool


@attrs.define
class _Estimate:
    """Estimates how many shows a period holds, from those known before or, without them, from those read so far.

    `known` are the times at which shows begin, in order, as of the last sweep. `ratio` is the number of actual shows
    for each of them, or for each unit of weight of an hour of the week.
    """

    known: Sequence[datetime] = ()
    _seen: list[float] = attrs.field(factory=lambda: [_UNSEEN] * _SLOTS)
    _ratio: float | None = None

    def learn(self, window: SweepWindow, total: int, starts: Sequence[datetime]) -> None:
        """Learn from a finished window, or from the first page of one that is too full, whose ids have no times."""
        for start in starts:
            self._seen[_slot(start)] += max(1.0, _SAMPLE_TRUST * total / len(starts))
        ratio = max(total, 1) / self._weight(window)
        trust = 1.0 if self._ratio is None or abs(ratio - self._ratio) > _SURPRISE * self._ratio else _TRUST
        self._ratio = ratio if self._ratio is None else trust * ratio + (1 - trust) * self._ratio

    def _weight(self, window: SweepWindow) -> float:
        if self.known:
            return max(1, self._known_from(window.until) - self._known_from(window.since))
        return sum(self._seen[_slot(slot)] for slot in _slots(window.since, window.until))

    def end(self, since: datetime, until: datetime, wanted: float) -> datetime:
        """Return the end, at most `until`, of a window from `since` that holds this many shows."""
        if self.known:
            last = self._known_from(since) + max(1, int(wanted / (self._ratio or 1.0)))
            return until if last >= len(self.known) else min(until, max(self.known[last] - _SECOND, since + _SLOT))
        if self._ratio is None:
            return min(until, _floor(since) + _FIRST - _SECOND)
        end, expected = _floor(since), 0.0
        while end < until:
            expected += self._seen[_slot(end)] * self._ratio
            if expected > wanted and end > since:
                return min(until, max(end, _floor(since) + _SLOT) - _SECOND)
            end += _SLOT
        return until

    def _known_from(self, moment: datetime) -> int:
        return bisect_left(self.known, moment)


@attrs.define
class Sweep:
    """One reading of a period. Request the page in `ask` and pass the answer to `take`, until `ask` is None.

    Attributes:
        since, until: the period (aware UTC).
        countries: a window that is too full at its shortest is cut by these, if there are several.
        known: when stored shows begin, in order; the lengths of windows are estimated from them.
        calls: the number of requested pages.
    """

    since: datetime
    until: datetime
    countries: tuple[str, ...] = ()
    known: Sequence[datetime] = ()
    calls: int = 0
    _window: SweepWindow | None = None
    _later: list[SweepWindow] = attrs.field(factory=list)
    _pages: list[SweptPage] = attrs.field(factory=list)
    _left: list[SweptPage] = attrs.field(factory=list)
    _readings: int = 1
    _aim: float = AIM
    _estimate: _Estimate = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._estimate = _Estimate(self.known)

    @property
    def ask(self) -> Ask | None:
        """The page to request next; None when everything was read."""
        if self._window is None:
            self._window = self._later.pop(0) if self._later else self._next_window()
        return None if self._window is None else Ask(window=self._window, page=len(self._pages))

    def take(self, listed: SweptPage) -> Finished | None:
        """Take the answer to `ask`; return the window if it is finished by it."""
        window = self._window
        assert window is not None
        self.calls += 1
        if not self._pages and listed.total > CAPACITY and (parts := self._parts(window, listed)):
            self._window, self._later = None, [*parts, *self._later]
            return None
        if self._pages and listed.ids and listed.ids[0] > self._pages[-1].ids[-1]:
            return self._go_back(window, listed)
        self._pages.append(listed)
        if len(self._pages) < pages_for(listed.total) and listed.ids:
            return None
        if self._short(listed.total) and self._readings < MOST_READINGS and listed.total <= CAPACITY:
            return self._read_again(window, listed)
        return self._finish(window, listed.total, whole=not self._short(listed.total))

    def _short(self, total: int) -> bool:
        return len({one for page in self._pages for one in page.ids}) < total

    def _go_back(self, window: SweepWindow, listed: SweptPage) -> Finished | None:
        """Request a page again if the next one does not continue where it ended."""
        self._left.append(self._pages.pop())
        return self._read_again(window, listed) if len(self._left) > MOST_PAGES else None

    def _read_again(self, window: SweepWindow, listed: SweptPage) -> Finished | None:
        if self._readings < MOST_READINGS:
            self._readings, self._pages, self._left = self._readings + 1, [], []
            return None
        self._pages.append(listed)
        return self._finish(window, listed.total, whole=False)

    def _finish(self, window: SweepWindow, total: int, *, whole: bool) -> Finished:
        ids = tuple(dict.fromkeys(one for page in (*self._pages, *self._left) for one in page.ids))
        starts = {one: moment for page in self._pages for one, moment in page.starts.items()}
        if window.country is None:
            self._aim += (1 - self._aim) * _AIM_UP
            self._estimate.learn(window, total, list(starts.values()))
        self._window, self._pages, self._left, self._readings = None, [], [], 1
        return Finished(window=window, ids=ids, total=total, whole=whole)

    def _next_window(self) -> SweepWindow | None:
        if self.since >= self.until:
            return None
        window = SweepWindow(since=self.since, until=self._estimate.end(self.since, self.until, self._aim * _FULL))
        self.since = window.until + _SECOND
        return window

    def _parts(self, window: SweepWindow, listed: SweptPage) -> list[SweepWindow]:
        """Cut a window that is too full: at the time up to which it fits or, if not even an hour fits, by countries."""
        if window.until - window.since < _SLOT:
            if window.country is None and len(self.countries) > 1:
                return [attrs.evolve(window, country=country) for country in self.countries]
            return []
        self._aim = max(_LEAST_AIM, self._aim - _AIM_DOWN)
        self._estimate.learn(window, listed.total, list(listed.starts.values()))
        until = self._estimate.end(window.since, window.until, self._aim * _FULL)
        if until >= window.until:
            until = window.since + timedelta(seconds=int((window.until - window.since).total_seconds()) // 2)
        if window.country is None and not self._later:
            self.since = until + _SECOND  # the rest is planned again
            return [attrs.evolve(window, until=until)]
        return [attrs.evolve(window, until=until), attrs.evolve(window, since=until + _SECOND)]


def _floor(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute // 30 * 30, second=0, microsecond=0)


def _slots(since: datetime, until: datetime) -> Iterator[datetime]:
    slot = _floor(since)
    while slot <= until:
        yield slot
        slot += _SLOT


def _slot(moment: datetime) -> int:
    moment = moment.astimezone(UTC)
    return moment.weekday() * 48 + moment.hour * 2 + moment.minute // 30
