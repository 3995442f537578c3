"""The command that shows a job or the daemon."""

import click

from thesetd.ctl import tables, views
from thesetd.ctl.commands.service.daemon import draw_health
from thesetd.ctl.session import JOB, Session, json_option, pass_session
from thesetd.ctl.values import JOBS
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.daemon import SHOW_HEALTH
from thesetd.ports.surface.rows.imports import SHOW_IMPORT
from thesetd.ports.surface.rows.jobs.orders import LIST_JOBS


@click.command()
@click.argument("job", type=JOB, required=False, shell_complete=JOBS)
@json_option
@watched
@pass_session
def status(session: Session, job: int | None) -> None:
    """Show JOB; without an argument, show the daemon's health and the unfinished jobs.

    Example: thesetctl status 41 --watch
    """
    if job is None:
        _show_daemon(session)
        return
    session.show(session.daemon.ask(SHOW_IMPORT, job_id=job), tables.job_details)


def _show_daemon(session: Session) -> None:
    health = session.daemon.ask(SHOW_HEALTH)
    if not session.as_json:
        draw_health(health)  # before the jobs are requested: without a database the list is unavailable
    unfinished = session.daemon.ask(LIST_JOBS, query=[("state", "running"), ("state", "ready")])
    if session.as_json:
        views.print_json(health | unfinished)
    elif unfinished["jobs"]:
        views.echo()
        tables.jobs_table(unfinished["jobs"])
