"""What operators may type of a pin, and what they read when it cannot be."""

from datetime import UTC, datetime, timedelta

import pytest

from thesetd.domain.durations import duration_text, parse_duration
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.freshness.pins import read_ages, read_reason, read_until

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_ages_are_read_by_aspect() -> None:
    """Several may be named."""
    found = read_ages(["shows=1h", "catalog=7d"])
    assert found == {Aspect.SHOWS: timedelta(hours=1), Aspect.CATALOG: timedelta(days=7)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("merch=1h", "unknown aspect 'merch': expected shows, setlists, catalog, profile, for example shows=1h"),
        ("shows", "invalid age 'shows': expected aspect=age, for example shows=1h (s, m, h, d)"),
        ("shows=soon", "invalid age 'shows=soon': expected aspect=age, for example shows=1h (s, m, h, d)"),
        ("shows=0h", "invalid age 'shows=0h': expected aspect=age, for example shows=1h (s, m, h, d)"),
        ("shows=1m", "shows=1m is too short: the shortest age is 15m"),
        ("shows=31d", "shows=31d is too long: everything is refreshed within 30d anyway"),
    ],
)
def test_an_age_that_cannot_be_says_what_to_write(text: str, message: str) -> None:
    """What is wrong, and what is expected."""
    with pytest.raises(ValueError, match=r".") as caught:
        read_ages([text])
    assert str(caught.value) == message


def test_an_aspect_has_one_age() -> None:
    """Of two the last would win, without a word."""
    with pytest.raises(ValueError, match="shows has two ages: write one"):
        read_ages(["shows=1h", "setlists=2h", "shows=2h"])


def test_no_age_at_all_is_refused() -> None:
    """A pin of nothing is a mistake."""
    with pytest.raises(ValueError, match="no aspect to pin"):
        read_ages([])


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2026-12-24", datetime(2026, 12, 25, tzinfo=UTC)),
        ("2026-11-28", datetime(2026, 11, 29, tzinfo=UTC)),
        ("2028-02-29", datetime(2028, 3, 1, tzinfo=UTC)),
        ("2026-12-24T18:00", datetime(2026, 12, 24, 18, tzinfo=UTC)),
        ("2026-12-24T00:00", datetime(2026, 12, 24, tzinfo=UTC)),
        ("2026-12-24T18:00+02:00", datetime(2026, 12, 24, 16, tzinfo=UTC)),
    ],
)
def test_a_day_ends_with_its_last_moment(text: str, until: datetime) -> None:
    """A moment is taken as it is, in UTC if it names no zone."""
    assert read_until(text, NOW) == until


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2027-02-29", "invalid end '2027-02-29': there is no such day; expected one, for example 2026-11-28, or"),
        ("24.12.2026", "invalid end '24.12.2026': expected a day, for example 2026-11-28, or a moment such as"),
        ("", "invalid end '': expected a day"),
        ("2926-12-24", "the end 2926-12-24 is over 10 years away: leave it out for a pin without end"),
        ("2026-11-27", "the end 2026-11-27 is in the past: choose a day from 2026-11-28 on"),
    ],
)
def test_an_end_that_cannot_be_says_what_to_write(text: str, message: str) -> None:
    """What is wrong, and what is expected."""
    with pytest.raises(ValueError, match=r".") as caught:
        read_until(text, NOW)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("text", ["2026-11-27", "2026-11-28T11:59", "2026-02-30", "christmas", ""])
def test_an_end_that_is_over_or_none_is_refused(text: str) -> None:
    """The text names what was typed and a day that would do."""
    with pytest.raises(ValueError, match=r"2026-11-28"):
        read_until(text, NOW)


def test_the_last_day_of_all_is_no_overflow() -> None:
    """A pin may end as late as a date can be."""
    assert read_until("9999-12-31", NOW) == datetime.max.replace(tzinfo=UTC)


def test_a_pin_needs_a_reason() -> None:
    """Blanks are none, and a novel is too much."""
    assert read_reason(" tour ") == "tour"
    for text in ("", "  ", "x" * 201):
        with pytest.raises(ValueError, match="needs a reason"):
            read_reason(text)
    for text in ("tour\nannounced", "\x1b[31mtour", "\u202etour"):
        with pytest.raises(ValueError, match="control characters"):
            read_reason(text)


@pytest.mark.parametrize("text", ["90s", "15m", "6h", "30d"])
def test_durations_are_written_as_they_are_read(text: str) -> None:
    """With the largest unit that fits."""
    found = parse_duration(text)
    assert found is not None
    assert duration_text(found) == text


def test_a_duration_in_a_larger_unit_is_written_so() -> None:
    """Sixty minutes are an hour."""
    assert duration_text(timedelta(minutes=60)) == "1h"
