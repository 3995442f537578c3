"""Rolling days of small quotas: what orders use of them while users import, day after day, in virtual time."""

import math
import random
from collections import Counter, deque
from datetime import UTC, datetime, timedelta
from statistics import fmean

import attrs
import pytest

from thesetd.domain.freshness.budget import Budget
from thesetd.domain.gate.lanes import InteractiveRate
from thesetd.domain.gate.reserve import (
    DAY_S,
    PIECES,
    WindowHistory,
    interactive_reserve,
    least_reserve,
    leaving,
    usual_per_s,
)
from thesetd.domain.gate.windows import Window

DAY = datetime(2026, 6, 1, tzinfo=UTC)
PIECE_S = DAY_S / PIECES
AGAIN_S, LONGEST_S = 900.0, 3 * 3_600.0  # until a look that found no room tries again, and the latest it may
DAYS = 4

pytestmark = pytest.mark.untraced


@attrs.frozen
class Kind:
    """A quota, what a look costs, how many pieces of a day there are between two orders, and users' imports."""

    count: int
    cost: int
    pieces: int
    imports: float
    burst: int


SETLISTS = Kind(200, 1, 1, 13.0, 3)  # ordered every five minutes
SHOWS = Kind(300, 3, 12, 13.0, 5)  # ordered every hour
QUIET = Kind(30, 1, 1, 0.0, 0)
SMALL = Kind(30, 1, 1, 3.0, 2)
LARGE = Kind(2_000, 1, 1, 60.0, 3)


@attrs.define
class RollingDays:
    """What is called when, which looks wait until when, and how many of users' calls found no room."""

    kind: Kind
    rng: random.Random
    calls: deque[tuple[float, int, bool]] = attrs.field(factory=deque)
    looks: list[tuple[float, int]] = attrs.field(factory=list)
    demand: InteractiveRate = attrs.field(factory=InteractiveRate)
    turn: float = -math.inf
    asked: int = 0
    turned_away: int = 0

    @property
    def used(self) -> int:
        """Return how many calls are in the window."""
        return sum(cost for _, cost, _ in self.calls)

    def live(self, days: int) -> list[float]:
        """Let days pass; return how much of the quota was used within the day before each piece."""
        used = []
        for piece in range(days * PIECES):
            now = piece * PIECE_S
            while self.calls and self.calls[0][0] <= now - DAY_S:
                self.calls.popleft()
            used.append(self.used / self.kind.count)
            if self.rng.random() < self.kind.imports / PIECES:
                self._come(now)
            history = self._history()
            if piece % self.kind.pieces == 0:
                self._order(now, history)
            self._look(now, history)
        return used

    def _come(self, now: float) -> None:
        calls = self.kind.burst
        free = min(calls, self.kind.count - self.used)
        self.asked, self.turned_away = self.asked + calls, self.turned_away + calls - free
        for _ in range(calls):
            self.demand.note(now)
        if free:
            self.calls.append((now, free, True))

    def _history(self) -> WindowHistory:
        pieces = Counter[int]()
        for at, cost, _ in self.calls:
            pieces[int(at // PIECE_S)] += cost
        people = [cost for _, cost, is_people in self.calls if is_people]
        return WindowHistory(
            piece_s=PIECE_S,
            pieces=tuple((DAY + timedelta(seconds=piece * PIECE_S), cost) for piece, cost in sorted(pieces.items())),
            people=sum(people),
            squares=sum(cost**2 for cost in people),
        )

    def _kept(self, now: float, history: WindowHistory) -> int:
        return interactive_reserve(
            Window(self.kind.count, DAY_S),
            used=self.used,
            watched_s=now,
            lately_per_s=self.demand.per_s(now),
            history=history,
            now=DAY + timedelta(seconds=now),
        )

    def _order(self, now: float, history: WindowHistory) -> None:
        """Order looks for the time until the next order, spread over it, less those that still wait."""
        window, at = Window(self.kind.count, DAY_S), DAY + timedelta(seconds=now)
        budget = Budget(
            calls=self.kind.count - self._kept(now, history),
            used=self.used,
            whole=self.kind.count - least_reserve(window, history),
            people=usual_per_s(window, history, now) * DAY_S,
            leaving=[(in_s / DAY_S, calls) for in_s, calls in leaving(window, history, at)],
        )
        length_s = self.kind.pieces * PIECE_S
        wanted = budget.looks_for(at, at + timedelta(seconds=length_s), self.kind.cost)
        wanted = max(0, wanted - len(self.looks))
        self.looks += [(now + number * length_s / wanted, self.kind.cost) for number in range(wanted)]

    def _look(self, now: float, history: WindowHistory) -> None:
        """Make the calls of looks that are due, each whole or not at all; others come later, as at the gate."""
        most = self.kind.count - self._kept(now, history)
        waiting = []
        for due, cost in sorted(self.looks):
            if due >= now + PIECE_S:
                waiting.append((due, cost))
            elif most - self.used >= cost:
                self.calls.append((now, cost, False))
            else:
                self.turn = min(max(now + AGAIN_S, self.turn + DAY_S / self.kind.count), now + LONGEST_S)
                waiting.append((self.turn, cost))
        self.looks = waiting


@pytest.mark.parametrize(
    ("kind", "least"), [(SETLISTS, 0.97), (SHOWS, 0.96), (LARGE, 0.99), (QUIET, 0.96), (SMALL, 0.64)]
)
def test_a_rolling_day_stays_full_while_users_import(kind: Kind, least: float) -> None:
    """On average over all moments after the first day: no moment is the end of a day more than another.

    Of thirty calls one is kept for users; where they import, a third of so few is theirs.
    """
    worlds = [RollingDays(kind, random.Random(seed)) for seed in range(3)]
    used = [world.live(DAYS) for world in worlds]
    assert fmean(fmean(each[PIECES:]) for each in used) >= least
    assert sum(world.turned_away for world in worlds) <= 0.05 * sum(world.asked for world in worlds)
