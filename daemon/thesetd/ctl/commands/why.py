"""The command that says why a job makes no progress.

Tested in tests/ctl/commands/test_jobs.py
"""

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.ctl.values import JOBS
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.jobs.orders import LIST_JOBS
from thesetd.ports.surface.rows.jobs.why import EXPLAIN_JOB

FAILED = 1


@click.command()
@click.argument("wanted", metavar="JOB|REQUEST", shell_complete=JOBS)
@json_option
@watched
@pass_session
def why(session: Session, wanted: str) -> None:
    """Show what a job is waiting for, its place in the queue, and what would unblock it.

    JOB is its number, or the id (X-Request-Id) of the request that created it.

    Example: thesetctl why 41
    """
    job = _job(session, wanted)
    document = session.daemon.ask(EXPLAIN_JOB, job_id=job)
    if session.as_json:
        views.print_json(document)
        return
    tables.pairs(
        {
            "job": f"{job} ({document['state'] or 'state unknown'})",
            "because": document["text"],
            "place in queue": str(document["place"]) if document["place"] else None,
            "not before": when(document["earliest"], none=""),
            "unblocked by": document["unblock"],
        }
    )
    for call in document["calls"]:
        wait = f", {call['wait_s']:.1f} s" if call["wait_s"] is not None else ""
        reason = f", {call['reason']}" if call["reason"] else ""
        views.print_line(f"  {call['provider']} {call['endpoint']}: {call['place']}{wait}{reason}")


def _job(session: Session, wanted: str) -> int:
    """Return the number of the named job."""
    if wanted.isascii() and wanted.isdigit():
        return int(wanted)
    found = session.daemon.ask(LIST_JOBS, query=[("request", wanted), ("limit", 1)])["jobs"]
    if not found:
        views.warn(f"no job was created by a request {wanted[:80]!r}: try `thesetctl logs --request ID`")
        raise click.exceptions.Exit(FAILED)
    return int(found[0]["job_id"])
