from datetime import UTC, datetime, timedelta

import pytest

from thesetd.domain.work.ages import relative, span

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (0, "0 s"), (119.9, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172_800, "2 d")],
)
def test_a_length_of_time_has_one_unit(seconds: float, words: str) -> None:
    """The unit grows once two of it have passed, so a number is never less than precise to half."""
    assert span(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(21, "in 21 s"), (-180, "3 min ago"), (0.5, "now")])
def test_a_moment_is_seen_from_now(seconds: float, words: str) -> None:
    """What comes is "in", what was is "ago"."""
    assert relative(NOW + timedelta(seconds=seconds), NOW) == words
