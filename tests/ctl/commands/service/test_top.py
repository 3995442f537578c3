"""`thesetctl top`: the status of a daemon in lines, whatever it says, and at any width."""

import json
from typing import Any

from thesetd.ctl.commands.service.top import lines, wrapped_lines

STATUS: dict[str, Any] = {
    "at": "2026-06-01T12:00:00+00:00",
    "version": "1.2.3",
    "ready": True,
    "checks": {"database": "ok", "provider word": "ok, proved just now", "provider other": "not proved yet"},
    "jobs_trouble": None,
    "imports": [
        {
            "job": {"job_id": 7, "name": "Gorillaz", "progress": 50, "state": "running", "message": "Processing..."},
            "why": "it is running",
        },
        {
            "job": {"job_id": 8, "name": None, "progress": 10, "state": "ready", "message": "Deferral"},
            "why": "word is rate-limiting the daemon",
        },
    ],
    "failures": [
        {"job": {"job_id": 3, "name": None, "kind": "sweep", "error": "x"}, "why": "it is dead: HTTP 500"},
    ],
    "breakers": [{"name": "word", "state": "closed", "retry_in_s": 0.0}],
    "survey": {
        "providers": [
            {
                "name": "word",
                "configured": True,
                "paused": False,
                "waiting": 4,
                "penalty_until": "2026-06-01T12:05:00+00:00",
                "held_until": None,
                "windows": [
                    {"period": "1d", "limit": 5000, "used": 2500, "exhausted_at": "2026-06-01T15:00:00+00:00"},
                ],
            }
        ],
        "jobs": [
            {"state": "ready", "kind": "noop", "lane": "low", "count": 3, "oldest": "2026-06-01T11:58:30+00:00"},
        ],
        "unpublished": 2,
        "oldest_unpublished": "2026-06-01T11:58:50+00:00",
        "freshness": [
            {
                "aspect": "shows",
                "copies": 20_000,
                "due": 12,
                "oldest_due": "2026-06-01T10:00:00+00:00",
                "mean_age_s": 7200.0,
            }
        ],
        "nodes": [
            {"name": "stage-left", "live": True, "jobs": 3, "started_at": "2026-06-01T09:00:00+00:00"},
            {"name": "stage-right", "live": False, "jobs": 0, "started_at": "2026-05-01T09:00:00+00:00"},
        ],
    },
    "actors": [
        {"name": "writer", "state": "running", "restarts": 0, "health": "ok", "last_error": None},
        {"name": "importer", "state": "running", "restarts": 2, "health": "ok", "last_error": "KeyError: 'x'"},
        {"name": "scheduler", "state": "restarting", "restarts": 1, "health": "hangs", "last_error": None},
    ],
    "schedules": [
        {
            "name": "sync-trending",
            "enabled": True,
            "paused": False,
            "next_due": "2026-06-01T12:30:00+00:00",
            "last_fired": "2026-06-01T11:30:00+00:00",
            "last_result": "done",
        }
    ],
}


def shown(**changes: Any) -> str:
    """Return all lines of a status."""
    return "\n".join(text for text, _ in lines(STATUS | changes))


def test_everything_is_shown_in_words() -> None:
    """Imports have bars and reasons, providers their quota, its forecast and what ends a penalty, lanes their ages."""
    text = shown()
    assert text.startswith("thesetd 1.2.3  ready  12:00:00 UTC\n")
    assert "[########........]  50 %  Gorillaz (job 7)\n      Processing..." in text
    assert "[##..............]  10 %  job 8\n      word is rate-limiting the daemon" in text
    assert "word          penalty, ends in 5 min, 4 calls wait" in text
    assert "2,500 of 5,000 in 1d, used up in 3 h" in text
    assert "low                 3        0        0        0  90 s" in text
    assert "events waiting for Redis: 2, the oldest 70 s ago" in text
    assert "3 sweep: it is dead: HTTP 500" in text
    assert "sync-trending           in 30 min   done, 30 min ago" in text


def test_freshness_nodes_and_unsound_actors_are_shown() -> None:
    """Actors that run and never crashed are not worth a line."""
    text = shown()
    assert "importer      running, restarts: 2: KeyError: 'x'\nscheduler     hangs, restarts: 1\n" in text
    assert "writer" not in text
    assert "shows          20,000       12  2 h ago     2 h\n" in text
    assert text.endswith("stage-left              live      3  3 h ago\nstage-right             gone      0  31 d ago")


def test_trouble_comes_first() -> None:
    """What is wrong stands under the first line, and what is unknown is said to be."""
    text = shown(ready=False, checks={"database": "refused"}, survey=None, jobs_trouble="no answer", imports=[])
    assert text.startswith("thesetd 1.2.3  NOT READY  12:00:00 UTC\n! database: refused\n")
    assert "unknown: no answer" in text
    assert "unknown: no recent answer from the database" in text


def test_a_provider_says_what_keeps_calls_from_it() -> None:
    """A hold, an open breaker, a pause and missing credentials are told apart."""
    provider = STATUS["survey"]["providers"][0] | {"penalty_until": None, "waiting": 0}

    def with_provider(**changes: Any) -> dict[str, Any]:
        return STATUS["survey"] | {"providers": [provider | changes]}

    breakers = [{"name": "word", "state": "open", "retry_in_s": 8.0}]
    assert "word          open for calls\n" in shown(survey=with_provider())
    assert "held, next attempt in 1 h" not in shown(survey=with_provider())
    assert "held, next attempt in 60 min" in shown(survey=with_provider(held_until="2026-06-01T13:00:00+00:00"))
    assert "breaker open, next probe in 8 s" in shown(survey=with_provider(), breakers=breakers)
    assert "paused: `thesetctl resume word`" in shown(survey=with_provider(paused=True))
    assert "not configured" in shown(survey=with_provider(configured=False))


def test_nothing_is_cut_at_60_columns() -> None:
    """A line that is too long goes on in the next, indented; the others stay as they are."""
    trouble = f"! database: {'no connection ' * 8}".rstrip()
    found = [text for text, _ in wrapped_lines([(trouble, "red"), ("", ""), ("x" * 60, "")], 60)]
    assert all(len(text) <= 60 for text in found)
    assert " ".join(text.strip() for text in found[:-2]) == trouble
    assert found[-2:] == ["", "x" * 60]
    whole = [text for text, _ in lines(STATUS)]
    assert [text for text, _ in wrapped_lines(lines(STATUS), 60)] == whole


def test_the_command_prints_once_where_nobody_looks(run: Any, server: Any) -> None:
    """Into a pipe it prints the status once; with --json the daemon's document."""
    server.add_job("Gorillaz")
    printed = run("top").stdout
    assert "IMPORTS" in printed
    assert "Gorillaz" in printed
    assert json.loads(run("top", "--json").stdout)["imports"][0]["job"]["name"] == "Gorillaz"
