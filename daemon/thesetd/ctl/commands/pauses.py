"""The commands that pause and resume work: pause, resume."""

import time
from contextlib import suppress
from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.failures import Broken, ProblemReply, Unreachable
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.ctl.values import PAUSABLE
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.pauses import LIST_PAUSES, PAUSE, RESUME

FAILED = 1
LOOK_S = 0.2


@click.command()
@click.argument("what", metavar="[PROVIDER|SCHEDULE|all]", required=False, shell_complete=PAUSABLE)
@click.option("--no-wait", is_flag=True, help="Return at once instead of waiting for running calls and jobs to finish.")
@json_option
@watched
@pass_session
def pause(session: Session, what: str | None, *, no_wait: bool) -> None:
    """Pause a provider, a schedule, or everything (all) until it is resumed; without an argument, list the pauses.

    A paused provider receives no calls: the jobs that need it wait. A paused schedule does not fire. With everything
    paused, no job runs on any node; new requests are accepted and queued. Pauses survive restarts.

    Example: thesetctl pause spotify
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
        views.echo(f"{_named(what)} is paused{rest}: resume it with `thesetctl resume {what}`")


@click.command()
@click.argument("what", metavar="PROVIDER|SCHEDULE|all", shell_complete=PAUSABLE)
@json_option
@pass_session
def resume(session: Session, what: str) -> None:
    """End a pause: waiting jobs resume at once; a schedule that was due meanwhile fires once.

    Example: thesetctl resume spotify
    """
    document = session.daemon.ask(RESUME, what=what)
    if session.as_json:
        views.print_json(document)
    else:
        views.echo(f"{_named(what)} {'resumed' if document['resumed'] else 'was not paused'}")


def warn_of_pauses(session: Session) -> None:
    """Warn a user who requested an import that it may have to wait; the import is accepted in any case."""
    with suppress(ProblemReply, Unreachable, Broken):
        for view in session.daemon.ask(LIST_PAUSES)["pauses"]:
            if view["kind"] != "schedule":
                what = _named(view["what"])
                views.warn(f"{what} is paused: the import waits if it needs it")


def _list_pauses(session: Session) -> None:
    document = session.daemon.ask(LIST_PAUSES)
    if session.as_json:
        views.print_json(document)
    elif document["pauses"]:
        rows = [
            (view["what"], view["kind"], when(view["since"]), view["waits_for"] or "-") for view in document["pauses"]
        ]
        tables.table(("PAUSED", "KIND", "SINCE", "DRAINING"), rows)
    else:
        views.echo("nothing is paused")


def _drained(session: Session, view: dict[str, Any]) -> dict[str, Any]:
    """Wait until the paused work has drained, or was resumed."""
    told = ""
    while view["waits_for"]:
        time.sleep(LOOK_S)
        left = [one for one in session.daemon.ask(LIST_PAUSES)["pauses"] if one["what"] == view["what"]]
        if not left:
            views.warn(f"{_named(view['what'])} was resumed in the meantime")
            click.get_current_context().exit(FAILED)
        view = left[0]
        if view["waits_for"] not in {"", told}:
            told = view["waits_for"]
            views.warn(f"waiting for {told}")
    return view


def _named(what: str) -> str:
    return "everything" if what == "all" else what
