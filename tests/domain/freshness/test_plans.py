"""What an import would take, told from those that there were."""

import math
import random
import statistics
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from thesetd.domain.freshness.copies import USUAL, Aspect
from thesetd.domain.freshness.plans import (
    Looked,
    PastImport,
    Range,
    alike,
    calls_per_group,
    calls_per_look,
    expected,
    part_of_budget,
    range_of,
    wait_for,
)
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
ONE, OTHER = UUID(int=1), UUID(int=2)


def past(artist: UUID, *, again: bool, calls: int = 9) -> PastImport:
    """Make an import."""
    return PastImport(artist_id=artist, again=again, seconds=12.0, calls={SPOTIFY: calls})


def test_an_artist_is_compared_with_its_own_imports() -> None:
    """Not with its first one, which fetched what is stored by now."""
    history = [past(ONE, again=True), past(OTHER, again=True), past(ONE, again=False)]
    assert alike(history, ONE, again=True) == ([history[0]], "the last imports of this artist")


def test_others_are_compared_with_those_that_were_as_new() -> None:
    """Where there are none, with all."""
    history = [past(ONE, again=True), past(OTHER, again=False)]
    assert alike(history, None, again=False) == ([history[1]], "1 import of new artists")
    assert alike(history, OTHER, again=True) == ([history[0]], "1 import of artists that were known")
    assert alike(history[:1], None, again=False) == (history[:1], "1 import")
    assert alike([], None, again=False) == ([], "0 imports")


def test_a_span_holds_four_fifths() -> None:
    """Of a hundred numbers those from the tenth to the ninetieth; of few it reaches to the ends."""
    found = range_of(list(range(1, 100)))
    assert (found.middle, found.low, found.high) == (50.0, 10.0, 90.0)
    assert range_of([3.0, 1.0]) == Range(2.0, 1.0, 3.0)
    assert range_of([7.0]) == Range(7.0, 7.0, 7.0)
    assert expected([], [], lambda one: one.seconds) is None


def test_a_budget_is_shared_by_the_calls_that_are_due() -> None:
    """Ten catalogues take 40 calls, 40 profiles as many; setlists have their provider for themselves."""
    due = {Aspect.CATALOG: 10, Aspect.PROFILE: 40, Aspect.SETLISTS: 7}
    assert part_of_budget(Aspect.CATALOG, SPOTIFY, due, {}) == part_of_budget(Aspect.PROFILE, SPOTIFY, due, {}) == 0.5
    assert part_of_budget(Aspect.CATALOG, SPOTIFY, {Aspect.PROFILE: 3}, {}) == 0.0
    assert part_of_budget(Aspect.CATALOG, SPOTIFY, {}, {}) == 0.5
    assert part_of_budget(Aspect.SETLISTS, SPOTIFY, due, {}) == 1.0


def test_what_a_look_costs_is_counted() -> None:
    """Many looks outweigh what is usual; one look hardly moves it."""
    usual = USUAL[Aspect.SHOWS].calls
    assert calls_per_look(Aspect.SHOWS, TICKETMASTER, Looked()) == usual
    assert calls_per_look(Aspect.SHOWS, TICKETMASTER, Looked(looks=1, calls={TICKETMASTER: 60})) > usual
    many = Looked(looks=10_000, calls={TICKETMASTER: 30_000})
    assert calls_per_look(Aspect.SHOWS, TICKETMASTER, many) == pytest.approx(3.0, rel=0.01)


def test_looks_that_share_their_calls_cost_what_one_costs() -> None:
    """A thousand groups of twenty made 4,000 calls, so a look costs a fifth of one, and a group four."""
    many = Looked(looks=20_000, calls={TICKETMASTER: 4_000}, groups=1_000)
    assert calls_per_look(Aspect.SHOWS, TICKETMASTER, many) == pytest.approx(0.2, rel=0.01)
    assert calls_per_group(Aspect.SHOWS, TICKETMASTER, many) == pytest.approx(4.0, rel=0.01)
    assert calls_per_group(Aspect.SHOWS, TICKETMASTER, Looked()) == USUAL[Aspect.SHOWS].group
    alone = Looked(looks=1_000, calls={SETLISTFM: 2_000})
    assert calls_per_group(Aspect.SETLISTS, SETLISTFM, alone) == calls_per_look(Aspect.SETLISTS, SETLISTFM, alone)


def spent(*hours_ago: float) -> list[tuple[datetime, int]]:
    """Make calls so many hours ago."""
    return sorted((NOW - timedelta(hours=ago), 1) for ago in hours_ago)


@pytest.mark.parametrize(
    ("calls", "hours_ago", "wait_h", "room"),
    [
        (3, (), 0, 5),
        (5, (), 0, 5),
        (6, (), 24, 5),
        (0, (1, 2, 3, 4, 5), 0, 0),
        (1, (1, 2, 3, 4, 20), 4, 0),
        (2, (1, 2, 3, 4, 20), 20, 0),
        (4, (23, 22), 1, 3),
        (1, (25, 26), 0, 5),
        (11, (), 48, 5),
    ],
)
def test_calls_wait_until_the_window_has_room(calls: int, hours_ago: tuple[float, ...], wait_h: int, room: int) -> None:
    """Five calls a day: what was called leaves the window a day later."""
    assert wait_for(calls, Window(5, 86_400.0), spent(*hours_ago), NOW) == (timedelta(hours=wait_h), room)


def test_a_range_moves_as_a_whole() -> None:
    """A wait that is certain moves its bounds, too."""
    assert Range(9.0, 4.0, 20.0).plus(1) == Range(10.0, 5.0, 21.0)


@pytest.mark.untraced
@pytest.mark.parametrize("again", [False, True])
def test_plans_of_200_imports_are_calibrated(*, again: bool) -> None:
    """Each is told from those before: middles are right on the whole, and four of five lie within the bounds.

    Sizes of artists differ by a factor of three either way, repeated imports of one artist by a quarter, and the time
    of a call by a fifth.
    """
    rng = random.Random(7)
    sizes = {UUID(int=n): 60.0 * math.exp(rng.gauss(0.0, 1.1)) for n in range(40)}
    past: list[PastImport] = []
    told: list[tuple[Range, Range, PastImport]] = []
    for number in range(360):
        artist = UUID(int=rng.randrange(40)) if again else UUID(int=1000 + number)
        size = sizes[artist] if again else 60.0 * math.exp(rng.gauss(0.0, 1.1))
        calls = max(1, round(size * math.exp(rng.gauss(0.0, 0.25))))
        made = PastImport(
            artist_id=artist, again=again, seconds=0.2 * calls * math.exp(rng.gauss(0.0, 0.2)), calls={SPOTIFY: calls}
        )
        if number >= 160:
            group, _ = alike(past[:200], artist, again=again)
            ranges = [
                expected(group, past[:200], each) for each in (lambda one: one.calls[SPOTIFY], lambda one: one.seconds)
            ]
            told.append((ranges[0], ranges[1], made))
        past.insert(0, made)
    assert len(told) == 200
    for place, most_off in ((0, 0.10), (1, 0.20)):
        actual = [made.calls[SPOTIFY] if place == 0 else made.seconds for *_, made in told]
        inside = sum(one[place].low <= value <= one[place].high for one, value in zip(told, actual, strict=True))
        assert 0.75 <= inside / len(told) <= 0.85
        off = statistics.median(value / one[place].middle for one, value in zip(told, actual, strict=True))
        assert abs(off - 1.0) <= most_off
