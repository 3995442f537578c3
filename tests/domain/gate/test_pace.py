"""How many calls the last hour of a daily quota saw, and how many it may."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.gate.pace import MOST_PACE, calls_lately, most_lately
from thesetd.domain.gate.reserve import DAY_S, PIECES, WindowHistory
from thesetd.domain.gate.windows import Window

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PIECE_S = DAY_S / PIECES
DAY = Window(240, DAY_S)


def history(*made: tuple[float, int]) -> WindowHistory:
    """Return a day in which so many calls were made so many hours before `NOW`."""
    pieces = tuple((NOW - timedelta(hours=ago), calls) for ago, calls in sorted(made, reverse=True))
    return WindowHistory(piece_s=PIECE_S, pieces=pieces)


def lately(past: WindowHistory, *, used: int, used_before: int, minutes: float = 0.0) -> int:
    """Return the calls of the last hour, so long after the history was read."""
    now = NOW + timedelta(minutes=minutes)
    return calls_lately(DAY, used=used, used_before=used_before, history=past, now=now)


def test_calls_of_the_last_hour_count() -> None:
    """Those of the ledger, and those that were made since it was read."""
    past = history((5.0, 40), (0.5, 3))
    assert lately(past, used=43, used_before=43) == 3
    assert lately(past, used=50, used_before=43) == 10


def test_calls_that_have_left_the_window_meanwhile_hide_no_others() -> None:
    """Seven calls are a day old when four new ones are made: the window holds fewer, and four were made."""
    past = history((24.04, 7), (5.0, 40))
    assert lately(past, used=44, used_before=47, minutes=4.0) == 4


def test_what_others_use_of_the_quota_counts_until_the_ledger_is_read_again() -> None:
    """A limit that was used by others is used; but they do not hold up refreshes for a day."""
    past = history((5.0, 40))
    assert lately(past, used=140, used_before=40) == 100
    assert lately(past, used=140, used_before=140) == 0


@given(st.integers(1, 1_000_000))
def test_a_refresh_can_always_be_made_some_time(count: int) -> None:
    """However small the quota, an hour may see a call; and a few hours may not see all of a larger one."""
    assert most_lately(Window(count, DAY_S)) >= 1
    assert most_lately(Window(count, DAY_S)) <= MOST_PACE * count / 24 + 1
