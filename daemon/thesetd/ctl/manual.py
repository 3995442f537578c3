"""Writes manual pages from the help of the commands: `python -m thesetd.ctl.manual FOLDER`.

There is one page for thesetctl and one for each of its commands, as in git: `man thesetctl-jobs`.

Source: man-pages(7) and groff_man(7): the sections and macros of a page, read 2026-11-29.

Tested in tests/ctl/test_manual.py
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from thesetd import __version__
from thesetd.ctl.catalog import COMMANDS, loaded
from thesetd.ctl.cli import EXIT_CODES, main


def pages() -> Iterator[tuple[str, str]]:
    """Yield the name of each page and its text."""
    context = click.Context(main, info_name="thesetctl")
    texts = {name: place.text for name, place in COMMANDS.items()}
    yield "thesetctl", _page("thesetctl", "control thesetd", [(context, main)], texts)
    for name, place in COMMANDS.items():
        command = loaded(name)
        below = list(_below(click.Context(command, info_name=name, parent=context), command))
        yield f"thesetctl-{name}", _page(f"thesetctl-{name}", place.text.rstrip("."), below, {})


def write(folder: Path) -> int:
    """Write the pages, and return how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [(folder / f"{name}.1").write_text(text) for name, text in pages()]
    return len(written)


def _below(context: click.Context, command: click.Command) -> Iterator[tuple[click.Context, click.Command]]:
    yield context, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _below(click.Context(inner, info_name=name, parent=context), inner)


def _page(name: str, about: str, commands: list[tuple[click.Context, click.Command]], listed: dict[str, str]) -> str:
    lines = [f'.TH "{name.upper()}" 1 "" "thesetd {__version__}"', ".SH NAME", f"{name} \\- {_plain(about)}"]
    lines.append(".SH SYNOPSIS")
    for context, command in commands:
        lines += [f".B {_plain(context.command_path)}", _plain(" ".join(command.collect_usage_pieces(context))), ".br"]
    lines.append(".SH DESCRIPTION")
    for context, command in commands:
        lines += [f".SS {_plain(context.command_path)}", *_paragraphs(command.help or ""), *_options(context, command)]
    if listed:
        lines.append(".SH COMMANDS")
        lines += [
            line for one, text in listed.items() for line in (".TP", f".BR thesetctl-{_plain(one)} (1)", _plain(text))
        ]
    lines.append(".SH EXIT STATUS")
    lines += [line for code, text in EXIT_CODES.items() for line in (".TP", f".B {code}", _plain(text))]
    lines += [".SH SEE ALSO", ".BR thesetctl (1)"]
    return "\n".join(lines) + "\n"


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield ".PP"
        yield _plain(" ".join(paragraph.split()))


def _options(context: click.Context, command: click.Command) -> Iterator[str]:
    for parameter in command.get_params(context):
        if (record := parameter.get_help_record(context)) is not None:
            yield from (".TP", f".B {_plain(record[0])}", _plain(record[1]))


def _plain(text: str) -> str:
    """Return text that troff prints verbatim: no line begins with a control character, dashes can be copied."""
    shown = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq")
    return f"\\&{shown}" if shown.startswith((".", "\\(aq")) else shown


if __name__ == "__main__":
    click.echo(f"{write(Path(sys.argv[1]))} pages")
