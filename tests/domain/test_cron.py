"""Cron expressions: what is accepted, and when it fires."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.cron import check_cron, next_due


def test_next_due_is_strictly_later_and_aware() -> None:
    """A moment that fires is not its own successor; the result is in UTC."""
    at = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    assert next_due("0 4 * * 0", at) == datetime(2026, 11, 29, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("cron", ["", "0 * * *", "61 * * * *", "* * * * * *", "@daily", "never"])
def test_a_malformed_cron_expression_is_refused(cron: str) -> None:
    """Only five fields within their ranges are accepted."""
    with pytest.raises(ValueError, match="invalid cron expression"):
        check_cron(cron)


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
    ("cron", "fault"),
    [
        ("5-1 * * * *", "invalid minute '5-1', expected a range that goes upwards: 5-59,0-1"),
        ("0 22-0 * * *", "invalid hour '22-0', expected a range that goes upwards: 22-23,0"),
        ("0 0 * nov-feb *", "invalid month 'nov-feb', expected a range that goes upwards: 11-12,1-2"),
        ("0 0 * * fri-mon", "invalid weekday 'fri-mon', expected a range that goes upwards: 5-6,0-1"),
        ("0 0 * * sat-sun", "invalid weekday 'sat-sun', expected a range that goes upwards: 6-7"),
        ("5/15 * * * *", "invalid minute '5/15', expected a range before the step: 5-59/15"),
        ("*/90 * * * *", "invalid minute '*/90', expected a step from 1 to 60"),
        ("0 */0 * * *", "invalid hour '*/0', expected a step from 1 to 24"),
        ("R * * * *", "invalid minute 'R', expected 0-59"),
        ("0 R(1-5) * * *", "invalid hour 'R(1-5)', expected 0-23"),
        ("0 0 L * *", "invalid day 'L', expected 1-31"),
        ("0 0 1W * *", "invalid day '1W', expected 1-31"),
        ("0 0 ? * *", "invalid day '?', expected 1-31"),
        ("0 0 * * 5#3", "invalid weekday '5#3', expected 0-7 or sun-sat"),
        ("0 0 * * L5", "invalid weekday 'L5', expected 0-7 or sun-sat"),
        ("0 0 * * mo", "invalid weekday 'mo', expected 0-7 or sun-sat"),
        ("1," * 300 + "1 * * * *", "609 characters, expected at most 400"),
        ("1,,2 * * * *", "invalid minute '1,,2', expected 0-59"),
        ("\uff11 * * * *", "invalid minute '\uff11', expected 0-59"),
    ],
)
def test_what_is_not_in_crontab_is_refused(cron: str, fault: str) -> None:
    """Extensions of libraries are surprises: `R` is another minute on every node, `5-1` all minutes but three."""
    with pytest.raises(ValueError, match=r".") as caught:
        check_cron(cron)
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    "cron", ["*/20 * * * *", "*/60 */24 * * *", "00 00 01 01 *", "0 0 * JAN-mar MON,wed-Fri", "1-5,10-20/3,* * * * 5-7"]
)
def test_all_of_crontab_is_accepted(cron: str) -> None:
    """Lists, ranges, steps, names in any case, leading zeros, Sunday as 7."""
    check_cron(cron)


SUNDAY = 7
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, SUNDAY))


@given(data=st.data())
def test_an_expression_fires_at_the_first_minute_that_its_fields_name(data: st.DataObject) -> None:
    """Whatever is drawn of the grammar, beside a search through days; a day that never comes is refused."""
    texts, sets = [], []
    for low, high in FIELDS:
        first = data.draw(st.integers(low, high))
        last, step = data.draw(st.integers(first, high)), data.draw(st.integers(1, high - low))
        choices = [
            ("*", range(low, high + 1)),
            (f"*/{step}", range(low, high + 1, step)),
            (f"{low}-{high}", range(low, high + 1)),
            (f"{first}-{last}/{step}", range(first, last + 1, step)),
            (f"{first},{last}", (first, last)),
        ]
        text, found = data.draw(st.sampled_from(choices))
        texts.append(text)
        sets.append({one % 7 for one in found} if high == SUNDAY else set(found))
    minutes, hours, days, months, weekdays = sets
    either = all if any(texts[at].startswith("*") for at in (2, 4)) else any
    every = (datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=day) for day in range(9 * 366))
    fits = (day for day in every if day.month in months and either((day.day in days, day.isoweekday() % 7 in weekdays)))
    expected = next(fits, None)
    if expected is None:
        with pytest.raises(ValueError, match="never fires"):
            check_cron(" ".join(texts))
        return
    check_cron(" ".join(texts))
    due = next_due(" ".join(texts), datetime(2026, 1, 31, 23, 59, tzinfo=UTC))
    assert due == expected.replace(hour=min(hours), minute=min(minutes))


@pytest.mark.parametrize(
    ("cron", "due"), [("5-5 * * * *", "01T00:05"), ("0 2-2 * * *", "01T02:00"), ("0 0 * * 1-1", "02T00:00")]
)
def test_a_range_of_one_value_is_that_value(cron: str, due: str) -> None:
    """Not every value, for which croniter takes it."""
    assert f"{next_due(cron, datetime(2026, 10, 31, 23, 59, tzinfo=UTC)):%dT%H:%M}" == due


def test_a_step_over_all_days_restricts_the_weekday() -> None:
    """As crontab(5) says of fields with `*`: every other day, if it is a Monday; else either field suffices."""
    at = datetime(2026, 11, 1, tzinfo=UTC)
    assert next_due("0 0 */2 * mon", at) == datetime(2026, 11, 9, tzinfo=UTC)
    assert next_due("0 0 1-31/2 * mon", at) == datetime(2026, 11, 2, tzinfo=UTC)


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
