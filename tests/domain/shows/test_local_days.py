"""The local day of a concert."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.shows.local_days import Days, begins_at, is_coming, is_over, over_at, status_at, zone_named


def days(day: str, zone: str | None = None, begins: str | None = "20:00", **parts: object) -> Days:
    """Return the days of a concert at eight in the evening."""
    at = time.fromisoformat(begins) if begins else None
    return Days(**{"day": date.fromisoformat(day), "zone": zone_named(zone), "begins": at, **parts})


def utc(moment: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "over"),
    [
        (days("2026-10-09", "America/Los_Angeles"), "2026-10-10T07:00"),
        (days("2026-10-09", "Pacific/Auckland"), "2026-10-09T11:00"),
        (days("2027-03-28", "Europe/Berlin"), "2027-03-28T22:00"),
        (days("2027-10-31", "Europe/Berlin"), "2027-10-31T23:00"),
        (days("2026-10-09"), "2026-10-10T12:00"),
        (days("2026-10-09", country="US"), "2026-10-10T10:00"),
        (days("2026-10-09", country="CZ"), "2026-10-09T22:00"),
        (days("2026-10-09", country="WS"), "2026-10-09T11:00"),
        (days("2026-10-09", country="UA"), "2026-10-09T21:00"),
        (days("2026-10-09", country="XX"), "2026-10-10T12:00"),
        (days("2027-07-09", "Europe/Berlin", last=date(2027, 7, 11)), "2027-07-11T22:00"),
        (days("2027-07-09", "Europe/Berlin", last=date(2027, 7, 1)), "2027-07-09T22:00"),
        (days("2026-04-24", "Africa/Cairo"), "2026-04-24T21:00"),
    ],
)
def test_a_day_is_over_at_its_local_midnight(when: Days, over: str) -> None:
    """Days of 23 and 25 hours, the date line, midnights that are skipped, unknown zones and festivals alike."""
    assert over_at(when) == utc(over)
    assert is_over(when, utc(over))
    assert not is_over(when, utc(over) - timedelta(seconds=1))


def test_before_the_doors_nothing_is_completed() -> None:
    """At 17:30 in Los Angeles the UTC date is tomorrow's, and the show has not begun."""
    tonight = days("2026-10-09", "America/Los_Angeles")
    assert status_at("scheduled", tonight, utc("2026-10-10T00:30")) == "scheduled"
    assert status_at("scheduled", tonight, utc("2026-10-10T07:00")) == "completed"
    assert status_at("scheduled", tonight, utc("2026-10-10T00:30"), played=True) == "completed"


def test_beyond_the_date_line_a_show_is_over_before_its_utc_date() -> None:
    """At one in the morning in Auckland last night's show is completed, while UTC still has its date."""
    assert status_at("scheduled", days("2026-10-09", "Pacific/Auckland"), utc("2026-10-09T12:00")) == "completed"


def test_time_completes_nothing_that_is_off_or_undated() -> None:
    """Cancelled stays cancelled, postponed without a date postponed; a show without a setlist is completed by time."""
    over, now = days("2026-08-04", "Europe/Berlin"), utc("2026-08-06T12:00")
    assert status_at("scheduled", over, now) == status_at("rescheduled", over, now) == "completed"
    assert status_at("cancelled", over, now) == "cancelled"
    assert status_at("postponed", None, now) == "postponed"
    assert status_at("completed", None, now) == "scheduled"


def test_what_moved_into_the_future_is_not_completed() -> None:
    """A show that time had completed is taken back by its new date."""
    moved, now = days("2027-03-19", "Europe/Berlin"), utc("2026-10-12T12:00")
    assert status_at("completed", moved, now) == "scheduled"
    assert status_at("completed", moved, now, moved=True) == "rescheduled"
    assert status_at("rescheduled", moved, now) == "rescheduled"


@pytest.mark.parametrize(
    ("when", "now", "coming"),
    [
        (days("2026-11-27", "America/Los_Angeles"), "2026-11-28T02:54", True),
        (days("2026-11-27", "America/Los_Angeles"), "2026-11-28T04:00", False),
        (days("2026-11-27", "America/Sao_Paulo", "21:30"), "2026-11-28T00:15", True),
        (days("2026-11-28", "Pacific/Auckland"), "2026-11-28T00:15", True),
        (days("2026-11-27", "Pacific/Auckland"), "2026-11-28T00:15", False),
        (days("2026-11-27", "America/Los_Angeles", None), "2026-11-28T07:59", True),
        (days("2026-11-27", None), "2026-11-28T11:59", True),
        (days("2027-07-09", "Europe/Berlin", last=date(2027, 7, 11)), "2027-07-11T12:00", True),
    ],
)
def test_a_show_is_coming_until_it_begins(when: Days, now: str, coming: bool) -> None:  # noqa: FBT001  # a table
    """Tonight's show in another zone is coming; without a time it is to the end of its day, a festival to its last."""
    assert is_coming(when, utc(now)) is coming


def test_the_clock_of_the_venue_gives_the_moment() -> None:
    """The same hour is another moment in another zone, and none without one."""
    assert begins_at(days("2026-11-27", "America/Los_Angeles")) == utc("2026-11-28T04:00")
    assert begins_at(days("2026-11-27")) is None
    assert begins_at(days("9999-12-31", "America/Los_Angeles")) is None
    assert not is_over(days("9999-12-31", "America/Los_Angeles"), utc("2026-01-01T00:00"))


@pytest.mark.parametrize("name", ["Not/AZone", "America", "", None, "../etc/passwd", "a\0b", "/etc/localtime"])
def test_what_is_no_zone_is_passed_over(name: str | None) -> None:
    """Whatever a provider sends as a zone, the next one is tried."""
    assert zone_named(name) is None
    assert str(zone_named(name, "Europe/Berlin")) == "Europe/Berlin"


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    st.sampled_from(
        ["America/Los_Angeles", "Pacific/Auckland", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia", None]
    ),
    st.times(),
)
def test_a_show_begins_before_it_is_over(day: date, zone: str | None, begins: time) -> None:
    """Nothing is over before it begins, and nothing is coming and over at once."""
    when = Days(day=day, zone=zone_named(zone), begins=begins)
    end = over_at(when)
    assert (begins_at(when) or end) <= end
    assert not is_coming(when, end)
    assert abs(end - datetime.combine(day, time(), UTC)) <= timedelta(days=2)
