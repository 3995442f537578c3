"""The command that says why a job is not further."""

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import JOB, Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.ctl.values import JOBS
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.jobs import EXPLAIN_JOB


@click.command()
@click.argument("job", type=JOB, shell_complete=JOBS)
@json_option
@watched
@pass_session
def why(session: Session, job: int) -> None:
    """Show what JOB is waiting for, its place in the queue, and what would unblock it.

    Example: thesetctl why 41
    """
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
