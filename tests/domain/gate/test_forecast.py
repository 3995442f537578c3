"""When a day's quota runs out, if calls go on as they did lately."""

from datetime import UTC, datetime, timedelta

from thesetd.domain.gate.forecast import WindowForecast, forecast, rate_per_s
from thesetd.domain.gate.windows import Window

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), Window(100, 86_400.0)


def calls(*hours_ago: float) -> list[tuple[datetime, int]]:
    """Make calls so many hours ago, oldest first."""
    return sorted((NOW - HOUR * ago, 1) for ago in hours_ago)


def test_nothing_called_runs_never_out() -> None:
    """No call is no forecast."""
    assert forecast([], DAY, NOW) == WindowForecast()


def test_a_rate_that_the_window_can_bear_does_not_run_out() -> None:
    """Four calls an hour are 96 a day."""
    assert forecast(calls(*(n / 4 for n in range(1, 96))), DAY, NOW) == WindowForecast()


def test_a_rate_that_is_too_high_runs_out_when_the_room_is_used() -> None:
    """Ten calls an hour for three hours leave room for 70, which last seven hours; room comes a day after the first."""
    spent = calls(*(n / 10 for n in range(30)))
    found = forecast(spent, DAY, NOW)
    assert found.full_at is not None
    assert abs(found.full_at - (NOW + 7 * HOUR)) < HOUR / 2
    assert found.room_at == spent[0][0] + 24 * HOUR


def test_a_full_window_says_when_it_has_room() -> None:
    """It is full now, until the oldest call leaves."""
    spent = calls(*(20 + n / 100 for n in range(100)))
    assert forecast(spent, DAY, NOW) == WindowForecast(full_at=NOW, room_at=spent[0][0] + 24 * HOUR)


def test_a_lowered_limit_has_room_when_enough_calls_have_left() -> None:
    """Not when the oldest leaves: with 103 calls of 100 it is the fourth."""
    spent = calls(*(20 + n / 100 for n in range(103)))
    assert forecast(spent, DAY, NOW) == WindowForecast(full_at=NOW, room_at=spent[3][0] + 24 * HOUR)


def test_a_temporary_limit_is_not_full_after_its_end() -> None:
    """Room for 70 calls lasts seven hours, a day's quota for six is none, and a full one has no room before its end."""
    spent = calls(*(n / 10 for n in range(30)))
    assert forecast(spent, DAY, NOW, ends_s=6 * 3600.0) == WindowForecast()
    found = forecast(spent, DAY, NOW, ends_s=8 * 3600.0)
    assert (found.full_at, found.room_at) == (forecast(spent, DAY, NOW).full_at, None)


def test_a_limit_that_resumes_counts_the_calls_until_then() -> None:
    """What is used up by then is full at that moment, and has room when what was called until then has left."""
    spent = calls(*(n / 10 for n in range(30)))
    at_six = forecast(spent, DAY, NOW, begins_s=6 * 3600.0)
    assert at_six == forecast(spent, DAY, NOW)
    assert forecast(spent, DAY, NOW, begins_s=8 * 3600.0).full_at == NOW + 8 * HOUR
    full = calls(*(20 + n / 100 for n in range(100)))
    assert forecast(full, DAY, NOW, begins_s=5 * 3600.0) == WindowForecast()


def test_the_calls_of_a_first_import_foresee_nothing() -> None:
    """Four calls within ten seconds are no rate; a hundred times as many are one."""
    assert forecast(calls(0.003, 0.002, 0.001, 0), DAY, NOW) == WindowForecast()
    busy = [(NOW - timedelta(seconds=n), 1) for n in reversed(range(60))]
    assert forecast(busy, DAY, NOW).full_at == NOW + timedelta(minutes=40)


def test_calls_that_left_the_window_do_not_count() -> None:
    """Yesterday's calls are gone today."""
    assert forecast(calls(*(25 + n / 100 for n in range(100))), DAY, NOW) == WindowForecast()


def test_the_rate_is_that_of_the_last_hours() -> None:
    """Of a record that is younger, since its first call, but at least an hour."""
    assert rate_per_s(calls(10, *(n / 10 for n in range(30))), NOW) * 3600 == 10.0
    assert rate_per_s(calls(*(n / 10 for n in range(11))), NOW) * 3600 == 11.0
    assert rate_per_s(calls(*(n / 10 for n in range(16))), NOW) * 3600 == 16 / 1.5
    assert rate_per_s(calls(0), NOW) * 3600 == 1.0
    assert rate_per_s(calls(9), NOW) == 0.0
