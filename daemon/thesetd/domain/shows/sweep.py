"""Reads all shows of a period by windows of dates, with as few calls as the depth limit of lists allows.

Lists have a depth limit, so the period is cut into windows that each hold fewer shows than can be listed. The number of
shows in a window is estimated from the stored shows of the period or, if those are few, by hour of the week from what
was read so far and what is stored of the weeks before, and from the last window's density. A window that turns out too
full is cut before its second page.

A list shifts while it is read. It is sorted by id, and pages overlap: page `n` requests `200 - n` items and so begins
`n` items before the end of page `n - 1`. Shows that are added or withdrawn meanwhile shift the pages, but no remaining
show is missed if each page begins no later than where the one before ended; otherwise the older of the two is read
again. If fewer shows are held at the end than the list claims, pages are read again, the oldest first, until enough are
held. Windows are read in chronological order: a show that moves to a later day is read twice, not missed, and one that
moves to an earlier day is requested by its id, if it is known, like any show that its window no longer holds.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import attrs

PAGE_SIZE = 200  # the most that one page holds
MOST_PAGES = 6  # Source: size * page must stay below 1,000, and 5 * 195 does
UNLISTED_AGE = timedelta(days=1)  # until a show that no list holds is requested by its id again
# The same if its answers stay the same: as long as they have so far, up to this, and half of the time until it begins.
LONGEST_UNLISTED = timedelta(days=7)
CAPACITY = 999  # a list is reported as complete up to here
FULL_PAGES = 5  # whose capacity is 980
AIM = 0.96  # share of five pages: fuller windows are cut too often, emptier ones cost pages
_LEAST_AIM, _AIM_DOWN, _AIM_UP = 0.88, 0.02, 0.1  # the share falls after a cut and rises after a window that fitted
MOST_READINGS = 4  # average readings of the pages of one window that changes while it is being read
EARLIER = timedelta(days=28)  # the period before, whose shows help to plan: a month of weeks
_DENSE = 2.0  # listed shows for each known one: above it the known ones are too few to estimate from
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
class _Ratio:
    """The number of shows for each unit of some weight, from the windows that were read."""

    value: float | None = None

    def learn(self, ratio: float) -> None:
        if self.value is None or abs(ratio - self.value) > _SURPRISE * self.value:
            self.value = ratio
        else:
            self.value += _TRUST * (ratio - self.value)


@attrs.define
class _Estimate:
    """Estimates how many shows a period holds, from those known before or, without them, from those read so far.

    `known` are the times at which shows begin, in order, as of the last sweep. `_by_known` is the number of actual
    shows for each of them, `_by_hours` for each unit of weight of an hour of the week.
    """

    known: Sequence[datetime] = ()
    _seen: list[float] = attrs.field(factory=lambda: [_UNSEEN] * _SLOTS)
    _by_known: _Ratio = attrs.field(factory=_Ratio)
    _by_hours: _Ratio = attrs.field(factory=_Ratio)

    @classmethod
    def of(
        cls, since: datetime, until: datetime, known: Sequence[datetime], earlier: Sequence[datetime]
    ) -> "_Estimate":
        """Start from the known shows of a period and from those of the time `EARLIER` before it."""
        estimate = cls(known)
        for start in earlier:
            estimate._seen[_slot(start)] += 1.0
        if earlier:
            estimate._by_hours.learn(len(earlier) / estimate._hours(since - EARLIER, since - _SECOND))
            expected = estimate._hours(since, until) * (estimate._by_hours.value or 0.0)
            if expected > _DENSE * len(known):
                estimate._by_known.learn(expected / max(1, len(known)))
        return estimate

    def learn(self, window: SweepWindow, total: int, starts: Sequence[datetime]) -> None:
        """Learn from a finished window, or from the first page of one that is too full, whose ids have no times."""
        for start in starts:
            self._seen[_slot(start)] += max(1.0, _SAMPLE_TRUST * total / len(starts))
        self._by_known.learn(max(total, 1) / max(1, self._place(window.until) - self._place(window.since)))
        self._by_hours.learn(max(total, 1) / self._hours(window.since, window.until))

    def end(self, since: datetime, until: datetime, wanted: float) -> datetime:
        """Return the end, at most `until`, of a window from `since` that holds this many shows."""
        ratio = self._by_known.value or 1.0
        if self.known and ratio <= _DENSE:
            last = self._place(since) + max(1, int(wanted / ratio))
            return until if last >= len(self.known) else min(until, max(self.known[last] - _SECOND, since + _SLOT))
        if self._by_hours.value is None:
            return min(until, _floor(since) + _FIRST - _SECOND)
        end, expected = _floor(since), 0.0
        while end < until:
            expected += self._seen[_slot(end)] * self._by_hours.value
            if expected > wanted and end > since:
                return min(until, max(end, _floor(since) + _SLOT) - _SECOND)
            end += _SLOT
        return until

    def _place(self, moment: datetime) -> int:
        return bisect_left(self.known, moment)

    def _hours(self, since: datetime, until: datetime) -> float:
        return sum(self._seen[_slot(slot)] for slot in _slots(since, until))


@attrs.define
class _View:
    """The known part of a window's list while it shifts: each page replaces the ids between its ends."""

    held: dict[str, datetime | None] = attrs.field(factory=dict)
    _spans: dict[int, tuple[str, str]] = attrs.field(factory=dict)
    _read: dict[int, int] = attrs.field(factory=dict)
    _short: set[int] = attrs.field(factory=set)
    _total: int = 0
    _calls: int = 0

    def put(self, page: int, listed: SweptPage) -> None:
        """Take a page; ids held between its ends that are not on it have left the list."""
        self._calls, self._total = self._calls + 1, listed.total
        ids, begin = listed.ids, page * size_of(page)
        if ids and list(ids) == sorted(ids):
            first, last = ids[0] if page else "", ids[-1]
            ends = begin + len(ids) >= listed.total
            gone = [one for one in self.held if first <= one and (ends or one <= last)]
            for one in gone:
                del self.held[one]
            self._spans[page] = (first, last)
        self.held |= {one: listed.starts.get(one) for one in ids}
        self._read[page] = self._calls
        if len(ids) < min(size_of(page), listed.total - begin):
            self._short.add(page)
        else:
            self._short.discard(page)

    @property
    def whole(self) -> bool:
        """Return whether as many shows are held as claimed, and no page begins after the end of the one before."""
        return len(self.held) >= self._total and self._gap() is None

    @property
    def wanted(self) -> int | None:
        """The page to request next; None when the list was read, or changed too often."""
        pages = pages_for(self._total) if self._calls else 1
        if self._calls >= MOST_READINGS * pages:
            return None
        if (gap := self._gap()) is not None:
            return gap
        unread = next((page for page in range(pages) if page not in self._read or page in self._short), None)
        if unread is not None or self.whole or self._total > CAPACITY:
            return unread
        return min(range(pages), key=lambda page: self._read[page])

    def _gap(self) -> int | None:
        """Return a page that ends before the next, more recent one begins: the list has moved up in between."""
        spans, read = self._spans, self._read
        pairs = ((one, one + 1) for one in sorted(spans) if one + 1 in spans)
        moved = (one for one, after in pairs if spans[one][1] < spans[after][0] and read[one] < read[after])
        return next(moved, None)


@attrs.define
class Sweep:
    """One reading of a period. Request the page in `ask` and pass the answer to `take`, until `ask` is None.

    Attributes:
        since, until: the period (aware UTC).
        country: whose shows are read; those of all requested countries if None.
        countries: a window that is too full at its shortest is cut by these, if there are several.
        pages: about how many pages a window has, at most `FULL_PAGES`.
        known: when stored shows begin, in order; the lengths of windows are estimated from them.
        earlier: the same for the time `EARLIER` before the period, used if `known` has too few.
        calls: the number of requested pages.
    """

    since: datetime
    until: datetime
    country: str | None = None
    countries: tuple[str, ...] = ()
    pages: int = FULL_PAGES
    known: Sequence[datetime] = ()
    earlier: Sequence[datetime] = ()
    calls: int = 0
    _window: SweepWindow | None = None
    _later: list[SweepWindow] = attrs.field(factory=list)
    _view: _View = attrs.field(factory=_View)
    _page: int = 0
    _aim: float = AIM
    _estimate: _Estimate = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._estimate = _Estimate.of(self.since, self.until, self.known, self.earlier)

    @property
    def _full(self) -> int:
        return self.pages * size_of(self.pages - 1)

    @property
    def ask(self) -> Ask | None:
        """The page to request next; None when everything was read."""
        if self._window is None:
            self._window = self._later.pop(0) if self._later else self._next_window()
        return None if self._window is None else Ask(window=self._window, page=self._page)

    def take(self, listed: SweptPage) -> Finished | None:
        """Take the answer to `ask`; return the window if it is finished by it."""
        window = self._window
        assert window is not None
        self.calls += 1
        if not self._view.held and listed.total > CAPACITY and (parts := self._parts(window, listed)):
            self._window, self._later = None, [*parts, *self._later]
            return None
        self._view.put(self._page, listed)
        wanted = self._view.wanted
        if wanted is not None:
            self._page = wanted
            return None
        return self._finish(window, listed.total)

    def _finish(self, window: SweepWindow, total: int) -> Finished:
        view = self._view
        if window.country == self.country:
            self._aim += (1 - self._aim) * _AIM_UP
            self._estimate.learn(window, total, [moment for moment in view.held.values() if moment is not None])
        self._window, self._view, self._page = None, _View(), 0
        return Finished(window=window, ids=tuple(view.held), total=total, whole=view.whole)

    def _next_window(self) -> SweepWindow | None:
        if self.since >= self.until:
            return None
        end = self._estimate.end(self.since, self.until, self._aim * self._full)
        window = SweepWindow(since=self.since, until=end, country=self.country)
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
        until = self._estimate.end(window.since, window.until, self._aim * self._full)
        if until >= window.until:
            until = window.since + timedelta(seconds=int((window.until - window.since).total_seconds()) // 2)
        if window.country == self.country and not self._later:
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
