"""The commands that stop work and let it go on."""

import json
from typing import Any

import pytest

from thesetd.ctl.commands import pauses
from thesetd.domain.errors import StoreUnavailable


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again at once."""
    monkeypatch.setattr(pauses, "LOOK_S", 0.0)


def test_pause_returns_when_nothing_is_under_way(run: Any) -> None:
    """It says what it waits for; --no-wait does not wait; the list shows what is paused."""
    assert run("pause").output == "nothing is paused\n"
    result = run("pause", "spotify", "--no-wait")
    assert result.output == (
        "spotify is paused; still draining: calls in flight on n: resume it with `thesetctl resume spotify`\n"
    )
    assert run("pause").output.splitlines()[0].split() == ["PAUSED", "KIND", "SINCE", "DRAINING"]
    result = run("pause", "all")
    assert result.stderr == "thesetctl: waiting for calls in flight on n\n"
    assert result.stdout == "everything is paused: resume it with `thesetctl resume all`\n"
    assert json.loads(run("pause", "spotify", "--json").stdout)["waits_for"] == ""
    assert len(json.loads(run("pause", "--json").output)["pauses"]) == 2


def test_a_pause_that_is_resumed_while_it_drains_is_told(
    run: Any, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever paused it does not wait for ever, and learns that it is not paused."""
    monkeypatch.setattr(pauses.time, "sleep", lambda _: server.daemon.paused.clear())
    result = run("pause", "spotify")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (1, "thesetctl: spotify was resumed in the meantime")


def test_who_does_not_wait_for_a_pause_to_drain_learns_that_it_holds(
    run: Any, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends the waiting, not the pause."""

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pauses.time, "sleep", interrupt)
    result = run("pause", "spotify")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (
        130,
        "thesetctl: interrupted, but spotify stays paused: resume it with `thesetctl resume spotify`",
    )


def test_resume(run: Any) -> None:
    """As often as one likes."""
    run("pause", "spotify", "--no-wait")
    assert [run("resume", "spotify").output for _ in range(2)] == ["spotify resumed\n", "spotify was not paused\n"]
    assert json.loads(run("resume", "all", "--json").output) == {"what": "all", "resumed": False}


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_what_cannot_be_paused_is_told(run: Any, command: str) -> None:
    """With what can, in one line."""
    result = run(command, "moon")
    assert result.exit_code == 1
    assert result.stderr == (
        "thesetctl: nothing that can be paused is called 'moon': "
        "expected one of spotify, sync-trending, cleanup-old-data, all\n"
    )


def test_an_import_during_a_pause_is_accepted_with_a_word(run: Any) -> None:
    """The person learns why nothing moves; a paused schedule is none of their business."""
    run("pause", "spotify", "--no-wait")
    run("pause", "sync-trending", "--no-wait")
    result = run("import", "Gorillaz")
    assert result.exit_code == 0
    assert "thesetctl: spotify is paused: the import waits if it needs it" in result.stderr


def test_an_import_is_accepted_though_nobody_knows_of_pauses(run: Any, server: Any) -> None:
    """What fails after it was accepted does not make a failure of it."""
    server.daemon.failures["pauses"] = StoreUnavailable("away")
    result = run("import", "Gorillaz")
    assert (result.exit_code, result.stderr) == (0, "")
