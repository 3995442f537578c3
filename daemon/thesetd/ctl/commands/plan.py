"""The commands that estimate work without doing it."""

from datetime import timedelta
from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.plans import PLAN_CLEANUP, PLAN_DAY, PLAN_IMPORT, PLAN_REFRESH


@click.group()
def plan() -> None:
    """Estimate the calls, waits and duration of some work without doing it.

    Example: thesetctl plan import Gorillaz
    """


@plan.command("import")
@click.argument("artist")
@json_option
@pass_session
def plan_import(session: Session, artist: str) -> None:
    """Estimate an import of ARTIST from earlier imports.

    Example: thesetctl plan import Gorillaz
    """
    session.show(session.daemon.ask(PLAN_IMPORT, query=[("artist", artist)]), _draw)


@plan.command()
@json_option
@watched
@pass_session
def refresh(session: Session) -> None:
    """Estimate the refresh of everything that is due now.

    Example: thesetctl plan refresh
    """
    session.show(session.daemon.ask(PLAN_REFRESH), _draw)


@plan.command()
@json_option
@watched
@pass_session
def day(session: Session) -> None:
    """Estimate the refresh of everything that is due within a day.

    Example: thesetctl plan day
    """
    session.show(session.daemon.ask(PLAN_DAY), _draw)


@plan.command()
@json_option
@watched
@pass_session
def cleanup(session: Session) -> None:
    """Show how many rows cleanup-old-data would delete, clear or mark now.

    Example: thesetctl plan cleanup
    """
    session.show(session.daemon.ask(PLAN_CLEANUP), draw_rows)


def draw_rows(document: dict[str, Any]) -> None:
    """Draw how many rows of each table would be deleted or cleared, and how many marked as what."""
    if not document["rows"]:
        views.echo("nothing to delete or mark")
        return
    tables.table(("WHAT", "ROWS"), [(table, str(count)) for table, count in document["rows"].items()])


def _draw(document: dict[str, Any]) -> None:
    duration = document["duration_s"]
    took = duration and f"{_time(duration['expected'])} ({_time(duration['low'])} to {_time(duration['high'])})"
    tables.pairs({"plan": document["what"], "takes": took or "unknown", "based on": document["basis"]})
    views.echo()
    rows = [
        (
            one["provider"],
            f"{one['calls']['expected']:.0f}" if one["calls"] else "unknown",
            f"{one['calls']['low']:.0f} to {one['calls']['high']:.0f}" if one["calls"] else "-",
            "-" if one["room"] is None else str(one["room"]),
            _time(one["wait_s"]) if one["wait_s"] else "-",
            ", ".join(f"{kind} {calls:.0f}" for kind, calls in one["kinds"].items()) or "-",
        )
        for one in document["providers"]
    ]
    tables.table(("PROVIDER", "CALLS", "80 % RANGE", "ROOM NOW", "WAITS", "FOR"), rows)
    for remark in document["remarks"]:
        views.echo(remark)


def _time(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
