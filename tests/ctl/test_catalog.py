"""The catalog of commands, and the help of each one."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import click
import pytest
from click.testing import CliRunner

from thesetd.ctl.catalog import COMMANDS, loaded
from thesetd.ctl.cli import main
from thesetd.ctl.session import Session
from thesetd.ports.surface.endpoints import ApiRoute

WIDTH = 60
# Commands without `--watch` that begin by reading, each with its reason.
SHOWN_ONCE = {
    ("plan", "import"): "an estimate for one decision",
    ("doctor",): "it tries servers and providers",
    ("dead", "replay"): "it lists dead jobs to run them again",
    ("open",): "it opens one page",
    ("spotify", "recommendations"): "each look is a call",
    ("spotify", "features"): "each look is a call",
    ("version",): "neither version changes while it runs",
    ("top",): "it repeats by itself",
    ("logs",): "its --follow is the journal's",
}


def every(path: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield a command and those below it."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from every((*path, name), below)


def example(path: tuple[str, ...], command: click.Command) -> list[str]:
    """Return the words of the example in a command's help."""
    found = re.search(r"^ *Examples?: thesetctl (.+)$", command.help or "", re.MULTILINE)
    assert found, f"`thesetctl {' '.join(path)}` has no example"
    return shlex.split(found[1].partition(" >> ")[0])


class Asked(Exception):
    """A command asked for a route; the text is its method."""


class Asking:
    """A daemon that answers nothing."""

    def ask(self, route: ApiRoute[Any], *_: Any, **__: Any) -> None:
        """Tell what it is asked for."""
        raise Asked(route.method)


ALL = [pair for name in COMMANDS for pair in every((name,), loaded(name))]


def test_the_list_of_commands_fits_into_60_columns() -> None:
    """Their texts are whole beside their names."""
    widest = max(map(len, COMMANDS))
    for place in COMMANDS.values():
        assert place.text.endswith(".")
        assert widest + 4 + len(place.text) <= WIDTH


def test_each_command_is_called_what_the_catalog_calls_it() -> None:
    """The table names the command that stands in the module."""
    assert {name: loaded(name).name for name in COMMANDS} == {name: name for name in COMMANDS}


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_each_help_has_an_example_that_is_a_command_line(path: tuple[str, ...], command: click.Command) -> None:
    """It begins with the command, and its words are accepted."""
    words = example(path, command)
    assert tuple(words[: len(path)]) == path
    context = main.make_context("thesetctl", list(words), obj=Session(None))
    command = main
    while isinstance(command, click.Group) and (words := [*context._protected_args, *context.args]):
        name, command, words = command.resolve_command(context, words)
        context = command.make_context(name, list(words), parent=context)


REPEATED = [pair for pair in ALL if pair[0] not in SHOWN_ONCE]


@pytest.mark.parametrize(("path", "command"), REPEATED, ids=[" ".join(path) for path, _ in REPEATED])
def test_what_shows_something_can_be_watched(
    path: tuple[str, ...], command: click.Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command whose first request is a GET has `--watch`, except for those of `SHOWN_ONCE`."""
    monkeypatch.setattr(Session, "daemon", Asking())
    words = path if isinstance(command, click.Group) else example(path, command)
    error = CliRunner().invoke(main, [word for word in words if word != "--watch"]).exception
    if isinstance(error, Asked) and str(error) == "GET":
        assert "watch" in {parameter.name for parameter in command.params}
