"""The commands that give orders about jobs: cancel, retry, dead."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.failures import ProblemReply
from thesetd.ctl.session import JOB, Session, json_option, pass_session
from thesetd.ctl.values import JOBS
from thesetd.ctl.watching import watched
from thesetd.ports.surface.endpoints import ApiRoute
from thesetd.ports.surface.jobs import MOST_JOBS, JobOrdered
from thesetd.ports.surface.rows.jobs.orders import CANCEL_JOB, LIST_JOBS, RETRY_JOB

FAILED = 1
LOOK_S = 0.2


@click.command()
@click.argument("jobs", metavar="JOB...", type=JOB, nargs=-1, required=True, shell_complete=JOBS)
@json_option
@pass_session
def cancel(session: Session, jobs: tuple[int, ...]) -> None:
    """Cancel jobs, including running ones, on any node.

    Example: thesetctl cancel 41 42
    """
    _order_all(session, jobs, CANCEL_JOB)


@click.command()
@click.argument("jobs", metavar="JOB...", type=JOB, nargs=-1, required=True, shell_complete=JOBS)
@json_option
@pass_session
def retry(session: Session, jobs: tuple[int, ...]) -> None:
    """Run failed, dead or cancelled jobs again, from their last checkpoint.

    Example: thesetctl retry 41
    """
    _order_all(session, jobs, RETRY_JOB)


@click.group(invoke_without_command=True)
@json_option
@watched
@click.pass_context
def dead(ctx: click.Context) -> None:
    """List dead jobs, which were abandoned after many attempts, or replay them.

    Example: thesetctl dead
    """
    if ctx.invoked_subcommand is None:
        _list_dead(ctx.ensure_object(Session))


@dead.command("list")
@json_option
@watched
@pass_session
def list_dead(session: Session) -> None:
    """List the dead jobs, newest first.

    Example: thesetctl dead list
    """
    _list_dead(session)


@dead.command()
@click.argument("jobs", metavar="[JOB...]", type=JOB, nargs=-1, shell_complete=JOBS)
@click.option("--all", "everything", is_flag=True, help="Replay every dead job.")
@json_option
@pass_session
def replay(session: Session, jobs: tuple[int, ...], *, everything: bool) -> None:
    """Run dead jobs again: the given ones, or all of them with --all.

    Example: thesetctl dead replay --all
    """
    if bool(jobs) == everything:
        raise click.UsageError("name the jobs or pass --all, not both")
    replayed = _order_all(session, _all_dead(session) if everything else jobs, RETRY_JOB)
    if not replayed and not session.as_json:
        views.echo("no dead jobs")


def _order_all(session: Session, jobs: Iterable[int], order: ApiRoute[JobOrdered]) -> int:
    """Send an order for each job, and return how many there were; a refused order does not affect the others."""
    count, refused = 0, False
    for job in jobs:
        count += 1
        try:
            document: Mapping[str, Any] = session.daemon.ask(order, job_id=job)
        except ProblemReply as refusal:
            refused, document = True, refusal.document
            views.warn(str(refusal))
        if session.as_json:
            views.print_json(document)
        elif "joined" in document:
            views.echo(_ordered_text(document, cancelled=order is CANCEL_JOB))
    if refused:
        click.get_current_context().exit(FAILED)
    return count


def _ordered_text(document: Mapping[str, Any], *, cancelled: bool) -> str:
    job, before = document["job_id"], document["before"]
    if cancelled:
        return f"job {job}: cancelled, it was {before}"
    if document["joined"] is not None:
        return f"job {job}: job {document['joined']} already does the same, nothing to do"
    return f"job {job}: ready again, it was {before}"


def _dead(session: Session, *place: tuple[str, object]) -> list[dict[str, Any]]:
    query = [("state", "dead"), ("limit", MOST_JOBS), *place]
    jobs: list[dict[str, Any]] = session.daemon.ask(LIST_JOBS, query=query)["jobs"]
    return jobs


def _all_dead(session: Session) -> Iterator[int]:
    """Yield the dead jobs, newest first; jobs that are still dead after a replay do not hide the rest."""
    found = _dead(session)
    while found:
        yield from (job["job_id"] for job in found)
        found = _dead(session, ("before", found[-1]["job_id"]))


def _list_dead(session: Session) -> None:
    jobs = _dead(session)
    if session.as_json:
        views.print_json({"jobs": jobs})
    elif jobs:
        tables.jobs_table(jobs)
    else:
        views.echo("no dead jobs")
