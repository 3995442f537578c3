"""The commands about runs of schedules and pins."""

import json
from typing import Any

import pytest


def test_a_schedule_shows_its_last_runs(run: Any) -> None:
    """One line for each: the target, how many met it, what it cost, and why others missed it."""
    result = run("schedules", "sync-trending")
    assert result.exit_code == 0
    *about, _, heading, line = result.output.splitlines()
    assert about[0] == "schedule  sync-trending"
    columns = ["RUN", "JOB", "TARGET", "ARTISTS", "MET", "ORDERED", "CHANGED", "CALLS", "MISSED;", "REMARKS"]
    assert heading.split() == columns
    assert line.split()[:10] == ["now", "by", "hand", "41", "4h", "55", "48", "10", "1", "0"]
    assert line.endswith("3 no quota left, 2 ordered earlier, 2 to come")
    (told,) = json.loads(run("--json", "schedules", "show", "sync-trending").output)["runs"]
    assert (told["met"], told["missed"]) == (48, {"no quota left": 3, "ordered earlier": 2, "to come": 2})


@pytest.mark.parametrize("name", ["nope", "a/b"])
def test_an_unknown_schedule_lists_what_there_is(run: Any, name: str) -> None:
    """A word that is no command is taken for a schedule's name."""
    result = run("schedules", name)
    assert result.exit_code == 1
    assert f"no schedule is called {name!r}: expected one of sync-trending, cleanup-old-data" in result.stderr


def test_an_artist_is_pinned_shown_and_unpinned(run: Any) -> None:
    """The reason and the end stand beside the age."""
    result = run("pin", "Gorillaz", "shows=1h", "--until", "2025-12-24", "--why", "tour is announced")
    assert result.exit_code == 0
    heading, line = result.output.splitlines()
    assert heading.split() == ["ARTIST", "ASPECT", "AGE", "LAST", "LOOK", "UNTIL", "WHY"]
    assert line.split(None, 5) == ["Gorillaz", "shows", "1h", "never", "2025-12-25T00:00:00+00:00", "tour is announced"]
    assert json.loads(run("pins", "--json").output)["pins"][0]["why"] == "tour is announced"
    assert run("unpin", "gorillaz").output == "1 pin deleted\n"
    assert run("unpin", "gorillaz", "shows", "catalog").output == "0 pins deleted\n"
    assert run("pins").output == "nothing is pinned\n"


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (("pin", "Gorillaz", "shows=1h", "--why", "x", "--until", "2025-11-21"), 2, "is in the past: choose a day"),
        (("pin", "Gorillaz", "merch=1h", "--why", "x"), 2, "unknown aspect 'merch'"),
        (("pin", "Gorillaz", "shows=1m", "--why", "x"), 2, "shows=1m is too short: the shortest age is 15m"),
        (("pin", "Gorillaz", "shows=1h", "--why", " "), 2, "a pin needs a reason"),
        (("pin", "Gorillaz", "shows=1h"), 2, "Missing option '--why'"),
        (("pin", "Gorillaz", "shows=5", "--why", "x"), 2, "for example shows=1h (s, m, h, d)"),
        (("pin", "Gorillaz", "shows=1h", "--why", "x", "--until", ""), 2, "invalid end ''"),
        (
            ("pin", "Gorillaz", "shows=1h", "--why", "x", "--until", "2999-01-01"),
            2,
            "is over 10 years away: leave it out",
        ),
        (("schedules", "set", "sync-trending", "0 0 4 * * *"), 2, "6 fields, expected five fields: minute hour day"),
        (("schedules", "set", "sync-trending", "-5 4 * * *"), 2, "invalid minute '-5', expected 0-59"),
        (("schedules", "set", "sync-trending", "0 4 * * *", "--zone", ""), 2, "unknown time zone ''"),
        (("schedules", "set", "sync-trending", "0 4 * * *", "--zone", "CEST"), 2, "expected Europe/Berlin"),
        (("schedules", "set", "sync-trending", "0 4 * * *", "--for", ""), 2, "invalid duration ''"),
        (("limits", "set", "spotify", "5/60s", "--for", ""), 2, "invalid duration ''"),
        (("limits", "set", "spotify", "5/1w"), 2, "for example 100/60s or 5000/1d (ms, s, m, h, d)"),
        (("pin", "Nobody", "shows=1h", "--why", "x"), 1, "no artist found"),
        (("unpin", "Gorillaz", "merch"), 2, "unknown aspect 'merch'"),
        (("schedules", "sync-trending", "--limit", "0"), 2, "0 is not in the range"),
    ],
)
def test_bad_input_says_which_and_what_to_do(run: Any, arguments: tuple[str, ...], code: int, text: str) -> None:
    """The exit code tells a wrong command line from an unknown name."""
    result = run(*arguments)
    assert (result.exit_code, text in result.stderr) == (code, True), result.stderr


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("import", "Gorillaz"), "import Gorillaz"),
        (("refresh",), "refresh 0:00:00"),
        (("day",), "refresh 1 day, 0:00:00"),
    ],
)
def test_a_plan_shows_calls_waits_and_time(run: Any, arguments: tuple[str, ...], what: str) -> None:
    """For each provider what is expected, what it is four times of five, what the quota has, how long it waits."""
    result = run("plan", *arguments)
    assert result.output.splitlines() == [
        f"plan      {what}",
        "takes     0:05:20 (0:05:08 to 0:06:35)",
        "based on  7 imports",
        "",
        "PROVIDER      CALLS  80 % RANGE  ROOM NOW  WAITS    FOR",
        "spotify       30     12 to 81    40        0:05:00  catalog 24, profile 6",
        "ticketmaster  0      0 to 0      -         -        -",
        "a remark",
    ]
    assert json.loads(run("plan", *arguments, "--json").output)["what"] == what


def test_a_plan_that_nothing_is_known_of_is_not_free(run: Any) -> None:
    """Zeros would say that it takes no time and no call."""
    lines = run("plan", "import", "First").output.splitlines()
    assert lines[1] == "takes     unknown"
    assert lines[-2].split() == ["spotify", "unknown", "-", "-", "-", "-"]
    shown = json.loads(run("plan", "import", "First", "--json").output)
    assert shown["duration_s"] is None
    assert (shown["providers"][0]["calls"], shown["providers"][0]["wait_s"]) == (None, None)


def test_a_schedule_is_paused_by_another_command(run: Any) -> None:
    """Whoever looks for it among those of schedules finds which; `pause` is no schedule's name."""
    for word in ("pause", "resume"):
        result = run("schedules", word, "sync-trending")
        assert (result.exit_code, f"write `thesetctl {word} sync-trending`" in result.stderr) == (2, True), (
            result.stderr
        )


@pytest.mark.parametrize(
    "arguments", [("plan", "cleanup"), ("schedules", "run", "cleanup-old-data", "--dry-run")], ids=" ".join
)
def test_a_clean_up_tells_what_it_would_delete(run: Any, arguments: tuple[str, ...]) -> None:
    """Rows by table, as text and as JSON; the other schedules delete nothing, so nothing can be tried of them."""
    assert run(*arguments).output.splitlines() == [
        "WHAT             ROWS",
        "thesetd.jobs     12",
        "thesetd.rejects  3",
    ]
    assert json.loads(run(*arguments, "--json").output) == {"rows": {"thesetd.jobs": 12, "thesetd.rejects": 3}}
    assert run("schedules", "run", "sync-trending", "--dry-run").exit_code == 2


def test_a_plan_needs_an_artist(run: Any) -> None:
    """An empty one is none."""
    assert run("plan", "import", "").exit_code == 2
