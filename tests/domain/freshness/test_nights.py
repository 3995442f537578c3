"""Setlists are looked at when songs are likely to have appeared or changed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from thesetd.domain.freshness.nights import LEAST, Night, timed_age_days
from thesetd.domain.freshness.rate import ChangeRate
from thesetd.domain.freshness.worth import due_age_days

OVER = datetime(2026, 6, 2, 3, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RARE = ChangeRate(1e-6)


def hours(nights: Sequence[Night], looked_at: datetime, *, weight: float = 1.0) -> float:
    """Return after how many hours the next look is worth a call."""
    return 24 * timed_age_days(nights, looked_at, RARE, weight, 0.01, oldest_days=27)


def test_nothing_is_looked_for_before_the_show_is_over() -> None:
    """However long before, the next look comes soon after the end."""
    for before in (HOUR, 10 * HOUR, 5 * DAY):
        wait = hours([Night(over_at=OVER)], OVER - before)
        assert before / HOUR < wait < before / HOUR + 4


def test_looks_are_frequent_in_the_night_and_rare_after_a_week() -> None:
    """While no songs are there the pauses grow from one look to the next."""
    waits = [hours([Night(over_at=OVER)], OVER + age) for age in (HOUR, 6 * HOUR, DAY, 3 * DAY, 12 * DAY, 60 * DAY)]
    assert waits == sorted(waits)
    assert waits[0] < 3
    assert waits[3] > 12
    assert waits[-1] > 10 * 24


def test_a_setlist_that_is_there_is_looked_at_more_rarely() -> None:
    """Corrections are worth less than first songs, and come more rarely the older the songs are."""
    missing = hours([Night(over_at=OVER)], OVER + 6 * HOUR)
    new = hours([Night(over_at=OVER, written_at=OVER + 3 * HOUR)], OVER + 6 * HOUR)
    old = hours([Night(over_at=OVER, written_at=OVER + 3 * HOUR)], OVER + 20 * DAY)
    assert missing < new < old


def test_first_nights_and_big_names_go_first() -> None:
    """Each makes the next look earlier."""
    usual = hours([Night(over_at=OVER)], OVER + HOUR)
    assert hours([Night(over_at=OVER, first=True)], OVER + HOUR) < usual
    assert hours([Night(over_at=OVER)], OVER + HOUR, weight=5) < usual


def test_shows_of_an_artist_share_a_look() -> None:
    """Two shows without songs are looked at sooner than either alone."""
    both = hours([Night(over_at=OVER), Night(over_at=OVER - DAY)], OVER + HOUR)
    assert both < min(hours([Night(over_at=OVER)], OVER + HOUR), hours([Night(over_at=OVER - DAY)], OVER + HOUR))


def test_no_artist_is_looked_at_all_the_time() -> None:
    """Whatever speaks for it, there are twenty minutes between two looks."""
    assert hours([Night(over_at=OVER)] * 50, OVER + HOUR, weight=1e6) == LEAST / HOUR


def test_without_shows_the_learned_rate_decides() -> None:
    """It is the age that the index gives to any copy, up to the step between two ages."""
    busy = ChangeRate(1.0, changes=100, days=100)
    found = timed_age_days([], OVER, busy, 1.0, 0.2, oldest_days=27)
    exact = due_age_days(busy, 1.0, 0.2, oldest_days=27)
    assert exact <= found <= 1.2 * exact
