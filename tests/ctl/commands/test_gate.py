"""The commands about the gate."""

import json
from datetime import timedelta
from typing import Any

import pytest


def test_limits_are_shown_with_their_lanes(run: Any) -> None:
    """A line for each provider: what is used, until when it is blocked, what waits, how long; then why it is."""
    result = run("limits")
    assert result.exit_code == 0
    heading, line, why = result.output.splitlines()
    assert heading.split() == ["PROVIDER", "USED", "BLOCKED", "WAITING", "SHARES"]
    assert line.startswith("spotify   7 of 100/60s  ends now  interactive 2 (for 2 s)  interactive 100 %")
    assert why == "spotify is blocked, ends now: too many requests"


def test_a_provider_that_is_paused_and_blocked_is_told_to_be_both(run: Any, server: Any) -> None:
    """The pause stands in the table, and until when it would not be asked anyway below."""
    server.daemon.gate_closed = True
    _, line, why = run("limits").output.splitlines()
    assert line.split()[4] == "paused"
    assert why == "spotify is blocked, ends now: too many requests"


def test_a_quota_that_runs_out_says_when(run: Any, server: Any) -> None:
    """And when there is room again; the table stays as it is."""
    server.daemon.limited, server.daemon.full_at = "100/1d", "2025-11-22T19:00:00+00:00"
    *_, line = run("limits").output.splitlines()
    assert line == (
        "spotify: 7 of 100/1d used; at the rate of the last hours it will be full in 7 h, with room again in 7 h"
    )


def test_a_quota_that_is_used_up_is_no_forecast(run: Any, server: Any) -> None:
    """It says so, and when there is room again."""
    server.daemon.limited, server.daemon.full_at = "7/1d", "2025-11-22T19:00:00+00:00"
    *_, line = run("limits").output.splitlines()
    assert line == "spotify: 7 of 7/1d used, with room again in 7 h"


def test_a_wrong_type_is_named_by_what_it_should_be(run: Any) -> None:
    """Click's own name for a number within bounds is "integer range"."""
    assert "'x' is not a valid number." in run("artist", "undo", "x").stderr
    assert "'x' is not a valid number of seconds." in run("import", "Anna", "--wait", "x").stderr


def test_limits_can_be_changed_for_a_time(run: Any, server: Any) -> None:
    """The daemon gets limits and seconds, and the answer shows what is in force."""
    result = run("limits", "set", "spotify", "50/60s", "--for", "1h")
    assert (result.exit_code, server.daemon.limited, server.daemon.limited_for_s) == (0, "50/60s", 3600.0)
    assert "50/60s" in result.output
    assert "spotify has temporary limits, which end in 60 min, then 100/60s, 100/1d\n" in result.output
    assert (
        "spotify: 100/1d at the rate of the last hours it will be full in 2 h, with room again in 7 h" in result.output
    )
    assert json.loads(run("limits", "--json").output)["limits"][0]["temporary_until"] == "2025-11-22T13:00:00+00:00"
    run("--json", "limits", "set", "spotify", "60/60s")
    assert server.daemon.limited_for_s is None
    assert "has temporary limits" not in run("limits").output


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("limits", "set", "spotify", "many"), 2, "invalid limit 'many'"),
        (("limits", "set", "spotify", "-5/60s"), 2, "invalid limit '-5/60s'"),
        (("limits", "set", "spotify", "0/60s"), 2, "allows nothing"),
        (("limits", "set", "spotify", "5/60s", "--for", "ever"), 2, "invalid duration"),
        (("limits", "set", "lastfm", "5/60s"), 1, "no provider is called 'lastfm'"),
        (("limits", "set", "", "5/60s"), 1, "no provider is called '': expected one of spotify"),
        (("limits", "set", "a/b", "5/60s"), 1, "no provider is called 'a/b'"),
        (("breakers", "reset", ""), 1, "no breaker is called ''"),
        (("breakers", "reset", "a\nb"), 1, r"no breaker is called 'a\nb'"),
        (("schedules", "run", ""), 1, "is called ''"),
        (("pause", ""), 1, "is called ''"),
        (("resume", "a/b"), 1, "is called 'a/b'"),
        (("calls", "--by", "moon"), 2, "cannot be counted by 'moon'"),
        (("calls", "--since", "yesterday"), 2, "invalid duration"),
        (("breakers", "reset", "moon"), 1, "no breaker is called 'moon'"),
        (("cache", "invalidate", "--artist", "Nobody"), 1, "no artist found"),
    ],
)
def test_nonsense_gets_one_clear_line(run: Any, arguments: tuple[str, ...], code: int, text: str) -> None:
    """On standard error, with the exit code that scripts know."""
    result = run(*arguments)
    assert result.exit_code == code
    assert text in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_calls_are_counted(run: Any, server: Any) -> None:
    """The columns are what the daemon counts; the time is taken from now."""
    result = run("calls", "--since", "2h")
    heading, line = result.output.splitlines()
    assert heading.split() == ["ENDPOINT", "CALLS", "COST", "OK", "MEAN", "S", "SLOWEST", "S"]
    assert line.split() == ["albums", "3", "3", "2", "0.25", "-"]
    assert server.daemon.now() - server.daemon.since == timedelta(hours=2)
    assert json.loads(run("calls", "--json").output)["calls"][0]["endpoint"] == "albums"


def test_the_cache_is_shown_and_told_to_forget(run: Any) -> None:
    """Totals first, then a line for each endpoint; forgetting says how much it was."""
    result = run("cache")
    assert "hit_rate      0.9" in result.output
    assert "albums    1" in result.output
    assert json.loads(run("cache", "--json").output)["memory_bytes"] == 5
    assert run("cache", "invalidate", "--artist", "Gorillaz").output == "4 responses invalidated\n"
    assert json.loads(run("--json", "cache", "invalidate", "--artist", "Gorillaz").output) == {"invalidated": 4}


def test_a_breaker_can_be_closed(run: Any, server: Any) -> None:
    """The daemon is told, and the table is shown."""
    result = run("breakers", "reset", "spotify")
    assert (result.exit_code, server.daemon.reset) == (0, ["spotify"])
    assert "BREAKER" in result.output
