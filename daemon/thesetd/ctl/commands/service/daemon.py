"""The commands about the running daemon: actors, health, reload."""

from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.daemon import LIST_ACTORS, RELOAD, SHOW_HEALTH

FAILED = 1


@click.command()
@json_option
@watched
@pass_session
def actors(session: Session) -> None:
    """List the actors with their state, health, restarts, mailbox size and last error.

    Example: thesetctl actors --watch
    """
    session.show(session.daemon.ask(LIST_ACTORS), _draw_actors)


def _draw_actors(document: dict[str, Any]) -> None:
    rows = [
        (a["name"], a["state"], a["health"], str(a["restarts"]), str(a["mailbox"]), _last_error(a))
        for a in document["actors"]
    ]
    tables.table(("ACTOR", "STATE", "HEALTH", "RESTARTS", "MAILBOX", "LAST ERROR"), rows)


@click.command()
@json_option
@watched
@pass_session
def health(session: Session) -> None:
    """Show whether the daemon is ready, and what is wrong if it is not; exit with 1 if it is not ready.

    Example: thesetctl health --json
    """
    document = session.daemon.ask(SHOW_HEALTH)
    session.show(document, draw_health)
    if not document["ready"]:
        click.get_current_context().exit(FAILED)


@click.command()
@json_option
@pass_session
def reload(session: Session) -> None:
    """Reload the daemon's configuration and show what changed; exit with 1 if it is invalid.

    Example: thesetctl reload
    """
    session.show(session.daemon.ask(RELOAD), _draw_reload)


def _draw_reload(document: dict[str, Any]) -> None:
    for heading, key in (
        ("", "applied"),
        ("takes effect shortly: ", "renewed"),
        ("needs a restart: ", "needs_restart"),
    ):
        for line in document[key]:
            views.echo(f"{heading}{line}")
    if not any(document.values()):
        views.echo("nothing has changed")


def _last_error(actor: dict[str, Any]) -> str:
    return f"{actor['last_error']} ({when(actor['last_error_at'])})" if actor["last_error"] else "-"


def draw_health(document: dict[str, Any]) -> None:
    """Draw the daemon's readiness and its checks."""
    word = "ready" if document["ready"] else "not ready"
    tables.pairs({"thesetd": f"{document['version']}, {word}", **document["checks"]})
