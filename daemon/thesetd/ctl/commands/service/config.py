"""The command about the daemon's configuration: what is in force, and how it differs.

Tested in tests/ctl/commands/service/test_config.py
"""

from collections.abc import Mapping
from typing import Any

import click

from thesetd.ctl import tables, views
from thesetd.ctl.session import Session, json_option, pass_session
from thesetd.ctl.values import CONFIG_KEYS
from thesetd.ctl.watching import watched
from thesetd.ports.surface.rows.daemon import SHOW_CONFIG


@click.group()
def config() -> None:
    """Show the configuration in force, or how it differs from the defaults and the file.

    Example: thesetctl config diff
    """


@config.command()
@click.argument("keys", metavar="[KEY...]", nargs=-1, shell_complete=CONFIG_KEYS)
@json_option
@watched
@pass_session
def show(session: Session, keys: tuple[str, ...]) -> None:
    """Show the values in force and where each was set; with KEYs, only those keys and sections.

    Secrets are shown only as set or not set.

    Example: thesetctl config show log providers.spotify.limits
    """
    document = session.daemon.ask(SHOW_CONFIG)
    found = [one for one in document["keys"] if not keys or any(_within(one["key"], key) for key in keys)]
    if not found:
        raise click.UsageError(f"no key or section {keys[0]!r}: `thesetctl config show` lists them")
    session.show({"keys": found, "faults": document["faults"]}, lambda _: _draw(found))


@config.command()
@json_option
@watched
@pass_session
def diff(session: Session) -> None:
    """Show what differs from the defaults, and changes to file and environment that are not in force yet.

    Example: thesetctl config diff --json
    """
    document = session.daemon.ask(SHOW_CONFIG)
    differing = [one for one in document["keys"] if one["origin"] != "default" or one["value"] != one["default"]]
    pending = [one for one in document["keys"] if one["pending"] is not None]
    told = {"differing": differing, "pending": pending, "faults": document["faults"]}
    session.show(told, _draw_diff)


def _within(key: str, wanted: str) -> bool:
    return key == wanted or key.startswith(f"{wanted}.")


def _draw(found: list[dict[str, Any]]) -> None:
    tables.table(("KEY", "VALUE", "FROM"), [(one["key"], one["value"], one["origin"]) for one in found])


def _draw_diff(document: Mapping[str, Any]) -> None:
    if document["differing"]:
        rows = [(one["key"], one["value"], one["default"], one["origin"]) for one in document["differing"]]
        tables.table(("KEY", "VALUE", "DEFAULT", "FROM"), rows)
    else:
        views.print_line("all values are the defaults")
    if document["pending"]:
        views.echo()
        rows = [(one["key"], one["value"], one["pending"], one["takes_effect"]) for one in document["pending"]]
        tables.table(("KEY", "IN FORCE", "PENDING", "TAKES EFFECT ON"), rows)
    for fault in document["faults"]:
        views.warn(f"a reload would be refused: {fault}")
