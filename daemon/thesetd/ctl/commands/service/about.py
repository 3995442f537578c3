"""Commands about the daemon as a whole: its nodes, its version, its log.

Tested in tests/ctl/commands/service/test_about.py.
"""

import os
import shutil
from typing import Any

import click

from thesetd import __version__
from thesetd.ctl import tables, views
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.daemon import SHOW_HEALTH
from thesetd.ports.surface.rows.page import SHOW_STATUS

FAILED = 1


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
        views.warn("the nodes are unknown: the database has not answered lately")
        click.get_current_context().exit(FAILED)
    session.show({"nodes": survey["nodes"]}, _draw_nodes)


def _draw_nodes(document: dict[str, Any]) -> None:
    rows = [
        (one["name"], "live" if one["live"] else "gone", str(one["jobs"]), str(one["epoch"]), when(one["started_at"]))
        for one in document["nodes"]
    ]
    tables.table(("NODE", "STATE", "RUNNING JOBS", "START", "STARTED"), rows)


@click.command()
@json_option
@pass_session
def version(session: Session) -> None:
    """Show the version of this program and that of the daemon; exit with 1 if they differ.

    Example: thesetctl version --json
    """
    daemon = None
    try:
        daemon = str(session.daemon.ask(SHOW_HEALTH)["version"])
    except (Unreachable, Broken, ProblemReply) as error:
        views.warn(str(error))
    found = {"thesetctl": __version__, "thesetd": daemon}
    session.show(found, lambda _: tables.pairs(found))
    if daemon not in {None, __version__}:
        click.get_current_context().exit(FAILED)


@click.command()
@click.option("--unit", default="thesetd", show_default=True, help="The systemd unit, for example thesetd@b.")
@click.option("--job", type=int, help="Only lines about this job.")
@click.option("--request", help="Only lines about this request, by its X-Request-Id.")
@click.option("--provider", help="Only lines about this provider.")
@click.option("--actor", help="Only lines about this actor.")
@click.option("--event", help="Only this event, for example JobEnded.")
@click.option("--since", help="For example -1h or today, as journalctl takes it.")
@click.option("--follow", "-f", is_flag=True, help="Show new lines as they come.")
def logs(unit: str, since: str | None, *, follow: bool, **fields: str | int | None) -> None:
    """Show the daemon's log from the journal.

    Example: thesetctl logs --job 4 --since -1h
    """
    program = shutil.which("journalctl")
    if program is None:
        views.warn("journalctl is absent: the log goes where the daemon's standard error leads")
        click.get_current_context().exit(FAILED)
        return
    command = [program, "--unit", unit, *(["--since", since] if since else []), *(["--follow"] if follow else [])]
    command += [f"THESETD_{name.upper()}={value}" for name, value in fields.items() if value is not None]
    os.execv(program, command)  # noqa: S606 - no shell: each word is an argument
