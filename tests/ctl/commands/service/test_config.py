"""The configuration as thesetctl shows it."""

import json
from typing import Any


def test_what_is_in_force_is_shown_with_what_set_it(run: Any) -> None:
    """All keys, or those of a section; a secret is told to be set."""
    lines = run("config", "show").stdout.splitlines()
    assert lines[0].split() == ["KEY", "VALUE", "FROM"]
    assert lines[1].split() == ["database.dsn", "(set)", "credential", "database.dsn"]
    assert [one["key"] for one in json.loads(run("config", "show", "log", "--json").stdout)["keys"]] == [
        "log.level",
        "log.format",
    ]


def test_an_unknown_key_is_a_usage_error(run: Any) -> None:
    """It names the command that lists them."""
    done = run("config", "show", "logs")
    assert (done.exit_code, "`thesetctl config show` lists them" in done.stderr) == (2, True)


def test_what_differs_is_shown_with_what_brings_it(run: Any) -> None:
    """From the defaults; and what file and environment say now, with what puts it in force, and faults."""
    done = run("config", "diff")
    assert "log.format" not in done.stdout
    assert "log.level     debug  info       environment THESETD_LOG__LEVEL" in done.stdout
    assert "log.level  debug     info     thesetctl reload" in done.stdout
    assert "a reload would be refused: log.levle: no such key" in done.stderr
    found = json.loads(run("config", "diff", "--json").stdout)
    assert [one["key"] for one in found["pending"]] == ["log.level"]
