"""The command that shows calls and events of the daemon, as they happen.

Tested in tests/ctl/commands/test_tap.py
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import click

from thesetd.ctl import views
from thesetd.ctl.session import JOB, Number, Session, json_option, pass_session
from thesetd.ctl.values import JOBS, PROVIDERS
from thesetd.ports.surface.daemon import MOST_SAMPLE
from thesetd.ports.surface.rows.daemon import FOLLOW_FACTS

GOOD = frozenset({"ok", "done", "hit", "accepted", "joined"})


@click.command()
@click.option(
    "--event", multiple=True, help="Only events of this kind, for example CallFinished or JobEnded; repeatable."
)
@click.option("--provider", shell_complete=PROVIDERS, help="Only events about this provider.")
@click.option("--job", type=JOB, shell_complete=JOBS, help="Only events about this job.")
@click.option("--request", metavar="ID", help="Only events about the request with this X-Request-Id.")
@click.option("--sample", type=Number(1, MOST_SAMPLE), help="Show one in this many events of each kind.")
@click.option("--count", "-n", type=Number(1), help="Stop after this many events.")
@json_option
@pass_session
def tap(session: Session, /, count: int | None, **filters: Any) -> None:
    """Show calls and events of the daemon as they happen, until Ctrl-C.

    A slow terminal misses some of them; it never delays the daemon.

    Example: thesetctl tap --event CallFinished --provider spotify --sample 10
    """
    query = [(name, value) for name, value in filters.items() if value is not None]
    target = f"{FOLLOW_FACTS.at()}?{urlencode(query, doseq=True)}"
    shown = 0
    with session.daemon.stream(target, None) as facts:
        for fact in facts:
            if fact is None:
                continue
            session.show(fact, _draw)
            shown += 1
            if shown == count:
                return


def _draw(fact: Mapping[str, Any]) -> None:
    if fact["missed"]:
        views.warn(f"{fact['missed']} events were missed")
    fields = {name: value for name, value in fact["fields"].items() if value is not None}
    words = " ".join(f"{name}={_short(value)}" for name, value in fields.items())
    outcome = fields.get("outcome", fields.get("state", "ok"))
    at = datetime.fromisoformat(fact["at"])
    views.print_line(f"{at:%H:%M:%S} {fact['event']} {words}", 9, colour="green" if outcome in GOOD else "yellow")


def _short(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
