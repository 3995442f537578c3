"""The commands about webhooks."""

from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ctl.times import when
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.feed import webhooks as rows


@click.group()
def webhooks() -> None:
    """List webhooks, show failures, replay messages, or test a receiver.

    Example: thesetctl webhooks list
    """


@webhooks.command("list")
@json_option
@watched
@pass_session
def list_webhooks(session: Session) -> None:
    """List the webhooks with their queued messages.

    Example: thesetctl webhooks list
    """
    session.show(session.daemon.ask(rows.LIST_WEBHOOKS), lambda document: _draw(document["webhooks"]))


@webhooks.command()
@click.argument("webhook")
@json_option
@watched
@pass_session
def show(session: Session, webhook: str) -> None:
    """Show WEBHOOK and its failed messages.

    Example: thesetctl webhooks show theset
    """
    session.show(session.daemon.ask(rows.SHOW_WEBHOOK, webhook=webhook), _draw_details)


@webhooks.command()
@click.argument("webhook")
@click.option("--since", metavar="NUMBER", help="All changes after this number, not only the dead messages.")
@json_option
@pass_session
def replay(session: Session, webhook: str, since: str | None) -> None:
    """Send dead messages of WEBHOOK again or, with --since, all changes after a number.

    Example: thesetctl webhooks replay theset --since 1200
    """
    query = [("since", since)] if since is not None else []
    document = session.daemon.ask(rows.REPLAY_WEBHOOK, query=query, webhook=webhook)
    session.show(document, lambda d: views.echo(f"{d['messages']} messages are queued for {d['webhook']}"))


@webhooks.command()
@click.argument("webhook")
@json_option
@pass_session
def test(session: Session, webhook: str) -> None:
    """Send a message of the type thesetd.test to WEBHOOK now; exit with 1 if it is not accepted.

    Example: thesetctl webhooks test theset
    """
    document = session.daemon.ask(rows.TEST_WEBHOOK, webhook=webhook)
    session.show(document, lambda d: views.echo(f"{d['webhook']} {d['answer']} in {d['seconds']} s"))
    if not document["accepted"]:
        raise click.exceptions.Exit(1)


def _draw(found: list[dict[str, Any]]) -> None:
    if not found:
        views.echo("no webhook is configured")
        return
    lines = [
        (
            one["name"],
            str(one["waiting"]),
            str(one["dead"]),
            str(one["delivered"]),
            when(one["delivered_at"], none="never"),
            one["url"] or "(not configured)",
            one["error"] or "-",
        )
        for one in found
    ]
    tables.table(("WEBHOOK", "WAITING", "DEAD", "DELIVERED", "LAST", "URL", "LAST ERROR"), lines)


def _draw_details(document: dict[str, Any]) -> None:
    _draw([document["webhook"]])
    lines = [
        (
            str(one["seq"]),
            one["kind"],
            one["id"],
            str(one["attempts"]),
            "dead" if one["dead"] else when(one["again_at"], none="now"),
            one["error"] or "-",
        )
        for one in document["messages"]
    ]
    if lines:
        views.echo()
        tables.table(("CHANGE", "KIND", "ROW", "FAILED", "AGAIN", "ERROR"), lines)
