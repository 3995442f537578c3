"""thesetctl: the commands, and the exit codes that scripts can use.

0 done · 1 the import failed, or the daemon refused, also what names nothing that it knows · 2 the command line is wrong
· 3 the daemon is not reachable · 130 interrupted; an accepted import continues.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from thesetd import __version__
from thesetd.ctl import tables, views
from thesetd.ctl.client import Broken, ProblemReply, Unreachable
from thesetd.ctl.commands.about import logs, nodes, version
from thesetd.ctl.commands.artist import artist
from thesetd.ctl.commands.doctor import doctor
from thesetd.ctl.commands.gate import cache, calls, limits
from thesetd.ctl.commands.pins import pin, pins, unpin
from thesetd.ctl.commands.schedules import schedules
from thesetd.ctl.commands.setlists import prediction, review
from thesetd.ctl.commands.songs import setlist, song
from thesetd.ctl.commands.top import top
from thesetd.ctl.commands.work import cancel, dead, pause, resume, retry, warn_of_pauses, why
from thesetd.ctl.completion import completion
from thesetd.ctl.doors import UrlDoor
from thesetd.ctl.follow import COMPLETED, Follower
from thesetd.ctl.insisting import insist
from thesetd.ctl.plan import plan
from thesetd.ctl.session import JOB, Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.ctl.values import ARTISTS, BREAKERS, JOBS
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.daemon import LIST_ACTORS, RELOAD, SHOW_HEALTH
from thesetd.ports.surface.rows.imports import SHOW_IMPORT, SUBMIT_IMPORT
from thesetd.ports.surface.rows.jobs import LIST_JOBS
from thesetd.ports.surface.rows.pauses import LIST_BREAKERS, RESET_BREAKER
from thesetd.ports.surface.rows.songs import RECLASSIFY

FAILED, USAGE, UNREACHABLE, INTERRUPTED = 1, 2, 3, 130
_BAD_REQUEST = 400


class _Commands(click.Group):
    """The one place where errors become a line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Unreachable as error:
            views.warn(str(error))
            ctx.exit(UNREACHABLE)
        except Broken as error:
            views.warn(f"{error}: run `thesetctl jobs` to see whether it took effect")
            ctx.exit(UNREACHABLE)
        except ProblemReply as refusal:
            _tell_refusal(refusal, as_json=ctx.ensure_object(Session).as_json)
            ctx.exit(USAGE if refusal.status == _BAD_REQUEST else FAILED)
        except UnicodeEncodeError:
            views.warn("the command line is not valid UTF-8")
            ctx.exit(USAGE)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--socket",
    type=click.Path(path_type=Path),
    help="Path of the daemon's control socket; the usual places are searched by default.",
)
@click.option("--url", envvar="THESETCTL_URL", help="Address of the daemon's API, for example https://host:9465.")
@click.option(
    "--token-file",
    envvar="THESETCTL_TOKEN_FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the token for --url.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, one document per line; also accepted after the command."
)
@click.version_option(__version__, prog_name="thesetctl")
@click.pass_context
def main(ctx: click.Context, socket: Path | None, url: str | None, token_file: Path | None, *, as_json: bool) -> None:
    """Control thesetd: import artists, follow their progress, and inspect the daemon.

    Exit codes: 0 done, 1 the import failed or was refused, 2 usage, 3 the daemon is not reachable, 130 interrupted.
    """
    ctx.obj = Session(socket, _url_door(socket, url, token_file))
    ctx.obj.as_json = as_json


def _url_door(socket: Path | None, url: str | None, token_file: Path | None) -> UrlDoor | None:
    if url is None or socket is not None:  # an option outranks the environment
        return None
    try:
        return UrlDoor(url, token_file.read_text().strip() if token_file else None)
    except (OSError, ValueError) as error:
        raise click.UsageError(str(error)) from None


@main.command("import")
@click.argument("artist", shell_complete=ARTISTS)
@click.option("--follow", "-f", is_flag=True, help="Show progress until the import ends.")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0, 86400),
    default=60.0,
    show_default=True,
    help="Seconds to retry for, while the daemon is starting or the database is unavailable.",
)
@json_option
@pass_session
def import_artist(session: Session, artist: str, *, follow: bool, wait_s: float) -> None:
    """Import ARTIST: a name, a slug, an id that a reply gave, or an id, URI or URL of a provider or MusicBrainz."""
    reply = insist(lambda: session.daemon.ask(SUBMIT_IMPORT, {"artist": artist}), wait_s, on_wait=views.warn)
    if session.as_json:
        views.print_json(reply)
    else:
        click.echo(_accepted_text(reply, artist, follow=follow))
        warn_of_pauses(session)
    if follow:
        _follow_import(session, reply["job_id"], reply["name"] or artist)


@main.command()
@click.argument("job", type=JOB, required=False, shell_complete=JOBS)
@json_option
@watched
@pass_session
def status(session: Session, job: int | None) -> None:
    """Show JOB; without an argument, show the daemon's health and the unfinished jobs."""
    if job is None:
        _show_daemon(session)
        return
    session.show(session.daemon.ask(SHOW_IMPORT, job_id=job), tables.job_details)


@main.command()
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
    """List jobs, newest first."""
    query = [("limit", limit), *(("state", name) for name in state)]
    document = session.daemon.ask(LIST_JOBS, query=query)
    session.show(document, lambda _: tables.jobs_table(document["jobs"]))


@main.command()
@click.argument("job", type=JOB, required=False, shell_complete=JOBS)
@json_option
@pass_session
def tail(session: Session, job: int | None) -> None:
    """Follow JOB from its first event to its end; without an argument, follow all jobs until interrupted."""
    if job is not None:
        _follow_job(session, job, f"job {job}", met=False)
        return
    view: views.View = views.JsonLines() if session.as_json else views.Lines(with_job=True)
    for event in Follower(session.daemon, met=False, on_break=view.note).everything():
        view.show(event)


@main.command()
@json_option
@watched
@pass_session
def actors(session: Session) -> None:
    """List the actors with their state, health, restarts, mailbox size and last error."""
    session.show(session.daemon.ask(LIST_ACTORS), _draw_actors)


def _draw_actors(document: dict[str, Any]) -> None:
    rows = [
        (a["name"], a["state"], a["health"], str(a["restarts"]), str(a["mailbox"]), _last_error(a))
        for a in document["actors"]
    ]
    tables.table(("ACTOR", "STATE", "HEALTH", "RESTARTS", "MAILBOX", "LAST ERROR"), rows)


@main.command()
@json_option
@watched
@pass_session
def health(session: Session) -> None:
    """Show whether the daemon is ready, and what is wrong if it is not; exit with 1 if it is not ready."""
    document = session.daemon.ask(SHOW_HEALTH)
    session.show(document, _draw_health)
    if not document["ready"]:
        click.get_current_context().exit(FAILED)


@main.command()
@json_option
@pass_session
def reload(session: Session) -> None:
    """Reload the daemon's configuration and show what changed; exit with 1 if it is invalid."""
    session.show(session.daemon.ask(RELOAD), _draw_reload)


def _draw_reload(document: dict[str, Any]) -> None:
    for heading, key in (
        ("", "applied"),
        ("takes effect shortly: ", "renewed"),
        ("needs a restart: ", "needs_restart"),
    ):
        for line in document[key]:
            click.echo(f"{heading}{line}")
    if not any(document.values()):
        click.echo("nothing has changed")


def _last_error(actor: dict[str, Any]) -> str:
    return f"{actor['last_error']} ({when(actor['last_error_at'])})" if actor["last_error"] else "-"


def _draw_health(document: dict[str, Any]) -> None:
    word = "ready" if document["ready"] else "not ready"
    tables.pairs({"thesetd": f"{document['version']}, {word}", **document["checks"]})


@main.group(invoke_without_command=True)
@json_option
@click.pass_context
def breakers(ctx: click.Context) -> None:
    """List the circuit breakers, or close one."""
    if ctx.invoked_subcommand is None:
        session = ctx.ensure_object(Session)
        session.show(session.daemon.ask(LIST_BREAKERS), _draw_breakers)


@breakers.command()
@click.argument("name", shell_complete=BREAKERS)
@json_option
@pass_session
def reset(session: Session, name: str) -> None:
    """Close the breaker NAME and forget its failures."""
    session.show(session.daemon.ask(RESET_BREAKER, name=name), _draw_breakers)


def _draw_breakers(document: dict[str, Any]) -> None:
    rows = [
        (b["name"], b["state"], str(b["failures"]), f"{b['retry_in_s']:.0f} s" if b["state"] == "open" else "-")
        for b in document["breakers"]
    ]
    tables.table(("BREAKER", "STATE", "FAILURES", "NEXT PROBE IN"), rows)


for command in (
    artist,
    limits,
    calls,
    cache,
    cancel,
    retry,
    dead,
    pause,
    resume,
    why,
    song,
    setlist,
    review,
    prediction,
    schedules,
    pin,
    unpin,
    pins,
    plan,
    top,
    nodes,
    doctor,
    version,
    logs,
    completion("thesetctl"),
):
    main.add_command(command)


@main.command()
@click.option("--follow", is_flag=True, help="Show the progress until it is done.")
@json_option
@pass_session
def reclassify(session: Session, *, follow: bool) -> None:
    """Classify every stored track and derive every song again, without calls to providers."""
    reply = session.daemon.ask(RECLASSIFY)
    session.show(reply, lambda _: click.echo(f"reclassify: job {reply['job_id']}"))
    if follow:
        _follow_import(session, reply["job_id"], "reclassify")


def _accepted_text(reply: dict[str, Any], artist: str, *, follow: bool) -> str:
    what = "joined import" if reply["joined"] else "import"
    slug = f" ({reply['slug']})" if reply["slug"] else ""
    hint = "" if follow else f", follow it with `thesetctl tail {reply['job_id']}`"
    return f"{reply['name'] or artist}{slug}: {what} {reply['job_id']}{hint}"


def _follow_import(session: Session, job_id: int, name: str) -> None:
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
    """Say how a job ended that did not end with "completed"; sweeps and the like end without an event."""
    job: dict[str, Any] = {}
    with suppress(Unreachable, Broken, ProblemReply):
        job = session.daemon.ask(SHOW_IMPORT, job_id=job_id)
    if job.get("state") == "done":
        return
    why = job.get("error") or last.get("message") or "no reason was recorded"
    views.warn(f"job {job_id} {job.get('state') or last.get('status')}: {why}")
    click.get_current_context().exit(FAILED)


def _show_daemon(session: Session) -> None:
    health = session.daemon.ask(SHOW_HEALTH)
    if not session.as_json:
        _draw_health(health)  # before the jobs are requested: without a database there are none
    unfinished = session.daemon.ask(LIST_JOBS, query=[("state", "running"), ("state", "ready")])
    if session.as_json:
        views.print_json(health | unfinished)
    elif unfinished["jobs"]:
        click.echo()
        tables.jobs_table(unfinished["jobs"])


def _tell_refusal(refusal: ProblemReply, *, as_json: bool) -> None:
    if as_json:
        views.print_json(refusal.document)
    for line in (str(refusal), *refusal.document.get("faults", ())):
        views.warn(line)
    for candidate in refusal.document.get("candidates") or refusal.document.get("close") or ():
        followers = candidate["followers"]
        known = [f"{followers:,} followers" if followers is not None else "", ", ".join(candidate["genres"])]
        click.echo("  ".join(["", candidate["id"], candidate["name"], *filter(None, known)]), err=True)
