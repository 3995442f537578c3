"""A shell completes what the daemon knows by name."""

from collections.abc import Callable
from typing import Any

import pytest
from click.shell_completion import ShellComplete

from thesetd.ctl.cli import main

Completed = Callable[..., list[str]]


@pytest.fixture
def completed(server: Any) -> Completed:
    """Return what is offered behind words, for a word that has begun."""

    def ask(*words: str, begun: str = "") -> list[str]:
        shell = ShellComplete(main, {}, "thesetctl", "_THESETCTL_COMPLETE")
        return [item.value for item in shell.get_completions(["--socket", str(server.path), *words], begun)]

    return ask


def test_names_are_completed(completed: Completed) -> None:
    """Providers, schedules, breakers and what can be paused come from the daemon, by how they begin."""
    assert completed("limits", "set", begun="spo") == ["spotify"]
    assert completed("schedules", "run", begun="sync") == ["sync-trending"]
    assert "spotify" in completed("breakers", "reset")
    assert {"spotify", "sync-trending", "all"} <= set(completed("pause"))
    assert "writer" in completed("logs", "--actor")
    assert completed("config", "show", begun="log.l") == ["log.level"]
    assert completed("calls", "--by", begun="out") == ["outcome"]


def test_an_address_is_completed_from(server: Any) -> None:
    """The options before the command decide which daemon is asked, as they do for the command; none answers here."""
    shell = ShellComplete(main, {}, "thesetctl", "_THESETCTL_COMPLETE")
    assert shell.get_completions(["--url", "http://127.0.0.1:1", "limits", "set"], "") == []
    assert shell.get_completions(["--url", "nonsense", "limits", "set"], "") == []


def test_jobs_and_artists_are_completed(completed: Completed, server: Any) -> None:
    """Jobs by their number, artists by the slug of an import."""
    job = server.add_job("Gorillaz")
    assert completed("why") == completed("cancel") == [str(job)]
    assert completed("import", begun="gor") == ["gorillaz"]


def test_without_a_daemon_nothing_is_offered() -> None:
    """A shell gets no error, and no words."""
    shell = ShellComplete(main, {}, "thesetctl", "_THESETCTL_COMPLETE")
    assert shell.get_completions(["--socket", "/nowhere/s", "pause"], "") == []
