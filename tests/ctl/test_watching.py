import time
from typing import Any

import pytest


def test_a_table_is_shown_again_until_interrupted(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three looks, then Ctrl-C: the exit code of an interruption."""
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", wait)
    done = run("actors", "--watch")
    assert done.stdout.count("ACTOR") == 3
    assert (waits, done.exit_code) == ([2.0, 2.0, 2.0], 130)


def test_it_goes_on_while_the_daemon_is_not_ready(run: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that would end with exit code 1 is followed by the next."""
    server.daemon.checks = {"database": "refused"}
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", wait)
    assert run("health", "--watch", "5").stdout.count("refused") == 2
    assert waits == [5.0, 5.0]


def test_a_command_below_a_group_is_not_repeated(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option belongs to what the group shows by itself."""
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("it waits"))
    assert run("breakers", "--watch", "1", "reset", "spotify").exit_code == 0
