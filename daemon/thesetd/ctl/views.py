"""Shows progress in three ways: JSON lines for programs, plain lines for files and pipes, a live bar for a terminal."""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import click

from thesetd.domain.music.names import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

_TOTAL = "_total"
_MISSING = "_missing"
_ORDER = ("shows", "past_setlists", "venues", "albums", "songs")  # as an import fetches them; a stored event differs
_MINUTE_S = 60.0
_NAME_WIDTH, _BAR_WIDTH = 26, 28  # together with the percentage they fit into 60 columns


class View(Protocol):
    """Shows the events of a follower."""

    def show(self, event: Mapping[str, Any]) -> None:
        """Show one event."""
        ...

    def note(self, text: str) -> None:
        """Show the user a message in addition to the progress."""
        ...


@contextmanager
def view(*, as_json: bool, title: str) -> Iterator[View]:
    """Yield the view that suits the output; `title` is shown before a bar."""
    if as_json:
        yield JsonLines()
    elif on_terminal():
        with bar(title) as moving:
            yield moving
    else:
        yield Lines()


def on_terminal() -> bool:
    """Return whether standard output is a terminal that can move its cursor."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def echo(text: str = "", *, err: bool = False) -> None:
    """Print one line, on standard error if `err`; control characters in names and reasons have no effect."""
    click.echo(printable(text), err=err)


def print_line(text: str, indent: int = 2, *, colour: str | None = None) -> None:
    """Print a line; on a terminal a long one is wrapped between words and indented by `indent`.

    The `colour` applies to the text before the indent, on a terminal only.
    """
    text = printable(text)
    if on_terminal():
        text = _wrapped(text, indent)
        text = (click.style(text[:indent], fg=colour) if colour else text[:indent]) + text[indent:]
    click.echo(text)


def warn(text: str) -> None:
    """Print a warning on standard error, in one line."""
    line = printable(f"thesetctl: {text}")
    click.echo(_wrapped(line, 2) if sys.stderr.isatty() else line, err=True)


def _wrapped(text: str, indent: int) -> str:
    """Wrap a line between words at the terminal's width; text that is copied, like a long id, stays whole."""
    width, margin = shutil.get_terminal_size().columns, " " * indent
    head, rest = text[:indent], text[indent:]
    if len(text) <= width or width <= indent:
        return text
    lines = textwrap.wrap(rest, width - indent, break_long_words=False, break_on_hyphens=False)
    return head + f"\n{margin}".join(lines)


def print_json(document: Any) -> None:
    """Print a document in one line; a received one exactly as it was sent."""
    document = getattr(document, "raw", document)
    click.echo(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def counts_text(counts: Mapping[str, int]) -> str:
    """Put counts in words: {"albums": 12, "albums_total": 81, "songs": 5} is "albums 12/81, songs 5".

    Missing items are mentioned only if there are any. The order is the same in every event.
    """
    parts = []
    known = [name for name in _ORDER if name in counts]
    for name in (*known, *sorted(counts.keys() - known)):
        count = counts[name]
        if name.endswith(_TOTAL) and name.removesuffix(_TOTAL) in counts:
            continue
        if name.endswith(_MISSING) and not count:
            continue
        total = counts.get(name + _TOTAL)
        parts.append(f"{name.replace('_', ' ')} {count}" + (f"/{total}" if total is not None else ""))
    return ", ".join(parts)


def expected_text(document: Mapping[str, Any]) -> str:
    """Return when a job is expected to be complete, by the moments of an event: "about 20 s left (12 to 40 s)"."""
    if not document.get("expected_at"):
        return ""
    at = datetime.fromisoformat(document["at"])
    fields = ("expected_at", "expected_from", "expected_until")
    left = [max(0.0, (datetime.fromisoformat(document[field]) - at).total_seconds()) for field in fields]
    unit, length = ("s", 1.0) if left[0] < 2 * _MINUTE_S else ("min", _MINUTE_S)
    middle, low, high = (round(seconds / length) for seconds in left)
    return f"about {middle} {unit} left ({low} to {high} {unit})"


class JsonLines:
    """Each event as received, one per line; notes go to standard error."""

    def show(self, event: Mapping[str, Any]) -> None:
        """Print the event."""
        print_json(event)

    def note(self, text: str) -> None:
        """Print the note as a warning."""
        warn(text)


class Lines:
    """One line per event: percent, stage, message, counts; `with_job` puts the job and its artist before them."""

    def __init__(self, *, with_job: bool = False) -> None:
        """Take whether events belong to several jobs."""
        self._with_job = with_job

    def show(self, event: Mapping[str, Any]) -> None:
        """Print the line."""
        job = f"{event['job_id']:>6}  {event['slug'] or '-':<24}  " if self._with_job else ""
        told = ", ".join(filter(None, (counts_text(event["counts"]), expected_text(event))))
        tail = f"  ({told})" if told else ""
        echo(f"{job}{event['progress']:3d} %  {event['status']:<15}  {event['message']}{tail}")

    def note(self, text: str) -> None:
        """Print the note as a warning."""
        warn(text)


class Bar:
    """A progress bar, with the stage's message and the counts on separate lines under it, which may be long."""

    def __init__(self, progress: "Progress", task: "TaskID") -> None:
        """Take the bar."""
        self._progress = progress
        self._task = task

    def show(self, event: Mapping[str, Any]) -> None:
        """Move the bar."""
        told = ", ".join(filter(None, (counts_text(event["counts"]), expected_text(event))))
        self._progress.update(self._task, completed=event["progress"], message=printable(event["message"]), counts=told)

    def note(self, text: str) -> None:
        """Print above the bar."""
        self._progress.console.print(printable(f"thesetctl: {text}"), markup=False, highlight=False)


@contextmanager
def bar(title: str, console: "Console | None" = None) -> Iterator[Bar]:
    """Yield a bar on the console, by default the terminal; it fits any width from 60 columns."""
    from rich.console import Group  # noqa: PLC0415 - rich takes 20 ms to load, which only a terminal has to pay
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn  # noqa: PLC0415 - as above
    from rich.table import Column  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    class Lines(Progress):
        def get_renderables(self) -> Iterator[Group]:
            for task in self.tasks:
                below = (Text(task.fields["message"]), Text(task.fields["counts"], style="dim"))
                yield Group(self.make_tasks_table([task]), *filter(None, below))

    name = Column(no_wrap=True, overflow="ellipsis", max_width=_NAME_WIDTH)
    columns = (
        TextColumn("{task.description}", table_column=name, markup=False, style="bold"),
        BarColumn(bar_width=_BAR_WIDTH),
        TaskProgressColumn(),
    )
    with Lines(*columns, console=console) as progress:
        yield Bar(progress, progress.add_task(printable(title), total=100, message="", counts=""))
