"""The command that lists jobs."""

import click

from thesetd.ctl import tables
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.jobs import LIST_JOBS


@click.command()
@click.option(
    "--state",
    multiple=True,
    help="Only jobs in this state: ready, running, done, failed, cancelled or dead; repeatable.",
)
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="Maximum number of jobs.")
@json_option
@watched
@pass_session
def jobs(session: Session, state: tuple[str, ...], limit: int) -> None:
    """List jobs, newest first.

    Example: thesetctl jobs --state running --watch
    """
    query = [("limit", limit), *(("state", name) for name in state)]
    document = session.daemon.ask(LIST_JOBS, query=query)
    session.show(document, lambda _: tables.jobs_table(document["jobs"]))
