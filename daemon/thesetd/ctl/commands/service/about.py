"""Commands about the daemon as a whole: its nodes, its page, its log.

Tested in tests/ctl/commands/service/test_about.py.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import JOB, Number, Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.ctl.values import ACTORS, JOBS, PROVIDERS
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.page import SHOW_STATUS

FAILED = 1
PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3}  # priorities of the journal, by level
BOOTED = Path("/run/systemd/system")  # sd_booted(3): it exists where systemd runs
_ELSEWHERE = "the log is on the daemon's standard error"
_OF_JOURNALCTL = ("grep", "since", "until", "lines")  # options that journalctl has under the same names


@click.command()
@json_option
@watched
@pass_session
def nodes(session: Session) -> None:
    """List the nodes that share the database, live ones first.

    Example: thesetctl nodes --watch
    """
    survey = session.daemon.ask(SHOW_STATUS)["survey"]
    if survey is None:
        views.warn("the nodes are unknown: no recent answer from the database")
        click.get_current_context().exit(FAILED)
    session.show({"nodes": survey["nodes"]}, _draw_nodes)


def _draw_nodes(document: dict[str, Any]) -> None:
    rows = [
        (one["name"], "live" if one["live"] else "gone", str(one["jobs"]), str(one["epoch"]), when(one["started_at"]))
        for one in document["nodes"]
    ]
    tables.table(("NODE", "STATE", "RUNNING JOBS", "START", "STARTED"), rows)


@click.command("open")
@click.option("--print", "only_print", is_flag=True, help="Print the address instead of opening it.")
@json_option
@pass_session
def open_page(session: Session, *, only_print: bool) -> None:
    """Open the status page in a browser; without a browser, print its address.

    Example: thesetctl open --print
    """
    page = session.daemon.ask(SHOW_STATUS)["page"]
    if page is None:
        views.warn("the page has no address yet: see http.listen in `thesetctl health`")
        click.get_current_context().exit(FAILED)
    if session.as_json or only_print or not views.on_terminal() or not _has_browser() or click.launch(page):
        session.show({"page": page}, lambda _: views.echo(page))


def _has_browser() -> bool:
    """Return whether there is a graphical browser: a text browser would take over the terminal."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


@click.command()
@click.option("--unit", default="thesetd", show_default=True, help="The systemd unit, for example thesetd@b.")
@click.option("--job", type=JOB, shell_complete=JOBS, help="Only lines about this job.")
@click.option("--request", metavar="ID", help="Only lines about the request with this X-Request-Id.")
@click.option("--provider", shell_complete=PROVIDERS, help="Only lines about this provider.")
@click.option("--actor", shell_complete=ACTORS, help="Only lines about this actor.")
@click.option("--event", help="Only this event, for example JobEnded.")
@click.option("--level", type=click.Choice(tuple(PRIORITIES)), help="Only lines of this level or higher.")
@click.option("--grep", metavar="PATTERN", help="Only lines that match this pattern, in journalctl's syntax.")
@click.option("--since", help="Start, for example -1h or today, in journalctl's syntax.")
@click.option("--until", help="End, for example -10min, in journalctl's syntax.")
@click.option("--lines", "-n", type=Number(1), help="Only this many of the latest lines.")
@click.option("--follow", "-f", is_flag=True, help="Show new lines as they arrive.")
@json_option
@pass_session
def logs(session: Session, /, unit: str, level: str | None, *, follow: bool, **wanted: str | int | None) -> None:
    """Show the daemon's log from the journal.

    Example: thesetctl logs --job 4 --level warning --since -1h
    """
    program = shutil.which("journalctl")
    if program is None:
        views.warn(f"journalctl is not installed: {_ELSEWHERE}")
        click.get_current_context().exit(FAILED)
        return
    if not BOOTED.is_dir():
        views.warn(f"systemd is not running here: {_ELSEWHERE}")
    options: dict[str, str | int] = {"priority": PRIORITIES[level]} if level else {}
    options |= {name: value for name, value in wanted.items() if name in _OF_JOURNALCTL and value}
    fields = {name: value for name, value in wanted.items() if name not in _OF_JOURNALCTL and value is not None}
    command = [
        program,
        "--unit",
        unit,
        *(word for name, value in options.items() for word in (f"--{name}", str(value))),
    ]
    command += [*(["--follow"] if follow else []), *(["--output", "json"] if session.as_json else [])]
    command += [f"THESETD_{name.upper()}={value}" for name, value in fields.items()]
    os.execv(program, command)  # noqa: S606 - no shell: each word is an argument
