"""The command that lists jobs."""

from collections.abc import Mapping
from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import JOB, Number, Session, json_option, pass_session
from thesetd.ctl.values import ARTISTS
from thesetd.ctl.watching import watched
from thesetd.domain.work.states import JobKind, JobState
from thesetd.ports.surface.rows.jobs.orders import LIST_JOBS

STATES, KINDS = [one.value for one in JobState], [one.value for one in JobKind]


@click.command()
@click.option(
    "--artist",
    shell_complete=ARTISTS,
    help="Only jobs of this artist: a slug, a name, an id, or the text that was requested.",
)
@click.option("--kind", multiple=True, type=click.Choice(KINDS), help="Only jobs of this kind; repeatable.")
@click.option("--state", multiple=True, type=click.Choice(STATES), help="Only jobs in this state; repeatable.")
@click.option("--since", metavar="TIME", help="Only jobs created within this time, for example 90s, 15m, 1h or 7d.")
@click.option("--request", metavar="ID", help="Only the job that the request with this X-Request-Id created.")
@click.option("--limit", type=Number(1, 500), default=50, show_default=True, help="Maximum number of jobs.")
@click.option("--before", type=JOB, help="Only jobs with smaller numbers: the next page of a list.")
@json_option
@watched
@pass_session
def jobs(session: Session, /, limit: int, **filters: Any) -> None:
    """List jobs, newest first.

    Example: thesetctl jobs --state running --state ready --watch
    """
    query = [("limit", limit), *_query(filters)]
    document = session.daemon.ask(LIST_JOBS, query=query)
    session.show(document, lambda _: tables.jobs_table(document["jobs"]))
    if len(document["jobs"]) == limit and not session.as_json:
        views.warn(f"there may be more: add `--before {document['jobs'][-1]['job_id']}` for the next page")


def _query(filters: Mapping[str, object]) -> list[tuple[str, object]]:
    """Return the given filters as the query of the request."""
    found = ((name, value if isinstance(value, tuple) else (value,)) for name, value in filters.items())
    return [(name, value) for name, values in found for value in values if value is not None]
