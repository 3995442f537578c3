"""Commands about the daemon as a whole."""

import json
import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest

from thesetd import __version__
from thesetd.ctl import times, views
from thesetd.ctl.commands.service import about
from thesetd.domain.work.survey import Backlog, NodeRow, Survey


def test_nodes_are_listed_with_their_jobs(run: Any, server: Any) -> None:
    """A live node comes with its running jobs and since when it runs."""
    began = times.now() - timedelta(hours=3)
    node = NodeRow(name="a", epoch=4, started_at=began, live=True, jobs=2)
    server.daemon.surveys.latest = Survey(at=began, backlog=Backlog(), ages=(), nodes=(node,), providers=())
    assert run("nodes").stdout.splitlines()[1].split() == ["a", "live", "2", "4", "3", "h", "ago"]
    assert json.loads(run("nodes", "--json").stdout)["nodes"][0]["started_at"] == began.isoformat()


def test_nodes_are_unknown_without_a_database(run: Any) -> None:
    """Without a survey the command says so and fails."""
    done = run("nodes")
    assert done.exit_code == 1
    assert "no recent answer from the database" in done.stderr


def test_both_versions_are_shown(run: Any) -> None:
    """The program's and the daemon's; they are the same here."""
    assert json.loads(run("version", "--json").stdout) == {"thesetctl": __version__, "thesetd": __version__}


def test_the_journal_is_asked_for_fields(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options become matches of the journal's fields."""
    asked: list[list[str]] = []
    monkeypatch.setattr(shutil, "which", lambda _: "/bin/journalctl")
    monkeypatch.setattr(os, "execv", lambda _, command: asked.append(command))
    run("logs", "--job", "4", "--provider", "word", "--since", "-1h", "-f")
    assert asked == [
        ["/bin/journalctl", "--unit", "thesetd", "--since", "-1h", "--follow", "THESETD_JOB=4", "THESETD_PROVIDER=word"]
    ]


def test_lines_are_chosen_by_level_words_and_request(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the journal can do itself becomes its own options, the rest its fields; --json asks it for JSON."""
    asked: list[list[str]] = []
    monkeypatch.setattr(shutil, "which", lambda _: "/bin/journalctl")
    monkeypatch.setattr(os, "execv", lambda _, command: asked.append(command))
    run("logs", "--level", "error", "--grep", "ban", "-n", "5", "--request", "r-1", "--json")
    words = ["--priority", "3", "--grep", "ban", "--lines", "5", "--output", "json", "THESETD_REQUEST=r-1"]
    assert asked == [["/bin/journalctl", "--unit", "thesetd", *words]]


def test_the_page_is_opened_where_there_is_a_browser(run: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere, or if wished, its address is printed."""
    opened: list[str] = []
    monkeypatch.setattr(click, "launch", opened.append)
    monkeypatch.setattr(views, "on_terminal", lambda: True)
    monkeypatch.setenv("DISPLAY", ":0")
    server.daemon.page = "http://127.0.0.1:9464"
    assert (run("open").stdout, opened) == ("", [server.daemon.page])
    assert run("open", "--print").stdout == "http://127.0.0.1:9464\n"
    monkeypatch.setattr(views, "on_terminal", lambda: False)
    assert (run("open").stdout, len(opened)) == ("http://127.0.0.1:9464\n", 1)


def test_a_page_without_an_address_yet_is_said_to_have_none(run: Any) -> None:
    """The listener waits for its port: the health tells."""
    done = run("open")
    assert (done.exit_code, "no address yet" in done.stderr) == (1, True)


def test_without_a_journal_it_says_so(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere the log is on standard error."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    done = run("logs")
    assert (done.exit_code, "journalctl is not installed" in done.stderr) == (1, True)


@pytest.mark.parametrize(("place", "warned"), [("system", False), ("nowhere", True)])
def test_without_systemd_an_empty_journal_is_explained(
    run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, place: str, warned: bool
) -> None:
    """A daemon that was started by hand is not in the journal; that of another machine can be read all the same."""
    asked: list[list[str]] = []
    (tmp_path / "system").mkdir()
    monkeypatch.setattr(about, "BOOTED", tmp_path / place)
    monkeypatch.setattr(shutil, "which", lambda _: "/bin/journalctl")
    monkeypatch.setattr(os, "execv", lambda _, command: asked.append(command))
    assert ("systemd is not running here" in run("logs").stderr, len(asked)) == (warned, 1)
