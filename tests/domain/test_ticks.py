"""Whole seconds at which periodic work is done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.ticks import TICK_S, tick_within


@given(now=st.floats(0.0, 1e6), most_s=st.floats(0.01, 1e4))
def test_a_tick_is_ahead_and_in_time(now: float, most_s: float) -> None:
    """Work is done as often as it says at least, and never twice at the same moment."""
    assert now < tick_within(now, most_s) <= now + most_s


@given(now=st.floats(0.0, 1e6), most_s=st.floats(TICK_S, 1e4))
def test_what_is_done_seldom_is_done_at_whole_seconds(now: float, most_s: float) -> None:
    """So it is done together, and no more than a second early."""
    tick = tick_within(now, most_s)
    assert tick % TICK_S == 0.0
    assert tick > now + most_s - TICK_S


def test_what_is_done_often_keeps_its_own_pace() -> None:
    """The retry after half a second is not put off, nor made at once."""
    assert tick_within(7.9, 0.5) == pytest.approx(8.4)
