"""What of a day's quota is kept for people, by what the ledger says of the last day."""

import random
from collections import Counter, deque
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.gate.lanes import InteractiveRate
from thesetd.domain.gate.reserve import (
    BURST,
    BURST_SHARE,
    DAY_S,
    MOST_SHARE,
    PIECES,
    START_SHARE,
    WindowHistory,
    interactive_reserve,
)
from thesetd.domain.gate.windows import Window

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PIECE_S = DAY_S / PIECES
COUNTS = st.integers(1, 1_000_000)
RATES = st.floats(0, 100, allow_nan=False)
WATCHED = st.floats(0, 3 * DAY_S, allow_nan=False)


def history(*hours: float, calls: int = 300, people: int = 0) -> WindowHistory:
    """Return a day in which so many calls were made each of these hours ago, and people's came five at a time."""
    pieces = tuple((NOW - timedelta(hours=ago), calls) for ago in sorted(hours, reverse=True))
    return WindowHistory(piece_s=PIECE_S, pieces=pieces, people=people, squares=people * 5)


EVENLY = tuple(number / 12 for number in range(1, PIECES))


def kept(count: int, past: WindowHistory | None, *, lately: float = 0.0, watched_s: float = DAY_S) -> int:
    """Return the reserve of a day."""
    window = Window(count, DAY_S)
    return interactive_reserve(window, used=count, watched_s=watched_s, lately_per_s=lately, history=past, now=NOW)


@given(COUNTS, WATCHED, RATES)
def test_the_reserve_stays_within_its_bounds(count: int, watched_s: float, rate: float) -> None:
    """It is a fifth while nothing is known, never more than half of the quota, and never less than a burst."""
    assert START_SHARE * count <= kept(count, None, lately=rate, watched_s=0.0) <= START_SHARE * count + 1
    least = min(BURST, max(1, int(BURST_SHARE * count)))
    assert least <= kept(count, None, lately=rate, watched_s=watched_s) <= MOST_SHARE * count + 1


@given(COUNTS, WATCHED, RATES, RATES, st.sets(st.integers(0, 23)))
def test_more_demand_never_shrinks_it(count: int, watched_s: float, one: float, other: float, hours: set[int]) -> None:
    """Whatever was called when, who asks for more is kept at least as much."""
    low, high = sorted((one, other))
    past = history(*hours)
    assert kept(count, past, lately=low, watched_s=watched_s) <= kept(count, past, lately=high, watched_s=watched_s)


def test_a_burst_is_kept_where_as_much_comes_back_as_people_ask_for() -> None:
    """Of 288 calls spread over the day twelve come back each hour; who ask for five at a time, 40 a day, need seven."""
    assert kept(300, history(*EVENLY, calls=1, people=40)) == 7
    assert kept(300, history(*EVENLY, calls=1, people=150)) == int(BURST_SHARE * 300) == 8


def test_the_demand_of_hours_in_which_nothing_comes_back_is_kept() -> None:
    """All was used within three hours: until those are a day ago, people ask for 83 calls if that takes 20 hours."""
    assert 80 < kept(1_000, history(4, 3, 2, people=100)) < 80 + 3 * (8 * 80) ** 0.5
    assert 12 < kept(1_000, history(21, 20, 19, people=100)) < 12 + 3 * (8 * 12) ** 0.5


def test_a_demand_that_has_just_begun_is_kept_for_some_hours() -> None:
    """Thirty calls in the last hours after a silent day raise it, by less than a whole day of that would."""
    quiet, busy = kept(5_000, history(4, 3, 2)), kept(5_000, history(4, 3, 2), lately=30 / 10_800)
    assert quiet < 30 < busy < 30 * 8


@pytest.mark.untraced
@attrs.define
class RollingDay:
    """A quota that people and a background use, minute by minute; the background would use twice its even share."""

    count: int
    share: float
    burst: int
    calls: deque[float] = attrs.field(factory=deque)
    people: deque[float] = attrs.field(factory=deque)
    demand: InteractiveRate = attrs.field(factory=InteractiveRate)
    asked: int = 0
    turned_away: int = 0

    def come(self, now: float) -> None:
        """Let a person import."""
        for _ in range(self.burst):
            self.demand.note(now)
            self.asked += 1
            if len(self.calls) < self.count:
                self.calls.append(now)
                self.people.append(now)
            else:
                self.turned_away += 1

    def kept(self, now: float) -> int:
        """Return the reserve by what the ledger would say."""
        pieces = Counter(int(at // PIECE_S) for at in self.calls)
        past = WindowHistory(
            piece_s=PIECE_S,
            pieces=tuple((NOW + timedelta(seconds=piece * PIECE_S), cost) for piece, cost in sorted(pieces.items())),
            people=len(self.people),
            squares=len(self.people) * self.burst,
        )
        return interactive_reserve(
            Window(self.count, DAY_S),
            used=len(self.calls),
            watched_s=now,
            lately_per_s=self.demand.per_s(now),
            history=past,
            now=NOW + timedelta(seconds=now),
        )

    def live(self, days: int, dice: random.Random) -> list[float]:
        """Let days pass; return what part of the quota was used in each."""
        used, kept = [], 0
        for minute in range(days * 1440):
            now = minute * 60.0
            for each in (self.calls, self.people):
                while each and each[0] <= now - DAY_S:
                    each.popleft()
            if dice.random() < self.share * self.count / 1440 / self.burst:
                self.come(now)
            if minute % 20 == 0:
                kept = self.kept(now)
            more = int(2 * self.count * (minute + 1) / 1440) - int(2 * self.count * minute / 1440)
            free = max(0, self.count - len(self.calls) - kept)
            self.calls.extend([now] * min(more, free))
            if minute % 1440 == 1439:
                used.append(len(self.calls) / self.count)
        return used


@pytest.mark.untraced
@pytest.mark.parametrize("burst", [1, 5])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.2])
@pytest.mark.parametrize("count", [300, 1_440])
def test_every_day_is_used_up_and_people_are_served(count: int, share: float, burst: int) -> None:
    """97 of 100 calls of each day are used, and nine of ten of people's are made at once."""
    scene = RollingDay(count, share, burst)
    assert min(scene.live(3, random.Random(count))) >= 0.97
    assert scene.turned_away <= 0.1 * scene.asked
