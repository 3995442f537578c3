"""Lists as tables: drawn by rich on a terminal, as aligned plain text elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from thesetd.ctl.times import when
from thesetd.ctl.views import counts_text, on_terminal

TableRows = Sequence[Sequence[str]]


def table(headings: Sequence[str], rows: TableRows) -> None:
    """Print rows under headings; every row has as many cells as there are headings."""
    if on_terminal():
        _draw(headings, rows)
    else:
        _align([headings, *rows])


def jobs_table(jobs: Sequence[Mapping[str, Any]]) -> None:
    """Print jobs: whose and what, where, how far, since when."""
    rows = [
        (
            str(job["job_id"]),
            _whose(job),
            job["kind"],
            job["lane"],
            job["state"] + (f" on {job['node']}" if job["node"] else ""),
            f"{job['progress']} %",
            when(job["completed_at"] or job["started_at"] or job["created_at"]),
            _message(job),
        )
        for job in jobs
    ]
    table(("JOB", "WHAT", "KIND", "LANE", "STATE", "DONE", "SINCE", "MESSAGE"), rows)


def _whose(job: Mapping[str, Any]) -> str:
    """Return the artist, and what was typed if that is something else."""
    name, typed = job["name"], job["typed"]
    if not name:
        return typed or "-"
    return f"{name} ({typed})" if typed and typed not in {name, job["slug"]} else str(name)


def _message(job: Mapping[str, Any]) -> str:
    """Return what a job is at, what it waits for, or why it ended: its error may be that of an earlier run."""
    if job["state"] == "running":
        return str(job["message"])
    words = (job["message"], job["error"]) if job["state"] == "ready" else (job["error"], job["message"])
    return next(filter(None, words), "")


def job_details(job: Mapping[str, Any]) -> None:
    """Print one job, a line for each thing that is known of it."""
    shown = {
        "job": f"{job['job_id']} ({job['kind']}, lane {job['lane']})",
        "asked for as": job["typed"],
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
    """Print what people decided, a line for each decision with the number to undo it by."""
    for one in made:
        undone = f", undone {when(one['undone_at'])}" if one["undone_at"] else ""
        click.echo(f"decision {one['number']}: {one['words']} ({when(one['made_at'])}{undone})")


def pairs(shown: Mapping[str, str | None]) -> None:
    """Print names and values, one pair per line, without those that have no value."""
    _align([(name, value) for name, value in shown.items() if value])


def _align(rows: TableRows) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _draw(headings: Sequence[str], rows: TableRows) -> None:
    from rich.console import Console  # noqa: PLC0415 - rich takes 20 ms to load, which only a terminal has to pay
    from rich.table import Table  # noqa: PLC0415 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    drawn = Table(*headings, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        drawn.add_row(*map(Text, row))
    Console().print(drawn)
