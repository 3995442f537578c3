"""The standing schedules."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from thesetd.domain.work.jobs import JobKind, Lane
from thesetd.domain.work.schedules import DEFAULTS, check_cron, check_zone, job_for, next_due


def test_the_eight_schedules_are_those_of_the_design() -> None:
    """Names, cron expressions and lanes as documented."""
    assert {name: (s.cron, s.lane.label) for name, s in DEFAULTS.items()} == {
        "sync-upcoming-shows": ("0 * * * *", "medium"),
        "sync-active-artists": ("0 */6 * * *", "high"),
        "sync-trending": ("0 */4 * * *", "medium"),
        "sync-popular-artists": ("0 2 * * *", "medium"),
        "sync-past-setlists": ("0 2 * * *", "high"),
        "sync-recent-setlists": ("0 */6 * * *", "high"),
        "deep-catalog-refresh": ("0 4 * * 0", "low"),
        "cleanup-old-data": ("0 5 1 * *", "low"),
    }


def test_next_due_is_strictly_later_and_aware() -> None:
    """A moment that fires is not its own successor; the result is in UTC."""
    at = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    assert next_due("0 4 * * 0", at) == datetime(2026, 11, 29, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("cron", ["", "0 * * *", "61 * * * *", "* * * * * *", "@daily", "never"])
def test_a_malformed_cron_expression_is_refused(cron: str) -> None:
    """Only five fields within their ranges are accepted."""
    with pytest.raises(ValueError, match="invalid cron expression"):
        check_cron(cron)


def test_a_firing_is_told_from_the_next_and_cleanup_works_alone() -> None:
    """Two due times give two unique keys; the cleanup schedule sweeps over no artists."""
    first, second = (job_for(DEFAULTS["sync-trending"], run) for run in ("a", "b"))
    assert first.unique_key != second.unique_key
    assert (first.kind, first.lane) == (JobKind.SWEEP, Lane.MEDIUM)
    assert job_for(DEFAULTS["cleanup-old-data"], "x").kind is JobKind.CLEANUP


@pytest.mark.parametrize(
    ("cron", "fault"),
    [
        ("60 * * * *", "invalid minute '60', expected 0-59"),
        ("0 24 * * *", "invalid hour '24', expected 0-23"),
        ("0 0 0 * *", "invalid day '0', expected 1-31"),
        ("0 0 * 13 *", "invalid month '13', expected 1-12"),
        ("0 0 * * 8", "invalid weekday '8', expected 0-7 or sun-sat"),
        ("0 0 * Mai *", "invalid month 'Mai', expected 1-12 or jan-dec"),
        ("0 0 * * Montag", "invalid weekday 'Montag', expected 0-7 or sun-sat"),
        ("-5 4 * * *", "invalid minute '-5', expected 0-59"),
        ("0 0 4 * * *", "6 fields, expected five fields: minute hour day month weekday"),
        ("@daily", "1 field, expected five fields"),
        ("0 */x * * *", "invalid hour '*/x', expected 0-23"),
        ("0 0 * *", "expected five fields"),
        ("", "expected five fields"),
    ],
)
def test_a_wrong_expression_says_which_field_is_wrong(cron: str, fault: str) -> None:
    """With what may stand there."""
    with pytest.raises(ValueError, match=r".") as caught:
        check_cron(cron)
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("zone", "meant"),
    [
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("europe/berlin", "Europe/Berlin"),
        ("Europe/Berln", "Europe/Berlin"),
        ("utc", "UTC"),
        ("MESZ", "Europe/Berlin"),
        ("PST", "America/Los_Angeles"),
        ("IST", "Asia/Kolkata, Europe/Dublin or Asia/Jerusalem"),
        ("UTC+2", "a name like Europe/Berlin, or Etc/GMT-2 for an offset"),
        ("-05:00", "a name like Europe/Berlin, or Etc/GMT+5 for an offset"),
        ("+25", "a name like Europe/Berlin, or UTC"),
        ("", "a name like Europe/Berlin, or UTC"),
        ("../etc/passwd", "a name like Europe/Berlin, or UTC"),
    ],
)
def test_an_unknown_zone_says_which_is_meant(zone: str, meant: str) -> None:
    """By its city, an abbreviation, another case, an offset, or one letter."""
    with pytest.raises(ValueError, match=r".") as caught:
        check_zone(zone)
    assert str(caught.value).startswith(f"unknown time zone {zone!r}: expected {meant}")


@pytest.mark.parametrize("zone", ["EST", "MST", "HST"])
def test_a_zone_without_daylight_saving_time_is_refused(zone: str) -> None:
    """They are names of zones, and an hour off in summer; CET and EET are not."""
    with pytest.raises(ValueError, match=f"{zone} has no daylight saving time: expected (America|Pacific)/"):
        check_zone(zone)
    for kept in ("CET", "EET", "EST5EDT", "Etc/GMT-2", "America/Phoenix"):
        check_zone(kept)


@pytest.mark.parametrize(
    ("cron", "after", "due"),
    [
        ("0 */6 * * *", datetime(2024, 2, 28, 23, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)),
        ("0 5 29 2 *", datetime(2024, 3, 1, tzinfo=UTC), datetime(2028, 2, 29, 5, tzinfo=UTC)),
        ("30 1 * * *", datetime(2026, 3, 29, 0, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("30 1 * * *", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)),
    ],
)
def test_leap_days_and_summer_time_move_nothing(cron: str, after: datetime, due: datetime) -> None:
    """Expressions are in UTC: an hour that Europe skips or repeats comes once."""
    assert next_due(cron, after) == due


@pytest.mark.parametrize(
    ("cron", "zone", "days", "local"),
    [
        ("30 2 * * *", "Europe/Berlin", "2026-03-28", ("28 02:30 +0100", "29 03:00 +0200", "30 02:30 +0200")),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24", ("24 02:30 +0200", "25 02:30 +0200", "26 02:30 +0100")),
        ("15 1,4 * * *", "America/St_Johns", "2026-11-01", ("01 01:15 -0230", "01 04:15 -0330", "02 01:15 -0330")),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03", ("03 02:15 +1030", "04 02:30 +1100", "05 02:15 +1100")),
        ("0 */6 * * *", "Europe/Berlin", "2026-10-25", ("25 06:00 +0100", "25 12:00 +0100", "25 18:00 +0100")),
        ("0 2 * * *", "Asia/Kathmandu", "2026-06-01", ("01 02:00 +0545", "02 02:00 +0545", "03 02:00 +0545")),
    ],
)
def test_a_time_of_day_comes_once_a_day_in_its_zone(cron: str, zone: str, days: str, local: tuple[str, ...]) -> None:
    """Also on the days of a change: one that is skipped comes late, one that is repeated comes the first time alone."""
    at = datetime.fromisoformat(days).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    found = []
    for _ in local:
        at = next_due(cron, at, zone)
        assert at.tzinfo is UTC
        found.append(f"{at.astimezone(ZoneInfo(zone)):%d %H:%M %z}")
    assert tuple(found) == local


def test_every_hour_of_a_day_of_change_has_its_run() -> None:
    """The hour that is repeated has two, as the time that passes; the hour that is skipped has none."""
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25)):
        begin = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Europe/Berlin"))
        at, ends, runs = begin.astimezone(UTC) - timedelta(seconds=1), begin + timedelta(days=1), 0
        while (at := next_due("0 * * * *", at, "Europe/Berlin")) < ends.astimezone(UTC):
            runs += 1
        assert runs == hours
