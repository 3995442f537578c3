"""What the application may tell of its people."""

from datetime import UTC, datetime, timedelta

import pytest

from thesetd.domain.freshness.interest import HALF_LIFE_DAYS, Interest, faded, read_interest

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_followers_and_visits_are_read() -> None:
    """Either may be missing."""
    told = {"artists": [{"slug": "a", "followers": 2}, {"slug": "b", "visits": 3}, {"slug": "c"}]}
    assert read_interest(told) == (Interest(slug="a", followers=2), Interest(slug="b", visits=3), Interest(slug="c"))


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({}, "must be an object like"),
        ({"artists": {}}, "must be an object like"),
        ({"artists": [], "more": 1}, "must be an object like"),
        ({"artists": ["a"]}, "each artist must be"),
        ({"artists": [{"visits": 1}]}, "each artist must be"),
        ({"artists": [{"slug": "a", "clicks": 1}]}, "each artist must be"),
        ({"artists": [{"slug": "a", "visits": -1}]}, "visits of 'a' must be a whole number"),
        ({"artists": [{"slug": "a", "visits": 1.5}]}, "visits of 'a' must be a whole number"),
        ({"artists": [{"slug": "a", "followers": True}]}, "followers of 'a' must be a whole number"),
        ({"artists": [{"slug": "a", "followers": 10**10}]}, "followers of 'a' must be a whole number"),
        ({"artists": [{"slug": "a"}] * 1_001}, "1001 artists are too many"),
    ],
)
def test_what_cannot_be_read_is_refused(told: dict[str, object], text: str) -> None:
    """The message says what is expected."""
    with pytest.raises(ValueError, match=text):
        read_interest(told)


def test_visits_count_half_after_a_week() -> None:
    """A clock that went back changes nothing."""
    assert faded(8.0, NOW - timedelta(days=HALF_LIFE_DAYS), NOW) == pytest.approx(4.0)
    assert faded(8.0, NOW + timedelta(days=1), NOW) == 8.0
