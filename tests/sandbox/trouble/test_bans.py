"""Bans that lengthen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.sandbox.trouble.bans import LONGEST_S, Ban, Sentence


def told(ban: Ban, now: float) -> str | None:
    """Return the Retry-After of an arrival during a ban."""
    met = ban.arrive(now)
    assert met is not None
    return met[1]


def test_a_call_during_a_ban_lengthens_it() -> None:
    """Each early call multiplies what is left and is told the new rest in whole seconds; at the end one may pass."""
    ban = Ban()
    assert ban.arrive(0.0) is None
    ban.impose(Sentence(seconds=60.0, answer="429"), 10.0)
    assert told(ban, 30.0) == "80"
    assert told(ban, 109.5) == "1"
    assert ban.arrive(110.5) is None
    assert ban.view() == {"probes": 2, "relapses": 0}


def test_no_ban_outlasts_a_day_by_probes() -> None:
    """However often it is probed, what is left stays within a day; a longer ban is not shortened."""
    ban = Ban()
    ban.impose(Sentence(seconds=3_600.0, answer="429", factor=10.0), 0.0)
    assert told(ban, 0.0) == "36000"
    assert told(ban, 0.0) == str(int(LONGEST_S))
    assert told(ban, 0.0) == str(int(LONGEST_S))
    ban.impose(Sentence(seconds=2 * LONGEST_S, answer="429"), 0.0)
    assert told(ban, 0.0) == str(int(2 * LONGEST_S))


def test_a_call_too_soon_after_a_ban_earns_another() -> None:
    """Within the time of relapse the whole ban begins again; after it the first call passes."""
    ban = Ban()
    ban.impose(Sentence(seconds=100.0, answer="429", relapse_s=30.0), 0.0)
    assert told(ban, 120.0) == "100"
    assert ban.arrive(251.0) is None
    assert ban.view() == {"probes": 0, "relapses": 1}


@pytest.mark.parametrize(("retry_after", "expected"), [(None, "60"), ("", None), ("soon", "soon")])
def test_what_a_banned_call_is_told(retry_after: str | None, expected: str | None) -> None:
    """The rest by default, nothing, or any text."""
    ban = Ban()
    ban.impose(Sentence(seconds=60.0, answer="429", factor=1.0, retry_after=retry_after), 0.0)
    assert told(ban, 0.0) == expected
    ban.reset()
    assert ban.arrive(0.0) is None


@given(st.lists(st.floats(0.1, 50), max_size=30), st.floats(1, 5))
def test_a_ban_never_gets_shorter(steps: list[float], factor: float) -> None:
    """Whoever waits as long as the last answer said passes; whoever comes earlier finds the end no nearer."""
    ban, now = Ban(), 0.0
    ban.impose(Sentence(seconds=100.0, answer="429", factor=factor), 0.0)
    end = 100.0
    for step in steps:
        now += step
        if now >= end:
            break
        hint = told(ban, now)
        assert hint is not None
        assert now + float(hint) >= end - 1e-6
        end = max(end, now + min((end - now) * factor, LONGEST_S))
    assert ban.arrive(end + 1e-3) is None
