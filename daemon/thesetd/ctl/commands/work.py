"""The commands that give orders: cancel, retry, dead, pause, resume; and the one that says why a job is not further."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.client import Broken, ProblemReply, Unreachable
from thesetd.ctl.session import JOB, Session, json_option, pass_session
from thesetd.ctl.values import JOBS, PAUSABLE
from thesetd.ports.surface.endpoints import ApiRoute
from thesetd.ports.surface.jobs import MOST_JOBS, JobOrdered
from thesetd.ports.surface.rows.jobs import CANCEL_JOB, EXPLAIN_JOB, LIST_JOBS, RETRY_JOB
from thesetd.ports.surface.rows.pauses import LIST_PAUSES, PAUSE, RESUME

FAILED = 1
LOOK_S = 0.2


@click.command()
@click.argument("jobs", metavar="JOB...", type=JOB, nargs=-1, required=True, shell_complete=JOBS)
@json_option
@pass_session
def cancel(session: Session, jobs: tuple[int, ...]) -> None:
    """Cancel jobs, including running ones, on any node."""
    _order_all(session, jobs, CANCEL_JOB)


@click.command()
@click.argument("jobs", metavar="JOB...", type=JOB, nargs=-1, required=True, shell_complete=JOBS)
@json_option
@pass_session
def retry(session: Session, jobs: tuple[int, ...]) -> None:
    """Run failed, dead or cancelled jobs again, from their last checkpoint."""
    _order_all(session, jobs, RETRY_JOB)


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def dead(ctx: click.Context) -> None:
    """List dead jobs, which were given up after many attempts, or replay them."""
    if ctx.invoked_subcommand is None:
        _list_dead(ctx.ensure_object(Session))


@dead.command("list")
@json_option
@pass_session
def list_dead(session: Session) -> None:
    """List the dead jobs, newest first."""
    _list_dead(session)


@dead.command()
@click.argument("jobs", metavar="[JOB...]", type=JOB, nargs=-1, shell_complete=JOBS)
@click.option("--all", "everything", is_flag=True, help="Replay every dead job.")
@json_option
@pass_session
def replay(session: Session, jobs: tuple[int, ...], *, everything: bool) -> None:
    """Run dead jobs again: the given ones, or all of them with --all."""
    if bool(jobs) == everything:
        raise click.UsageError("name the jobs, or pass --all")
    replayed = _order_all(session, _all_dead(session) if everything else jobs, RETRY_JOB)
    if not replayed and not session.as_json:
        click.echo("no dead jobs")


@click.command()
@click.argument("what", metavar="[PROVIDER|SCHEDULE|all]", required=False, shell_complete=PAUSABLE)
@click.option("--no-wait", is_flag=True, help="Return at once instead of waiting for running calls and jobs to finish.")
@json_option
@pass_session
def pause(session: Session, what: str | None, *, no_wait: bool) -> None:
    """Pause a provider, a schedule, or all, until it is resumed; without an argument, list the pauses.

    A paused provider receives no calls: the jobs that need it wait. A paused schedule does not fire. With all paused no
    job runs on any node; new requests are accepted and wait. Pauses outlive restarts.
    """
    if what is None:
        _list_pauses(session)
        return
    view: dict[str, Any] = session.daemon.ask(PAUSE, what=what)
    if not no_wait:
        try:
            view = _drained(session, view)
        except KeyboardInterrupt:
            views.warn(f"interrupted, but {_named(what)} stays paused: resume it with `thesetctl resume {what}`")
            raise
    if session.as_json:
        views.print_json(view)
    else:
        rest = f"; still draining: {view['waits_for']}" if view["waits_for"] else ""
        click.echo(f"{_named(what)} is paused{rest}: resume it with `thesetctl resume {what}`")


@click.command()
@click.argument("what", metavar="PROVIDER|SCHEDULE|all", shell_complete=PAUSABLE)
@json_option
@pass_session
def resume(session: Session, what: str) -> None:
    """End a pause: waiting jobs resume at once; a schedule that was due meanwhile fires once."""
    document = session.daemon.ask(RESUME, what=what)
    if session.as_json:
        views.print_json(document)
    else:
        click.echo(f"{_named(what)} {'resumed' if document['resumed'] else 'was not paused'}")


@click.command()
@click.argument("job", type=JOB, shell_complete=JOBS)
@json_option
@pass_session
def why(session: Session, job: int) -> None:
    """Show what JOB is waiting for, its place in the queue, and what would unblock it."""
    document = session.daemon.ask(EXPLAIN_JOB, job_id=job)
    if session.as_json:
        views.print_json(document)
        return
    tables.pairs(
        {
            "job": f"{job} ({document['state'] or 'state unknown'})",
            "because": document["text"],
            "place in queue": str(document["place"]) if document["place"] else None,
            "not before": document["earliest"],
            "unblocked by": document["unblock"],
        }
    )
    for call in document["calls"]:
        wait = f", {call['wait_s']:.1f} s" if call["wait_s"] is not None else ""
        reason = f", {call['reason']}" if call["reason"] else ""
        click.echo(f"  {call['provider']} {call['endpoint']}: {call['place']}{wait}{reason}")


def warn_of_pauses(session: Session) -> None:
    """Tell a person who asked for an import that it may have to wait; it is accepted, whatever comes of this."""
    with suppress(ProblemReply, Unreachable, Broken):
        for view in session.daemon.ask(LIST_PAUSES)["pauses"]:
            if view["kind"] != "schedule":
                what = _named(view["what"])
                views.warn(f"{what} is paused by an operator: the import waits if it needs it")


def _order_all(session: Session, jobs: Iterable[int], order: ApiRoute[JobOrdered]) -> int:
    """Give an order for each job, and say how many there were; one that is refused leaves the others as they are."""
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
            click.echo(_ordered_text(document, cancelled=order is CANCEL_JOB))
    if refused:
        click.get_current_context().exit(FAILED)
    return count


def _ordered_text(document: Mapping[str, Any], *, cancelled: bool) -> str:
    job, before = document["job_id"], document["before"]
    if cancelled:
        return f"job {job}: cancelled, it was {before}"
    if document["joined"] is not None:
        return f"job {job}: job {document['joined']} does the same and is unfinished, nothing to do"
    return f"job {job}: ready again, it was {before}"


def _dead(session: Session, *place: tuple[str, object]) -> list[dict[str, Any]]:
    query = [("state", "dead"), ("limit", MOST_JOBS), *place]
    jobs: list[dict[str, Any]] = session.daemon.ask(LIST_JOBS, query=query)["jobs"]
    return jobs


def _all_dead(session: Session) -> Iterator[int]:
    """Yield the dead jobs, newest first; those that are dead also after their replay do not hide the rest."""
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
        click.echo("no dead jobs")


def _list_pauses(session: Session) -> None:
    document = session.daemon.ask(LIST_PAUSES)
    if session.as_json:
        views.print_json(document)
    elif document["pauses"]:
        rows = [(view["what"], view["kind"], view["since"], view["waits_for"] or "-") for view in document["pauses"]]
        tables.table(("PAUSED", "KIND", "SINCE", "NOT YET ENDED"), rows)
    else:
        click.echo("nothing is paused")


def _drained(session: Session, view: dict[str, Any]) -> dict[str, Any]:
    """Wait until nothing is under way any more of what is paused, or somebody resumed it."""
    told = ""
    while view["waits_for"]:
        time.sleep(LOOK_S)
        left = [one for one in session.daemon.ask(LIST_PAUSES)["pauses"] if one["what"] == view["what"]]
        if not left:
            views.warn(f"{_named(view['what'])} was resumed meanwhile")
            click.get_current_context().exit(FAILED)
        view = left[0]
        if view["waits_for"] not in {"", told}:
            told = view["waits_for"]
            views.warn(f"waiting for {told}")
    return view


def _named(what: str) -> str:
    return "everything" if what == "all" else what
