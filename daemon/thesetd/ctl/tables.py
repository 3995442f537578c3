"""Prints lists as tables: drawn by rich on a terminal, as aligned plain text elsewhere.

On a terminal cells wrap between words so that the table fits. If it cannot fit, each row is a card: its first two
cells, and under them the others with their headings. Nothing is cut to fit a width; a text of more than
`LONGEST` characters is shortened at any.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from thesetd.ctl import views
from thesetd.ctl.times import when
from thesetd.ctl.views import counts_text, on_terminal
from thesetd.domain.music.names import printable

TableRows = Sequence[Sequence[str]]
GAP, CARD_INDENT = 2, 2
LONGEST = 300  # wider columns would push the others away; `--json` has all of a text
MOST_WRAPPED = 12  # a narrower column is not wrapped
STATE_COLOURS: Mapping[str, str] = {
    **dict.fromkeys(("done", "closed", "live", "ok"), "green"),
    **dict.fromkeys(("running", "restarting"), "cyan"),
    **dict.fromkeys(("deferred", "half-open", "paused"), "yellow"),
    **dict.fromkeys(("failed", "dead", "open", "gone", "hangs"), "red"),
    **dict.fromkeys(("cancelled", "off"), "dim"),
}


def table(headings: Sequence[str], rows: TableRows) -> None:
    """Print rows under headings; every row has as many cells as there are headings."""
    rows = [[_cell(text) for text in row] for row in rows]
    if on_terminal():
        _draw(headings, rows)
    else:
        _align([headings, *rows])


def _cell(text: str) -> str:
    line = printable(text)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def jobs_table(jobs: Sequence[Mapping[str, Any]]) -> None:
    """Print jobs: artist, kind, lane, progress and age."""
    rows = [
        (
            str(job["job_id"]),
            _whose(job),
            job["kind"],
            job["lane"],
            _state(job),
            when(job["completed_at"] or job["started_at"] or job["created_at"]),
            _message(job),
        )
        for job in jobs
    ]
    table(("JOB", "WHAT", "KIND", "LANE", "STATE", "SINCE", "MESSAGE"), rows)


def _state(job: Mapping[str, Any]) -> str:
    """Return the state, the progress if it is not complete, and the node it runs on."""
    done = f" {job['progress']} %" if job["state"] != "done" and job["progress"] else ""
    return str(job["state"]) + done + (f" on {job['node']}" if job["node"] else "")


def _whose(job: Mapping[str, Any]) -> str:
    """Return the artist, and the requested text if that differs."""
    name, typed = job["name"], job["typed"]
    if not name:
        return typed or "-"
    return f"{name} ({typed})" if typed and typed not in {name, job["slug"]} else str(name)


def _message(job: Mapping[str, Any]) -> str:
    """Return what a job is doing, what it waits for, or why it ended: its error may be from an earlier run."""
    if job["state"] == "running":
        return str(job["message"])
    words = (job["message"], job["error"]) if job["state"] == "ready" else (job["error"], job["message"])
    return next(filter(None, words), "")


def job_details(job: Mapping[str, Any]) -> None:
    """Print one job, one line for each known value."""
    shown = {
        "job": f"{job['job_id']} ({job['kind']}, lane {job['lane']})",
        "requested as": job["typed"],
        "request": job["request_id"],
        "artist": job["name"],
        "slug": job["slug"],
        "artist id": job["artist_id"],
        "state": job["state"] + (f" on node {job['node']}" if job["node"] else ""),
        "stage": f"{job['status']} ({job['progress']} %)",
        "message": job["message"],
        "counts": counts_text(job["counts"]),
        "attempts": str(job["attempts"]),
        "created": when(job["created_at"], none=""),
        "started": when(job["started_at"], none=""),
        "ended": when(job["completed_at"], none=""),
        "waits until": when(job["not_before"], none=""),
        "waits for": job["waits_for"],
        "last error": job["error"],
    }
    pairs(shown)


def decisions(made: Sequence[Mapping[str, Any]]) -> None:
    """Print decisions, one line each, with the number to undo it."""
    for one in made:
        undone = f", undone {when(one['undone_at'])}" if one["undone_at"] else ""
        views.print_line(f"decision {one['number']}: {one['words']} ({when(one['made_at'])}{undone})")


def pairs(shown: Mapping[str, str | None]) -> None:
    """Print names and values, one pair per line, omitting those without a value."""
    known = {name: value for name, value in shown.items() if value}
    indent = max(map(len, known), default=0) + GAP
    for name, value in known.items():
        views.print_line(f"{name:<{indent}}{value}", indent)


def _align(rows: TableRows) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        views.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _draw(headings: Sequence[str], rows: TableRows) -> None:
    from rich.console import Console  # noqa: PLC0415 - rich takes 20 ms to load, which only a terminal has to pay
    from rich.padding import Padding  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    console = Console()
    cells = [[Text(cell, _colour(heading, cell)) for heading, cell in zip(headings, row, strict=True)] for row in rows]
    widths = widths_that_fit([headings, *rows], console.width)
    if widths is None:
        for first, second, *others in cells:
            named = zip(headings[2:], others, strict=True)
            parts = [
                Text(f"{heading.lower()} ", "dim") + cell for heading, cell in named if cell.plain not in {"", "-"}
            ]
            console.print(Text(first.plain, "bold") + "  " + second)
            console.print(Padding(Text(", ").join(parts), (0, 0, 0, CARD_INDENT)))
        return
    drawn = Table(box=None, header_style="bold", pad_edge=False)
    for heading, width in zip(headings, widths, strict=True):
        drawn.add_column(heading, width=width, overflow="fold")
    for row in cells:
        drawn.add_row(*row)
    console.print(drawn)


def _colour(heading: str, cell: str) -> str:
    """Return the colour of a state, "" for anything else."""
    return STATE_COLOURS.get(cell.partition(" ")[0], "") if heading in {"STATE", "HEALTH", "LAST RESULT"} else ""


def widths_that_fit(rows: TableRows, width: int) -> list[int] | None:
    """Return widths with which a table, headings first, fits and no word is cut; None if there are none."""
    from rich.cells import cell_len  # noqa: PLC0415 - rich takes 20 ms to load, which only a terminal has to pay

    columns = list(zip(*rows, strict=True))
    widths = [max(map(cell_len, column)) for column in columns]
    words = [max(max(map(cell_len, cell.split()), default=0) for cell in column) for column in columns]
    cells = [max(map(cell_len, column[1:]), default=0) for column in columns]  # headings wrap at every space
    least = [max(word, min(wide, MOST_WRAPPED)) for word, wide in zip(words, cells, strict=True)]
    while sum(widths) + GAP * (len(widths) - 1) > width:
        spare, widest = max(
            (wide - small, index) for index, (wide, small) in enumerate(zip(widths, least, strict=True))
        )
        if not spare:
            return None
        widths[widest] -= 1
    return widths
