"""The commands that import an artist and follow progress: import, tail."""

from contextlib import suppress
from typing import Any

import click

from thesetd.ctl import views
from thesetd.ctl.commands.pauses import warn_of_pauses
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ctl.follow import COMPLETED, Follower
from thesetd.ctl.insisting import insist
from thesetd.ctl.session import JOB, Seconds, Session, json_option, pass_session
from thesetd.ctl.values import ARTISTS, JOBS
from thesetd.ports.surface.rows.imports import SHOW_IMPORT, SUBMIT_IMPORT

FAILED = 1


@click.command("import")
@click.argument("artist", shell_complete=ARTISTS)
@click.option("--follow", "-f", is_flag=True, help="Show progress until the import ends.")
@click.option(
    "--wait",
    "wait_s",
    type=Seconds(0, 86400),
    default=60.0,
    show_default=True,
    help="How many seconds to retry while the daemon is starting or the database is unavailable.",
)
@json_option
@pass_session
def import_artist(session: Session, artist: str, *, follow: bool, wait_s: float) -> None:
    """Import ARTIST: a name, a slug, an artist id of TheSet, or an id, URI or URL of a provider or MusicBrainz.

    Example: thesetctl import Gorillaz --follow
    """
    reply = insist(lambda: session.daemon.ask(SUBMIT_IMPORT, {"artist": artist}), wait_s, on_wait=views.warn)
    if session.as_json:
        views.print_json(reply)
    else:
        views.echo(_accepted_text(reply, artist, follow=follow))
        warn_of_pauses(session)
    if follow:
        follow_import(session, reply["job_id"], reply["name"] or artist)


@click.command()
@click.argument("job", type=JOB, required=False, shell_complete=JOBS)
@json_option
@pass_session
def tail(session: Session, job: int | None) -> None:
    """Follow JOB from its first event to its end; without an argument, follow all jobs until interrupted.

    Example: thesetctl tail 41
    """
    if job is not None:
        _follow_job(session, job, f"job {job}", met=False)
        return
    view: views.View = views.JsonLines() if session.as_json else views.Lines(with_job=True)
    for event in Follower(session.daemon, met=False, on_break=view.note).everything():
        view.show(event)


def _accepted_text(reply: dict[str, Any], artist: str, *, follow: bool) -> str:
    what = "joined import" if reply["joined"] else "import"
    slug = f" ({reply['slug']})" if reply["slug"] else ""
    hint = "" if follow else f", follow it with `thesetctl tail {reply['job_id']}`"
    return f"{reply['name'] or artist}{slug}: {what} {reply['job_id']}{hint}"


def follow_import(session: Session, job_id: int, name: str) -> None:
    """Show the progress of an accepted job; an interruption leaves it running."""
    try:
        _follow_job(session, job_id, name, met=True)
    except KeyboardInterrupt:
        views.warn(f"interrupted; the import continues: follow it with `thesetctl tail {job_id}`")
        raise


def _follow_job(session: Session, job_id: int, title: str, *, met: bool) -> None:
    last: dict[str, Any] = {}
    with views.view(as_json=session.as_json, title=title) as view:
        for last in Follower(session.daemon, met=met, on_break=view.note).job(job_id):
            view.show(last)
    if last.get("status") != COMPLETED:
        _tell_end(session, job_id, last)


def _tell_end(session: Session, job_id: int, last: dict[str, Any]) -> None:
    """Report how a job ended if not with "completed"; jobs of schedules end without an event."""
    job: dict[str, Any] = {}
    with suppress(Unreachable, Broken, ProblemReply):
        job = session.daemon.ask(SHOW_IMPORT, job_id=job_id)
    if job.get("state") == "done":
        return
    why = job.get("error") or last.get("message") or "no reason was recorded"
    views.warn(f"job {job_id} {job.get('state') or last.get('status')}: {why}")
    click.get_current_context().exit(FAILED)
