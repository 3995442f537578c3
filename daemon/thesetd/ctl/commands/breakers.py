"""The commands about circuit breakers: list them, close one."""

from typing import Any

import click

from thesetd.ctl import tables
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ctl.values import BREAKERS
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.pauses import LIST_BREAKERS, RESET_BREAKER


@click.group(invoke_without_command=True)
@json_option
@watched
@click.pass_context
def breakers(ctx: click.Context) -> None:
    """List the circuit breakers, or close one.

    Example: thesetctl breakers --watch
    """
    if ctx.invoked_subcommand is None:
        session = ctx.ensure_object(Session)
        session.show(session.daemon.ask(LIST_BREAKERS), _draw_breakers)


@breakers.command()
@click.argument("name", shell_complete=BREAKERS)
@json_option
@pass_session
def reset(session: Session, name: str) -> None:
    """Close the breaker NAME and forget its failures.

    Example: thesetctl breakers reset spotify
    """
    session.show(session.daemon.ask(RESET_BREAKER, name=name), _draw_breakers)


def _draw_breakers(document: dict[str, Any]) -> None:
    rows = [
        (b["name"], b["state"], str(b["failures"]), f"{b['retry_in_s']:.0f} s" if b["state"] == "open" else "-")
        for b in document["breakers"]
    ]
    tables.table(("BREAKER", "STATE", "FAILURES", "NEXT PROBE IN"), rows)
