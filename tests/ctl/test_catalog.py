"""The catalog of commands, and the help of each one."""

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from thesetd.ctl.catalog import COMMANDS, loaded
from thesetd.ctl.cli import main
from thesetd.ctl.session import Session

WIDTH = 60


def every(path: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield a command and those below it."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from every((*path, name), below)


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
    found = re.search(r"^ *Examples?: thesetctl (.+)$", command.help or "", re.MULTILINE)
    assert found, f"`thesetctl {' '.join(path)}` has no example"
    words = shlex.split(found[1].partition(" >> ")[0])
    assert tuple(words[: len(path)]) == path
    context = main.make_context("thesetctl", list(words), obj=Session(None))
    command = main
    while isinstance(command, click.Group) and (words := [*context._protected_args, *context.args]):
        name, command, words = command.resolve_command(context, words)
        context = command.make_context(name, list(words), parent=context)
